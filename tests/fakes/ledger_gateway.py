"""A relay reduced to its contract with connectors, written independently, behind a line that does everything wrong."""

import asyncio
from collections.abc import Iterable, Iterator

from cti_adapter.application.connector_messages import (
    Ack,
    AgentCall,
    AgentCommand,
    AgentPresence,
    Attached,
    Batch,
    CommandBatch,
    CommandOutcome,
    CommandsRequest,
    ConnectorEvent,
    Hello,
    SnapshotBegin,
    SnapshotCall,
    SnapshotEnd,
    SystemLink,
)
from cti_adapter.application.ports import NotAttached, RelayRefused, RelayUnavailable
from cti_adapter.domain.agent import AgentState
from cti_adapter.domain.call import Call
from cti_adapter.domain.commands import Command, CommandState, Outcome

#: What can go wrong with one request. ``no_ack``: carried out, but the answer is lost. ``forget``: the relay restarts.
FAULTS = ("lost", "no_ack", "twice", "forget", "resync", "busy", "broken")


class LedgerGateway:
    """Implements ``application.ports.RelayGateway``. ``faults``: for each request, what goes wrong (None: nothing)."""

    def __init__(self, faults: Iterable[str | None] = ()) -> None:
        self._faults: Iterator[str | None] = iter(faults)
        self.calls: dict[tuple[str, str], Call] = {}
        """Live calls, as a relay would hold them."""
        self.ended: list[Call] = []
        self.lost: list[str] = []
        """Calls that were up and not in a snapshot."""
        self.wrong: list[str] = []
        """Broken promises: an event applied out of order."""
        self.presences: dict[str, AgentState] = {}
        self.links: list[SystemLink] = []
        self.outcomes: list[Outcome] = []
        self.batches: list[tuple[float, Batch]] = []
        self.attached_at: list[float] = []
        self._boot: str | None = None
        self._next: int | None = None
        self._wants_snapshot = False
        self._snapshot: set[tuple[str, str]] | None = None
        self._commands: list[AgentCommand] = []
        self._command_news = asyncio.Event()
        self.down = False
        self.refuse = False

    # --- ports.RelayGateway ---

    async def attach(self, hello: Hello) -> Attached:
        async with self._line():
            if hello.boot != self._boot:
                self._boot, self._next, self._wants_snapshot = hello.boot, None, True
            self.attached_at.append(asyncio.get_running_loop().time())
            return Attached(lease_s=15, heartbeat_s=5)

    async def publish(self, batch: Batch) -> Ack:
        line = self._line()
        async with line:
            self._publish(batch)
            ack = self._publish(batch) if line.fault == "twice" else Ack(next=self._next or 0)
            asked = self._wants_snapshot and self._snapshot is None or line.fault == "resync"
            return Ack(next=ack.next, resync=asked)

    async def commands(self, request: CommandsRequest) -> CommandBatch:
        async with self._line():
            if request.boot != self._boot:
                raise NotAttached("who is this?")
            if not self._commands:
                self._command_news.clear()
                try:
                    async with asyncio.timeout(request.wait):
                        await self._command_news.wait()
                except TimeoutError:
                    return CommandBatch(next=request.after)
                if request.boot != self._boot:
                    raise NotAttached("who was this?")
            given, self._commands = self._commands, []
            return CommandBatch(next=request.after + len(given), commands=tuple(given))

    # --- for tests ---

    def command(self, agent: str, command: Command, expires_in_ms: int = 5000) -> None:
        """Hand a command to the connector; may be done twice with the same."""
        self._commands.append(AgentCommand(agent=agent, command=command, expires_in_ms=expires_in_ms))
        self._command_news.set()

    def states_of(self, command_id: str) -> list[CommandState]:
        return [outcome.state for outcome in self.outcomes if outcome.id == command_id]

    def restart(self) -> None:
        """Forget everything, as a relay does that starts anew."""
        self._boot = self._next = self._snapshot = None
        self.calls.clear()
        self._command_news.set()

    def fail_next(self, fault: str) -> None:
        """The next request goes wrong in this way."""
        self._faults = iter([fault])

    def heal(self) -> None:
        """From now on nothing goes wrong."""
        self._faults = iter(())

    # --- inside ---

    def _line(self) -> "_Line":
        return _Line(self, next(self._faults, None))

    def _publish(self, batch: Batch) -> Ack:
        if batch.boot != self._boot:
            raise NotAttached("who is this?")
        self.batches.append((asyncio.get_running_loop().time(), batch))
        if self._next is None:
            self._next = batch.first
        if batch.first > self._next:
            self._next, self._wants_snapshot, self._snapshot = batch.first, True, None
        for event in batch.events[self._next - batch.first :]:
            self._next += 1
            self._apply(event)
        return Ack(next=self._next)

    def _apply(self, event: ConnectorEvent) -> None:
        match event:
            case AgentCall(agent=agent, call=call):
                known = self.calls.get((agent, call.id))
                if known is not None and call.revision <= known.revision:
                    self.wrong.append(f"{call.id}: revision {call.revision} after {known.revision}")
                self._keep(agent, call)
            case SnapshotBegin():
                self._snapshot = set()
            case SnapshotCall(agent=agent, call=call):
                self._keep(agent, call)
            case SnapshotEnd():
                self._end_snapshot()
            case AgentPresence(agent=agent, state=state):
                self.presences[agent] = state
            case SystemLink():
                self.links.append(event)
            case CommandOutcome(outcome=outcome):
                self.outcomes.append(outcome)

    def _keep(self, agent: str, call: Call) -> None:
        key = (agent, call.id)
        if self._snapshot is not None:
            self._snapshot.add(key)
        if call.ended:
            self.ended.append(call)
            self.calls.pop(key, None)
        elif key not in self.calls or call.revision > self.calls[key].revision:
            self.calls[key] = call

    def _end_snapshot(self) -> None:
        if self._snapshot is None:
            return
        for key in self.calls.keys() - self._snapshot:
            self.lost.append(key[1])
            del self.calls[key]
        self._snapshot, self._wants_snapshot = None, False


class _Line:
    """One request on its way, with its fault."""

    def __init__(self, gateway: LedgerGateway, fault: str | None) -> None:
        self._gateway = gateway
        self.fault = fault

    async def __aenter__(self) -> None:
        await asyncio.sleep(0.01)
        if self._gateway.down or self.fault == "lost":
            raise RelayUnavailable("cannot be reached")
        if self._gateway.refuse:
            raise RelayRefused("wrong key")
        if self.fault == "busy":
            raise RelayUnavailable("too many requests", 3.0)
        if self.fault == "broken":
            raise KeyError("the relay has a bug")
        if self.fault == "forget":
            self._gateway.restart()

    async def __aexit__(self, *_: object) -> None:
        await asyncio.sleep(0.01)
        if self.fault == "no_ack":
            raise RelayUnavailable("the answer never came")
