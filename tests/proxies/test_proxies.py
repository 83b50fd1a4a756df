"""The relay behind nginx and Caddy, the real programs with the files of docs/operator/examples."""

import asyncio
import re
import secrets
import signal
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from cti_adapter.application.messages import PollRequest
from cti_adapter.relay.forwarded import HSTS
from cti_adapter.relay.server import KEEP_ALIVE_S, Front
from fakes.echo import echo_app
from fakes.relay_server import served
from fakes.relay_world import ringing
from support.certificates import CertificateFiles
from support.http2 import Http2Answer, Http2Connection, http2_connection
from support.processes import ROOT
from support.proxies import EXAMPLES, Proxy, running

from .conftest import KEY, RelayProgram

pytestmark = pytest.mark.enable_socket

NAMES = ("nginx", "caddy")
LONGEST_POLL_S = 28


@pytest.fixture(scope="module", params=NAMES)
def proxy(
    request: pytest.FixtureRequest,
    relay: RelayProgram,
    certificate: CertificateFiles,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Proxy]:
    with running(request.param, tmp_path_factory.mktemp(request.param), certificate, relay.port) as proxy:
        yield proxy


@pytest.fixture
async def browser(proxy: Proxy, certificate: CertificateFiles) -> AsyncIterator[Http2Connection]:
    async with http2_connection(proxy.port, certificate.certificate) as connection:
        yield connection


class Page:
    """A softphone, which shares ``connection`` with others."""

    def __init__(self, connection: Http2Connection, session: str) -> None:
        self._connection = connection
        self._authorization = f"Bearer {session}"

    @classmethod
    async def sign_in(cls, connection: Http2Connection, agent: str) -> "Page":
        answer = await connection.request("POST", "/v1/sessions", {"mode": "id", "agent": agent})
        assert answer.status == 201, answer.body
        return cls(connection, answer.json["session"])

    async def cursor(self) -> str:
        answer = await self._connection.wait(self.poll(None, 0))
        cursor: str = answer.json["cursor"]
        return cursor

    def poll(self, cursor: str | None, wait: float) -> Http2Answer:
        body = {"cursor": cursor, "wait": wait}
        return self._connection.send("POST", "/v1/poll", body, authorization=self._authorization)


class Connector:
    """Tells the relay of calls, past the proxy."""

    def __init__(self, relay: RelayProgram) -> None:
        self._url = relay.url
        self._boot = secrets.token_hex(8)
        self._told = 0

    async def attach(self, *agents: str) -> None:
        lines = [{"agent": agent, "extension": str(101 + n)} for n, agent in enumerate(agents)]
        await self._post("attach", {"connector": "pbx", "kind": "fake", "boot": self._boot, "lines": lines})

    async def rings_at(self, agent: str) -> str:
        """A new call, whose id is returned."""
        call_id = f"pbx-{self._boot}-{self._told}"
        call = msgspec.to_builtins(ringing(call_id))
        event = {"type": "call", "agent": agent, "event": "Delivered", "at": 1.0, "call": call}
        await self._post("events", {"connector": "pbx", "boot": self._boot, "first": self._told, "events": [event]})
        self._told += 1
        return call_id

    async def _post(self, path: str, body: Any) -> None:
        headers = {"Authorization": f"Bearer {KEY}"}
        async with (
            aiohttp.ClientSession(headers=headers) as http,
            http.post(f"{self._url}/v1/connector/{path}", json=body) as answer,
        ):
            assert answer.status == 200, await answer.text()


def calls_of(answer: Http2Answer) -> list[str]:
    return [event["call"]["id"] for event in answer.json["events"] if event["type"] == "call"]


async def test_eight_polls_parked_on_one_connection_and_each_gets_its_own_call(
    relay: RelayProgram, browser: Http2Connection
) -> None:
    agents = [f"agent{number}" for number in range(8)]
    connector = Connector(relay)
    await connector.attach(*agents)
    pages = [await Page.sign_in(browser, agent) for agent in agents]
    polls = [page.poll(await page.cursor(), LONGEST_POLL_S) for page in pages]
    # In another order than they were parked in: an answer that waited for the one before would never come.
    for agent, poll in reversed(list(zip(agents, polls, strict=True))):
        assert not poll.done.done()
        call_id = await connector.rings_at(agent)
        assert (await browser.wait(poll)).status == 200
        assert calls_of(poll) == [call_id]


