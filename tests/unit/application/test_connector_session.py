"""A connector's session with its relay, on virtual time: whatever goes wrong, the relay ends with the right picture."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti_adapter.application.connector_session import ConnectorSession
from cti_adapter.application.outbox import Outbox
from cti_adapter.application.ports import Connector, ConnectorMisconfigured, EventSink, OutcomeUnknown
from cti_adapter.application.relay import InProcessGateway, Relay
from cti_adapter.connectors.simulator.connector import SimulatorConnector
from cti_adapter.connectors.simulator.settings import SimulatorSettings
from cti_adapter.domain.agent import AgentKey, Line, Presence
from cti_adapter.domain.call import Call, CallEvent, CallState, Cause
from cti_adapter.domain.commands import Command, CommandRefused, CommandState, HoldCall, MakeCall
from cti_adapter.domain.numbers.incoming import NO_PROFILE, IncomingProfile
from fakes.ledger_gateway import FAULTS, LedgerGateway
from fakes.virtual_time import LoopClock, run

LINES = (Line(agent="alice", extension="101"), Line(agent="bob", extension="102"))
NUMBER = "+4930111222"
S = CommandState


class NotingSession(ConnectorSession):
    """Notes which calls the connector told the end of."""

    def call(self, agent: str, event: CallEvent) -> None:
        if event.call.ended:
            self.told_ends = {*getattr(self, "told_ends", ()), event.call.id}
        super().call(agent, event)


class Scene:
    """A simulated phone system, its session, and the relay that it tells."""

    def __init__(
        self,
        gateway: LedgerGateway,
        capacity: int = 5000,
        lines: Sequence[Line] = LINES,
        numbers: IncomingProfile = NO_PROFILE,
    ) -> None:
        self.gateway = gateway
        self.connector = SimulatorConnector("sim", lines, SimulatorSettings(0.0), LoopClock().now)
        self.pbx = self.connector.pbx
        self.session = NotingSession(
            self.connector, gateway, LoopClock(), "boot-0001", random.Random(1), Outbox(capacity), numbers
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Scene"]:
        task = asyncio.create_task(self.session.run())
        try:
            yield self
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def ring(self, to: str = "101") -> str:
        made: list[str] = []

        def act() -> object:
            conversation, told = self.pbx.ring_from_outside(NUMBER, "", to, self.connector.now())
            made.append(conversation)
            return told

        self.connector.act(act)  # type: ignore[arg-type]
        return made[0]

    def act(self, number: int) -> None:
        """Something happens at the phones, chosen by ``number``; what cannot be does not happen."""
        pbx, now = self.pbx, self.connector.now()
        calls = pbx.live()
        extension, call = calls[number % len(calls)] if calls else ("101", None)
        conversations = list(pbx.conversations)
        acts: list[Callable[[], object]] = [
            lambda: pbx.ring_from_outside(NUMBER, "", ("101", "102", "700")[number % 3], now)[1],
            lambda: pbx.dial(extension, ("102", NUMBER, "101")[number % 3], now)[1],
        ]
        if call is not None:
            acts += [
                lambda: pbx.answer(extension, call.id, now),
                lambda: pbx.hold(extension, call.id, number % 2 == 0, now),
                lambda: pbx.hang_up(extension, call.id, now),
                lambda: pbx.transfer(extension, call.id, "102", now),
                lambda: pbx.outside_hangs_up(conversations[number % len(conversations)], now),
            ]
        try:
            self.connector.act(acts[number % len(acts)])  # type: ignore[arg-type]
        except CommandRefused:
            return

    def picture(self) -> dict[tuple[str, str], Call]:
        return {(agent, call.id): call for agent, call in self.connector.live_calls()}


@settings(max_examples=150, deadline=None)
@given(
    faults=st.lists(st.sampled_from([None, *FAULTS]), max_size=40),
    acts=st.lists(st.tuples(st.integers(0, 1000), st.sampled_from([0.0, 0.005, 0.3, 4.0])), max_size=40),
    capacity=st.sampled_from([5000, 7]),
)
def test_whatever_goes_wrong_the_relay_ends_with_the_connectors_picture(
    faults: list[str | None], acts: list[tuple[int, float]], capacity: int
) -> None:
    async def story() -> None:
        scene = Scene(LedgerGateway(faults), capacity)
        async with scene.running():
            for number, pause in acts:
                scene.act(number)
                await asyncio.sleep(pause)
            scene.gateway.heal()
            await asyncio.sleep(60)
            assert scene.gateway.calls == scene.picture()
            assert scene.gateway.wrong == []
            if capacity == 5000:
                assert scene.gateway.lost == [], "an end that was only delayed has its own cause"
                ends = {call.id for call in scene.gateway.ended}
                assert ends >= getattr(scene.session, "told_ends", set()), "no end is swallowed"

    run(story())


def test_events_arrive_at_once_and_in_order() -> None:
    async def story() -> None:
        async with Scene(LedgerGateway()).running() as scene:
            await asyncio.sleep(1)
            call = scene.ring()
            scene.connector.act(lambda: scene.pbx.outside_hangs_up(call, scene.connector.now()))
            await asyncio.sleep(0.1)
            assert [call.cause for call in scene.gateway.ended] == [Cause.MISSED]

    run(story())


def test_what_the_phone_system_does_to_numbers_is_undone_in_events_and_snapshots() -> None:
    async def story() -> None:
        profile = IncomingProfile(strip_caller=("+49",), add_prefix="0")
        async with Scene(LedgerGateway(), numbers=profile).running() as scene:
            scene.ring("101")  # told by the snapshot after attaching
            await asyncio.sleep(1)
            scene.ring("102")
            await asyncio.sleep(0.1)
            callers = {agent: call.caller.number for (agent, _), call in scene.gateway.calls.items()}
            assert callers == {"alice": "030111222", "bob": "030111222"}

    run(story())


def test_a_call_that_ended_while_the_relay_was_away_keeps_its_cause() -> None:
    async def story() -> None:
        async with Scene(LedgerGateway()).running() as scene:
            call = scene.ring()
            await asyncio.sleep(1)
            scene.gateway.down = True
            scene.connector.act(lambda: scene.pbx.outside_hangs_up(call, scene.connector.now()))
            await asyncio.sleep(30)
            scene.gateway.down = False
            scene.gateway.restart()
            await asyncio.sleep(20)
            assert [call.cause for call in scene.gateway.ended] == [Cause.MISSED]
            assert scene.gateway.lost == []

    run(story())


def test_a_snapshot_is_given_whenever_the_relay_asks() -> None:
    async def story() -> None:
        gateway = LedgerGateway()
        async with Scene(gateway).running() as scene:
            scene.ring()
            await asyncio.sleep(30)
            gateway.calls.clear()
            gateway.fail_next("resync")
            await asyncio.sleep(10)
            assert gateway.calls == scene.picture() != {}

    run(story())


def test_a_heartbeat_is_an_empty_batch_that_names_the_next_sequence() -> None:
    async def story() -> None:
        async with Scene(LedgerGateway()).running() as scene:
            await asyncio.sleep(60)
            beats = [(at, batch) for at, batch in scene.gateway.batches if not batch.events]
            assert len(beats) in range(10, 14), "one every five seconds"
            sent = sum(len(batch.events) for _, batch in scene.gateway.batches)
            assert {batch.first for _, batch in beats} == {sent}

    run(story())


def test_a_snapshot_larger_than_a_batch_comes_in_pieces() -> None:
    lines = [Line(agent=f"agent{n}", extension=str(1000 + n)) for n in range(150)]

    async def story() -> None:
        scene = Scene(LedgerGateway(), capacity=10, lines=lines)
        for line in lines:
            scene.ring(line.extension)
        async with scene.running():
            await asyncio.sleep(5)
            assert len(scene.gateway.calls) == 150
            assert max(len(batch.events) for _, batch in scene.gateway.batches) <= 200
            scene.ring("1001")
            await asyncio.sleep(5)
            assert scene.gateway.calls == scene.picture()

    run(story())


def test_too_many_events_become_a_snapshot_and_one_log_line(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        async with Scene(LedgerGateway(), capacity=20).running() as scene:
            await asyncio.sleep(1)
            scene.gateway.down = True
            for _ in range(30):
                call = scene.ring()
                scene.connector.act(lambda call=call: scene.pbx.outside_hangs_up(call, scene.connector.now()))
            scene.ring()
            scene.gateway.down = False
            await asyncio.sleep(30)
            assert scene.gateway.calls == scene.picture()

    run(story())
    assert [r.getMessage() for r in caplog.records if "too many events" in r.getMessage()] == [
        "connector sim: too many events wait for the relay; it gets a snapshot"
    ]


def test_the_relay_is_lost_and_back_with_one_line_each_and_growing_pauses(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "cti")

    async def story() -> None:
        async with Scene(LedgerGateway()).running() as scene:
            await asyncio.sleep(1)
            scene.gateway.down = True
            await asyncio.sleep(300)
            scene.gateway.down = False
            await asyncio.sleep(60)

    run(story())
    lines = [record.getMessage() for record in caplog.records]
    assert lines == [
        "connector sim: the relay is out of reach, trying again: cannot be reached",
        "connector sim: the relay is back",
    ]


def test_a_relay_that_refuses_the_key_is_asked_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        gateway = LedgerGateway()
        gateway.refuse = True
        async with Scene(gateway).running() as scene:
            await asyncio.sleep(600)
            gateway.refuse = False
            await asyncio.sleep(70)
            assert scene.gateway.links[-1].reachable

    run(story())
    assert len([r for r in caplog.records if "refuses" in r.getMessage()]) == 1


@pytest.mark.parametrize("fault", ["forget", "resync"])
def test_a_relay_that_never_has_enough_is_not_asked_in_a_tight_loop(fault: str) -> None:
    async def story() -> None:
        async with Scene(LedgerGateway([fault] * 10_000)).running() as scene:
            await asyncio.sleep(60)
            assert 0 < len(scene.gateway.batches) + len(scene.gateway.attached_at) < 400

    run(story())


def test_the_phone_system_out_of_reach_is_told_and_no_snapshot_is_invented() -> None:
    async def story() -> None:
        async with Scene(LedgerGateway()).running() as scene:
            scene.ring()
            await asyncio.sleep(1)
            scene.connector.cut(False)
            await asyncio.sleep(1)
            scene.gateway.restart()
            await asyncio.sleep(30)
            assert (scene.gateway.links[-1].reachable, scene.gateway.calls) == (False, {})
            scene.connector.cut(True)
            await asyncio.sleep(5)
            assert scene.gateway.links[-1].reachable
            assert scene.gateway.calls == scene.picture() != {}

    run(story())


def test_the_last_events_are_flushed_when_it_is_stopped() -> None:
    async def story() -> None:
        scene = Scene(LedgerGateway())
        async with scene.running():
            await asyncio.sleep(1)
            scene.ring()
        assert len(scene.gateway.calls) == 1

    run(story())


def test_stopping_does_not_wait_long_for_a_relay_that_is_away() -> None:
    async def story() -> None:
        scene = Scene(LedgerGateway())
        async with scene.running():
            await asyncio.sleep(1)
            scene.gateway.down = True
            scene.ring()
            await asyncio.sleep(5)
            before = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - before < 4

    run(story())


# --- commands ---


class Slow(Connector):
    """A connector whose answers a test decides."""

    kind = "slow"

    def __init__(self, do: Callable[[Command], Awaitable[None]]) -> None:
        super().__init__("slow", LINES)
        self._do = do
        self.executed: list[str] = []

    async def run(self, sink: EventSink) -> None:
        sink.link(reachable=True)
        sink.resync()
        await asyncio.Event().wait()

    async def execute(self, agent: str, command: Command) -> None:
        self.executed.append(command.id)
        await self._do(command)

    def live_calls(self) -> Sequence[tuple[str, Call]]:
        return []

    def presences(self) -> Mapping[str, Presence]:
        return {}


def commanded(
    do: Callable[[Command], Awaitable[None]], *, expires_in_ms: int = 5000, times: int = 1, wait_s: float = 15
) -> tuple[list[str], LedgerGateway]:
    """Let a connector get one dial command; returns what it executed and the gateway."""

    async def story() -> tuple[list[str], LedgerGateway]:
        gateway, connector = LedgerGateway(), Slow(do)
        task = asyncio.create_task(ConnectorSession(connector, gateway, LoopClock()).run())
        await asyncio.sleep(1)
        for _ in range(times):
            gateway.command("alice", MakeCall(id="dial-0001", number=NUMBER), expires_in_ms)
            await asyncio.sleep(1)
        await asyncio.sleep(wait_s)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return connector.executed, gateway

    return run(story())


async def well(command: Command) -> None:
    """Done."""


def test_a_command_is_taken_and_done() -> None:
    executed, gateway = commanded(well)
    assert executed == ["dial-0001"]
    assert gateway.states_of("dial-0001") == [S.TAKEN, S.DONE]


def test_a_command_that_comes_three_times_is_executed_once() -> None:
    executed, gateway = commanded(well, times=3)
    assert executed == ["dial-0001"]
    assert gateway.states_of("dial-0001") == [S.TAKEN, S.DONE]


def test_a_stale_command_is_not_executed() -> None:
    executed, gateway = commanded(well, expires_in_ms=0)
    assert executed == []
    assert gateway.states_of("dial-0001") == [S.EXPIRED]


async def refuse(command: Command) -> None:
    raise CommandRefused("busy", "the phone has no free line")


async def doubt(command: Command) -> None:
    raise OutcomeUnknown("the line broke")


async def hang(command: Command) -> None:
    await asyncio.sleep(1000)


async def crash(command: Command) -> None:
    raise ValueError(f"no idea what to do with {NUMBER}")


@pytest.mark.parametrize(
    ("do", "state", "error_id"),
    [
        (refuse, S.FAILED, "busy"),
        (doubt, S.UNKNOWN, "no_confirmation"),
        (hang, S.UNKNOWN, "no_confirmation"),
        (crash, S.FAILED, "internal_error"),
    ],
)
def test_what_became_of_a_command_is_told(
    do: Callable[[Command], Awaitable[None]], state: CommandState, error_id: str
) -> None:
    _, gateway = commanded(do)
    last = gateway.outcomes[-1]
    assert (last.id, last.state, last.error_id) == ("dial-0001", state, error_id)


def test_an_unforeseen_error_is_logged_with_its_place_and_without_the_number(
    caplog: pytest.LogCaptureFixture,
) -> None:
    commanded(crash)
    (record,) = caplog.records
    assert "in crash" in record.getMessage()
    assert NUMBER[1:] not in caplog.text


def test_a_command_under_way_when_it_is_stopped_has_an_unknown_outcome() -> None:
    _, gateway = commanded(hang, wait_s=1)
    assert gateway.states_of("dial-0001") == [S.TAKEN, S.UNKNOWN]


def test_commands_do_not_wait_for_each_other() -> None:
    async def story() -> None:
        gateway, connector = LedgerGateway(), Slow(lambda c: hang(c) if isinstance(c, MakeCall) else well(c))
        task = asyncio.create_task(ConnectorSession(connector, gateway, LoopClock()).run())
        await asyncio.sleep(1)
        gateway.command("alice", MakeCall(id="dial-0001", number=NUMBER))
        gateway.command("bob", HoldCall(id="hold-0001", call="c-1"))
        await asyncio.sleep(0.5)
        assert gateway.states_of("hold-0001") == [S.TAKEN, S.DONE]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run(story())


def test_commands_still_come_after_the_relay_has_restarted() -> None:
    async def story() -> None:
        async with Scene(LedgerGateway()).running() as scene:
            await asyncio.sleep(1)
            for number in range(5):
                scene.gateway.restart()
                await asyncio.sleep(12)
                scene.gateway.command("alice", MakeCall(id=f"dial-000{number}", number=NUMBER))
                await asyncio.sleep(3)
                assert scene.gateway.states_of(f"dial-000{number}")[:1] == [S.TAKEN]

    run(story())


# --- a connector that fails ---


class Failing(Slow):
    """Fails twice in a way it does not know, then works."""

    def __init__(self, error: Exception) -> None:
        super().__init__(well)
        self._error = error
        self.runs = 0

    async def run(self, sink: EventSink) -> None:
        self.runs += 1
        if self.runs < 3:
            raise self._error
        await super().run(sink)


def test_a_connector_that_fails_is_started_anew_and_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        gateway, connector = LedgerGateway(), Failing(ZeroDivisionError(f"while dividing {NUMBER}"))
        task = asyncio.create_task(ConnectorSession(connector, gateway, LoopClock()).run())
        await asyncio.sleep(60)
        assert connector.runs == 3
        assert [link.reachable for link in gateway.links][-1]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run(story())
    assert len([r for r in caplog.records if "unforeseen" in r.getMessage()]) == 1
    assert NUMBER[1:] not in caplog.text


def test_a_misconfigured_connector_ends_the_session() -> None:
    async def story() -> None:
        session = ConnectorSession(Failing(ConnectorMisconfigured("secret: is wrong")), LedgerGateway(), LoopClock())
        with pytest.raises(ConnectorMisconfigured, match="secret"):
            await session.run()

    run(story())


# --- with the real relay ---


def test_the_real_relay_keeps_what_the_simulator_tells() -> None:
    async def story() -> None:
        relay = Relay(LoopClock())
        sweeping = asyncio.create_task(relay.run())
        connector = SimulatorConnector("sim", LINES, SimulatorSettings(0.0), LoopClock().now)
        task = asyncio.create_task(ConnectorSession(connector, InProcessGateway(relay, "acme"), LoopClock()).run())
        await asyncio.sleep(1)
        connector.act(lambda: connector.pbx.ring_from_outside(NUMBER, "", "101", connector.now())[1])
        await asyncio.sleep(60)
        log = relay.log_of(AgentKey("acme", "alice"))
        assert log is not None
        assert [call.state for call in log.live_calls()] == [CallState.ALERTING]
        assert list(log.live_calls()) == [call for _, call in connector.live_calls()]
        for each in (task, sweeping):
            each.cancel()
        await asyncio.gather(task, sweeping, return_exceptions=True)

    run(story())
