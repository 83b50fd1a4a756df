"""A small SIP phone that can be answered and held from outside by NOTIFY talk and hold; no sound, no outgoing calls.

Yealink, Snom, Polycom and Grandstream phones obey an in-dialog NOTIFY with `Event: talk` or `Event: hold`
(BroadSoft's remote control package): talk answers a ringing call and takes a held one back, hold holds. A phone that
does so says `Allow-Events: talk, hold`. With `obeys=False` it is one of the many that answer 200 and do nothing.

Requests within a call are sent once: on loopback nothing is lost.

Source: RFC 3261 (8.2 UAS, 9.2 CANCEL, 12 dialogs, 13.3 INVITE, 14.1 re-INVITE, 22.4 digest), RFC 3264 8.4 (hold).
"""

from __future__ import annotations

import hashlib
import re
import secrets
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from types import TracebackType
from typing import TypeVar

T = TypeVar("T")
HOST = "127.0.0.1"
WAIT_SECONDS = 8.0
RESEND_SECONDS = 0.5  # T1 of RFC 3261 17.1.1.1
ALLOW = "INVITE, ACK, BYE, CANCEL, NOTIFY, OPTIONS, UPDATE"

# What talk and hold do to a call in each state: (state, event) -> new state; a pair that is absent changes nothing.
REMOTE_CONTROL = {
    ("ringing", "talk"): "connected",
    ("held", "talk"): "connected",
    ("connected", "hold"): "held",
}


@dataclass(frozen=True)
class Sip:
    """One SIP message."""

    start: str
    headers: tuple[tuple[str, str], ...]
    body: str

    @classmethod
    def parse(cls, data: bytes) -> Sip:
        head, _, body = data.decode(errors="replace").partition("\r\n\r\n")
        start, *lines = head.split("\r\n")
        pairs = (line.partition(":") for line in lines)
        return cls(start, tuple((name.strip().lower(), value.strip()) for name, _, value in pairs), body)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name.lower()]

    def first(self, name: str) -> str:
        """The header's value, or an empty string."""
        return next(iter(self.all(name)), "")

    @property
    def method(self) -> str:
        """The method of a request; of a response, the method it answers."""
        return self.first("CSeq").split()[-1]

    @property
    def status(self) -> int:
        """The status of a response; 0 for a request."""
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0 ") else 0


@dataclass
class PhoneCall:
    """One incoming call: its INVITE, our tag and sequence number, and how far it is."""

    invite: Sip
    tag: str
    state: str = "ringing"  # ringing, connected, held, ended
    sequence: int = 0
    answer: bytes = b""  # our last response to the INVITE, sent again when the INVITE comes again


