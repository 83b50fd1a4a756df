"""The replay connector keeps the contract: a recording that is written while it plays."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, ClassVar

import msgspec
import pytest

from cti_adapter.connectors.replay.connector import ReplayConnector
from cti_adapter.connectors.replay.translate import Recorded, read_line
from cti_adapter.domain.call import Call, CallEvent, CallState, Cause, Direction, EventName, Party, advance, begin
from fakes.clock import FakeClock

from .harness import LINES, Harness
from .suite import ConnectorContract


class ReplayHarness(Harness):
    """Each act of people is a line of a recording."""

    supported: ClassVar[frozenset[str]] = frozenset()
    connector: ReplayConnector

    def __init__(self) -> None:
        self._clock = FakeClock()
        self._lines: asyncio.Queue[bytes] = asyncio.Queue()
        self._call: Call | None = None
        self._made = 0
        self.connector = ReplayConnector("tape", LINES, self._source, now=self._clock.now)

    async def _source(self) -> AsyncIterator[Recorded]:
        while True:
            yield read_line(await self._lines.get())

    async def ring_agent(self) -> None:
        self._made += 1
        call = Call(
            id=f"recorded-{self._made}",
            revision=1,
            device="101",
            direction=Direction.INBOUND,
            role="called",
            state=CallState.ALERTING,
            caller=Party(number=self.far_number, name="Erika"),
            called=Party(number="101"),
            data=self.data,
            started_at=self._clock.now(),
        )
        self._record(begin(call, EventName.DELIVERED, self._clock.now()))

    async def agent_answers_on_phone(self) -> None:
        self._move(EventName.ESTABLISHED, CallState.CONNECTED)

    async def agent_hangs_up_on_phone(self) -> None:
        self._end()

    async def far_end_answers(self) -> None:
        raise NotImplementedError("a recording does not dial")

    async def far_end_hangs_up(self) -> None:
        self._end()

    async def colleague_answers_on_phone(self) -> None:
        raise NotImplementedError("a recording does not transfer")

    async def colleague_dials(self, number: str) -> None:
        raise NotImplementedError

    async def lose_phone_system(self) -> None:
        self._write({"at": self._clock.now(), "link": {"reachable": False}})

    async def restore_phone_system(self) -> None:
        self._write({"at": self._clock.now(), "link": {"reachable": True}})

    def _end(self) -> None:
        assert self._call is not None
        cause = Cause.NORMAL if self._call.answered_at else Cause.MISSED
        self._move(EventName.CONNECTION_CLEARED, CallState.CLEARED, cause=cause)

    def _move(self, event: EventName, state: CallState, **changes: Any) -> None:
        assert self._call is not None
        self._clock.advance(1)
        self._record(advance(self._call, event, self._clock.now(), state, **changes))

    def _record(self, event: CallEvent) -> None:
        self._call = event.call
        self._write(event)

    def _write(self, line: Any) -> None:
        self._lines.put_nowait(msgspec.json.encode(line))


class TestReplay(ConnectorContract):
    harness_class = ReplayHarness

    @pytest.fixture
    def harness(self) -> Harness:
        return ReplayHarness()
