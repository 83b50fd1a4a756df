"""The simulator keeps the contract."""

import pytest

from cti_adapter.connectors.simulator.connector import SimulatorConnector
from cti_adapter.connectors.simulator.settings import SimulatorSettings
from cti_adapter.domain.call import CallState
from fakes.clock import FakeClock

from .harness import LINES, Harness
from .suite import ConnectorContract


class SimulatorHarness(Harness):
    """People press the buttons of the simulated phones; nobody outside answers by themselves."""

    connector: SimulatorConnector

    def __init__(self) -> None:
        clock = FakeClock()
        self._now = clock.now
        self.connector = SimulatorConnector("sim", LINES, SimulatorSettings(0.0), clock.now)
        self._pbx = self.connector.pbx

    def _call(self, extension: str, *states: CallState) -> str:
        return next(call.id for call in self._pbx.calls_of(extension) if call.state in states)

    def _conversation(self) -> str:
        return next(iter(self._pbx.conversations))

    async def ring_agent(self) -> None:
        self.connector.act(
            lambda: self._pbx.ring_from_outside(self.far_number, "Erika", "101", self._now(), self.data)[1]
        )

    async def agent_answers_on_phone(self) -> None:
        self.connector.act(lambda: self._pbx.answer("101", self._call("101", CallState.ALERTING), self._now()))

    async def agent_hangs_up_on_phone(self) -> None:
        self.connector.act(lambda: self._pbx.hang_up("101", self._call("101", *CallState), self._now()))

    async def far_end_answers(self) -> None:
        self.connector.act(lambda: self._pbx.outside_answers(self._conversation(), self._now()))

    async def far_end_hangs_up(self) -> None:
        self.connector.act(lambda: self._pbx.outside_hangs_up(self._conversation(), self._now()))

    async def colleague_answers_on_phone(self) -> None:
        self.connector.act(lambda: self._pbx.answer("102", self._call("102", CallState.ALERTING), self._now()))

    async def colleague_dials(self, number: str) -> None:
        self.connector.act(lambda: self._pbx.dial("102", number, self._now())[1])

    async def lose_phone_system(self) -> None:
        self.connector.cut(False)

    async def restore_phone_system(self) -> None:
        self.connector.cut(True)


class TestSimulator(ConnectorContract):
    harness_class = SimulatorHarness

    @pytest.fixture
    def harness(self) -> Harness:
        return SimulatorHarness()
