"""A call as one agent's device sees it: states, legal moves, the record that travels. It is not a media session.

Terms follow ECMA-269 (CSTA phase III): the state of a *connection*, which is the relation of one
device to one call. Two agents talking to each other are therefore two records, one for each device.

Two rules hold this file together.

1. Only the connector of the phone system writes a call; each change raises ``revision`` by at least one.
   Everybody else keeps the record with the highest revision, so an event applied twice, late or after a gap does
   no harm.
2. Every legal move stands in ``TRANSITIONS``. A pair that is absent is a surprise of the phone system: the connector
   takes a fresh snapshot instead of guessing (see ``advance``).
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

#: Longest telephone number or user part of a SIP URI that is taken over from a phone system, in characters.
MAX_NUMBER = 64
#: Longest name of a party, queue or reason, in characters.
MAX_NAME = 200

CallId = Annotated[str, Meta(min_length=1, max_length=120, pattern=r"^[\x21-\x7e]+$(?!\n)")]
Number = Annotated[str, Meta(max_length=MAX_NUMBER)]
Name = Annotated[str, Meta(max_length=MAX_NAME)]
#: What another system has attached to a call (ECMA-269: correlator data, user data): name -> value.
DataName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,40}$(?!\n)")]
DataValue = Annotated[str, Meta(max_length=255, pattern=r"^[^\x00-\x1f\x7f]*$(?!\n)")]
CallData = Annotated[dict[DataName, DataValue], Meta(max_length=20)]
#: Seconds since 1970-01-01 UTC, as the phone system's connector reads its clock.
Instant = float


class CallState(StrEnum):
    """State of the agent's connection (ECMA-269, connection states); ``null`` is called ``cleared`` here.

    ::

        initiated --Established--> connected <--Retrieved-- held
            |                        ^   |---Held------------^
        alerting ---Established------+   |
            |                            +--Transferred / ConnectionCleared--> cleared
            +--Diverted / ConnectionCleared--> cleared        failed --ConnectionCleared--> cleared
    """

    INITIATED = "initiated"
    """The agent is dialling: click-to-dial rings the own phone, digits are on their way, or the other side rings."""
    ALERTING = "alerting"
    """The agent's phone rings with a call from somebody else."""
    CONNECTED = "connected"
    """The agent and at least one other party can talk (or the other side holds, see ``remote_hold``)."""
    HELD = "held"
    """The agent has put the call on hold."""
    QUEUED = "queued"
    """The agent's own call waits in a queue for somebody to take it."""
    FAILED = "failed"
    """The call could not be completed (busy, unreachable); the agent hears a tone until it is cleared."""
    CLEARED = "cleared"
    """The agent's device is no longer part of the call. Final."""


#: ``paused``: it goes on being recorded, but nothing is heard in it for now.
RecordingState = Literal["off", "on", "paused"]


class Direction(StrEnum):
    """Where the call comes from, seen by the agent's organization."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


class Cause(StrEnum):
    """Why a call failed or ended, as the agent sees it (ECMA-269 event causes, condensed)."""

    NORMAL = "normal"
    """It was answered and somebody hung up."""
    MISSED = "missed"
    """It rang at the agent and was not taken: the caller gave up or the time ran out."""
    BUSY = "busy"
    """The called side was engaged."""
    DECLINED = "declined"
    """The called side refused it (incoming: the agent did)."""
    FORWARDED = "forwarded"
    """The agent's phone sent it elsewhere before it was answered."""
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    """A colleague took it: another member of the queue or group, or by pickup. Not a missed call."""
    CANCELLED = "cancelled"
    """The agent gave up before the other side answered."""
    UNREACHABLE = "unreachable"
    """No such number, no route, phone not registered, network out of order."""
    NO_ANSWER = "no_answer"
    """The other side did not answer in time (outgoing)."""
    TRANSFERRED = "transferred"
    """The agent handed the call to somebody else, and it goes on without them."""
    CONFERENCED = "conferenced"
    """It goes on as part of another call of this agent: a conference."""
    LOST = "lost"
    """It ended while the phone system was out of reach; nobody knows why."""


