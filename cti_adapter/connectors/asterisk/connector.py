"""The Asterisk connector: connect, snapshot, follow, reconnect. What events mean is in ``translate``."""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from ...application.ports import Connector, ConnectorMisconfigured, EventSink
from ...domain.agent import AgentState, Line, normalized_agent
from ...domain.call import Call
from ...domain.commands import Command, CommandRefused, SetAgentState
from ...protocols.ami.dialogue import Answer
from ...protocols.ami.framing import Message
from .commands import REMOTE_CONTROLLED, Commands
from .connection import Connection
from .errors import ActionRefused, AsteriskUnreachable, LoginRefused
from .settings import AsteriskSettings, asterisk_settings
from .translate import SNAPSHOT_ACTIONS, Options, Told, Tracker

log = logging.getLogger("cti.asterisk")

#: First and longest pause between tries to connect, in seconds; shortened at random so that many do not come at once.
PAUSE_S = (0.5, 15.0)
#: A refused login is tried again only so often: passwords do get mended, and Asterisk's log should not fill up.
LOGIN_PAUSE_S = 60.0
#: How often held-back events are looked at, in seconds (``Tracker.tick``).
TICK_S = 0.1
#: Shortest time between two snapshots for which the events gave reason, in seconds.
SNAPSHOT_PAUSE_S = 2.0