@pytest.mark.parametrize("name", NAMES)
async def test_a_drain_gives_no_error_to_those_who_wait(
    name: str, certificate: CertificateFiles, tmp_path: Path
) -> None:
    relay = RelayProgram(tmp_path)
    with running(name, tmp_path / name, certificate, relay.port) as proxy:
        async with http2_connection(proxy.port, certificate.certificate) as browser:
            pages = [await Page.sign_in(browser, f"agent{number}") for number in range(8)]
            polls = [page.poll(await page.cursor(), LONGEST_POLL_S) for page in pages]
            # A parked poll leaves no trace. What is sent after it, on the same way, is answered after it was read.
            for _ in range(3):
                await browser.request("GET", "/healthz")
            relay.process.send_signal(signal.SIGTERM)
            answers = [await browser.wait(poll) for poll in polls]
    assert relay.ended() == 0, relay.output()
    assert [answer.status for answer in answers] == [200] * 8
    assert all(answer.json["reconnect"] for answer in answers)


async def test_security_headers_are_there_once(browser: Http2Connection) -> None:
    for path in ("/healthz", "/v1/nothing"):
        answer = await browser.request("GET", path)
        assert answer.values("strict-transport-security") == [HSTS]
        assert answer.values("cache-control") == ["no-store"]


async def test_http_1_1_is_served_as_well(proxy: Proxy, certificate: CertificateFiles) -> None:
    context = ssl.create_default_context(cafile=str(certificate.certificate))
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"https://localhost:{proxy.port}/healthz", ssl=context) as answer,
    ):
        assert (answer.status, await answer.json()) == (200, {"status": "ok"})