class EventName(StrEnum):
    """What happened (ECMA-269 call control events); in the past tense."""

    ORIGINATED = "Originated"
    DELIVERED = "Delivered"
    QUEUED = "Queued"
    ESTABLISHED = "Established"
    HELD = "Held"
    RETRIEVED = "Retrieved"
    DIVERTED = "Diverted"
    TRANSFERRED = "Transferred"
    CONFERENCED = "Conferenced"
    FAILED = "Failed"
    CONNECTION_CLEARED = "ConnectionCleared"
    CALL_INFORMATION = "CallInformation"
    """Something else of the record changed: a name arrived, the microphone was muted, the other side changed."""


S, E = CallState, EventName

#: state -> event -> states that may follow. Several, where the same event means different things for the two sides:
#: ``Transferred`` ends the call of the one who transfers, and only exchanges the party for the one who is left.
TRANSITIONS: Mapping[CallState, Mapping[EventName, frozenset[CallState]]] = {
    S.INITIATED: {
        E.DELIVERED: frozenset({S.INITIATED}),
        E.QUEUED: frozenset({S.QUEUED}),
        E.ESTABLISHED: frozenset({S.CONNECTED}),
        E.TRANSFERRED: frozenset({S.INITIATED, S.CLEARED}),
        E.FAILED: frozenset({S.FAILED}),
        E.CONNECTION_CLEARED: frozenset({S.CLEARED}),
        E.CALL_INFORMATION: frozenset({S.INITIATED}),
    },
    S.ALERTING: {
        E.ESTABLISHED: frozenset({S.CONNECTED}),
        E.TRANSFERRED: frozenset({S.ALERTING}),
        E.DIVERTED: frozenset({S.CLEARED}),
        E.FAILED: frozenset({S.FAILED}),
        E.CONNECTION_CLEARED: frozenset({S.CLEARED}),
        E.CALL_INFORMATION: frozenset({S.ALERTING}),
    },
    S.QUEUED: {
        E.DELIVERED: frozenset({S.INITIATED}),
        E.ESTABLISHED: frozenset({S.CONNECTED}),
        E.FAILED: frozenset({S.FAILED}),
        E.CONNECTION_CLEARED: frozenset({S.CLEARED}),
        E.CALL_INFORMATION: frozenset({S.QUEUED}),
    },
    S.CONNECTED: {
        # Held and Retrieved without a change of state: the other side holds (ECMA-269, Held event: it names the
        # holding device, and the connection of the device held stays connected).
        E.HELD: frozenset({S.HELD, S.CONNECTED}),
        E.RETRIEVED: frozenset({S.CONNECTED}),
        E.TRANSFERRED: frozenset({S.CONNECTED, S.CLEARED}),
        E.CONFERENCED: frozenset({S.CONNECTED}),
        E.FAILED: frozenset({S.FAILED}),
        E.CONNECTION_CLEARED: frozenset({S.CLEARED}),
        E.CALL_INFORMATION: frozenset({S.CONNECTED}),
    },
    S.HELD: {
        E.HELD: frozenset({S.HELD}),
        E.RETRIEVED: frozenset({S.CONNECTED, S.HELD}),
        E.TRANSFERRED: frozenset({S.HELD, S.CONNECTED, S.CLEARED}),
        E.CONFERENCED: frozenset({S.CONNECTED}),
        E.FAILED: frozenset({S.FAILED}),
        E.CONNECTION_CLEARED: frozenset({S.CLEARED}),
        E.CALL_INFORMATION: frozenset({S.HELD}),
    },
    S.FAILED: {
        E.CONNECTION_CLEARED: frozenset({S.CLEARED}),
        E.CALL_INFORMATION: frozenset({S.FAILED}),
    },
    S.CLEARED: {},
}

#: How a call may begin: the event that tells of it, and the state it is in then.
BEGINNINGS: Mapping[EventName, CallState] = {E.ORIGINATED: S.INITIATED, E.DELIVERED: S.ALERTING}


class Party(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=False):
    """One side of a call as the phone system shows it. Both fields are empty when the number is withheld."""

    number: Number = ""
    name: Name = ""