class TalkPhone:
    """One registered phone; it rings by itself. Methods may be called from any thread; a context manager."""

    def __init__(self, name: str, password: str, host: str, port: int, *, obeys: bool = True) -> None:
        """Registers at the PBX (SIP over UDP); TimeoutError or PermissionError where that fails."""
        self.name, self.obeys = name, obeys
        self._password, self._pbx = password, (host, port)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((HOST, 0))
        self._sound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)  # a real port to send sound to; nobody listens
        self._sound.bind((HOST, 0))
        self._address = f"{HOST}:{self._socket.getsockname()[1]}"
        self._changed = threading.Condition()
        self._calls: dict[str, PhoneCall] = {}
        self._versions = count(1)  # of sound descriptions: an equal one would mean that nothing changed
        self._responses: dict[tuple[str, str], Sip] = {}
        self.notified: list[str] = []  # the events of all NOTIFY requests, in order
        self._open = True
        self._reader = threading.Thread(target=self._read, name=f"talk-phone-{name}", daemon=True)
        self._reader.start()
        try:
            self._register(300)
        except BaseException:
            self._shut()
            raise

    @property
    def state(self) -> str:
        """The newest call's state: ringing, connected, held, ended; `idle` where there was none."""
        with self._changed:
            return next(reversed(self._calls.values())).state if self._calls else "idle"

    def wait_state(self, state: str, timeout: float = WAIT_SECONDS) -> None:
        """Returns when the newest call is in this state."""
        self._wait(lambda: self.state == state, timeout, f"{state} at {self.name}")

    def wait_notified(self, event: str, timeout: float = WAIT_SECONDS) -> None:
        """Returns when a NOTIFY with this event has come."""
        self._wait(lambda: event in self.notified, timeout, f"NOTIFY {event} at {self.name}")

    def answer(self) -> None:
        """Takes the newest call by hand."""
        with self._changed:
            self._move(self._newest(), "connected")

    def hold(self) -> None:
        """Holds the newest call by hand; ValueError unless it is connected."""
        with self._changed:
            call = self._newest()
            if call.state != "connected":
                raise ValueError(f"a call that is {call.state} cannot be held")
            self._move(call, "held")

    def hangup(self) -> None:
        """Refuses (486) or ends the newest call."""
        with self._changed:
            self._end(self._newest())

    def close(self) -> None:
        """Ends its calls, unregisters and closes its sockets."""
        if not self._open:
            return
        try:
            with self._changed:
                for call in self._calls.values():
                    self._end(call)
            self._register(0)
        except TimeoutError:
            pass  # the PBX is gone; there is nobody to say goodbye to
        self._shut()

    def __enter__(self) -> TalkPhone:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    # -- registration ---------------------------------------------------------------------------------------------

    def _register(self, seconds: int) -> None:
        call_id, authorization = secrets.token_hex(8), ""
        for sequence in (1, 2):
            answer = self._ask_registrar(call_id, sequence, seconds, authorization)
            if answer.status == 200:
                return
            authorization = digest(answer.first("WWW-Authenticate"), self.name, self._password, "REGISTER", self._uri)
        raise PermissionError(f"{self.name} may not register: {answer.start}")

    def _ask_registrar(self, call_id: str, sequence: int, seconds: int, authorization: str) -> Sip:
        own = f"<sip:{self.name}@{HOST}>"
        lines = [
            f"REGISTER {self._uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {self._address};branch=z9hG4bK{secrets.token_hex(8)};rport",
            "Max-Forwards: 70",
            f"From: {own};tag={call_id}",
            f"To: {own}",
            f"Call-ID: {call_id}",
            f"CSeq: {sequence} REGISTER",
            f"Contact: <sip:{self.name}@{self._address}>",
            f"Expires: {seconds}",
            *([f"Authorization: {authorization}"] if authorization else []),
        ]
        key, request = (call_id, f"{sequence} REGISTER"), packet(lines)
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            self._send(request)
            try:
                return self._wait(lambda: self._responses.get(key), RESEND_SECONDS, "answer to REGISTER")
            except TimeoutError:
                continue  # lost, or the PBX is still starting: RFC 3261 17.1.2.2 sends it again
        raise TimeoutError(f"no answer to REGISTER of {self.name} within {WAIT_SECONDS:g} s")

    @property
    def _uri(self) -> str:
        return f"sip:{HOST}"

    # -- calls ----------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        while self._open:
            message = Sip.parse(self._socket.recv(65536))
            if not message.first("CSeq"):
                continue  # a keep-alive, or the bell of _shut
            with self._changed:
                if message.status:
                    self._take_response(message)
                else:
                    self._take_request(message)
                self._changed.notify_all()

    def _take_response(self, message: Sip) -> None:
        if message.status < 200:
            return
        self._responses[message.first("Call-ID"), message.first("CSeq")] = message
        call = self._calls.get(message.first("Call-ID"))
        if call and message.method == "INVITE":
            self._request(call, "ACK", sequence=int(message.first("CSeq").split()[0]))

    def _take_request(self, message: Sip) -> None:
        call = self._calls.get(message.first("Call-ID"))
        method = message.start.split()[0]
        if method == "ACK":
            return
        if method == "INVITE":
            self._take_invite(call, message)
        elif call is None:
            self._send(response(message, "200 OK" if method == "OPTIONS" else "481 Call Does Not Exist", ""))
        else:
            self._send(response(message, "200 OK", call.tag))
            self._take_in_dialog(call, method, message)

    def _take_invite(self, call: PhoneCall | None, message: Sip) -> None:
        if call is None:
            call = PhoneCall(message, secrets.token_hex(4))
            self._calls[message.first("Call-ID")] = call
            self._respond_invite(call, "180 Ringing")
        elif message.first("CSeq") == call.invite.first("CSeq"):
            self._send(call.answer)
        else:  # re-INVITE, for example because the connected line changed
            self._send(response(message, "200 OK", call.tag, self._headers(), self._sdp(call)))

    def _take_in_dialog(self, call: PhoneCall, method: str, message: Sip) -> None:
        if method == "NOTIFY":
            event = message.first("Event").split(";")[0].strip()
            self.notified.append(event)
            if self.obeys and (state := REMOTE_CONTROL.get((call.state, event))):
                self._move(call, state)
        elif method == "CANCEL" and call.state == "ringing":
            self._respond_invite(call, "487 Request Terminated")
            self._set(call, "ended")
        elif method == "BYE":
            self._set(call, "ended")

    def _move(self, call: PhoneCall, state: str) -> None:
        """Answers, holds or takes back: the state first, because the sound description tells it."""
        ringing = call.state == "ringing"
        self._set(call, state)
        if ringing:
            self._respond_invite(call, "200 OK", self._sdp(call))
        else:
            self._request(call, "INVITE", self._sdp(call))

    def _end(self, call: PhoneCall) -> None:
        if call.state == "ringing":
            self._respond_invite(call, "486 Busy Here")
        elif call.state != "ended":
            self._request(call, "BYE")
        self._set(call, "ended")

    def _set(self, call: PhoneCall, state: str) -> None:
        call.state = state
        self._changed.notify_all()

    def _newest(self) -> PhoneCall:
        if not self._calls:
            raise ValueError(f"{self.name} has no call")
        return next(reversed(self._calls.values()))

    def _headers(self) -> list[str]:
        allow_events = ["Allow-Events: talk, hold"] if self.obeys else []
        return [f"Contact: <sip:{self.name}@{self._address}>", f"Allow: {ALLOW}", *allow_events]

    def _respond_invite(self, call: PhoneCall, status: str, sdp: str = "") -> None:
        call.answer = response(call.invite, status, call.tag, self._headers(), sdp)
        self._send(call.answer)

    def _request(self, call: PhoneCall, method: str, sdp: str = "", sequence: int | None = None) -> None:
        if sequence is None:
            sequence = call.sequence = call.sequence + 1
        target = re.search(r"<([^>]+)>", call.invite.first("Contact"))
        lines = [
            f"{method} {target[1] if target else self._uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {self._address};branch=z9hG4bK{secrets.token_hex(8)};rport",
            "Max-Forwards: 70",
            # The caller is the other side: our requests have its From as To.
            f"From: {call.invite.first('To')};tag={call.tag}",
            f"To: {call.invite.first('From')}",
            f"Call-ID: {call.invite.first('Call-ID')}",
            f"CSeq: {sequence} {method}",
            *self._headers(),
        ]
        self._send(packet(lines, sdp))

    def _sdp(self, call: PhoneCall) -> str:
        """RFC 3264 8.4: who holds says sendonly."""
        lines = [
            "v=0",
            f"o=- 1 {next(self._versions)} IN IP4 {HOST}",
            "s=-",
            f"c=IN IP4 {HOST}",
            "t=0 0",
            f"m=audio {self._sound.getsockname()[1]} RTP/AVP 8 101",
            "a=rtpmap:8 PCMA/8000",
            "a=rtpmap:101 telephone-event/8000",
            "a=sendonly" if call.state == "held" else "a=sendrecv",
        ]
        return "\r\n".join(lines) + "\r\n"

    # -- plumbing -------------------------------------------------------------------------------------------------

    def _send(self, data: bytes) -> None:
        self._socket.sendto(data, self._pbx)

    def _wait(self, condition: Callable[[], T | None], timeout: float, what: str) -> T:
        deadline = time.monotonic() + timeout
        with self._changed:
            while not (value := condition()):
                rest = deadline - time.monotonic()
                if rest <= 0:
                    raise TimeoutError(f"no {what} within {timeout:g} s; now {self.state}, notified {self.notified}")
                self._changed.wait(rest)
            return value

    def _shut(self) -> None:
        # Closing does not wake a thread that waits in recv; an empty datagram to oneself does.
        self._open = False
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bell:
            bell.sendto(b"", self._socket.getsockname())
        self._reader.join(WAIT_SECONDS)
        self._socket.close()
        self._sound.close()


