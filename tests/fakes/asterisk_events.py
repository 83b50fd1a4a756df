"""A phone system on paper: writes down the AMI events that Asterisk would send, in the style of the recordings.

It knows what each event's headers are, not what they mean. Only what a scenario says happens.
"""

from dataclasses import dataclass, field
from typing import Any

from cti_adapter.connectors.asterisk.recording import Timed

Message = dict[str, "str | list[str]"]
DOWN, RING, RINGING, UP, BUSY = 0, 4, 5, 6, 7
UNKNOWN = "<unknown>"


@dataclass(eq=False)
class Chan:
    """One channel."""

    name: str
    uid: str
    linkedid: str
    state: int
    number: str
    label: str
    exten: str
    connected: tuple[str, str] = (UNKNOWN, UNKNOWN)
    variables: list[str] = field(default_factory=list)
    """``NAME=value`` of those that manager.conf names in channelvars."""

    def headers(self, prefix: str = "") -> Message:
        """This channel as a group of headers."""
        told: Message = {prefix + "ChanVariable": list(self.variables)} if self.variables else {}
        return told | {
            prefix + "Channel": self.name,
            prefix + "ChannelState": str(self.state),
            prefix + "CallerIDNum": self.number,
            prefix + "CallerIDName": self.label,
            prefix + "ConnectedLineNum": self.connected[0],
            prefix + "ConnectedLineName": self.connected[1],
            prefix + "Exten": self.exten,
            prefix + "Uniqueid": self.uid,
            prefix + "Linkedid": self.linkedid,
        }


class Script:
    """Collects the events of a scenario; each is 0.1 s after the one before unless ``wait`` was called."""

    NAMES = {"101": "Alice", "102": "Bob", "103": "Carol"}

    def __init__(self) -> None:
        self.messages: list[Timed] = []
        self.now = 1000.0
        self._count = 0

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    def event(self, name: str, *headers: Message, **more: str) -> None:
        """Write down one event."""
        message: Message = {"Event": name, "Privilege": "call,all"}
        for group in headers:
            message |= group
        self.messages.append((self.now, message | more))
        self.now += 0.01

    # --- channels ----------------------------------------------------------------------------------------------------

    def make(self, device: str, *, state: int, exten: str = "s", of: Chan | None = None, **given: Any) -> Chan:
        """A new channel; phones show their own caller id."""
        self._count += 1
        uid = given.get("uid") or f"1795390000.{self._count}"
        endpoint = device.partition("/")[2]
        own = (endpoint, self.NAMES[endpoint]) if endpoint in self.NAMES else (UNKNOWN, UNKNOWN)
        number, label = given.get("cid", own)
        name = given.get("name") or f"{device}-{self._count:08x}"
        chan = Chan(name, uid, of.linkedid if of else uid, state, number, label, exten)
        self.event("Newchannel", chan.headers())
        return chan

    def outside(self, exten: str = "49891101", cid: tuple[str, str] = ("+4930111222", "Erika Muster")) -> Chan:
        """Somebody calls in from the public network."""
        return self.make("PJSIP/trunk", state=RING, exten=exten, cid=cid)

    def lifts(self, extension: str, number: str) -> Chan:
        """A phone of the site dials."""
        return self.make(f"PJSIP/{extension}", state=RING, exten=number)

    def local(
        self, exten: str, *, of: Chan | None, option: str = "Yes", carries: Chan | None = None
    ) -> tuple[Chan, Chan]:
        """A Local pair."""
        self._count += 1
        base = f"Local/{exten}@internal-{self._count:08x}"
        one = self.make("", state=DOWN, exten=exten, of=of, name=f"{base};1")
        two = self.make("", state=RING, exten=exten, of=of or one, name=f"{base};2")
        if carries:
            two.number, two.label = carries.number, carries.label
        self.event("LocalBridge", one.headers("LocalOne"), two.headers("LocalTwo"), LocalOptimization=option)
        return one, two

    def state(self, chan: Chan, state: int) -> None:
        """Newstate."""
        chan.state = state
        self.event("Newstate", chan.headers())

    def hold(self, chan: Chan, on: bool = True) -> None:
        """The phone of ``chan`` holds the others, or takes them back."""
        self.event("Hold" if on else "Unhold", chan.headers())

    def ask_hangup(self, chan: Chan, cause: int = 16, tech: int = 0) -> None:
        """BYE, CANCEL or a refusal came from the device."""
        self.event("HangupRequest", chan.headers(), Cause=str(cause), TechCause=str(tech) if tech else "")

    def hangup(self, *chans: Chan, cause: int = 16, tech: int = 0) -> None:
        """The channels end."""
        for chan in chans:
            self.event("Hangup", chan.headers(), Cause=str(cause), TechCause=str(tech) if tech else "")

    # --- dials and bridges -------------------------------------------------------------------------------------------

    def dial(self, caller: Chan | None, dest: Chan, *, rings: bool = True, connected: bool = True) -> None:
        """``caller`` makes ``dest`` ring (no caller: an Originate)."""
        if caller and connected:
            dest.connected = (caller.number, caller.label)
        source = caller.headers() if caller else {}
        self.event("DialBegin", source, dest.headers("Dest"), DialString=dest.name)
        if rings:
            self.state(dest, RINGING)
            self.event("DialState", source, dest.headers("Dest"), DialStatus="RINGING")

    def dial_end(self, caller: Chan | None, dest: Chan, status: str, forward: str = "") -> None:
        """DialEnd."""
        self.event(
            "DialEnd", caller.headers() if caller else {}, dest.headers("Dest"), DialStatus=status, Forward=forward
        )

    def ring(self, caller: Chan, extension: str, **options: Any) -> Chan:
        """Make a phone ring."""
        phone = self.make(f"PJSIP/{extension}", state=DOWN, of=caller)
        self.dial(caller, phone, **options)
        return phone

    def answer(self, caller: Chan, phone: Chan, bridge: str) -> None:
        """The phone is lifted, and both hear each other."""
        self.state(phone, UP)
        self.dial_end(caller, phone, "ANSWER")
        if caller.state != UP:
            self.state(caller, UP)
        self.enter(bridge, phone, caller)

    def enter(self, bridge: str, *chans: Chan, swap: Chan | None = None, technology: str = "simple_bridge") -> None:
        """BridgeEnter for each."""
        for chan in chans:
            more = {"SwapUniqueid": swap.uid} if swap else {}
            self.event("BridgeEnter", chan.headers(), BridgeUniqueid=bridge, BridgeTechnology=technology, **more)

    def leave(self, bridge: str, *chans: Chan) -> None:
        """BridgeLeave for each."""
        for chan in chans:
            self.event("BridgeLeave", chan.headers(), BridgeUniqueid=bridge)

    def finish(self, bridge: str, first: Chan, *others: Chan) -> None:
        """``first`` hangs up, and with it everybody else."""
        self.ask_hangup(first)
        self.leave(bridge, first, *others)
        self.hangup(first, *others)
