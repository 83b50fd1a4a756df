"""Hosts one connector: carries its events to the relay and the relay's commands to it. Knows no phone system.

Two loops beside the connector's own. One posts what the outbox holds, or a heartbeat; the other parks at the relay for
commands. Whenever the relay may not know everything (attached anew, a gap, a full outbox, the connector's own wish) a
snapshot takes the place of what waits: begin mark, live calls, presence, end mark. That is also how it starts.
"""

import asyncio
import contextlib
import logging
import random
import secrets
from collections.abc import Awaitable, Callable
from typing import TypeVar

from ..domain.agent import AgentState
from ..domain.call import CallEvent
from ..domain.commands import CommandRefused, CommandState, Outcome
from .executions import Executions
from .messages import (
    AgentCall,
    AgentCommand,
    AgentPresence,
    Batch,
    CommandOutcome,
    CommandsRequest,
    ConnectorEvent,
    Hello,
    SnapshotBegin,
    SnapshotCall,
    SnapshotEnd,
    SystemLink,
)
from .outbox import Outbox
from .ports import Clock, Connector, NotAttached, OutcomeUnknown, RelayGateway, RelayRefused, RelayUnavailable

log = logging.getLogger("cti.connector")

#: First and longest pause between tries to reach the relay, in seconds; each is shortened at random (full jitter).
PAUSE_S = (0.5, 15.0)
#: A request that the relay refuses as it is will be refused again; ask seldom, in case somebody mends the key.
REFUSED_PAUSE_S = 60.0
#: Longest time for one command at the phone system, in seconds.
COMMAND_S = 10.0
#: Longest time for the last events at the end, in seconds.
FLUSH_S = 2.0
#: How long a request for commands is parked, in seconds.
PARK_S = 25.0

Answer = TypeVar("Answer")


