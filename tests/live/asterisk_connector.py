"""The connector at the laboratory's Asterisk, on an event loop of its own thread, for tests that drive phones.

The phones' methods wait, and the connector has to go on meanwhile.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import threading
import time
from collections.abc import Callable
from itertools import count
from types import TracebackType
from typing import Any

from cti_adapter.application.ports import EventSink
from cti_adapter.connectors.asterisk.connector import AsteriskConnector
from cti_adapter.domain.agent import Line
from cti_adapter.domain.call import Call, CallEvent
from cti_adapter.domain.commands import Command
from fakes.story_sink import StorySink

from .asterisk_lab import POLL_SECONDS, AsteriskLab

LINES = tuple(
    Line(agent=f"{name}@acme.example", extension=number) for name, number in (("alice", "101"), ("bob", "102"))
)
ALICE, BOB = (line.agent for line in LINES)
WAIT_S = 10.0


def wait_ringing(lab: AsteriskLab, phone: str) -> None:
    """Returns when Asterisk knows that this phone rings: some milliseconds after agents are told of the call.

    Nobody clicks that quickly, but a test does, and a phone that does not ring yet is not declined but busy.
    """
    deadline = time.monotonic() + WAIT_S
    with lab.probe(events="off") as probe:
        while not any(
            row["Channel"].startswith(f"PJSIP/{phone}-") and row["ChannelStateDesc"] == "Ringing"
            for row in probe.action("CoreShowChannels")[1:-1]
        ):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{phone} does not ring after {WAIT_S:g} s")
            time.sleep(POLL_SECONDS)


class LiveConnector:
    """A context manager; every method may be called from the test's thread, and waits with a time limit."""

    def __init__(self, lab: AsteriskLab, **options: Any) -> None:
        login = {"host": lab.ami_host, "port": lab.ami_port, "username": lab.ami_user, "secret": lab.ami_secret}
        given = {"trunks": ["trunk"], "answer_timeout_s": 3, "ping_s": 1} | login | options
        self.connector = AsteriskConnector.from_options("lab", LINES, given)
        self.sink = StorySink(WAIT_S)
        self.sink.connector = self.connector
        self._ids = count(1)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="connector", daemon=True)
        self._running: concurrent.futures.Future[None] | None = None

    def __enter__(self) -> LiveConnector:
        self._thread.start()
        sink: EventSink = self.sink
        self._running = asyncio.run_coroutine_threadsafe(self.connector.run(sink), self._loop)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        assert self._running is not None
        self._running.cancel()
        self._do(self._settle())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(WAIT_S)
        self._loop.close()
        assert self.sink.broken == []

    def execute(self, kind: Callable[..., Command], agent: str = ALICE, **fields: Any) -> Command:
        """Carry out a command. Raises as ``Connector.execute``."""
        command = kind(id=f"command-{next(self._ids)}", **fields)
        self._do(self.connector.execute(agent, command))
        return command

    def state(self, state: str, agent: str = ALICE) -> Call:
        """The agent's newest record, as soon as it is in this state."""
        return self._do(self.sink.state(agent, state))

    def event(self, name: str, agent: str = ALICE, times: int = 1) -> CallEvent:
        """The event of this name, as soon as it was told so often."""
        return self._do(self.sink.event(agent, name, times))

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Returns when ``condition`` holds; looked at after each event."""
        self._do(self.sink.until(condition, what))

    def up(self, resyncs: int = 1) -> None:
        """Returns when the connector follows Asterisk, and has offered so many fresh pictures."""
        self._do(self.sink.up(resyncs))

    def lost(self, reason: str = "phone_system_unreachable") -> None:
        """Returns when Asterisk is out of reach for this reason."""
        self._do(self.sink.lost(reason))

    def live(self, agent: str = ALICE) -> list[Call]:
        """The agent's calls that are up."""

        async def ask() -> list[Call]:
            return [call for whose, call in self.connector.live_calls() if whose == agent]

        return self._do(ask())

    def names(self, agent: str = ALICE) -> list[str]:
        """What the agent was told of so far."""
        return self.sink.names(agent)

    def _do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(WAIT_S + 5)

    async def _settle(self) -> None:
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)
