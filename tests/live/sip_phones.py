"""Real SIP phones (pjsip's pjsua2) for tests; not a test of SIP itself.

pjsua2 has to live on one thread, its Python objects may not be destroyed in the order Python chooses, and this build of
it takes four calls at once (PJSUA_MAX_CALLS). Therefore each phone is a process of its own (sip_phones_child.py) and
this class talks with them in JSON lines. All waiting happens here, on one condition, with a deadline.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from types import TracebackType
from typing import Any, TypeVar

from .sip_phone_process import PhoneProcess

T = TypeVar("T")
WAIT_SECONDS = 8.0  # loopback needs milliseconds; a busy two-core runner more
# Each phone's pjsip has 64 sockets for sound, two to a call, and gives those of an ended call free half a second later
# (PJ_IOQUEUE_MAX_HANDLES, PJ_IOQUEUE_KEY_FREE_DELAY): a test that calls faster has to wait.
MAX_CALLS = 28
FREE_AFTER_SECONDS = 0.75
GIVEN_UP_SECONDS = 15.0  # the child answers each command at once, or it is stuck


class PhoneFailed(Exception):
    """pjsip refused what a phone was told to do; the text is pjsip's own."""


@dataclass
class SeenCall:
    """What a phone has seen of one call; `history` is for error messages."""

    phone: str
    incoming: bool
    remote: str = ""
    asserted: str = ""  # P-Asserted-Identity of an incoming call, as it came
    state: str = "NULL"  # pjsip's words: CALLING INCOMING EARLY CONNECTING CONFIRMED DISCONNECTED
    media: str = "NONE"  # NONE ACTIVE LOCAL_HOLD REMOTE_HOLD ERROR
    code: int = 0  # last SIP status
    reason: str = ""
    transfer: int = 0  # SIP status of the transfer this call was sent away with; below 200 it goes on
    history: list[str] = field(default_factory=list)