def packet(lines: list[str], body: str = "") -> bytes:
    """The bytes of one message."""
    kind = ["Content-Type: application/sdp"] if body else []
    return ("\r\n".join([*lines, *kind, f"Content-Length: {len(body.encode())}"]) + "\r\n\r\n" + body).encode()


def response(request: Sip, status: str, tag: str, headers: list[str] | None = None, body: str = "") -> bytes:
    """RFC 3261 8.2.6.2: Via, From, Call-ID and CSeq are copied; To gets our tag where it has none."""
    to = request.first("To")
    lines = [
        f"SIP/2.0 {status}",
        *(f"Via: {via}" for via in request.all("Via")),
        f"From: {request.first('From')}",
        f"To: {to}" if "tag=" in to or not tag else f"To: {to};tag={tag}",
        f"Call-ID: {request.first('Call-ID')}",
        f"CSeq: {request.first('CSeq')}",
        *(headers or []),
    ]
    return packet(lines, body)


def digest(challenge: str, user: str, password: str, method: str, uri: str) -> str:
    """The Authorization header that answers an MD5 challenge with or without qop=auth (RFC 3261 22.4, RFC 2617)."""
    given = {key.lower(): value for key, value in re.findall(r'(\w+)\s*=\s*"?([^",]+)"?', challenge)}
    realm, nonce, qop = given.get("realm", ""), given.get("nonce", ""), "auth" if "qop" in given else ""
    cnonce, tries = secrets.token_hex(4), "00000001"
    secret, resource = md5(f"{user}:{realm}:{password}"), md5(f"{method}:{uri}")
    middle = f"{nonce}:{tries}:{cnonce}:{qop}" if qop else nonce
    parts = {"username": user, "realm": realm, "nonce": nonce, "uri": uri}
    parts["response"] = md5(f"{secret}:{middle}:{resource}")
    if "opaque" in given:
        parts["opaque"] = given["opaque"]
    if qop:
        parts["cnonce"] = cnonce
    quoted = ", ".join(f'{key}="{value}"' for key, value in parts.items())
    return f"Digest {quoted}, algorithm=MD5" + (f", qop={qop}, nc={tries}" if qop else "")


def md5(text: str) -> str:
    """SIP's digest, not a secret's protection: the phones of the laboratory have throw-away passwords."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