class AsteriskConnector(Connector):
    """One Asterisk, by its manager interface (AMI)."""

    kind = "asterisk"

    def __init__(self, connector_id: str, lines: Sequence[Line], settings: AsteriskSettings) -> None:
        super().__init__(connector_id, lines)
        self._settings = settings
        self._extensions = {normalized_agent(line.agent): line.extension for line in lines}
        self._agents = {line.extension: normalized_agent(line.agent) for line in lines}
        options = Options(
            devices=settings.devices, trunks=settings.trunks, extension_pattern=settings.extension_pattern
        )
        known = [Line(agent=normalized_agent(line.agent), extension=line.extension) for line in lines]
        self._tracker = Tracker(connector_id, known, options)
        self._presences: dict[str, AgentState] = {}
        self._sink: EventSink | None = None
        self._connection: Connection | None = None
        self._changed = asyncio.Condition()
        self._commands = Commands(settings, self._tracker, self._ask, self._publish, self._changed)
        self._was_lost = False
        self._last_snapshot = 0.0

    @classmethod
    def from_options(cls, connector_id: str, lines: Sequence[Line], options: Mapping[str, Any]) -> "AsteriskConnector":
        """From the configuration. Raises ``ConnectorMisconfigured``."""
        if not lines:
            raise ConnectorMisconfigured("agents: name at least one agent with an extension")
        return cls(connector_id, lines, asterisk_settings(options))

    # --- ports.Connector ---

    async def run(self, sink: EventSink) -> None:
        """See ``Connector.run``."""
        self._sink = sink
        pause = PAUSE_S[0]
        while True:
            try:
                await self._follow_one_connection()
            except LoginRefused as error:
                self._lost(error)
                pause = LOGIN_PAUSE_S
            except AsteriskUnreachable as error:
                if self._connection is not None:
                    pause = PAUSE_S[0]
                self._lost(error)
            finally:
                await self._close()
            await asyncio.sleep(random.uniform(pause / 2, pause))  # noqa: S311 - spreads tries, hides nothing
            pause = min(pause * 2, PAUSE_S[1])

    async def execute(self, agent: str, command: Command) -> None:
        """See ``Connector.execute``."""
        agent = normalized_agent(agent)
        if agent not in self._extensions:
            raise CommandRefused("unknown_line", "this agent has no phone at this Asterisk")
        if self._connection is None:
            raise CommandRefused("phone_system_unreachable", "Asterisk is out of reach")
        await self._commands.execute(self._extensions[agent], agent, command)
        if isinstance(command, SetAgentState):
            self._set_presence(agent, command.state)

    def live_calls(self) -> Sequence[tuple[str, Call]]:
        """See ``Connector.live_calls``."""
        return [(agent, self._with_abilities(agent, call)) for agent, call in self._tracker.live_calls()]

    def presences(self) -> Mapping[str, AgentState]:
        """See ``Connector.presences``."""
        return {agent: self._presences.get(agent, AgentState.AVAILABLE) for agent in self._extensions}

    # --- one connection ---

    async def _follow_one_connection(self) -> None:
        connection = await Connection.connect(self._settings)
        self._connection = connection
        self._commands.new_connection()
        # Events wait in the connection's queue meanwhile, so nothing between list and event is missed; the tracker
        # takes what comes twice as it comes.
        await self._snapshot()
        self._back()
        if self._sink is not None:
            self._sink.link(reachable=True)
            self._sink.resync()
        helper = asyncio.create_task(self._tend(connection))
        try:
            async for message in connection.events():
                self._publish(self._tracker.feed(message, time.time()))
                self._note_queue_member(message)
        finally:
            helper.cancel()
            await asyncio.gather(helper, return_exceptions=True)

    async def _tend(self, connection: Connection) -> None:
        """What time and doubt demand: held-back events, and snapshots when the picture may be wrong."""
        while True:
            await asyncio.sleep(TICK_S)
            if self._tracker.settling:
                self._publish(self._tracker.tick(time.time()))
            age = time.monotonic() - self._last_snapshot
            reason = self._tracker.wants_snapshot
            # A list is only compared with a picture that is up to date: not while events wait to be worked on.
            if connection.nothing_waits() and (age > self._settings.resync_s or (reason and age > SNAPSHOT_PAUSE_S)):
                if reason:
                    log.info("connector %s: comparing with Asterisk's channels (%s)", self.id, reason)
                with contextlib.suppress(AsteriskUnreachable):
                    await self._snapshot()

    async def _snapshot(self) -> None:
        rows: list[Message] = []
        taken_at = time.time()
        for action in SNAPSHOT_ACTIONS:
            try:
                rows += (await self._ask(action, [])).events
            except ActionRefused as error:
                if action == SNAPSHOT_ACTIONS[0]:
                    raise AsteriskUnreachable(
                        f"Asterisk refuses {action} ({error}): the user of manager.conf needs more rights"
                    ) from None
        for row in await self._queue_members():
            self._note_queue_member(row)
        self._last_snapshot = time.monotonic()
        self._publish(self._tracker.snapshot(rows, time.time(), taken_at))

    async def _queue_members(self) -> list[Message]:
        try:
            return (await self._ask("QueueStatus", [])).events
        except ActionRefused:
            return []  # An Asterisk without queues.

    async def _ask(self, name: str, fields: Sequence[tuple[str, str]]) -> Answer:
        if self._connection is None:
            raise AsteriskUnreachable("Asterisk is out of reach")
        return await self._connection.action(name, fields)

    # --- telling ---

    def _publish(self, told: list[Told]) -> None:
        if not told:
            return
        if self._sink is not None:
            for agent, event in told:
                event = type(event)(event=event.event, at=event.at, call=self._with_abilities(agent, event.call))
                self._sink.call(agent, event)
        task = asyncio.ensure_future(self._notify())
        task.add_done_callback(lambda _: None)

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def _with_abilities(self, agent: str, call: Call) -> Call:
        """``call`` with what the agent's phone cannot do from here."""
        reason = self._commands.remote_control_missing(self._extensions[agent])
        if not reason:
            return call
        return replace(call, unsupported={**call.unsupported, **dict.fromkeys(REMOTE_CONTROLLED, reason)})

    def _note_queue_member(self, message: Message) -> None:
        """A pause in a queue, by whomever, is the agent's presence."""
        if message.get("Event") not in ("QueueMember", "QueueMemberPause", "QueueMemberPaused"):
            return
        interface = message.get("StateInterface") or message.get("Interface") or message.get("Location")
        for extension, agent in self._agents.items():
            if interface == self._settings.device(extension):
                self._set_presence(agent, AgentState.AWAY if message.get("Paused") == "1" else AgentState.AVAILABLE)

    def _set_presence(self, agent: str, state: AgentState) -> None:
        if self._presences.get(agent, AgentState.AVAILABLE) is not state:
            self._presences[agent] = state
            if self._sink is not None:
                self._sink.presence(agent, state)

    # --- lost and back ---

    def _lost(self, error: AsteriskUnreachable) -> None:
        if self._sink is not None:
            self._sink.link(reachable=False, reason=error.reason)
        if not self._was_lost:
            self._was_lost = True
            log.warning("connector %s: Asterisk is out of reach, trying again: %s", self.id, error)

    def _back(self) -> None:
        if self._was_lost:
            log.info("connector %s: Asterisk is back", self.id)
        self._was_lost = False

    async def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()
