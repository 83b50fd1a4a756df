"""What travels between connectors and the relay: closed records, the same in process and as JSON.

The rules are those of ``messages``. What a connector tells has a sequence, which the relay acknowledges.
"""

from typing import Annotated

from msgspec import Meta

from ..domain.agent import AgentId, AgentState, Line, QueueMembership, Reason
from ..domain.call import Call, EventName, Instant, Name
from ..domain.commands import Command, Outcome
from ..domain.features import LineFeatures
from .messages import Message, Wait

ConnectorId = Annotated[str, Meta(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$(?!\n)")]
Boot = Annotated[str, Meta(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$(?!\n)")]
#: Bounded so that it stays exact in JavaScript and JSON.
Sequence = Annotated[int, Meta(ge=0, le=2**53 - 1)]


class Hello(Message, frozen=True, kw_only=True):
    """A connector announces itself. A new ``boot`` means that nothing of an earlier run is known any more."""

    connector: ConnectorId
    kind: Name
    boot: Boot
    lines: Annotated[tuple[Line, ...], Meta(max_length=20_000)]


class Attached(Message, frozen=True, kw_only=True):
    """The relay accepts the connector; without a batch for ``lease_s`` seconds it counts as lost."""

    lease_s: float
    heartbeat_s: float


class AgentCall(Message, frozen=True, kw_only=True, tag_field="type", tag="call"):
    """An event of a call of ``agent``."""

    agent: AgentId
    event: EventName
    at: Instant
    call: Call


class AgentPresence(Message, frozen=True, kw_only=True, tag_field="type", tag="presence"):
    """What the phone system holds of the agent's presence."""

    agent: AgentId
    state: AgentState
    reason: Reason = ""
    queues: Annotated[tuple[QueueMembership, ...], Meta(max_length=100)] = ()


class AgentFeatures(Message, frozen=True, kw_only=True, tag_field="type", tag="features"):
    """What the agent's line offers, and how it is set."""

    agent: AgentId
    features: LineFeatures


class SystemLink(Message, frozen=True, kw_only=True, tag_field="type", tag="link"):
    """Whether the connector reaches its phone system; ``reason`` is a stable code."""

    reachable: bool
    reason: Annotated[str, Meta(max_length=60)] = ""


class CommandOutcome(Message, frozen=True, kw_only=True, tag_field="type", tag="outcome"):
    """What became of a command of ``agent``."""

    agent: AgentId
    outcome: Outcome


class SnapshotBegin(Message, frozen=True, kw_only=True, tag_field="type", tag="snapshot_begin"):
    """All live calls of this connector follow, each as ``snapshot_call``, until ``snapshot_end``."""


class SnapshotCall(Message, frozen=True, kw_only=True, tag_field="type", tag="snapshot_call"):
    """A call that is up."""

    agent: AgentId
    call: Call


class SnapshotEnd(Message, frozen=True, kw_only=True, tag_field="type", tag="snapshot_end"):
    """Calls that were known and did not come between the marks have ended (cause ``lost``)."""


ConnectorEvent = (
    AgentCall | AgentPresence | AgentFeatures | SystemLink | CommandOutcome | SnapshotBegin | SnapshotCall | SnapshotEnd
)


class Batch(Message, frozen=True, kw_only=True):
    """Events of one connector in order; ``first`` is the sequence of the first one.

    An empty batch is a heartbeat; its ``first`` is the sequence that the next event will have.
    """

    connector: ConnectorId
    boot: Boot
    first: Sequence
    events: Annotated[tuple[ConnectorEvent, ...], Meta(max_length=500)] = ()


class Ack(Message, frozen=True, kw_only=True):
    """Everything before ``next`` is safe; ``resync`` asks for a snapshot (a gap was seen, or the relay is new)."""

    next: Sequence
    resync: bool = False


class CommandsRequest(Message, frozen=True, kw_only=True):
    """Acknowledge commands before ``after`` and wait for more."""

    connector: ConnectorId
    boot: Boot
    after: Sequence = 0
    wait: Wait = 25.0


class AgentCommand(Message, frozen=True, kw_only=True):
    """A command for the connector. It must not be started later than ``expires_in_ms`` after it was received."""

    agent: AgentId
    command: Command
    expires_in_ms: int


class CommandBatch(Message, frozen=True, kw_only=True):
    """Commands with the sequences up to ``next`` (exclusive); ``resync`` asks for a snapshot."""

    next: Sequence
    commands: tuple[AgentCommand, ...] = ()
    resync: bool = False
    reconnect: bool = False
    retry_ms: int = 0