class ConnectorSession:
    """One connector at one relay. ``boot`` tells this run from others; ``rng`` only spreads pauses."""

    def __init__(
        self,
        connector: Connector,
        gateway: RelayGateway,
        clock: Clock,
        boot: str | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self._connector = connector
        self._gateway = gateway
        self._clock = clock
        self._boot = boot or secrets.token_urlsafe(12)
        self._rng = rng or random.SystemRandom()
        self._outbox = Outbox()
        self._executions = Executions()
        self._news = asyncio.Event()
        self._attached = asyncio.Event()
        self._system = SystemLink(reachable=False, reason="starting")
        self._resync = True
        self._heartbeat_s = 5.0
        self._away = False
        self._running: set[asyncio.Task[None]] = set()

    # --- EventSink: called by the connector ---

    def call(self, agent: str, event: CallEvent) -> None:
        """See ``EventSink.call``."""
        self._tell(AgentCall(agent=agent, event=event.event, at=event.at, call=event.call))

    def presence(self, agent: str, state: AgentState) -> None:
        """See ``EventSink.presence``."""
        self._tell(AgentPresence(agent=agent, state=state))

    def link(self, *, reachable: bool, reason: str = "") -> None:
        """See ``EventSink.link``."""
        self._system = SystemLink(reachable=reachable, reason=reason)
        self._tell(self._system)

    def resync(self) -> None:
        """See ``EventSink.resync``."""
        self._resync = True
        self._news.set()

    def _tell(self, event: ConnectorEvent) -> None:
        self._outbox.append(event)
        self._news.set()

    # --- life ---

    async def run(self) -> None:
        """Run until cancelled; then give the last events to the relay. Raises what ``Connector.run`` raises."""
        parts = [
            asyncio.create_task(part, name=f"{self._connector.id}: {name}")
            for name, part in (
                ("phone system", self._connector.run(self)),
                ("events", self._carry_events()),
                ("commands", self._carry_commands()),
            )
        ]
        try:
            done, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
            for part in done:
                part.result()
        finally:
            await _cancelled([*parts, *self._running])
            with contextlib.suppress(Exception):
                await asyncio.wait_for(self._flush(), FLUSH_S)

    async def _flush(self) -> None:
        while len(self._outbox) and self._attached.is_set():
            await self._post()

    # --- events ---

    async def _carry_events(self) -> None:
        while True:
            await self._reaching(self._attach)
            with contextlib.suppress(NotAttached):
                while True:
                    await self._reaching(self._post)
                    if not len(self._outbox) and not self._resync:
                        await self._wait_for_news()
            self._attached.clear()

    async def _attach(self) -> None:
        hello = Hello(
            connector=self._connector.id, kind=self._connector.kind, boot=self._boot, lines=self._connector.lines
        )
        attached = await self._gateway.attach(hello)
        self._heartbeat_s = attached.heartbeat_s
        self._resync = True
        self._attached.set()

    async def _post(self) -> None:
        if self._resync or self._outbox.overflowed:
            if self._outbox.overflowed:
                log.warning(
                    "connector %s: too many events waited for the relay; it gets a snapshot", self._connector.id
                )
            self._outbox.restart(self._snapshot())
            self._resync = False
        self._news.clear()
        first, events = self._outbox.batch()
        batch = Batch(connector=self._connector.id, boot=self._boot, first=first, events=events)
        ack = await self._gateway.publish(batch)
        self._outbox.confirm(ack.next)
        if ack.resync:
            self._resync = True

    def _snapshot(self) -> list[ConnectorEvent]:
        if not self._system.reachable:
            # Its calls are not known to have ended, only not known: no marks.
            return [self._system]
        calls = [SnapshotCall(agent=agent, call=call) for agent, call in self._connector.live_calls()]
        presences = [AgentPresence(agent=agent, state=state) for agent, state in self._connector.presences().items()]
        return [self._system, SnapshotBegin(), *calls, *presences, SnapshotEnd()]

    async def _wait_for_news(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), self._heartbeat_s)

    # --- commands ---

    async def _carry_commands(self) -> None:
        after = 0
        while True:
            await self._attached.wait()
            try:
                request = CommandsRequest(connector=self._connector.id, boot=self._boot, after=after, wait=PARK_S)
                batch = await self._reaching(lambda request=request: self._gateway.commands(request))  # type: ignore[misc]
            except NotAttached:
                after = 0
                self._attached.clear()
                self._news.set()
                continue
            after = batch.next
            if batch.resync:
                self.resync()
            for command in batch.commands:
                self._start(command)
            if batch.reconnect:
                await asyncio.sleep(batch.retry_ms / 1000)

    def _start(self, command: AgentCommand) -> None:
        received = self._clock.monotonic()
        if not self._executions.begin(command.agent, command.command.id, received):
            return
        task = asyncio.create_task(self._execute(command, received))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _execute(self, asked: AgentCommand, received: float) -> None:
        if self._clock.monotonic() - received > asked.expires_in_ms / 1000 or asked.expires_in_ms <= 0:
            self._report(asked, CommandState.EXPIRED)
            return
        self._report(asked, CommandState.TAKEN)
        try:
            await asyncio.wait_for(self._connector.execute(asked.agent, asked.command), COMMAND_S)
        except CommandRefused as refused:
            self._report(asked, CommandState.FAILED, refused.error_id, refused.detail)
        except (OutcomeUnknown, TimeoutError) as error:
            self._report(asked, CommandState.UNKNOWN, "no_confirmation", str(error) or None)
        except Exception:
            log.exception("connector %s: a command failed in an unforeseen way", self._connector.id)
            self._report(asked, CommandState.FAILED, "internal_error")
        else:
            self._report(asked, CommandState.DONE)

    def _report(
        self, asked: AgentCommand, state: CommandState, error_id: str | None = None, detail: str | None = None
    ) -> None:
        outcome = Outcome(id=asked.command.id, state=state, error_id=error_id, detail=detail and detail[:300])
        self._tell(CommandOutcome(agent=asked.agent, outcome=outcome))

    # --- reaching the relay ---

    async def _reaching(self, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer of ``ask``, tried until the relay gives one; one log line when it is lost and one when back."""
        pause = PAUSE_S[0]
        while True:
            try:
                answer = await ask()
            except RelayUnavailable as error:
                self._lost(str(error))
                wanted = error.retry_after_s
                await asyncio.sleep(wanted if wanted is not None else self._rng.uniform(0, pause))
                pause = min(pause * 2, PAUSE_S[1])
            except RelayRefused as error:
                self._lost(f"it refuses this connector: {error}")
                await asyncio.sleep(REFUSED_PAUSE_S)
            else:
                self._back()
                return answer

    def _lost(self, why: str) -> None:
        if not self._away:
            self._away = True
            log.warning("connector %s: the relay is out of reach, trying again: %s", self._connector.id, why)

    def _back(self) -> None:
        if self._away:
            self._away = False
            log.info("connector %s: the relay is back", self._connector.id)


async def _cancelled(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
