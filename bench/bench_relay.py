"""How long an event takes from the relay's in-process gateway to a parked poll's answer at an HTTP client.

With one poll and with a thousand more parked; beside it, in the same run, a bare long poll on the same server. Method
and figures: docs/performance.md. One JSON object a line on stdout.
"""

import asyncio
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
from figures import milliseconds, percentile, progress, result

EVENTS = 1000
WARM_UP = 50
OTHERS = 1000
#: Longest time for one of the four measurements, in seconds.
LIMIT_S = 120.0
#: Polls of those who only wait; longer than a measurement takes, and the most that the relay allows.
WAIT_S = 28.0

Publish = Callable[[str], Awaitable[float]]


class Agent:
    """One softphone: a session and its polls."""

    def __init__(self, http: aiohttp.ClientSession, name: str) -> None:
        self._http = http
        self.name = name
        self._headers: dict[str, str] = {}
        self._cursor: str | None = None

    async def sign_in(self) -> None:
        async with self._http.post("/v1/sessions", json={"mode": "id", "agent": self.name}) as answer:
            self._headers = {"Authorization": f"Bearer {(await answer.json())['session']}"}
        await self.poll()

    async def poll(self) -> dict[str, Any]:
        body = {"cursor": self._cursor, "wait": WAIT_S}
        async with self._http.post("/v1/poll", json=body, headers=self._headers) as answer:
            content: dict[str, Any] = await answer.json()
        self._cursor = content["cursor"]
        return content

    async def wait(self) -> None:
        while True:
            await self.poll()


async def deliveries(agent: Agent, publish: Publish) -> list[float]:
    """Seconds from publishing to the answer, one after the other."""
    times = []
    for number in range(EVENTS + WARM_UP):
        parked = asyncio.create_task(agent.poll())
        published = asyncio.create_task(publish(agent.name))  # which waits until the poll is parked
        answer = await parked
        arrived = time.monotonic()
        if not answer["events"]:
            raise RuntimeError("a poll was answered without the event")
        if number >= WARM_UP:
            times.append(arrived - await published)
        else:
            await published
    return times


async def measured(kind: str, others: int) -> list[float]:
    """Start the relay ``kind``, park the polls of ``others`` agents, and measure those of one more."""
    program = Path(__file__).with_name("relay_under_test.py")
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(sys.executable, program, kind, str(others), stdin=pipe, stdout=pipe)
    if child.stdin is None or child.stdout is None:
        raise RuntimeError("the relay has no pipes")
    orders, answers = child.stdin, child.stdout

    async def publish(agent: str) -> float:
        orders.write(f"{agent}\n".encode())
        return float(await answers.readline())

    waiting: list[asyncio.Task[None]] = []
    try:
        url = f"http://127.0.0.1:{int(await answers.readline())}"
        async with (
            aiohttp.ClientSession(url, connector=aiohttp.TCPConnector(limit=0)) as http,
            asyncio.timeout(LIMIT_S),
        ):
            crowd = [Agent(http, f"agent{number + 1}") for number in range(others)]
            for first in range(0, others, 100):
                await asyncio.gather(*(agent.sign_in() for agent in crowd[first : first + 100]))
            waiting = [asyncio.create_task(agent.wait()) for agent in crowd]
            agent = Agent(http, "agent0")
            await agent.sign_in()
            await asyncio.sleep(0.5)
            times = await deliveries(agent, publish)
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            return times
    finally:
        orders.close()
        try:
            await asyncio.wait_for(child.wait(), 10)
        except TimeoutError:
            child.kill()
            await child.wait()


async def main() -> None:
    for others in (0, OTHERS):
        medians = {}
        for kind in ("ours", "bare"):
            progress(f"relay: {kind}, {others} other parked polls")
            times = await measured(kind, others)
            medians[kind] = percentile(times, 0.5)
            name = "relay_poll" if kind == "ours" else "relay_poll_bare_starlette"
            result(name, events=len(times), parked=others + 1, **milliseconds(times))
        result("relay_poll_ratio", parked=others + 1, median_to_bare=round(medians["ours"] / medians["bare"], 2))


if __name__ == "__main__":
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    asyncio.run(main())
