"""The simulated phone system as a connector; also what the phones page drives. It is never out of reach."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...application.ports import Connector, EventSink
from ...domain.agent import AgentState, Line, normalized_agent
from ...domain.call import Call, CallState
from ...domain.commands import Command, CommandRefused, SetAgentState
from .errors import ConnectorMisconfigured
from .pbx import Pbx, Phone, Told
from .settings import NAMES, SimulatorSettings, simulator_settings
from .translate import carry_out


class SimulatorConnector(Connector):
    """Everything happens on the event loop of ``run``."""

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
        if len(self._agents) != len(lines):
            raise ConnectorMisconfigured("agents: every agent needs an extension of their own")
        phones = [Phone(line.extension, NAMES.get(line.extension, line.agent)) for line in lines]
        self.pbx = Pbx(phones, lambda: f"{connector_id}.{secrets.token_hex(6)}")
        self._sink: EventSink | None = None
        self.version = 0
        """Rises with every change, for those who watch the phones."""
        self._watchers: set[asyncio.Event] = set()

    @classmethod
    def from_options(cls, connector_id: str, lines: Sequence[Line], options: Mapping[str, Any]) -> "SimulatorConnector":
        """From the configuration. Raises ``ConnectorMisconfigured``."""
        return cls(connector_id, lines, simulator_settings(options))

    async def run(self, sink: EventSink) -> None:
        """See ``Connector.run``."""
        self._sink = sink
        sink.link(reachable=True)
        sink.resync()
        try:
            await asyncio.Event().wait()
        finally:
            self._sink = None

    async def execute(self, agent: str, command: Command) -> None:
        """See ``Connector.execute``."""
        extension = self._extensions.get(normalized_agent(agent))
        if extension is None:
            raise CommandRefused("unknown_line", "this agent has no phone here")
        self.act(lambda: carry_out(self.pbx, extension, command, self.now()))
        if isinstance(command, SetAgentState) and self._sink is not None:
            self._sink.presence(self._agents[extension], command.state)

    def live_calls(self) -> Sequence[tuple[str, Call]]:
        """See ``Connector.live_calls``."""
        return [(self._agents[extension], call) for extension, call in self.pbx.live()]

    def presences(self) -> Mapping[str, AgentState]:
        """See ``Connector.presences``."""
        return {self._agents[extension]: phone.state for extension, phone in self.pbx.phones.items()}

    # --- for the phones page ---

    def act(self, act: Callable[[], Told]) -> None:
        """Let something happen in the PBX and tell of it. Raises ``CommandRefused``."""
        self._publish(act())
        self._let_outside_answer()

    async def changed(self, since: int, wait_s: float) -> int:
        """The version, as soon as it differs from ``since``, or after ``wait_s`` seconds."""
        if self.version == since:
            bell = asyncio.Event()
            self._watchers.add(bell)
            try:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(bell.wait(), wait_s)
            finally:
                self._watchers.discard(bell)
        return self.version

    def presence_changed(self, extension: str) -> None:
        """Tell of the presence that was set at the phone itself."""
        if self._sink is not None:
            self._sink.presence(self._agents[extension], self.pbx.phones[extension].state)
        self._ring_watchers()

    def _publish(self, told: Told) -> None:
        for extension, event in told:
            if self._sink is not None:
                self._sink.call(self._agents[extension], event)
        self._ring_watchers()

    def _ring_watchers(self) -> None:
        self.version += 1
        for bell in self._watchers:
            bell.set()

    def _let_outside_answer(self) -> None:
        """Whoever is rung outside answers after a while, so that nobody has to play both sides."""
        if not self._settings.outside_answers_after_s:
            return
        for conversation in self.pbx.conversations.values():
            if conversation.outside is not None and conversation.outside.state is CallState.ALERTING:
                asyncio.get_running_loop().call_later(
                    self._settings.outside_answers_after_s, self._outside_answers, conversation.id
                )

    def _outside_answers(self, conversation_id: str) -> None:
        with contextlib.suppress(CommandRefused):  # Answered by hand, or given up meanwhile.
            self._publish(self.pbx.outside_answers(conversation_id, self.now()))
