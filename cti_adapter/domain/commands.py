"""What an agent can ask of the phone system, and what becomes of it. Imperative, as ECMA-269 names its services.

A command carries an id made by the softphone. The same id twice acts once. A command that is older than its time to
live is never executed: a dial that arrives ten seconds late rings a phone whose owner has walked away.
"""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from .agent import AgentState, Reason
from .call import CallId, Name, Number, RecordingState
from .features import ForwardingKind

CommandId = Annotated[str, Meta(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$(?!\n)")]
#: What may be dialled once the dial plan has been applied: digits, `*`, `#`, a leading `+`, or a SIP user part.
Dialable = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$(?!\n)")]
Digits = Annotated[str, Meta(min_length=1, max_length=32, pattern=r"^[0-9*#A-Da-d]+$(?!\n)")]


class _Command(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="verb"):
    id: CommandId


class MakeCall(_Command, frozen=True, kw_only=True, tag="MakeCall"):
    """Dial ``number`` from the agent's phone (ECMA-269, Make Call: the own phone is prompted first)."""

    number: Dialable
    name: Name = ""
    """Name of the record that was clicked; shown on the phone where it can."""
    outbound_number: Number = ""
    """Which of the line's numbers the called side shall see; empty: as the phone system decides."""


class AnswerCall(_Command, frozen=True, kw_only=True, tag="AnswerCall"):
    """Take the call that rings at the agent's phone."""

    call: CallId


class ClearConnection(_Command, frozen=True, kw_only=True, tag="ClearConnection"):
    """Hang up, give up dialling, or decline the ringing call."""

    call: CallId


class HoldCall(_Command, frozen=True, kw_only=True, tag="HoldCall"):
    """Put the call on hold. A state to reach: a call already held stays held."""

    call: CallId


class RetrieveCall(_Command, frozen=True, kw_only=True, tag="RetrieveCall"):
    """Take the call back from hold. A state to reach."""

    call: CallId


class ParkCall(_Command, frozen=True, kw_only=True, tag="ParkCall"):
    """Let the call wait where anybody can take it; ``RetrieveCall`` takes it back (ECMA-269, Park Call)."""

    call: CallId


class SetMicrophoneMute(_Command, frozen=True, kw_only=True, tag="SetMicrophoneMute"):
    """Mute the agent's voice, or let it be heard again. A state to reach, never a toggle."""

    call: CallId
    muted: bool


class SetRecording(_Command, frozen=True, kw_only=True, tag="SetRecording"):
    """Let the phone system record the call, keep a part out of it, or end that. A state to reach."""

    call: CallId
    state: RecordingState


class GenerateDigits(_Command, frozen=True, kw_only=True, tag="GenerateDigits"):
    """Send DTMF tones to the other side."""

    call: CallId
    digits: Digits


class SingleStepTransferCall(_Command, frozen=True, kw_only=True, tag="SingleStepTransferCall"):
    """Blind transfer: hand the call to ``number`` without talking to it first."""

    call: CallId
    number: Dialable


class ConsultationCall(_Command, frozen=True, kw_only=True, tag="ConsultationCall"):
    """Put the call on hold and dial ``number``, to ask there first (ECMA-269, Consultation Call)."""

    call: CallId
    number: Dialable


class TransferCall(_Command, frozen=True, kw_only=True, tag="TransferCall"):
    """Attended transfer: connect the other sides of the agent's two calls and leave both (ECMA-269, Transfer Call).

    Which of the two is on hold does not matter.
    """

    call: CallId
    consultation: CallId


class ConferenceCall(_Command, frozen=True, kw_only=True, tag="ConferenceCall"):
    """Everybody of the agent's two calls in one (ECMA-269, Conference Call).

    The call that began first goes on, the other one ends; which of the two is on hold does not matter.
    """

    call: CallId
    consultation: CallId


class SetAgentState(_Command, frozen=True, kw_only=True, tag="SetAgentState"):
    """Tell the phone system whether the agent wants calls (ECMA-269, Set Agent State)."""

    state: AgentState
    reason: Reason = ""
    """Why the agent is away."""


class SetQueueMembership(_Command, frozen=True, kw_only=True, tag="SetQueueMembership"):
    """Log the agent in to a queue, out of it, or pause them there. A state to reach."""

    queue: Annotated[str, Meta(min_length=1, max_length=80)]
    logged_in: bool
    paused: bool = False
    reason: Reason = ""
    """Why they pause there."""


class SetForwarding(_Command, frozen=True, kw_only=True, tag="SetForwarding"):
    """Let the calls of the agent's line go elsewhere; an empty number ends that. A state to reach."""

    kind: ForwardingKind
    number: Annotated[str, Meta(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$(?!\n)")] = ""


Command = (
    MakeCall
    | AnswerCall
    | ClearConnection
    | HoldCall
    | RetrieveCall
    | ParkCall
    | SetMicrophoneMute
    | SetRecording
    | GenerateDigits
    | SingleStepTransferCall
    | ConsultationCall
    | TransferCall
    | ConferenceCall
    | SetAgentState
    | SetQueueMembership
    | SetForwarding
)
#: Commands that are about the agent or the line, and no call.
LineCommand = MakeCall | SetAgentState | SetQueueMembership | SetForwarding
#: Names of all commands, as they stand in ``Call.unsupported``.
VERBS: tuple[str, ...] = tuple(sorted(kind.__name__ for kind in Command.__args__))


class CommandState(StrEnum):
    """How far a command has come. The last four are final."""

    ACCEPTED = "accepted"
    """The relay has it."""
    TAKEN = "taken"
    """The connector has it."""
    DONE = "done"
    """The phone system has done it."""
    FAILED = "failed"
    """It was refused; ``error_id`` says why."""
    EXPIRED = "expired"
    """It waited too long and was not executed."""
    UNKNOWN = "unknown"
    """It may have been executed, but nobody can tell (connection lost in between). Never repeated for a dial."""


class Outcome(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What became of the command ``id``."""

    id: CommandId
    state: CommandState
    error_id: Annotated[str, Meta(max_length=60)] | None = None
    """Stable code for a program, such as ``call_gone`` or ``not_supported_by_phone``."""
    detail: Annotated[str, Meta(max_length=300)] | None = None
    """A sentence in English for a person; holds no full number."""


class CommandRefused(Exception):
    """A command that cannot be carried out; becomes an ``Outcome`` with state ``failed``."""

    def __init__(self, error_id: str, detail: str) -> None:
        super().__init__(detail)
        self.error_id = error_id
        self.detail = detail