class Call(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole record of one agent's call. Every event carries all of it."""

    id: CallId
    """Unique for all time within the organization; also written to the Salesforce Task (``CallObject``)."""
    revision: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    device: Number
    """Extension of the agent's phone."""
    direction: Direction
    role: Literal["caller", "called"]
    """Which side of the call the agent is. An internal call does not tell by its direction."""
    state: CallState
    caller: Party = Party()
    called: Party = Party()
    queue: Name | None = None
    """Name of the queue or group through which the call came."""
    queued_at: Instant | None = None
    """Since when the caller has waited in the queue; none where the phone system does not tell."""
    data: CallData = {}
    """What the caller entered in an announcement, or another system knows of the call, such as a case's number."""
    cause: Cause | None = None
    started_at: Instant
    answered_at: Instant | None = None
    ended_at: Instant | None = None
    held_at: Instant | None = None
    """Since when the agent has held the call; none when it is not held."""
    parked_at: Number | None = None
    """Where the held call is parked: anybody who dials this number takes it (ECMA-269, Park Call); none: it is not."""
    remote_hold: bool = False
    """The other side has put the agent on hold."""
    muted: bool = False
    recording: RecordingState = "off"
    """Whether the phone system records it."""
    parties: Annotated[tuple[Party, ...], Meta(max_length=20)] = ()
    """The others in a conference; empty in a call of two."""
    transferred_to: Party | None = None
    transferred_from: Party | None = None
    consultation_of: CallId | None = None
    """The call on hold for which this one was made."""
    command: Annotated[str, Meta(max_length=64)] | None = None
    """Id of the ``MakeCall`` that made this call (click-to-dial)."""
    unsupported: dict[Annotated[str, Meta(max_length=40)], Annotated[str, Meta(max_length=60)]] = {}
    """Commands that this phone or phone system cannot carry out for this call: command name -> stable reason code."""

    @property
    def other(self) -> Party:
        """The party that the agent talks to."""
        return self.called if self.role == "caller" else self.caller

    @property
    def ended(self) -> bool:
        """Whether the agent's device has left the call."""
        return self.state is CallState.CLEARED


class CallEvent(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something happened to a call, with the whole record as it is afterwards."""

    event: EventName
    at: Instant
    call: Call


class UnexpectedEvent(ValueError):
    """The phone system told of a move that ``TRANSITIONS`` does not know. Not a fault of ours: take a snapshot."""


def begin(call: Call, event: EventName, at: Instant) -> CallEvent:
    """Start the life of ``call`` by ``event`` (Originated or Delivered) at ``at``; else raises ``UnexpectedEvent``."""
    if BEGINNINGS.get(event) is not call.state:
        raise UnexpectedEvent(f"a call cannot begin {call.state} with {event}")
    return CallEvent(event=event, at=at, call=call)


def advance(call: Call, event: EventName, at: Instant, state: CallState, **changes: Any) -> CallEvent:
    """Move ``call`` to ``state`` by ``event`` and raise its revision; ``changes`` are other fields of the record.

    Times follow from the move: the first time it is connected gives ``answered_at``, ``cleared`` gives ``ended_at``.
    Raises ``UnexpectedEvent`` when ``TRANSITIONS`` does not have the move.
    """
    if state not in TRANSITIONS[call.state].get(event, frozenset()):
        raise UnexpectedEvent(f"{call.state} -[{event}]-> {state}")
    if state is CallState.CONNECTED and call.answered_at is None:
        changes.setdefault("answered_at", at)
    if state is not call.state:
        changes.setdefault("held_at", at if state is CallState.HELD else None)
    if state is not CallState.HELD:
        changes.setdefault("parked_at", None)
    if state is CallState.CLEARED:
        changes.setdefault("ended_at", at)
    moved = replace(call, revision=call.revision + 1, state=state, **changes)
    return CallEvent(event=event, at=at, call=moved)


def newest(known: Call | None, told: Call) -> Call:
    """The record to keep of two about the same call: the one with the higher revision (the known one when equal)."""
    return told if known is None or told.revision > known.revision else known