async def test_the_longest_poll_comes_back_through_both(
    relay: RelayProgram, certificate: CertificateFiles, tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        polls = []
        for name in NAMES:
            proxy = stack.enter_context(running(name, tmp_path / name, certificate, relay.port))
            connection = await stack.enter_async_context(http2_connection(proxy.port, certificate.certificate))
            page = await Page.sign_in(connection, name)
            polls.append((connection, page.poll(await page.cursor(), LONGEST_POLL_S)))
        for connection, poll in polls:
            answer = await connection.wait(poll)
            assert (answer.status, answer.json["events"]) == (200, [])


async def test_where_the_proxy_cuts_first_the_page_asks_again_and_misses_nothing(
    relay: RelayProgram, certificate: CertificateFiles, tmp_path: Path
) -> None:
    impatient = {"proxy_read_timeout 60s;": "proxy_read_timeout 1s;"}
    connector = Connector(relay)
    await connector.attach("alice")
    with running("nginx", tmp_path / "nginx", certificate, relay.port, **impatient) as proxy:
        async with http2_connection(proxy.port, certificate.certificate) as browser:
            page = await Page.sign_in(browser, "alice")
            cursor = await page.cursor()
            assert (await browser.wait(page.poll(cursor, LONGEST_POLL_S))).status == 504
            call_id = await connector.rings_at("alice")
            answer = await browser.wait(page.poll(cursor, LONGEST_POLL_S))
            assert (answer.status, calls_of(answer)) == (200, [call_id])


@pytest.mark.parametrize(
    ("name", "key"), [("nginx.conf", "proxy_read_timeout"), ("Caddyfile", "response_header_timeout")]
)
def test_polls_end_before_the_example_cuts(name: str, key: str) -> None:
    (seconds,) = re.findall(rf"{key} (\d+)s", (EXAMPLES / name).read_text("utf-8"))
    longest = msgspec.json.schema(PollRequest)["$defs"]["PollRequest"]["properties"]["wait"]["maximum"]
    assert longest == LONGEST_POLL_S
    assert int(seconds) >= 2 * longest


@pytest.mark.parametrize(("name", "key"), [("nginx.conf", "keepalive_timeout"), ("Caddyfile", "keepalive")])
def test_the_proxy_ends_idle_connections_before_the_relay_does(name: str, key: str) -> None:
    (seconds,) = re.findall(rf"^\s*{key} (\d+)s", (EXAMPLES / name).read_text("utf-8"), flags=re.M)
    assert int(seconds) <= KEEP_ALIVE_S - 10


@pytest.mark.parametrize("name", NAMES)
async def test_an_answer_is_not_held_back_until_it_is_complete(
    name: str, certificate: CertificateFiles, tmp_path: Path
) -> None:
    seen = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
        await seen.wait()
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        with running(name, tmp_path / name, certificate, server.sockets[0].getsockname()[1]) as proxy:
            async with http2_connection(proxy.port, certificate.certificate) as browser:
                waiting = browser.send("GET", "/v1/anything")
                async with asyncio.timeout(20):
                    while waiting.body != b"first":
                        await asyncio.sleep(0.01)
                seen.set()
                assert (await browser.wait(waiting)).body == b"first"


FORGED = {
    "x_forwarded_for": "203.0.113.66",
    "x_forwarded_proto": "http",
    "x_forwarded_host": "evil.example",
    "forwarded": "for=203.0.113.66;proto=http;host=evil.example",
    "x_real_ip": "203.0.113.66",
    "x_user": "mallory",
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("path", ["/v1/echo", "/page"])
async def test_what_a_client_says_of_itself_is_replaced(
    name: str, path: str, certificate: CertificateFiles, tmp_path: Path
) -> None:
    async with served(echo_app(), Front(trusted_proxies=["127.0.0.1"])) as relay:
        with running(name, tmp_path / name, certificate, relay.port) as proxy:
            async with http2_connection(proxy.port, certificate.certificate) as browser:
                answer = await browser.request("GET", path, **FORGED)
    told = answer.json
    assert (told["client"], told["scheme"]) == ("127.0.0.1", "https")
    assert "203.0.113.66" not in str(told)
    assert "evil" not in str(told)
    assert answer.values("strict-transport-security") == [HSTS]


@pytest.mark.parametrize("name", NAMES)
async def test_a_proxy_that_is_not_trusted_is_the_client(
    name: str, certificate: CertificateFiles, tmp_path: Path
) -> None:
    async with served(echo_app(), Front(trusted_proxies=["192.0.2.1"])) as relay:
        with running(name, tmp_path / name, certificate, relay.port) as proxy:
            async with http2_connection(proxy.port, certificate.certificate) as browser:
                answer = await browser.request("GET", "/v1/echo", **FORGED)
    assert answer.json["scheme"] == "http"
    assert answer.values("strict-transport-security") == []
    assert "x-forwarded" not in str(answer.json["headers"])


@pytest.mark.parametrize("name", NAMES)
async def test_tls_between_proxy_and_relay(name: str, certificate: CertificateFiles, tmp_path: Path) -> None:
    files = ("--tls-cert", str(certificate.certificate), "--tls-key", str(certificate.key))
    relay = RelayProgram(tmp_path, *files, scheme="https")
    try:
        with running(name, tmp_path / name, certificate, relay.port, uncommented="#tls") as proxy:
            async with http2_connection(proxy.port, certificate.certificate) as browser:
                answer = await _answered(browser)
    finally:
        assert relay.stop() == 0, relay.output()
    assert answer.values("strict-transport-security") == [HSTS]


async def _answered(browser: Http2Connection) -> Http2Answer:
    async with asyncio.timeout(30):
        while (answer := await browser.request("GET", "/healthz")).status != 200:
            await asyncio.sleep(0.1)
    return answer


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("network", "status"), [("192.0.2.0/24", 403), ("127.0.0.0/8", 200)])
async def test_administration_from_one_network_alone(
    name: str, network: str, status: int, certificate: CertificateFiles, tmp_path: Path
) -> None:
    changes = {"10.0.0.0/8": network}
    async with served(echo_app()) as relay:
        with running(name, tmp_path / name, certificate, relay.port, uncommented="#admin", **changes) as proxy:
            async with http2_connection(proxy.port, certificate.certificate) as browser:
                answers = [await browser.request("GET", path) for path in ("/admin/agents", "/softphone")]
    assert [answer.status for answer in answers] == [status, 200]


def test_the_examples_are_shown_in_the_documentation() -> None:
    page = (ROOT / "docs/operator/proxies.md").read_text("utf-8")
    assert all(f"examples/{name}" in page for name in ("nginx.conf", "Caddyfile"))
