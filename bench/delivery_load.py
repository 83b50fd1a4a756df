"""The other side of ``bench_delivery``: thousands of agents with a parked poll each, and publishers, in a closed loop.

Run as ``delivery_load.py PLAN.json``; prints one JSON object a line. The plan names port, requests of each agent, and
what to publish; see ``Plan``. Bytes are written and parsed here by hand, so that the measuring costs less than what
is measured.
"""

import asyncio
import json
import random
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Agents that connect at the same time.
AT_ONCE = 200
#: Longest wait for one event, in seconds.
PATIENCE_S = 20.0


@dataclass(frozen=True)
class Plan:
    """What to do. ``{cursor}`` and ``{n}`` in the requests are put in before each."""

    port: int
    kind: str
    agents: list[str]
    """What stands in an agent's poll, and in what is published to it."""
    bearers: list[str]
    poll: str
    publish: str
    """The body and head of one publication."""
    first_cursor: str
    events: int
    warm_up: int
    in_flight: int
    batch: int
    """Events in one publication, each for another agent."""


class Connection(asyncio.Protocol):
    """HTTP/1.1 with one request under way; ``heard`` gets head and body of each answer."""

    def __init__(self) -> None:
        self.heard: Callable[[bytes, bytes], None] = lambda head, body: None
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while True:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self._buffer[:end]
            length = _length(head)
            if len(self._buffer) < end + 4 + length:
                return
            body = self._buffer[end + 4 : end + 4 + length]
            self._buffer = self._buffer[end + 4 + length :]
            self.heard(head, body)

    def send(self, request: str) -> None:
        self.transport.write(request.encode())


def _length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.find(b"content-length:")
    return int(lowered[at + 15 : lowered.find(b"\r", at) if b"\r" in lowered[at:] else None]) if at >= 0 else 0


def _request(template: str, body: str) -> str:
    return template.replace("{length}", str(len(body.encode()))) + body


class Agent:
    """One agent's poll, always parked but while an event is under way."""

    def __init__(self, plan: Plan, number: int, connection: Connection) -> None:
        self._plan = plan
        self.number = number
        self._connection = connection
        self._cursor = plan.first_cursor
        self._waiting: asyncio.Future[float] | None = None
        connection.heard = self._heard

    def park(self) -> None:
        head, body = self._plan.poll.split("\n\n", 1)
        filled = [
            part.replace("{agent}", self._plan.agents[self.number])
            .replace("{bearer}", self._plan.bearers[self.number])
            .replace("{cursor}", self._cursor)
            for part in (head, body)
        ]
        self._connection.send(_request(filled[0].replace("\n", "\r\n") + "\r\n\r\n", filled[1]))

    def expect(self) -> "asyncio.Future[float]":
        self._waiting = asyncio.get_running_loop().create_future()
        return self._waiting

    def _heard(self, head: bytes, body: bytes) -> None:
        now = time.perf_counter()
        self._cursor = CURSORS[self._plan.kind](head, body) or self._cursor
        if self._waiting is not None and not self._waiting.done() and EVENTFUL[self._plan.kind](head, body):
            self._waiting.set_result(now)
        self.park()


def _json_cursor(head: bytes, body: bytes) -> str:
    at = body.find(b'"cursor":"') + 10
    return '"' + body[at : body.find(b'"', at)].decode() + '"'


def _nchan_cursor(head: bytes, body: bytes) -> str:
    found = {}
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b": ")
        found[name.lower()] = value.decode()
    if b"last-modified" not in found:
        return ""
    return f"If-Modified-Since: {found[b'last-modified']}\nIf-None-Match: {found.get(b'etag', '0')}"


CURSORS: dict[str, Callable[[bytes, bytes], str]] = {"json": _json_cursor, "nchan": _nchan_cursor}
EVENTFUL: dict[str, Callable[[bytes, bytes], bool]] = {
    "json": lambda head, body: b'"call":{' in body,
    "nchan": lambda head, body: head.startswith(b"HTTP/1.1 200") and len(body) > 100,
}


