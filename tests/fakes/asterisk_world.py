"""The Asterisk connector in a world of its own: a scripted AMI on a real socket, a sink that writes down."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from types import TracebackType
from typing import Any

from cti_adapter.connectors.asterisk.connector import AsteriskConnector
from cti_adapter.domain.agent import Line
from cti_adapter.domain.commands import Command

from .ami_server import SECRET, USER, AmiServer, block
from .asterisk_events import Script
from .story_sink import StorySink

LINES = (Line(agent="alice@acme.example", extension="101"), Line(agent="bob@acme.example", extension="102"))
ALICE, BOB = (line.agent for line in LINES)
LISTS = ("CoreShowChannels", "ExtensionStateList", "DeviceStateList", "QueueStatus")


class AsteriskWorld:
    """``async with AsteriskWorld(...)``: the connector runs; ``options`` are its settings besides the login."""

    def __init__(self, **options: Any) -> None:
        self.server = AmiServer()
        self.server.rows = {name: [] for name in LISTS}
        self.sink = StorySink()
        self.script = Script()
        self.commands = 0
        self._played = 0
        self._options = options
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> AsteriskWorld:
        await self.server.listen()
        self.connector = self.sink.connector = self.make()
        self._task = asyncio.create_task(self.connector.run(self.sink))
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None):
        assert self._task is not None
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        await self.server.leave()
        assert self.sink.broken == []

    def make(self) -> AsteriskConnector:
        """The connector, not started."""
        login = {"host": "127.0.0.1", "port": self.server.port, "username": USER, "secret": SECRET}
        return AsteriskConnector.from_options("lab", LINES, login | self._options)

    async def play(self) -> None:
        """Send what was added to ``script`` since the last time."""
        for _, message in self.script.messages[self._played :]:
            await self.server.raw(block(message))  # type: ignore[arg-type]
        self._played = len(self.script.messages)

    async def ringing(self) -> str:
        """Somebody outside calls Alice; gives the id of the call."""
        self.caller = self.script.outside()
        self.phone = self.script.ring(self.caller, "101")
        await self.play()
        return (await self.sink.state(ALICE, "alerting")).id

    async def talking(self) -> str:
        """Alice has answered; gives the id of the call."""
        call = await self.ringing()
        self.script.answer(self.caller, self.phone, "bridge-1")
        await self.play()
        await self.sink.state(ALICE, "connected")
        return call

    async def held(self) -> str:
        """Alice holds; gives the id of the call."""
        call = await self.talking()
        self.script.hold(self.phone)
        await self.play()
        await self.sink.state(ALICE, "held")
        return call

    async def execute(self, kind: Callable[..., Command], agent: str = ALICE, **fields: Any) -> None:
        """Carry out a command with an id of its own."""
        self.commands += 1
        await self.connector.execute(agent, kind(id=f"command-{self.commands}", **fields))
