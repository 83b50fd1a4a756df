"""What happens to an agent's log, as records: what one node of a pool has changed, the others repeat.

Each tells the whole of what it is about, so that applying one twice, or late, does no harm that the next does not mend.
"""

from msgspec import Struct

from ..domain.agent import Presence
from ..domain.call import Call, CallId, EventName, Instant
from ..domain.features import LineFeatures
from .messages import AgentEvent, CallWork, Link


class Change(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="t"):
    """Base of all. Not closed: a node of a later release may tell more."""


class Told(Change, frozen=True, kw_only=True, tag="told"):
    """An event for the agent's softphones."""

    event: AgentEvent


class Corrected(Change, frozen=True, kw_only=True, tag="corrected"):
    """A call as its connector's snapshot has it."""

    call: Call
    event: EventName
    at: Instant


class Described(Change, frozen=True, kw_only=True, tag="described"):
    """Another connector, or none, has the agent's phone."""

    link: Link
    extension: str


class Dropped(Change, frozen=True, kw_only=True, tag="dropped"):
    """All calls are forgotten; of their end nothing is known."""


class Claimed(Change, frozen=True, kw_only=True, tag="claimed"):
    """Who may open and who may log a call."""

    call: CallId
    pop: str = ""
    """Id of a session."""
    log: str = ""
    settled: bool = False
    abandoned: bool = False
    """Somebody who was to log it has gone without a word."""


class Left(Change, frozen=True, kw_only=True, tag="left"):
    """A session of the agent is gone."""

    session: str


class Forgotten(Change, frozen=True, kw_only=True, tag="forgotten"):
    """The end of a call was delivered, and its time is over."""

    call: CallId


AnyChange = Told | Corrected | Described | Dropped | Claimed | Left | Forgotten


class CallCopy(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One call with all that is kept of it."""

    call: Call
    claims: Claimed
    work: CallWork | None = None


class AgentCopy(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything that is known of an agent, for a node that has to begin, or has missed something."""

    agent: str
    link: Link
    extension: str
    presence: Presence
    features: LineFeatures
    calls: tuple[CallCopy, ...] = ()
