"""From lines of a recording to events that happen now, and to the picture they give. Pure; reads no file and no clock.

A line is what `cti replay` prints: ``{"event", "at", "call"}``, with ``"agent"`` before where several phones are shown.
Whose phone it is stands in the call (``device``). A line ``{"at", "link": {"reachable", "reason"}}`` stands for a
phone system that went out of reach or came back; somebody who prepares a demonstration writes it by hand.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from ...domain.call import BEGINNINGS, TRANSITIONS, Call, CallEvent, EventName, Instant
from .errors import Unreadable

#: Commands for a call that a recording cannot obey, with the reason that the panel shows.
REASON = "not_supported_by_phone_system"
REFUSED = (
    "AnswerCall",
    "ClearConnection",
    "GenerateDigits",
    "ConferenceCall",
    "ConsultationCall",
    "HoldCall",
    "ParkCall",
    "RetrieveCall",
    "SetMicrophoneMute",
    "SetRecording",
    "SingleStepTransferCall",
    "TransferCall",
)
UNSUPPORTED: Mapping[str, str] = dict.fromkeys(REFUSED, REASON)


class Reach(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether the phone system could be reached from then on."""

    reachable: bool
    reason: str = "phone_system_unreachable"


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    at: Instant
    event: EventName | None = None
    call: Call | None = None
    link: Reach | None = None
    agent: str | None = None


class Recorded(msgspec.Struct, frozen=True):
    """One thing that happened at ``at`` (seconds since 1970, when it was recorded)."""

    at: float
    what: CallEvent | Reach


def read_line(line: str | bytes) -> Recorded:
    """One line of a recording. Raises ``Unreadable``."""
    try:
        read = msgspec.json.decode(line, type=_Line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(str(error)) from None
    if read.link is not None and read.call is None and read.event is None:
        return Recorded(read.at, read.link)
    if read.call is None or read.event is None or read.link is not None:
        raise Unreadable("either event and call, or link, have to be there")
    return Recorded(read.at, CallEvent(event=read.event, at=read.at, call=read.call))


def read_recording(lines: Iterable[bytes]) -> list[Recorded]:
    """All lines but empty ones. Raises ``Unreadable`` that names the line."""
    read = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                read.append(read_line(line))
            except Unreadable as error:
                raise Unreadable(f"line {number}: {error}") from None
    return read


def shifted(event: CallEvent, by: float, prefix: str) -> CallEvent:
    """``event`` as if it happened ``by`` seconds later; ``prefix`` makes each playing another call."""
    call = event.call
    moved: dict[str, Any] = {
        name: at + by
        for name in ("started_at", "answered_at", "ended_at", "held_at")
        if (at := getattr(call, name)) is not None
    }
    consulted = call.consultation_of and own_id(prefix, call.consultation_of)
    call = replace(call, id=own_id(prefix, call.id), consultation_of=consulted, unsupported=dict(UNSUPPORTED), **moved)
    return CallEvent(event=event.event, at=event.at + by, call=call)


def own_id(prefix: str, call_id: str) -> str:
    """An id that no other playing has; at most 120 characters, of which the last ones differ between calls."""
    return f"{prefix}.{call_id}"[:30] + f"{prefix}.{call_id}"[30:][-90:]


class Picture:
    """The calls that are up, as far as a recording has told. Whatever does not fit to them is refused."""

    def __init__(self) -> None:
        self._calls: dict[str, Call] = {}

    def live(self) -> list[Call]:
        """Calls that are up."""
        return list(self._calls.values())

    def take(self, event: CallEvent) -> str | None:
        """Apply ``event``; returns None, or the reason why it cannot be (it is then left out)."""
        call, known = event.call, self._calls.get(event.call.id)
        if known is None and BEGINNINGS.get(event.event) is not call.state:
            return f"{event.event}: the beginning of the call is not in the recording"
        if known is not None and call.revision <= known.revision:
            return f"{event.event}: revision {call.revision} after {known.revision}"
        if known is not None and call.state not in TRANSITIONS[known.state].get(event.event, frozenset()):
            return f"{event.event}: a call does not go from {known.state} to {call.state} by it"
        if call.ended:
            del self._calls[call.id]
        else:
            self._calls[call.id] = call
        return None

    def clear(self) -> None:
        """The recording is over."""
        self._calls.clear()
