"""A relay that publishes when told to, for ``bench_relay``: ours, or a bare long poll to compare it with.

Run as ``relay_under_test.py ours|bare OTHERS``. Prints its port. For each agent's name on a line of stdin it waits
until the polls of that agent and of ``OTHERS`` more are parked, publishes an event to the agent, and prints the time
just before (``time.monotonic``, which all processes of a machine share). Ends with its stdin.
"""

import asyncio
import os
import resource
import sys
import time
from pathlib import Path
from typing import Protocol

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from cti_adapter.application.connector_messages import AgentCall, Batch, Hello, SnapshotBegin, SnapshotEnd
from cti_adapter.application.limits import Rate
from cti_adapter.application.messages import CallHappened, PollAnswer
from cti_adapter.application.relay import InProcessGateway, Relay
from cti_adapter.application.relay_settings import RelaySettings
from cti_adapter.domain.agent import Line
from cti_adapter.domain.call import Call, CallState, Direction, EventName, Party, advance
from cti_adapter.relay.app import create_relay_app
from cti_adapter.relay.server import BACKLOG, KEEP_ALIVE_S

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from fakes.relay_server import ORG, SystemClock, relay_parts  # noqa: E402 - helpers of the tests

AGENTS = 1001
#: One agent gets in a second what is a day's work otherwise; nobody is to be told to come back later.
NO_LIMITS = RelaySettings(
    strangers=Rate(1e6, 10**6), session=Rate(1e6, 10**6), agent=Rate(1e6, 10**6), organization=Rate(1e6, 10**6)
)


def ringing(agent: str) -> Call:
    return Call(
        id=f"bench-{agent}",
        revision=1,
        device="101",
        direction=Direction.INBOUND,
        role="called",
        state=CallState.ALERTING,
        caller=Party(number="+4930111222", name="Erika Muster"),
        called=Party(number="101"),
        started_at=time.time(),
    )


class Subject(Protocol):
    """What is measured: an application, and a way to publish an event to an agent at a moment."""

    app: ASGIApp

    async def begin(self) -> None: ...

    async def publish(self, agent: str) -> float: ...

    @property
    def parked(self) -> int: ...


class Ours:
    """The relay as ``cti serve`` runs it, with a connector in the same process."""

    def __init__(self) -> None:
        relay = Relay(SystemClock(), settings=NO_LIMITS)
        self.app = create_relay_app(relay_parts(relay))
        self._gateway = InProcessGateway(relay, ORG)
        self._next = 0
        self._calls: dict[str, Call] = {}
        self._relay = relay

    async def begin(self) -> None:
        lines = tuple(Line(agent=f"agent{n}", extension=str(10_000 + n)) for n in range(AGENTS))
        await self._gateway.attach(Hello(connector="bench", kind="bench", boot="bench-boot", lines=lines))
        await self._send(SnapshotBegin(), SnapshotEnd())
        self._tasks = [asyncio.create_task(self._relay.run()), asyncio.create_task(self._heartbeat())]

    async def publish(self, agent: str) -> float:
        event = EventName.CALL_INFORMATION if agent in self._calls else EventName.DELIVERED
        call = self._calls.get(agent)
        call = advance(call, event, time.time(), call.state).call if call else ringing(agent)
        self._calls[agent] = call
        news = AgentCall(agent=agent, event=event, at=time.time(), call=call)
        begun = time.monotonic()
        await self._send(news)
        return begun

    @property
    def parked(self) -> int:
        return self._relay.parked

    async def _heartbeat(self) -> None:
        while True:
            await asyncio.sleep(2)
            await self._send()

    async def _send(self, *events: AgentCall | SnapshotBegin | SnapshotEnd) -> None:
        batch = Batch(connector="bench", boot="bench-boot", first=self._next, events=events)
        self._next = (await self._gateway.publish(batch)).next


class Bare:
    """The least that a long poll can be with the same server: one future for each agent, no session, nothing kept."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Future[PollAnswer]] = {}
        routes = [
            Route("/v1/sessions", self._sign_in, methods=["POST"]),
            Route("/v1/poll", self._poll, methods=["POST"]),
        ]
        self.app = Starlette(routes=routes)

    async def begin(self) -> None:
        return

    async def publish(self, agent: str) -> float:
        now = time.time()
        happened = CallHappened(event=EventName.DELIVERED, at=now, call=ringing(agent))
        begun = time.monotonic()
        waiting = self._waiting.pop(agent)
        waiting.set_result(PollAnswer(cursor="bare.1", now=now, events=(happened,)))
        return begun

    @property
    def parked(self) -> int:
        return len(self._waiting)

    async def _sign_in(self, request: Request) -> Response:
        agent = (await request.json())["agent"]
        return Response(msgspec.json.encode({"session": agent}), 201, media_type="application/json")

    async def _poll(self, request: Request) -> Response:
        asked = msgspec.json.decode(await request.body())
        if asked["cursor"] is None:
            return self._response(PollAnswer(cursor="bare.0", now=time.time(), resync="start"))
        agent = request.headers["authorization"].removeprefix("Bearer ")
        waiting = self._waiting[agent] = asyncio.get_running_loop().create_future()
        try:
            return self._response(await asyncio.wait_for(waiting, asked["wait"]))
        except TimeoutError:
            return self._response(PollAnswer(cursor="bare.0", now=time.time()))

    def _response(self, answer: PollAnswer) -> Response:
        return Response(msgspec.json.encode(answer), media_type="application/json")


async def run(subject: Subject, others: int) -> None:
    options = {"http": "httptools", "ws": "none", "lifespan": "off", "log_config": None, "access_log": False}
    config = uvicorn.Config(subject.app, port=0, timeout_keep_alive=KEEP_ALIVE_S, backlog=BACKLOG, **options)
    server = uvicorn.Server(config)
    _serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    await subject.begin()
    print(server.servers[0].sockets[0].getsockname()[1], flush=True)
    orders = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    while order := await orders.readline():
        while subject.parked <= others:
            await asyncio.sleep(0.001)
        print(await subject.publish(order.decode().strip()), flush=True)
    # Nobody waits for the parked polls any more; uvicorn would report each of them as an error.
    os._exit(0)


if __name__ == "__main__":
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    import uvloop

    uvloop.run(run(Ours() if sys.argv[1] == "ours" else Bare(), int(sys.argv[2])))
