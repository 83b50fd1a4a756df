"""The simulated phone system as a connector; also what the phones page drives."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...application.ports import Connector, EventSink
from ...domain.agent import Line, Presence, normalized_agent
from ...domain.call import Call, CallState, Cause
from ...domain.commands import Command, CommandRefused, SetAgentState, SetQueueMembership
from ...domain.features import LineFeatures
from .errors import ConnectorMisconfigured, OutOfReach
from .numbers import Reaction, reaction
from .pbx import Pbx, Phone, Told
from .settings import NAMES, SimulatorSettings, simulator_settings
from .translate import carry_out

#: How often a busy tone sounds before the network ends a call, and how long somebody lets it ring, in seconds.
BUSY_AFTER_S, NO_ANSWER_AFTER_S = 1.0, 30.0


class SimulatorConnector(Connector):
    """Everything happens on one event loop."""

    kind = "simulator"

    def __init__(
        self,
        connector_id: str,
        lines: Sequence[Line],
        settings: SimulatorSettings | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(connector_id, lines)
        self._settings = settings or SimulatorSettings()
        self.now = now
        """Reads the clock: seconds since 1970."""
        self._agents = {line.extension: normalized_agent(line.agent) for line in lines}
        self._extensions = {agent: extension for extension, agent in self._agents.items()}
        if not len(self._agents) == len(self._extensions) == len(lines):
            raise ConnectorMisconfigured("agents: every agent needs an extension of their own")
        phones = [Phone(line.extension, NAMES.get(line.extension, line.agent)) for line in lines]
        self.pbx = Pbx(phones, lambda: f"{connector_id}.{secrets.token_hex(6)}")
        self.reachable = True
        """Whether the connector reaches the PBX; the phones go on by themselves meanwhile."""
        self._sink: EventSink | None = None
        self.version = 0
        """Rises with every change, for those who watch the phones."""
        self._watchers: set[asyncio.Event] = set()
        self._reactions: dict[str, asyncio.TimerHandle] = {}
        self._features: dict[str, LineFeatures] = {}
        """As they were told last, by extension."""

    @classmethod
    def from_options(cls, connector_id: str, lines: Sequence[Line], options: Mapping[str, Any]) -> "SimulatorConnector":
        """From the configuration. Raises ``ConnectorMisconfigured``."""
        return cls(connector_id, lines, simulator_settings(options))

    # --- ports.Connector ---

    async def run(self, sink: EventSink) -> None:
        """See ``Connector.run``."""
        self._sink = sink
        self._tell_link()
        try:
            await asyncio.Event().wait()
        finally:
            self._sink = None
            for handle in self._reactions.values():
                handle.cancel()
            self._reactions.clear()

    async def execute(self, agent: str, command: Command) -> None:
        """See ``Connector.execute``."""
        extension = self._extensions.get(normalized_agent(agent))
        if extension is None:
            raise CommandRefused("unknown_line", "this agent has no phone here")
        if not self.reachable:
            raise OutOfReach()
        self.act(lambda: carry_out(self.pbx, extension, command, self.now()))
        if isinstance(command, SetAgentState | SetQueueMembership):
            self.presence_changed(extension)

    def live_calls(self) -> Sequence[tuple[str, Call]]:
        """See ``Connector.live_calls``."""
        return [(self._agents[extension], call) for extension, call in self.pbx.live()]

    def presences(self) -> Mapping[str, Presence]:
        """See ``Connector.presences``."""
        return {self._agents[extension]: phone.presence for extension, phone in self.pbx.phones.items()}

    def features(self) -> Mapping[str, LineFeatures]:
        """See ``Connector.features``."""
        return {self._agents[extension]: phone.features for extension, phone in self.pbx.phones.items()}

    # --- for the phones page ---

    def act(self, act: Callable[[], Told]) -> None:
        """Let something happen in the PBX and tell of it. Raises ``CommandRefused``."""
        self._publish(act())
        for extension in self._agents:
            self._tell_features(extension)
        self._let_outside_react()

    def cut(self, reachable: bool) -> None:
        """Cut the line between connector and PBX, or mend it. What happens meanwhile is only seen afterwards."""
        if self.reachable is not reachable:
            self.reachable = reachable
            self._tell_link()
            self._ring_watchers()

    async def changed(self, since: int, wait_s: float) -> int:
        """The version, as soon as it differs from ``since``, or after ``wait_s`` seconds."""
        if self.version == since:
            bell = asyncio.Event()
            self._watchers.add(bell)
            try:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait_s):
                        await bell.wait()
            finally:
                self._watchers.discard(bell)
        return self.version

    def presence_changed(self, extension: str) -> None:
        """Tell of the presence that was set."""
        if self._sink is not None and self.reachable:
            self._sink.presence(self._agents[extension], self.pbx.phones[extension].presence)
        self._ring_watchers()

    # --- inside ---

    def _tell_features(self, extension: str) -> None:
        features = self.pbx.phones[extension].features
        if self._sink is not None and self.reachable and self._features.get(extension) != features:
            self._features[extension] = features
            self._sink.features(self._agents[extension], features)

    def _tell_link(self) -> None:
        if self._sink is None:
            return
        if self.reachable:
            self._features = {extension: phone.features for extension, phone in self.pbx.phones.items()}
            self._sink.link(reachable=True)
            self._sink.resync()
        else:
            self._sink.link(reachable=False, reason="phone_system_unreachable")

    def _publish(self, told: Told) -> None:
        if self._sink is not None and self.reachable:
            for extension, event in told:
                self._sink.call(self._agents[extension], event)
        self._ring_watchers()

    def _ring_watchers(self) -> None:
        self.version += 1
        for bell in self._watchers:
            bell.set()

    def _let_outside_react(self) -> None:
        """Whoever is rung outside reacts after a while, so that nobody has to play both sides."""
        rung = {
            conversation.id: conversation.outside.party.number
            for conversation in self.pbx.conversations.values()
            if conversation.outside is not None and conversation.outside.state is CallState.ALERTING
        }
        for gone in self._reactions.keys() - rung.keys():
            self._reactions.pop(gone).cancel()
        if self._settings.outside_answers_after_s:
            for conversation_id, number in rung.items():
                if conversation_id not in self._reactions:
                    self._reactions[conversation_id] = self._reacting(conversation_id, reaction(number))

    def _reacting(self, conversation_id: str, how: Reaction) -> asyncio.TimerHandle:
        pbx, now = self.pbx, self.now
        after, act = {
            Reaction.BUSY: (BUSY_AFTER_S, lambda: pbx.outside_hangs_up(conversation_id, now(), Cause.BUSY)),
            Reaction.NO_ANSWER: (
                NO_ANSWER_AFTER_S,
                lambda: pbx.outside_hangs_up(conversation_id, now(), Cause.NO_ANSWER),
            ),
        }.get(how, (self._settings.outside_answers_after_s, lambda: pbx.outside_answers(conversation_id, now())))

        def react() -> None:
            self._reactions.pop(conversation_id, None)
            with contextlib.suppress(CommandRefused):  # Somebody was faster at the page.
                self.act(act)

        return asyncio.get_running_loop().call_later(after, react)
