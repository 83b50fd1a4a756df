"""A connector's way to the relay over HTTP: against the real relay, and against things that answer in its place."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cti_adapter.application.connector_messages import Ack, Batch, CommandsRequest, Hello, SystemLink
from cti_adapter.application.ports import NotAttached, RelayRefused, RelayUnavailable
from cti_adapter.application.relay import Relay
from cti_adapter.domain.agent import Line
from cti_adapter.relay import client
from cti_adapter.relay.client import HttpGateway
from fakes.relay_server import KEYS, SystemClock, relay_app, served
from fakes.relay_world import dial
from support.processes import free_port

pytestmark = pytest.mark.enable_socket

BOOT = "boot-0001"
HELLO = Hello(connector="pbx", kind="fake", boot=BOOT, lines=(Line(agent="alice", extension="101"),))
UP = Batch(connector="pbx", boot=BOOT, first=0, events=(SystemLink(reachable=True),))


@asynccontextmanager
async def gateway_to(url: str, key: str = KEYS["pbx"]) -> AsyncIterator[HttpGateway]:
    gateway = HttpGateway(url, key, SystemClock())
    try:
        yield gateway
    finally:
        await gateway.close()


@asynccontextmanager
async def answering(status: int, body: bytes = b"", **headers: str) -> AsyncIterator[HttpGateway]:
    """A gateway to something that always answers the same."""

    async def answer(request: Request) -> Response:
        return Response(body, status, {name.replace("_", "-"): value for name, value in headers.items()})

    app = Starlette(routes=[Route("/{path:path}", answer, methods=["POST"])])
    async with served(app) as server, gateway_to(server.url) as gateway:
        yield gateway


async def test_hello_events_and_commands_at_the_real_relay() -> None:
    async with served(relay_app(Relay(SystemClock()))) as server, gateway_to(server.url) as gateway:
        attached = await gateway.attach(HELLO)
        assert attached.lease_s > attached.heartbeat_s > 0
        assert (await gateway.publish(UP)).next == 1
        parked = asyncio.create_task(gateway.commands(CommandsRequest(connector="pbx", boot=BOOT, after=0, wait=20)))
        page = await server.sign_in("alice")
        command = {"verb": "MakeCall", "id": "command-0001", "number": "102"}
        assert (await page.post("/v1/commands", {"command": command})).status == 202
        (told,) = (await parked).commands
        assert (told.agent, told.command) == ("alice", dial("102", "command-0001"))
        assert told.expires_in_ms > 0


async def test_events_before_hello_are_answered_by_not_attached() -> None:
    async with served(relay_app(Relay(SystemClock()))) as server, gateway_to(server.url) as gateway:
        with pytest.raises(NotAttached):
            await gateway.publish(UP)
        with pytest.raises(NotAttached):
            await gateway.commands(CommandsRequest(connector="pbx", boot=BOOT, wait=0))
        await gateway.attach(HELLO)
        assert (await gateway.publish(UP)).next == 1, "and after it all is well"


@pytest.mark.parametrize("key", ["", "wrong-key", KEYS["other"]])
async def test_wrong_key_is_refused_without_being_repeated_in_the_message(key: str) -> None:
    async with served(relay_app(Relay(SystemClock()))) as server, gateway_to(server.url, key) as gateway:
        with pytest.raises(RelayRefused) as refused:
            await gateway.attach(HELLO)
    assert str(refused.value).startswith("HTTP 40")
    assert not key or key not in str(refused.value)


async def test_path_that_is_no_relay_is_refused() -> None:
    async with served(relay_app(Relay(SystemClock()))) as server, gateway_to(f"{server.url}/elsewhere") as gateway:
        with pytest.raises(RelayRefused, match="HTTP 404"):
            await gateway.attach(HELLO)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_trouble_that_passes_is_unavailable(status: int) -> None:
    async with answering(status, b"<html>proxy</html>") as gateway:
        with pytest.raises(RelayUnavailable, match=f"HTTP {status}") as away:
            await gateway.publish(UP)
    assert away.value.retry_after_s is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("0", 0.0), ("99999", 60.0), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("-3", None), ("²", None)],
)
async def test_pause_that_the_relay_asks_for(header: str, seconds: float | None) -> None:
    async with answering(503, b"", Retry_After=header.encode().decode("latin-1")) as gateway:
        with pytest.raises(RelayUnavailable) as away:
            await gateway.publish(UP)
    assert away.value.retry_after_s == seconds


@pytest.mark.parametrize(
    "body", [b"", b"<html>Sign in to the hotel's network</html>", b"[]", b'{"next": "x"}', b"\xff"]
)
async def test_garbage_in_the_place_of_an_answer_is_unavailable(body: bytes) -> None:
    async with answering(200, body) as gateway:
        with pytest.raises(RelayUnavailable, match="not the relay's"):
            await gateway.publish(UP)


async def test_redirection_is_not_followed() -> None:
    async with answering(302, Location="http://localhost/") as gateway:
        with pytest.raises(RelayRefused, match="HTTP 302"):
            await gateway.publish(UP)


async def test_nobody_there_is_unavailable() -> None:
    async with gateway_to(f"http://127.0.0.1:{free_port()}") as gateway:
        with pytest.raises(RelayUnavailable):
            await gateway.attach(HELLO)


async def test_relay_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "PATIENCE_S", 0.05)
    asked = asyncio.Event()
    leave = asyncio.Event()

    async def hang(request: Request) -> Response:
        asked.set()
        await leave.wait()
        return Response()

    app = Starlette(routes=[Route("/{path:path}", hang, methods=["POST"])])
    async with served(app) as server, gateway_to(server.url) as gateway:
        with pytest.raises(RelayUnavailable, match="Timeout"):
            await gateway.publish(UP)
        assert asked.is_set()
        leave.set()


async def test_closed_gateway_opens_again_when_it_is_needed() -> None:
    async with answering(200, b'{"next": 1, "resync": false}') as gateway:
        assert await gateway.publish(UP) == Ack(next=1)
        await gateway.close()
        await gateway.close()
        assert await gateway.publish(UP) == Ack(next=1)
