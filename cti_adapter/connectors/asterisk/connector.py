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
from ...domain.agent import AgentState, Line, Presence, normalized_agent
from ...domain.call import Call
from ...domain.commands import Command, CommandRefused, SetAgentState, SetForwarding
from ...domain.features import LineFeatures
from ...protocols.ami.dialogue import Answer
from ...protocols.ami.messages import Fields, Message, text
from . import remote_control
from .commands import Commands
from .connection import Connection
from .errors import ActionRefused, AsteriskUnreachable, LoginRefused, NotSent, RightsMissing
from .feature_reader import FeatureReader
from .features import Features
from .memberships import Memberships
from .settings import AsteriskSettings, asterisk_settings
from .translate import SNAPSHOT_ACTIONS, Options, Told, Tracker
from .waiting import Changes

log = logging.getLogger("cti.asterisk")

#: First and longest pause between tries to connect, in seconds; a random part of it is waited, so that the many
#: connectors of a site do not all come at once (full jitter).
PAUSE_S = (0.5, 15.0)
#: What only a person can mend is tried again only so often: passwords do get mended, and Asterisk's log should not
#: fill up.
LOGIN_PAUSE_S = 60.0
#: How often held-back events are looked at, in seconds (``Tracker.tick``).
TICK_S = 0.1
#: Shortest time between two snapshots for which the events gave reason, in seconds.
SNAPSHOT_PAUSE_S = 2.0
#: What no phone can do from here: command -> reason code in ``Call.unsupported``.
NEVER = {"ConferenceCall": "conference_at_the_phone"}
#: What is missing where the operator has not said where recordings go.
NOT_RECORDED = {"SetRecording": "recording_not_offered"}
#: What is missing where the operator has named no parking lot.
NOT_PARKED = {"ParkCall": "parking_not_offered"}
#: States of ``ContactStatus`` in which a phone has just come: it may be another one than before.
_PHONE_CAME = frozenset({"Created", "NonQualified", "Reachable"})