class SipPhones:
    """Several phones registered at one PBX. Every method may be called from any thread; a context manager."""

    def __init__(self, names: Mapping[str, str], host: str, port: int) -> None:
        """`names`: user name -> password of each phone; `host`, `port`: the PBX, SIP over UDP."""
        self._names = tuple(names)
        self._changed = threading.Condition()
        self._calls: dict[str, SeenCall] = {}
        self._handed_out: set[str] = set()
        self._registered: dict[str, bool] = dict.fromkeys(names, False)
        self._digits: dict[str, str] = dict.fromkeys(names, "")
        self._answers: dict[int, dict[str, Any]] = {}
        self._serials = count(1)
        self._ended_at = {name: deque[float](maxlen=MAX_CALLS) for name in names}  # monotonic seconds, for each phone
        self._ended: str | None = None  # the last words of a phone that died
        self._processes = {
            name: PhoneProcess(name, password, (host, port), self._take, self._take_end)
            for name, password in names.items()
        }
        try:
            for name in names:
                self.wait_registered(name)
        except BaseException:
            self.close()
            raise

    def dial(
        self, name: str, number: str, display_name: str | None = None, asserted_identity: str | None = None
    ) -> str:
        """Calls `number`; gives the id of the call, at once.

        `display_name` is shown as the caller's name; `asserted_identity` is the caller's number in a
        P-Asserted-Identity header (RFC 3325), as a public network sends it.
        """
        self._wait_for_sockets()
        return str(self._do("dial", name, number=number, display_name=display_name, identity=asserted_identity))

    def wait_incoming(self, name: str, timeout: float = WAIT_SECONDS) -> str:
        """The oldest call that came to this phone, still lives and was not given out before."""

        def fresh() -> str | None:
            for call, seen in self._calls.items():
                alive = seen.state != "DISCONNECTED"
                if seen.phone == name and seen.incoming and alive and call not in self._handed_out:
                    self._handed_out.add(call)
                    return call
            return None

        return self._wait(fresh, timeout, f"incoming call at {name}", name)

    def no_incoming(self, name: str) -> bool:
        """True while no call that was not given out yet is ringing at this phone."""
        with self._changed:
            return not any(
                seen.phone == name and seen.incoming and seen.state != "DISCONNECTED" and call not in self._handed_out
                for call, seen in self._calls.items()
            )

    def answer(self, call: str, code: int = 200, timeout: float = WAIT_SECONDS) -> None:
        """Answers; with 200 returns when the call is up and its sound flows."""
        self._do("answer", call, code=code)
        if code == 200:
            self.wait_state(call, "CONFIRMED", timeout)
            self.wait_media(call, "ACTIVE", timeout)

    def hangup(self, call: str, code: int = 0, timeout: float = WAIT_SECONDS) -> None:
        """Ends, cancels or (with a SIP status such as 486 or 603) refuses; returns when the call is gone."""
        if self.seen(call).state != "DISCONNECTED":
            self._do("hangup", call, code=code)
        self.wait_state(call, "DISCONNECTED", timeout)

    def forward(self, call: str, number: str) -> None:
        """Answers a ringing call with 302 Moved Temporarily to `number`, as a phone with call forwarding does."""
        self._do("forward", call, number=number)

    def hold(self, call: str, timeout: float = WAIT_SECONDS) -> None:
        """Puts the other side on hold (re-INVITE, sendonly); returns when the PBX has accepted."""
        self.wait_media(call, "ACTIVE", timeout)  # before, there is nothing to hold, and pjsip would do nothing
        self._do("hold", call)
        self.wait_media(call, "LOCAL_HOLD", timeout)

    def resume(self, call: str, timeout: float = WAIT_SECONDS) -> None:
        """Takes the call back; returns when sound flows again."""
        self._do("resume", call)
        self.wait_media(call, "ACTIVE", timeout)

    def blind_transfer(self, call: str, number: str, timeout: float = WAIT_SECONDS) -> None:
        """Sends the other side to `number` (REFER, RFC 3515).

        Returns when the PBX says that it worked (Asterisk: as soon as it rings there); PhoneFailed if it says no.
        Asterisk says no while the two sides are not yet together: `AsteriskLab.wait_talking` before.
        """
        self._do("blind_transfer", call, number=number)
        self._wait_transferred(call, timeout)

    def attended_transfer(self, call: str, other: str, timeout: float = WAIT_SECONDS) -> None:
        """Connects the other sides of two calls of one phone (REFER with Replaces, RFC 3891); as `blind_transfer`."""
        self._do("attended_transfer", call, other=other)
        self._wait_transferred(call, timeout)

    def _wait_transferred(self, call: str, timeout: float) -> None:
        name, seen = call.split("/")[0], self.seen(call)

        def decided() -> bool:
            return seen.transfer >= 200 or seen.state == "DISCONNECTED"

        self._wait(decided, timeout, f"end of the transfer of {call}", name)
        if seen.transfer >= 300:
            raise PhoneFailed(f"transfer of {call} refused with {seen.transfer}; {self._seen_by(name)}")

    def send_dtmf(self, call: str, digits: str) -> None:
        """Presses keys (RFC 4733 telephone events in the sound stream)."""
        self._do("send_dtmf", call, digits=digits)

    def received_dtmf(self, name: str) -> str:
        """All digits this phone has heard."""
        with self._changed:
            return self._digits[name]

    def wait_dtmf(self, name: str, digits: str, timeout: float = WAIT_SECONDS) -> None:
        """Returns when this phone has heard these digits."""
        self._wait(lambda: digits in self._digits[name], timeout, f"digits {digits} at {name}", name)

    def seen(self, call: str) -> SeenCall:
        """What the phone has seen of this call so far; KeyError for an unknown id."""
        with self._changed:
            return self._calls[call]

    def calls(self, name: str) -> list[str]:
        """The ids of this phone's living calls, oldest first."""
        with self._changed:
            return [c for c, seen in self._calls.items() if seen.phone == name and seen.state != "DISCONNECTED"]

    def wait_state(self, call: str, state: str, timeout: float = WAIT_SECONDS) -> None:
        """Returns when the call is in this state, or was and has already moved on."""
        self._wait(lambda: state in self._calls[call].history, timeout, f"{state} of {call}", call.split("/")[0])

    def wait_media(self, call: str, media: str, timeout: float = WAIT_SECONDS) -> None:
        """Returns when the call's sound is now ACTIVE, LOCAL_HOLD or REMOTE_HOLD."""
        self._wait(lambda: self._calls[call].media == media, timeout, f"{media} of {call}", call.split("/")[0])

    def registered(self, name: str) -> bool:
        """Whether the PBX knows where this phone is."""
        with self._changed:
            return self._registered[name]

    def wait_registered(self, name: str, timeout: float = WAIT_SECONDS, *, registered: bool = True) -> None:
        """Returns when the phone is registered (or is not any more)."""
        self._wait(lambda: self._registered[name] is registered, timeout, f"registered={registered} of {name}", name)

    def register(self, name: str) -> None:
        """Registers (again); returns when the PBX has agreed."""
        with self._changed:
            self._registered[name] = False
        self._do("register", name)
        self.wait_registered(name)

    def unregister(self, name: str) -> None:
        """The phone leaves: calls to it are not delivered any more."""
        if self.registered(name):
            self._do("unregister", name)
            self.wait_registered(name, registered=False)

    def reset(self, timeout: float = WAIT_SECONDS) -> None:
        """Ends all calls and forgets everything seen, so that the next test starts with quiet phones."""
        for name in self._names:
            self._do("hangup_all", name)
        self._wait(
            lambda: all(seen.state == "DISCONNECTED" for seen in self._calls.values()), timeout, "the end of all calls"
        )
        with self._changed:
            self._calls.clear()
            self._handed_out.clear()
            self._digits = dict.fromkeys(self._names, "")

    def close(self) -> None:
        """Unregisters the phones and ends their processes."""
        for process in self._processes.values():
            process.leave()
        for process in self._processes.values():
            process.wait()

    def __enter__(self) -> SipPhones:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def _wait_for_sockets(self) -> None:
        with self._changed:
            while max(self._busy(name, time.monotonic()) for name in self._names) >= MAX_CALLS:
                self._changed.wait(0.05)

    def _busy(self, name: str, now: float) -> int:
        living = sum(seen.phone == name and seen.state != "DISCONNECTED" for seen in self._calls.values())
        return living + sum(now - ended < FREE_AFTER_SECONDS for ended in self._ended_at[name])

    def _do(self, what: str, target: str, **details: object) -> object:
        name, serial = target.split("/")[0], next(self._serials)
        if name not in self._processes:
            raise PhoneFailed(f"{what}: there is no phone {name}, only {' '.join(self._names)}")
        self._processes[name].send({"serial": serial, "do": what, "target": target, **details})
        answer = self._wait(lambda: self._answers.pop(serial, None), GIVEN_UP_SECONDS, f"the answer to {what} {target}")
        if "error" in answer:
            raise PhoneFailed(f"{what} {target}: {answer['error']}; {self._seen_by(name)}")
        return answer["result"]

    def _wait(self, condition: Callable[[], T | None], timeout: float, what: str, name: str | None = None) -> T:
        deadline = time.monotonic() + timeout
        with self._changed:
            while not (value := condition()):
                rest = deadline - time.monotonic()
                if self._ended is not None:
                    raise PhoneFailed(f"a phone's process ended while waiting for {what}: {self._ended}")
                if rest <= 0:
                    raise TimeoutError(f"no {what} within {timeout:g} s; {self._seen_by(name)}")
                self._changed.wait(rest)
            return value

    def _seen_by(self, name: str | None) -> str:
        names = [name] if name in self._names else self._names
        stories = [
            f"{call} {'from' if seen.incoming else 'to'} {seen.remote}: {' '.join(seen.history)}, sound {seen.media}"
            for call, seen in self._calls.items()
            if seen.phone in names
        ]
        registered = " ".join(each for each in self._names if self._registered[each])
        return f"seen: {'; '.join(stories) or 'no calls'} (registered: {registered or 'nobody'})"

    def _take(self, message: dict[str, Any]) -> None:
        kind = message.pop("kind")
        with self._changed:
            if kind == "answer":
                self._answers[message["serial"]] = message
            elif kind == "registration":
                self._registered[message["phone"]] = message["active"]
            elif kind == "dtmf":
                self._digits[message["phone"]] += message["digit"]
            elif kind == "call":
                self._take_call(**message)
            self._changed.notify_all()

    def _take_end(self, last_words: str) -> None:
        with self._changed:
            self._ended = last_words
            self._changed.notify_all()

    def _take_call(self, call: str, phone: str, incoming: bool, **changes: Any) -> None:
        seen = self._calls.setdefault(call, SeenCall(phone, incoming))
        for name, value in changes.items():
            setattr(seen, name, value)
        if "state" in changes:
            # 180 and 183 are both EARLY; the status tells them apart.
            if seen.state == "DISCONNECTED":
                self._ended_at[phone].append(time.monotonic())
            seen.history += [seen.state, f"({seen.code})"] if seen.code else [seen.state]
