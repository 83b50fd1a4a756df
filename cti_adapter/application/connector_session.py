"""Hosts one connector: carries its events to the relay and the relay's commands to it. Knows no phone system.

Two loops beside the connector's own. One posts what the outbox holds, or a heartbeat; the other parks at the relay for
commands. Whenever the relay may not know everything (attached anew, a gap, a full outbox, the connector's own wish) a
snapshot follows what waits: begin mark, live calls, presence, end mark. That is also how it starts.
"""

import asyncio
import contextlib
import logging
import random
import secrets
from collections.abc import Iterable
from functools import partial

from ..domain.agent import Presence
from ..domain.call import CallEvent
from ..domain.features import LineFeatures
from ..domain.numbers.incoming import NO_PROFILE, IncomingProfile
from .command_runner import CommandRunner, trace
from .connector_messages import (
    AgentCall,
    AgentFeatures,
    AgentPresence,
    Batch,
    CommandBatch,
    CommandsRequest,
    ConnectorEvent,
    Hello,
    SnapshotBegin,
    SnapshotCall,
    SnapshotEnd,
    SystemLink,
)
from .outbox import Outbox
from .ports import Clock, Connector, ConnectorMisconfigured, NotAttached, RelayGateway, RelayRefused
from .presenting import present
from .reaching import ASKED_PAUSE_S, PAUSE_S, Reaching

log = logging.getLogger("cti.connector")

#: Longest time for the last events at the end, in seconds.
FLUSH_S = 2.0
#: How long a request for commands is parked, in seconds.
PARK_S = 25.0
#: A relay that answers without taking anything, or asks again at once for what it was just given, is asked more slowly.
SLOWLY_S = (0.2, 1.0)


