"""An AMI server that does as it is told, on a real loopback socket: login, lists, answers by script, events on demand.

It knows how AMI talks, not what calls are. Everything runs on the test's own event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Callable, Mapping
from types import TracebackType

Message = dict[str, str]
Answer = Message | None
BANNER = b"Asterisk Call Manager/11.0.0\r\n"
WAIT_S = 5.0
USER, SECRET, CHALLENGE = "cti", "very secret", "123456789"


def block(message: Mapping[str, str]) -> bytes:
    """A message as it goes over the wire."""
    return "".join(f"{key}: {value}\r\n" for key, value in message.items()).encode() + b"\r\n"


class AmiServer:
    """``async with AmiServer() as server``. ``answers`` decides what an action gets, ``rows`` what lists hold."""

    def __init__(self) -> None:
        self.port = 0
        self.actions: list[Message] = []
        """All actions that came, without those of the login and without pings."""
        self.logins = 0
        """How many logins were tried."""
        self.secret = SECRET
        self.challenges = True
        """Whether the login by challenge is offered."""
        self.fully_booted = True
        self.rows: dict[str, list[Message]] = {}
        """List action -> its events."""
        self.answers: dict[str, Callable[[Message], Answer] | Answer] = {}
        """Action -> its answer (or a function that makes it); None: no answer at all."""
        self.silent = False
        """Whether nothing is answered any more, as behind a firewall that drops."""
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._changed = asyncio.Condition()

    # --- life ---

    async def __aenter__(self) -> AmiServer:
        await self.listen()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None):
        await self.leave()

    async def listen(self) -> None:
        """Take connections, after ``leave`` on the same port again."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def leave(self) -> None:
        """Hang up and refuse new connections."""
        if self._server is not None:
            self._server.close()
            await self.hang_up()
            await self._server.wait_closed()

    async def hang_up(self) -> None:
        """End the connections there are."""
        for writer in self._writers:
            writer.close()
        self._writers.clear()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- for tests ---

    async def event(self, name: str, **headers: str) -> None:
        """Send an event to all who are logged in."""
        await self.raw(block({"Event": name, "Privilege": "call,all", **headers}))

    async def raw(self, data: bytes) -> None:
        """Send these bytes."""
        for writer in self._writers:
            writer.write(data)
            await writer.drain()

    async def wait_action(self, name: str, count: int = 1) -> Message:
        """The ``count``-th action of this name, as soon as it has come."""
        await self.until(lambda: len(self.named(name)) >= count)
        return self.named(name)[count - 1]

    def named(self, name: str) -> list[Message]:
        """Actions of this name so far."""
        return [action for action in self.actions if action["Action"] == name]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Returns when ``condition`` holds; looked at after every action and login."""
        async with self._changed, asyncio.timeout(WAIT_S):
            await self._changed.wait_for(condition)

    # --- the protocol ---

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        writer.write(BANNER)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                text = (await reader.readuntil(b"\r\n\r\n")).decode()
                await self._take(text, writer)
        writer.close()

    async def _take(self, text: str, writer: asyncio.StreamWriter) -> None:
        action = dict(line.split(": ", 1) for line in text.split("\r\n") if line)
        name = action["Action"]
        if self.silent:
            return
        if name == "Login":
            self._login(action, writer)
        elif name == "Challenge":
            given = {"Response": "Success", "Challenge": CHALLENGE} if self.challenges else {"Response": "Error"}
            self._answer(action, given, writer)
        elif name == "Ping":
            self._answer(action, {"Response": "Success", "Ping": "Pong"}, writer)
        else:
            self.actions.append(action)
            self._scripted(action, writer)
        async with self._changed:
            self._changed.notify_all()

    def _login(self, action: Message, writer: asyncio.StreamWriter) -> None:
        self.logins += 1
        key = hashlib.md5((CHALLENGE + self.secret).encode(), usedforsecurity=False).hexdigest()
        right = action.get("Key") == key or action.get("Secret") == self.secret
        if not right or action["Username"] != USER:
            self._answer(action, {"Response": "Error", "Message": "Authentication failed"}, writer)
            return
        self._answer(action, {"Response": "Success", "Message": "Authentication accepted"}, writer)
        self._writers.append(writer)
        if self.fully_booted:
            writer.write(block({"Event": "FullyBooted", "Privilege": "system,all", "Status": "Fully Booted"}))

    def _scripted(self, action: Message, writer: asyncio.StreamWriter) -> None:
        name = action["Action"]
        script = self.answers.get(name, {"Response": "Success"})
        answer = script(action) if callable(script) else script
        if answer is None:
            return
        if name not in self.rows:
            self._answer(action, answer, writer)
            return
        self._answer(action, {"Response": "Success", "EventList": "start"}, writer)
        mark = {"ActionID": action["ActionID"]}
        for row in self.rows[name]:
            writer.write(block(row | mark))
        writer.write(block({"Event": f"{name}Complete", "EventList": "Complete", **mark}))

    def _answer(self, action: Message, answer: Message, writer: asyncio.StreamWriter) -> None:
        writer.write(block({"Response": answer["Response"], "ActionID": action["ActionID"], **answer}))