class Publisher:
    """One connection that publishes."""

    def __init__(self, plan: Plan, connection: Connection) -> None:
        self._plan = plan
        self._connection = connection
        self._answered: asyncio.Future[None] | None = None
        connection.heard = self._heard

    def publish(self, agents: list[str], number: int) -> "asyncio.Future[None]":
        head, event = self._plan.publish.split("\n\n", 1)
        events = ",".join(
            event.replace("{agent}", agent).replace("{n}", str(number + at)) for at, agent in enumerate(agents)
        )
        body = events if self._plan.kind == "nchan" else BATCH.replace("{n}", str(number)).replace("{events}", events)
        head = head.replace("{agent}", agents[0]).replace("\n", "\r\n") + "\r\n\r\n"
        self._answered = asyncio.get_running_loop().create_future()
        self._connection.send(_request(head, body))
        return self._answered

    def _heard(self, head: bytes, body: bytes) -> None:
        if not head.startswith(b"HTTP/1.1 2"):
            print(head, body[:300], file=sys.stderr)
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(None)


#: Numbers before it are the snapshot's.
FIRST = 2
BATCH = '{"connector":"bench","boot":"bench-boot","first":{n},"events":[{events}]}'


class Load:
    """The whole of it."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._agents: list[Agent] = []
        self._free: list[int] = []
        self._number = FIRST
        self._order = asyncio.Lock()
        self._rng = random.Random(20261123)  # noqa: S311

    async def park(self) -> None:
        for first in range(0, len(self._plan.agents), AT_ONCE):
            numbers = range(first, min(first + AT_ONCE, len(self._plan.agents)))
            connections = await asyncio.gather(*(self._connected() for _ in numbers))
            for number, connection in zip(numbers, connections, strict=True):
                agent = Agent(self._plan, number, connection)
                agent.park()
                self._agents.append(agent)
            await asyncio.sleep(0.02)
        self._free = list(range(len(self._agents)))

    async def _connected(self) -> Connection:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(Connection, "127.0.0.1", self._plan.port)
        return connection

    async def run(self, events: int) -> list[float]:
        """Publish ``events`` and return the time from before publishing to the answer of the poll, in seconds."""
        times: list[float] = []
        publishers = [Publisher(self._plan, await self._connected()) for _ in range(self._plan.in_flight)]
        rounds = events // self._plan.batch
        queue = iter(range(rounds))
        await asyncio.gather(*(self._work(each, queue, times) for each in publishers))
        return times

    async def _work(self, publisher: Publisher, queue: Any, times: list[float]) -> None:
        for _ in queue:
            chosen = [self._taken() for _ in range(self._plan.batch)]
            waiting = [agent.expect() for agent in chosen]
            number, self._number = self._number, self._number + len(chosen)
            begun = time.perf_counter()
            answered = publisher.publish([self._plan.agents[agent.number] for agent in chosen], number)
            async with asyncio.timeout(PATIENCE_S):
                times += [arrived - begun for arrived in await asyncio.gather(*waiting)]
                await answered
            self._free += [agent.number for agent in chosen]

    def _taken(self) -> Agent:
        at = self._rng.randrange(len(self._free))
        self._free[at], self._free[-1] = self._free[-1], self._free[at]
        return self._agents[self._free.pop()]


async def main(plan: Plan) -> None:
    """Park, say so, and publish when told to (a line on stdin each time)."""
    load = Load(plan)
    loop = asyncio.get_running_loop()
    await load.park()
    print(json.dumps({"parked": len(plan.agents)}), flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)
    await load.run(plan.warm_up)
    print(json.dumps({"warm": plan.warm_up}), flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)
    begun = time.perf_counter()
    times = sorted(await load.run(plan.events))
    took = time.perf_counter() - begun
    print(
        json.dumps(
            {
                "events": len(times),
                "p50_ms": 1000 * times[len(times) // 2],
                "p99_ms": 1000 * times[int(len(times) * 0.99)],
                "events_per_s": len(times) / took,
            }
        ),
        flush=True,
    )


if __name__ == "__main__":
    import uvloop

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    uvloop.run(main(Plan(**json.loads(Path(sys.argv[1]).read_text("utf-8")))))