class AsteriskConnector(Connector):
    """One Asterisk, by its manager interface (AMI)."""

    kind = "asterisk"

    def __init__(self, connector_id: str, lines: Sequence[Line], settings: AsteriskSettings) -> None:
        super().__init__(connector_id, lines)
        self._settings = settings
        self._extensions = {normalized_agent(line.agent): line.extension for line in lines}
        self._devices = {settings.device(line.extension): line.extension for line in lines}
        options = Options(
            devices=settings.devices,
            trunks=settings.trunks,
            extension_pattern=settings.extension_pattern,
            call_data=settings.call_data,
        )
        known = [Line(agent=normalized_agent(line.agent), extension=line.extension) for line in lines]
        self._tracker = Tracker(connector_id, known, options)
        self._memberships = Memberships(self._devices, settings.queues)
        self._line = Features(settings, self._devices.values())
        self._features = FeatureReader(self._line, self._devices.values(), self._ask, self._tell_features)
        self._presences = dict.fromkeys(self._extensions, Presence())
        self._sink: EventSink | None = None
        self._connection: Connection | None = None
        self._changes = Changes()
        self._commands = Commands(
            settings, self._tracker, self._memberships, self._line, self._ask, self._publish, changes=self._changes
        )
        self._lost_because = ""
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
        longest = PAUSE_S[0]
        while True:
            try:
                await self._follow_one_connection()
            except AsteriskUnreachable as error:
                if not self._lost_because:  # it had worked until now
                    longest = PAUSE_S[0]
                by_person = isinstance(error, LoginRefused | RightsMissing)
                self._lost(error)
            finally:
                await self._close()
            await asyncio.sleep(LOGIN_PAUSE_S if by_person else random.uniform(0, longest))  # nosec B311 - jitter, no secret
            longest = min(longest * 2, PAUSE_S[1])

    async def execute(self, agent: str, command: Command) -> None:
        """See ``Connector.execute``."""
        agent = normalized_agent(agent)
        if agent not in self._extensions:
            raise CommandRefused("unknown_line", "this agent has no phone at this Asterisk")
        await self._commands.execute(self._extensions[agent], agent, command)
        if isinstance(command, SetAgentState):
            told = self._presences[agent]
            self._set_presence(agent, replace(told, state=command.state, reason=command.reason))
        elif isinstance(command, SetForwarding):
            self._features.look([self._extensions[agent]])

    def live_calls(self) -> Sequence[tuple[str, Call]]:
        """See ``Connector.live_calls``."""
        return [(agent, self._with_abilities(agent, call)) for agent, call in self._tracker.live_calls()]

    def presences(self) -> Mapping[str, Presence]:
        """See ``Connector.presences``."""
        return dict(self._presences)

    def features(self) -> Mapping[str, LineFeatures]:
        """See ``Connector.features``."""
        told = self._features.told()
        return {agent: told[extension] for agent, extension in self._extensions.items()}

    # --- one connection ---

    async def _follow_one_connection(self) -> None:
        connection = await Connection.connect(self._settings)
        self._connection = connection
        # Events wait in the connection's queue meanwhile, so nothing between list and event is missed; the tracker
        # takes what comes twice as it comes.
        await self._snapshot()
        self._commands.remote_control.forget()
        self._back(connection)
        if self._sink is not None:
            self._sink.link(reachable=True)
            self._sink.resync()
        helper = asyncio.create_task(self._tend(connection))
        try:
            async for message in connection.events():
                self._publish(self._follow(message, time.time()))
                self._note_phone(message)
                self._note_presence(self._memberships.feed(message))
                self._features.feed(message)
        finally:
            helper.cancel()
            await asyncio.gather(helper, return_exceptions=True)

    def _follow(self, message: Message, at: float) -> list[Told]:
        if message.get("Event") == "OriginateResponse" and message.get("Response") == "Failure":
            # Where the phone was not even reached, its ``Channel`` is only the device (``PJSIP/101``): no channel.
            return self._tracker.originate_failed(text(message, "Uniqueid"), text(message, "Reason"), at)
        return self._tracker.feed(message, at)

    async def _tend(self, connection: Connection) -> None:
        """What time and doubt demand: held-back events, and snapshots when the picture may be wrong."""
        with contextlib.suppress(AsteriskUnreachable):
            await self._features.begin()
            self._note_presences()
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
                # Without a connection the events end as well, and with them this task.
                with contextlib.suppress(AsteriskUnreachable):
                    await self._snapshot()
                    await self._features.compare()
                    self._note_presences()

    async def _snapshot(self) -> None:
        # Also a failed one counts: an Asterisk that is too busy to answer must not be asked ten times a second.
        self._last_snapshot = time.monotonic()
        asked, rows = time.time(), list[Message]()
        for action in SNAPSHOT_ACTIONS:
            try:
                rows += (await self._ask(action, ())).events
            except ActionRefused as error:
                if action == SNAPSHOT_ACTIONS[0]:
                    raise RightsMissing(
                        f"it refuses {action} ({error}): the user of manager.conf needs write = system"
                    ) from None
        with contextlib.suppress(ActionRefused):  # an Asterisk without queues
            self._memberships.restart((await self._ask("QueueStatus", ())).events)
        for row in rows:
            self._features.feed(row)
        self._publish(self._tracker.snapshot(rows, time.time(), asked))
        self._note_presences()

    async def _ask(self, name: str, fields: Fields) -> Answer:
        if self._connection is None:
            raise NotSent("Asterisk is out of reach")
        return await self._connection.action(name, fields)

    # --- telling ---

    def _publish(self, told: list[Told]) -> None:
        for agent, event in told:
            if self._sink is not None:
                self._sink.call(agent, replace(event, call=self._with_abilities(agent, event.call)))
        if told:
            self._changes.tell()

    def _with_abilities(self, agent: str, call: Call) -> Call:
        """``call`` with what the agent's phone cannot do from here."""
        reason = self._commands.remote_control.missing(self._extensions[agent])
        missing = dict.fromkeys(remote_control.VERBS, reason) if reason else {}
        if call.parked_at is not None:
            missing.pop("RetrieveCall", None)  # the phone dials the place
        unrecorded = {} if self._settings.recording_file else NOT_RECORDED
        unparked = {} if self._settings.parking_lot else NOT_PARKED
        return replace(call, unsupported={**call.unsupported, **NEVER, **unrecorded, **unparked, **missing})

    def _note_phone(self, message: Message) -> None:
        """A phone that registers may be another one, or set up anew: it may show again what it can."""
        if message.get("Event") == "ContactStatus" and message.get("ContactStatus") in _PHONE_CAME:
            extension = self._devices.get(f"{self._settings.technology}/{text(message, 'EndpointName')}")
            if extension:
                self._commands.remote_control.forget(extension)

    def _note_presences(self) -> None:
        for extension in self._devices.values():
            self._note_presence(extension)

    def _note_presence(self, extension: str) -> None:
        """A pause in queues, by whomever, is the agent's presence; members of no queue keep what they said.

        Do-not-disturb counts for more than both.
        """
        for agent, own in self._extensions.items():
            if extension and own == extension:
                self._set_presence(agent, self._seen(extension, self._presences[agent]))

    def _seen(self, extension: str, said: Presence) -> Presence:
        presence = self._memberships.presence(extension) or said
        if not any(queue.logged_in for queue in presence.queues):
            presence = replace(presence, state=said.state, reason=said.reason)
        if self._line.do_not_disturb(extension):
            return replace(presence, state=AgentState.DO_NOT_DISTURB, reason="")
        if presence.state is AgentState.DO_NOT_DISTURB:
            return replace(presence, state=AgentState.AVAILABLE)
        return presence

    def _set_presence(self, agent: str, presence: Presence) -> None:
        if self._presences[agent] != presence:
            self._presences[agent] = presence
            if self._sink is not None:
                self._sink.presence(agent, presence)

    def _tell_features(self, extension: str, features: LineFeatures) -> None:
        for agent, own in self._extensions.items():
            if own == extension and self._sink is not None:
                self._sink.features(agent, features)

    # --- lost and back ---

    def _lost(self, error: AsteriskUnreachable) -> None:
        """One log line for each reason, not for each try."""
        if self._sink is not None:
            self._sink.link(reachable=False, reason=error.reason)
        if self._lost_because != error.reason:
            self._lost_because = error.reason
            log.warning("connector %s: Asterisk is out of reach, trying again: %s", self.id, error)

    def _back(self, connection: Connection) -> None:
        if self._lost_because:
            log.info("connector %s: Asterisk is back", self.id)
        self._lost_because = ""
        if not connection.booted:
            log.warning(
                "connector %s: Asterisk does not say that it is up (event FullyBooted): the user of manager.conf"
                " needs read = system, or Asterisk is still starting",
                self.id,
            )

    async def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()
