"""The small interfaces at the edges: what a connector must offer, where its events go, how it reaches the relay."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Protocol

from ..domain.agent import Line, Presence
from ..domain.call import Call, CallEvent
from ..domain.commands import Command
from ..domain.features import LineFeatures
from .connector_messages import Ack, Attached, Batch, CommandBatch, CommandsRequest, Hello
from .messages import RecordRef


class Clock(Protocol):
    """Reads the time; only the outermost loop has one."""

    def now(self) -> float:
        """Seconds since 1970 (UTC)."""
        ...

    def monotonic(self) -> float:
        """Seconds on a clock that never jumps; for leases and time limits."""
        ...


class EventSink(Protocol):
    """The only door through which a connector's events leave. Never blocks."""

    def call(self, agent: str, event: CallEvent) -> None:
        """A call of ``agent`` changed."""
        ...

    def presence(self, agent: str, presence: Presence) -> None:
        """What the phone system holds of ``agent``'s readiness has changed."""
        ...

    def features(self, agent: str, features: LineFeatures) -> None:
        """What the line of ``agent`` offers, or how it is set, has changed."""
        ...

    def link(self, *, reachable: bool, reason: str = "") -> None:
        """The phone system went out of reach (``reason``: stable code) or came back."""
        ...

    def resync(self) -> None:
        """The connector has a fresh picture: ``live_calls``, ``presences`` and ``features`` are to be sent now."""
        ...


class Connector(ABC):
    """One phone system. It owns the truth about its calls and is the only one who writes them.

    Life: ``run`` is started once and ends only by being cancelled; it connects, reports ``link`` and ``resync``, then
    follows events, and reconnects by itself with growing pauses. ``execute`` and the two snapshots are called on the
    same event loop.
    """

    kind: ClassVar[str]
    """Name of the kind of phone system, such as ``asterisk``."""

    def __init__(self, connector_id: str, lines: Sequence[Line]) -> None:
        self.id = connector_id
        self.lines = tuple(lines)

    @abstractmethod
    async def run(self, sink: EventSink) -> None:
        """Follow the phone system until cancelled. Raises ``ConnectorMisconfigured`` when no waiting can mend it."""

    @abstractmethod
    async def execute(self, agent: str, command: Command) -> None:
        """Carry out ``command`` for ``agent``; returns when the phone system has confirmed it.

        Raises ``CommandRefused`` (the phone or phone system says no, or the call is gone) or ``OutcomeUnknown``
        (it was sent, and the answer never came). The caller makes sure that each id comes once and not too late.
        """

    @abstractmethod
    def live_calls(self) -> Sequence[tuple[str, Call]]:
        """All calls that are up now, as (agent, record)."""

    @abstractmethod
    def presences(self) -> Mapping[str, Presence]:
        """Presence of each agent of ``lines`` that the phone system knows."""

    def features(self) -> Mapping[str, LineFeatures]:
        """Features of each agent's line, for phone systems that have any."""
        return {}


class ConnectorMisconfigured(Exception):
    """The settings cannot work as they are (wrong password, unknown extension). The message names the setting."""


class OutcomeUnknown(Exception):
    """The command was sent, but whether it was carried out cannot be known."""


class RelayGateway(Protocol):
    """The relay as a connector session sees it; in process or over HTTPS."""

    async def attach(self, hello: Hello) -> Attached:
        """Announce the connector. Raises ``RelayUnavailable`` or ``RelayRefused``."""
        ...

    async def publish(self, batch: Batch) -> Ack:
        """Hand over events. Raises ``RelayUnavailable``, ``NotAttached`` (say hello again) or ``RelayRefused``."""
        ...

    async def commands(self, request: CommandsRequest) -> CommandBatch:
        """Wait up to ``request.wait`` seconds for commands. Raises like ``publish``."""
        ...


class RelayUnavailable(Exception):
    """The relay cannot be reached or is going away; try again with a growing pause."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class NotAttached(Exception):
    """The relay does not know this connector's boot (it restarted, or the lease ran out)."""


class RelayRefused(Exception):
    """The relay refuses the request as it is (credentials, shape). Repeating it does not help."""


class CallLogWriter(ABC):
    """Writes logs of calls into the CRM. Blocking; called from a thread, one call at a time."""

    @abstractmethod
    def write(
        self, agent: str, call_id: str, keys: Sequence[str], fields: Callable[[RecordRef | None], dict[str, str | int]]
    ) -> None:
        """Log a call of ``agent`` (login name), unless its log is there already.

        ``keys``: notations of the other party's number to search by; ``fields`` makes the Task, given the one record
        that has the number. Raises ``CallLogRefused`` or ``CallLogUnavailable``.
        """

    @abstractmethod
    def complete_missed(self, agent: str, number: str) -> None:
        """The agent has called ``number``: missed calls from there are done. Raises as ``write``."""


class CallLogRefused(Exception):
    """The CRM will not take it, now or later. The message holds no number."""


class CallLogUnavailable(Exception):
    """The CRM cannot be reached or wants to be left in peace for a while."""
