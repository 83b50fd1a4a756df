"""What travels between softphone and relay: closed records, the same in process and as JSON.

Unknown fields are refused by all of them. Times are seconds since 1970 (UTC); intervals carry their unit in the name.
"""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import replace

from ..domain.agent import AgentId, AgentState, QueueMembership, Reason
from ..domain.call import Call, CallId, EventName, Instant, Number
from ..domain.commands import Command, CommandId, CommandState, Outcome
from ..domain.features import LineFeatures
from ..domain.numbers.explanation import Explanation

#: ``epoch.sequence``; opaque for the softphone.
Cursor = Annotated[str, Meta(min_length=3, max_length=60, pattern=r"^[A-Za-z0-9_-]+\.[0-9]+$(?!\n)")]
#: How long a poll may be parked, in seconds. Proxies on the way cut idle requests at 60 s.
Wait = Annotated[float, Meta(ge=0, le=28)]
#: Settings as the page gets them from Salesforce (``getCallCenterSettings``): flat, all values are texts.
RawSettings = Annotated[
    dict[Annotated[str, Meta(max_length=200)], Annotated[str, Meta(max_length=2000)]], Meta(max_length=600)
]


class Message(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all records here: immutable, closed."""


class Link(Message, frozen=True, kw_only=True):
    """Whether the agent's phone system can be reached."""

    reachable: bool
    reason: Annotated[str, Meta(max_length=60)] = ""
    """Stable code when it cannot be reached: ``no_connector``, ``connector_lost``, ``phone_system_unreachable``, …"""
    connector: str = ""


#: What an agent writes during a call; as much as Salesforce's Task.Description takes.
NotesText = Annotated[str, Meta(max_length=32_000)]


#: Longest value of Salesforce's fields Subject and CallDisposition.
Line255 = Annotated[str, Meta(max_length=255)]


#: A day such as ``2026-11-23``, or none.
DayOrNone = Annotated[str, Meta(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$(?!\n)")]


class RecordRef(Message, frozen=True, kw_only=True):
    """A Salesforce record, as the page has found it."""

    id: Annotated[str, Meta(min_length=15, max_length=18, pattern=r"^[A-Za-z0-9]+$(?!\n)")]
    type: Annotated[str, Meta(max_length=80)] = ""
    """API name of its object, such as ``Contact``."""
    name: Line255 = ""
    contact_id: Annotated[str, Meta(pattern=r"^([A-Za-z0-9]{15,18})?$(?!\n)")] = ""
    """Of a person account: the contact to which calls are linked."""


class CallWork(Message, frozen=True, kw_only=True):
    """What the agent has written about a call and chosen for it, in memory until the call is forgotten."""

    call: CallId
    notes: NotesText = ""
    record: RecordRef | None = None
    """To whom the call belongs; a person becomes WhoId of the Task, anything else WhatId."""
    related: RecordRef | None = None
    """What the call is about (WhatId), beside the person."""
    subject: Line255 = ""
    disposition: Line255 = ""
    follow_up: Line255 = ""
    """Subject of a Task to come; empty for none."""
    follow_up_on: DayOrNone = ""
    log: bool | None = None
    """Whether the agent wants the call logged; none: as is usual for such calls."""
    done: bool = False
    """The agent has finished the wrap-up."""


class WorkPatch(Message, frozen=True, kw_only=True):
    """Fields of a call's ``CallWork`` that one page has changed. The others stay as they are."""

    call: CallId
    notes: NotesText | UnsetType = UNSET
    record: RecordRef | None | UnsetType = UNSET
    related: RecordRef | None | UnsetType = UNSET
    subject: Line255 | UnsetType = UNSET
    disposition: Line255 | UnsetType = UNSET
    follow_up: Line255 | UnsetType = UNSET
    follow_up_on: DayOrNone | UnsetType = UNSET
    log: bool | None | UnsetType = UNSET
    done: bool | UnsetType = UNSET

    def applied_to(self, work: CallWork) -> CallWork:
        """``work`` with these changes."""
        changes = {name: getattr(self, name) for name in self.__struct_fields__}
        return replace(work, **{name: value for name, value in changes.items() if value is not UNSET})


class AgentSnapshot(Message, frozen=True, kw_only=True):
    """Everything the relay knows for one agent now."""

    presence: AgentState
    away_reason: Reason = ""
    queues: tuple[QueueMembership, ...] = ()
    """Those in which the phone system lets the agent work."""
    features: LineFeatures = LineFeatures()
    link: Link
    extension: str = ""
    calls: tuple[Call, ...] = ()
    """Live calls, and ended ones that are not yet forgotten."""
    work: tuple[CallWork, ...] = ()


class CallHappened(Message, frozen=True, kw_only=True, tag_field="type", tag="call"):
    """An event of a call of this agent; ``call`` is the whole record."""

    event: EventName
    at: Instant
    call: Call


class PresenceChanged(Message, frozen=True, kw_only=True, tag_field="type", tag="presence"):
    """The phone system knows the agent as ``state`` from now on, and as a member of these queues."""

    state: AgentState
    reason: Reason = ""
    queues: tuple[QueueMembership, ...] = ()


class FeaturesChanged(Message, frozen=True, kw_only=True, tag_field="type", tag="features"):
    """Forwarding, voicemail or the numbers to show are different from now on."""

    features: LineFeatures


class LinkChanged(Message, frozen=True, kw_only=True, tag_field="type", tag="link"):
    """The phone system went out of reach, or came back."""

    link: Link


class CommandChanged(Message, frozen=True, kw_only=True, tag_field="type", tag="command"):
    """A command of this agent has come further."""

    outcome: Outcome


class WorkChanged(Message, frozen=True, kw_only=True, tag_field="type", tag="work"):
    """Something was written about a call: by the agent, in this page or another, or by who has transferred it."""

    work: CallWork


AgentEvent = CallHappened | PresenceChanged | FeaturesChanged | LinkChanged | CommandChanged | WorkChanged


class PollRequest(Message, frozen=True, kw_only=True):
    """Acknowledge everything up to ``cursor`` and wait for more."""

    cursor: Cursor | None = None
    wait: Wait = 25.0
    turn: Annotated[int, Meta(ge=0, le=2**53 - 1)] = 0
    """Rises with each poll of a page, so that one which it has given up and which arrives late is known as such."""


class PollAnswer(Message, frozen=True, kw_only=True):
    """Either ``events`` that follow the cursor without a gap, or the full ``state`` with the reason ``resync``."""

    cursor: Cursor
    now: Instant
    """The relay's clock, so that the page can show durations right when its own clock is wrong."""
    events: tuple[AgentEvent, ...] = ()
    state: AgentSnapshot | None = None
    resync: Literal["start", "epoch", "gap", "expired"] | None = None
    superseded: bool = False
    """Another poll of the same session took this one's place; do not poll again from here."""
    reconnect: bool = False
    """This node is going away: poll again after ``retry_ms``."""
    retry_ms: int = 0


class Dialing(Message, frozen=True, kw_only=True):
    """How the number of a ``MakeCall`` or transfer is to be treated."""

    settings: RawSettings = {}
    raw: bool = False
    """Dial exactly what was typed."""
    record_country: Annotated[str, Meta(pattern=r"^([A-Za-z]{2})?$(?!\n)")] = ""
    """Country of the record in which the number stands (ISO 3166), where it is known."""


class CommandRequest(Message, frozen=True, kw_only=True):
    """Ask for a command. ``dialing`` applies to commands with a number only."""

    command: Command
    dialing: Dialing | None = None


class CommandAnswer(Message, frozen=True, kw_only=True):
    """The relay has the command. ``dialled`` is what the dial plan made of the number."""

    id: CommandId
    state: CommandState
    dialled: str | None = None
    extension: str = ""
    """Digits to send when the other side has answered: the number was typed with an extension."""


class ClaimRequest(Message, frozen=True, kw_only=True):
    """Ask for the right to pop or to log a call; only one session gets it."""

    call: CallId
    purpose: Literal["pop", "log"]
    done: bool = False
    """The log is written, or the call needs none: it can be forgotten."""


class ClaimAnswer(Message, frozen=True, kw_only=True, omit_defaults=True):
    """Whether this session may do it. Asking again gives the same answer, unless the holder has gone away."""

    granted: bool
    settled: bool = False
    """The call is logged already."""
    taken_over: bool = False
    """Another session held the right to log and went away: look whether the log is there before writing it."""


class SettingsRequest(Message, frozen=True, kw_only=True):
    """Ask what the server makes of the call center's settings."""

    settings: RawSettings


class SettingComplaint(Message, frozen=True, kw_only=True):
    """One setting that cannot be used as it is; dialling goes on without it."""

    setting: str
    """Name as in the call center definition, such as ``reqOutsidePrefix``."""
    value: str
    """The value, shortened when it is long."""
    rule: str
    """Stable code of the rule that it breaks."""
    message: str
    """A sentence in English for the administrator."""


class PopRuleSetup(Message, frozen=True, kw_only=True):
    """Which calls (by ``field``, see ``PopRule``) open what; the first that fits."""

    field: str
    pattern: str
    target: str
    name: str


class OmniRuleSetup(Message, frozen=True, kw_only=True):
    """``condition -> target`` between presence and Omni-Channel; the first that fits."""

    condition: str
    target: str


class PanelSetup(Message, frozen=True, kw_only=True):
    """How the panel works (sections ctiScreenPop, ctiLogging, ctiPresence, ctiMessages, ctiDialing, ctiOmniChannel)."""

    pop_on: str
    pop_rules: tuple[PopRuleSetup, ...]
    new_records: tuple[str, ...]
    wrap_up: str
    dispositions: tuple[str, ...]
    log_calls: bool
    log_internal: bool
    away_reasons: tuple[str, ...]
    message_channel: str
    do_not_call: str
    pickup_code: str
    omni_channel: str
    to_omni: tuple[OmniRuleSetup, ...]
    from_omni: tuple[OmniRuleSetup, ...]


class SettingsReport(Message, frozen=True, kw_only=True):
    """What is wrong with the settings, and which values are in effect."""

    problems: tuple[SettingComplaint, ...]
    effective: dict[str, str]
    panel: PanelSetup
    panel_problems: tuple[SettingComplaint, ...] = ()
    """Wrong settings that do not concern dialling."""


#: What the phone of a colleague does: nothing, it rings, somebody talks; or nobody knows, or may know.
LineState = Literal["idle", "ringing", "busy", "unknown"]


class ColleaguesQuery(Message, frozen=True, kw_only=True):
    """Ask for colleagues by a part of their name, login or extension; an empty text lists everybody."""

    search: Annotated[str, Meta(max_length=64)] = ""
    most: Annotated[int, Meta(ge=1, le=100)] = 20


class Colleague(Message, frozen=True, kw_only=True):
    """Somebody of the same organization who has a phone here. With whom they talk is nobody's business."""

    agent: AgentId
    extension: str
    name: str
    presence: AgentState | None
    line: LineState
    parked: tuple[Number, ...] = ()
    """Where calls wait that they have parked; dialling it takes one."""


class Colleagues(Message, frozen=True, kw_only=True):
    """Those who were found, best match first; ``more``: there are others."""

    colleagues: tuple[Colleague, ...]
    more: bool = False


# --- how numbers are dialled and recognised ---

#: A number in any notation, as typed, clicked or shown. More than the 200 characters that are looked at, so that a text
#: pasted by mistake gets its explanation, too.
NumberText = Annotated[str, Meta(max_length=400)]
Country = Annotated[str, Meta(pattern=r"^([A-Za-z]{2})?$(?!\n)")]
MAX_EXPLAINED = 200


class ExplainQuery(Message, frozen=True, kw_only=True):
    """Ask how one number is dialled, or recognised, with the call center definition of this server."""

    number: NumberText
    record_country: Country = ""
    """Country of the record in which the number stands (ISO 3166); for numbers to be dialled."""
    incoming: bool = False
    """The number was shown by the phone system, and is not to be dialled."""


class ExplainRequest(Message, frozen=True, kw_only=True):
    """The same for several numbers. ``settings`` as Salesforce hands them out; else this server's definition."""

    numbers: Annotated[tuple[NumberText, ...], Meta(min_length=1, max_length=MAX_EXPLAINED)]
    settings: RawSettings | None = None
    record_country: Country = ""
    incoming: bool = False


class ExplainAnswer(Message, frozen=True, kw_only=True):
    """One explanation for each number, in their order, and what is wrong with the settings."""

    explanations: tuple[Explanation, ...]
    problems: tuple[SettingComplaint, ...]