class ConnectorSession:
    """One connector at one relay. Implements ``ports.EventSink`` for the connector.

    ``boot`` tells this run from others; ``rng`` only spreads pauses; ``numbers`` is what the phone system does to
    numbers, and is undone before the relay sees them.
    """

    def __init__(
        self,
        connector: Connector,
        gateway: RelayGateway,
        clock: Clock,
        boot: str | None = None,
        rng: random.Random | None = None,
        outbox: Outbox | None = None,
        numbers: IncomingProfile = NO_PROFILE,
    ) -> None:
        self._connector = connector
        self._numbers = numbers
        self._gateway = gateway
        self._boot = boot or secrets.token_urlsafe(12)
        self._rng = rng or random.SystemRandom()
        self._outbox = Outbox() if outbox is None else outbox
        self._reaching = Reaching(connector.id, self._rng)
        self._runner = CommandRunner(connector, clock, self._tell)
        self._news = asyncio.Event()
        self._attached = asyncio.Event()
        self._attachments = 0
        self._system = SystemLink(reachable=False, reason="starting")
        self._resync = True
        self._snapshot_begin = -1
        self._heartbeat_s = 5.0
        self._overflow_told = False

    # --- EventSink: called by the connector ---

    def call(self, agent: str, event: CallEvent) -> None:
        """See ``EventSink.call``."""
        self._tell(AgentCall(agent=agent, event=event.event, at=event.at, call=present(event.call, self._numbers)))

    def presence(self, agent: str, presence: Presence) -> None:
        """See ``EventSink.presence``."""
        self._tell(_told_of(agent, presence))

    def features(self, agent: str, features: LineFeatures) -> None:
        """See ``EventSink.features``."""
        self._tell(AgentFeatures(agent=agent, features=features))

    def link(self, *, reachable: bool, reason: str = "") -> None:
        """See ``EventSink.link``. Said again, it changes nothing."""
        system = SystemLink(reachable=reachable, reason=reason)
        if system != self._system:
            self._system = system
            self._tell(system)

    def resync(self) -> None:
        """See ``EventSink.resync``."""
        self._resync = True
        self._news.set()

    def _tell(self, event: ConnectorEvent) -> None:
        self._outbox.append(event)
        if self._outbox.overflowed and not self._overflow_told:
            self._overflow_told = True
            log.warning("connector %s: too many events wait for the relay; it gets a snapshot", self._connector.id)
        self._news.set()

    # --- life ---

    async def run(self) -> None:
        """Run until cancelled; then give the last events to the relay. Raises ``ConnectorMisconfigured``."""
        name = self._connector.id
        system = asyncio.create_task(self._follow_phone_system(), name=f"{name}: phone system")
        commands = asyncio.create_task(self._carry_commands(), name=f"{name}: commands")
        events = asyncio.create_task(self._carry_events(), name=f"{name}: events")
        try:
            done, _ = await asyncio.wait([system, commands, events], return_when=asyncio.FIRST_COMPLETED)
            for part in done:
                part.result()
        finally:
            # Commands under way still need the phone system, and their outcomes the way to the relay.
            await _cancelled(commands)
            await self._runner.stop()
            await _cancelled(system, events)
            with contextlib.suppress(Exception):
                async with asyncio.timeout(FLUSH_S):
                    await self._flush()

    async def _flush(self) -> None:
        while len(self._outbox) and self._attached.is_set() and await self._post():
            pass

    async def _follow_phone_system(self) -> None:
        """Run the connector; it starts anew after an error that it does not know, of which each kind is logged once."""
        pause, told = PAUSE_S[0], set[str]()
        while True:
            begun = _now()
            try:
                await self._connector.run(self)
                kind, what = "ended", "it ended, which it must not"
            except ConnectorMisconfigured:
                raise
            except Exception as error:
                kind, what = type(error).__name__, trace(error)
            if kind not in told:
                told.add(kind)
                log.error("connector %s: failed in an unforeseen way, starting it anew: %s", self._connector.id, what)
            self.link(reachable=False, reason="internal_error")
            pause = PAUSE_S[0] if _now() - begun > ASKED_PAUSE_S else min(pause * 2, PAUSE_S[1])
            await asyncio.sleep(self._rng.uniform(pause / 2, pause))

    # --- events ---

    async def _carry_events(self) -> None:
        while True:
            await self._reaching.answer("events", self._attach)
            with contextlib.suppress(NotAttached):
                while self._attached.is_set():
                    progress = await self._reaching.answer("events", self._post)
                    if not progress:
                        await asyncio.sleep(self._rng.uniform(*SLOWLY_S))
                    elif not len(self._outbox) and not self._resync:
                        await self._wait_for_news()
            self._attached.clear()
            # Also a relay that forgets us again and again is not asked in a tight loop.
            await asyncio.sleep(self._rng.uniform(0, SLOWLY_S[1]))

    async def _attach(self) -> None:
        hello = Hello(
            connector=self._connector.id, kind=self._connector.kind, boot=self._boot, lines=self._connector.lines
        )
        attached = await self._gateway.attach(hello)
        self._heartbeat_s = attached.heartbeat_s
        self._resync = True
        self._snapshot_begin = -1
        self._attachments += 1
        self._attached.set()

    async def _post(self) -> bool:
        """Hand over the next batch, or a heartbeat; whether the relay took it without asking for the same again."""
        if self._resync or self._outbox.overflowed:
            self._resync = self._overflow_told = False
            self._put_snapshot()
        self._news.clear()
        first, events = self._outbox.batch()
        batch = Batch(connector=self._connector.id, boot=self._boot, first=first, events=events)
        try:
            ack = await self._gateway.publish(batch)
        except RelayRefused:
            # Should it be for an event, the same batch would be refused for ever: a snapshot in its place.
            self._outbox.give_up()
            raise
        news = self._outbox.confirm(ack.next)
        asked_again = self._asked_for_snapshot() if ack.resync else False
        return (news or not events) and not asked_again

    def _put_snapshot(self) -> None:
        if not self._system.reachable:
            # Its calls are not known to have ended, only not known: no marks.
            self._outbox.put_snapshot([self._system])
            return
        self._snapshot_begin = self._outbox.put_snapshot(self._snapshot()) + 1

    def _snapshot(self) -> Iterable[ConnectorEvent]:
        yield self._system
        yield SnapshotBegin()
        for agent, call in self._connector.live_calls():
            yield SnapshotCall(agent=agent, call=present(call, self._numbers))
        for agent, presence in self._connector.presences().items():
            yield _told_of(agent, presence)
        for agent, features in self._connector.features().items():
            yield AgentFeatures(agent=agent, features=features)
        yield SnapshotEnd()

    def _asked_for_snapshot(self) -> bool:
        """The relay wants a snapshot. If one is still on its way, that will do; returns whether one was just given."""
        if self._outbox.first <= self._snapshot_begin:
            return False
        again = self._snapshot_begin >= 0
        self.resync()
        return again

    async def _wait_for_news(self) -> None:
        # Not by wait_for: that of Python 3.11 swallows a cancellation that comes together with the news.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._heartbeat_s):
                await self._news.wait()

    # --- commands ---

    async def _carry_commands(self) -> None:
        after = 0
        while True:
            await self._attached.wait()
            attachment, asked_at = self._attachments, _now()
            request = CommandsRequest(connector=self._connector.id, boot=self._boot, after=after, wait=PARK_S)
            try:
                batch = await self._reaching.answer("commands", partial(self._gateway.commands, request))
            except NotAttached:
                self._reaching.back("commands")
                after = 0
                if attachment == self._attachments:  # Else the answer is older than what the other loop has found.
                    self._attached.clear()
                    self._news.set()
                continue
            after = batch.next
            for command in batch.commands:
                self._runner.start(command)
            if batch.resync:
                self._asked_for_snapshot()
            if pause := self._pause_after(batch, _now() - asked_at):
                await asyncio.sleep(pause)

    def _pause_after(self, batch: CommandBatch, took_s: float) -> float:
        if batch.reconnect:
            return min(batch.retry_ms / 1000, ASKED_PAUSE_S)
        # Nothing, and at once: this relay does not park.
        return 0.0 if batch.commands or took_s > SLOWLY_S[1] else self._rng.uniform(*SLOWLY_S)


def _told_of(agent: str, presence: Presence) -> AgentPresence:
    return AgentPresence(agent=agent, state=presence.state, reason=presence.reason, queues=presence.queues)


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _cancelled(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
