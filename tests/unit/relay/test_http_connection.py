"""Bounds at the socket, over TCP with the real server: sizes, times, places, and answers that nobody may mistake."""

import asyncio
from typing import Any

import pytest

from cti_adapter.relay import server
from cti_adapter.relay.forwarded import HSTS
from cti_adapter.relay.http_connection import HttpLimits, Places
from cti_adapter.relay.server import Front
from fakes.echo import echo_app, no_content
from fakes.relay_server import served
from support.raw_http import Raw, raw, statuses

GET = b"GET /v1/echo HTTP/1.1\r\nHost: x\r\n"
POST = b"POST /v1/echo HTTP/1.1\r\nHost: x\r\n"
SHORT = HttpLimits(request_s=0.2, reader_s=0.2)


async def exchange(request: bytes, app: Any = None, front: Front | None = None) -> bytes:
    """Everything that comes for ``request`` until the server ends the connection."""
    async with served(app or echo_app(), front) as client, raw(client.port) as connection:
        connection.send(request)
        return await connection.to_end()


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (GET + b"X-A: " + b"a" * 1_000_000 + b"\r\n\r\n", 431),
        (GET + b"X-A: " + b"a" * 300_000, 431),
        (GET + b"X-A: a\r\n" * 20_000 + b"\r\n", 431),
        (GET + b"X-A: a\r\n" * 100 + b"\r\n", 431),
        (b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 431),
        (POST + b"Content-Length: 8388609\r\n\r\n", 413),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n" + (b"10000\r\n" + b"a" * 65536 + b"\r\n") * 129, 413),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"00000001\r\na\r\n" * 800_000, 413),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"a" * 9_000_000, 413),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"X-A: a\r\n" * 200 + b"\r\n", 431),
    ],
    ids=[
        "a header of 1 MB",
        "a header that has not ended",
        "20,000 headers",
        "101 headers",
        "a long target",
        "a body announced too large",
        "a body that becomes too large",
        "chunks with more frame than content",
        "an endless chunk extension",
        "200 trailers",
    ],
)
async def test_what_is_too_large_is_refused(request_: bytes, status: int) -> None:
    received = await exchange(request_)
    # Where the kernel meets bytes that nobody reads any more it resets, and the answer may be lost.
    assert statuses(received) in ([status], [])


async def test_refusals_say_why_and_end_the_connection() -> None:
    received = await exchange(GET + b"X-A: " + b"a" * 40_000 + b"\r\n\r\n")
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
    assert b"\r\nconnection: close" in head
    assert b"strict-transport-security" not in head
    assert body == b"request line and headers may have 32768 bytes in 100 lines\n"


async def test_what_is_large_and_allowed_is_served() -> None:
    headers = b"X-A: " + b"a" * 300 + b"\r\n"
    async with served(echo_app()) as client, raw(client.port) as connection:
        connection.send(GET + headers * 99 + b"\r\n")
        assert statuses(await connection.answer()) == [200]
        connection.send(POST + b"Content-Length: 4194304\r\n\r\n" + b"a" * 4_194_304)
        assert statuses(await connection.answer()) == [200]


async def test_a_trailer_is_no_header() -> None:
    body = b"2\r\n{}\r\n0\r\nAuthorization: Bearer forged\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n"
    async with served(echo_app()) as client, raw(client.port) as connection:
        connection.send(POST + b"Transfer-Encoding: chunked\r\n\r\n" + body)
        answer = await connection.answer()
    assert b'"body":"{}"' in answer
    assert b"forged" not in answer


@pytest.mark.parametrize("part", [b"G", b"\r\n", GET, POST + b"Content-Length: 9\r\n\r\n{"])
async def test_a_request_has_to_become_complete(part: bytes) -> None:
    received = await exchange(part, front=Front(limits=SHORT))
    assert statuses(received) == [408]


async def test_a_drip_does_not_help() -> None:
    async with served(echo_app(), Front(limits=SHORT)) as client, raw(client.port) as connection:
        ended = asyncio.create_task(connection.to_end())
        connection.send(POST + b"Content-Length: 1000000\r\n\r\n")
        while not ended.done():
            connection.send(b"a")
            await asyncio.sleep(0.01)
        assert statuses(await ended) == [408]


async def test_a_connection_on_which_nothing_comes_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "KEEP_ALIVE_S", 0.1)
    assert await exchange(b"") == b""


async def test_the_application_hears_that_the_rest_will_not_come() -> None:
    heard = asyncio.Event()

    async def app(_scope: Any, receive: Any, _send: Any) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        heard.set()

    assert statuses(await exchange(POST + b"Content-Length: 9\r\n\r\n{", app, Front(limits=SHORT))) == [408]
    await asyncio.wait_for(heard.wait(), 20)


class Parking:
    """Answers when ``release`` is set; a body of ``size`` bytes."""

    def __init__(self, size: int = 2) -> None:
        self.parked = asyncio.Event()
        self.release = asyncio.Event()
        self.left = asyncio.Event()
        self._body = b"o" * size

    async def __call__(self, _scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        self.parked.set()
        await self.release.wait()
        length = str(len(self._body)).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
        # In pieces, as servers of files do: each waits until the client has taken in those before.
        for begin in range(0, len(self._body), 65536):
            piece = self._body[begin : begin + 65536]
            await send({"type": "http.response.body", "body": piece, "more_body": begin + 65536 < len(self._body)})
        self.left.set()


async def test_a_parked_request_may_wait_as_long_as_it_wants() -> None:
    app = Parking()
    async with served(app, Front(limits=SHORT)) as client, raw(client.port) as parked, raw(client.port) as slow:
        parked.send(GET + b"\r\n")
        await asyncio.wait_for(app.parked.wait(), 20)
        slow.send(b"G")
        # Begun later, and cut: the time is over for the parked one, too.
        assert statuses(await slow.to_end()) == [408]
        app.release.set()
        assert statuses(await parked.answer()) == [200]


async def test_a_client_that_does_not_read_is_cut() -> None:
    app = Parking(size=32 * 1024 * 1024)
    app.release.set()
    async with served(app, Front(limits=SHORT)) as client, raw(client.port) as connection:
        connection.writer.transport.pause_reading()  # type: ignore[attr-defined]
        connection.send(GET + b"\r\n")
        await asyncio.wait_for(app.left.wait(), 20)
        connection.writer.transport.resume_reading()  # type: ignore[attr-defined]
        assert len(await connection.to_end()) < 32 * 1024 * 1024


async def test_nothing_is_taken_for_the_answer_of_a_parked_request() -> None:
    app = Parking()
    async with served(app) as client, raw(client.port) as connection:
        connection.send(GET + b"\r\n")
        await asyncio.wait_for(app.parked.wait(), 20)
        connection.send(b"no request at all\r\n\r\n")
        assert await connection.to_end() == b""
        app.release.set()


async def test_a_second_answer_never_follows_the_first() -> None:
    async with served(no_content) as client, raw(client.port) as connection:
        connection.send(POST + b"Transfer-Encoding: chunked\r\n\r\n")
        assert statuses(await connection.answer()) == [204]
        connection.send(b"no chunk\r\n")
        assert await connection.to_end() == b""


async def test_after_an_early_answer_the_connection_goes_on() -> None:
    async with served(no_content, Front(limits=SHORT)) as client, raw(client.port) as connection:
        connection.send(POST + b"Content-Length: 2\r\n\r\n")
        assert statuses(await connection.answer()) == [204]
        connection.send(b"{}")
        connection.send(GET + b"\r\n")
        assert statuses(await connection.answer()) == [204]


async def test_some_requests_ahead_are_answered_in_turn_and_many_are_not() -> None:
    async with served(echo_app()) as client, raw(client.port) as connection:
        connection.send((GET + b"\r\n") * 8)
        assert [statuses(await connection.answer()) for _ in range(8)] == [[200]] * 8
    app = Parking()
    async with served(app) as client, raw(client.port) as connection:
        connection.send((GET + b"\r\n") * 1000)
        assert await connection.to_end() == b""
        app.release.set()


async def test_a_wish_for_another_protocol_is_ignored_and_the_connection_ends() -> None:
    upgrade = b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    assert statuses(await exchange(GET + upgrade + GET + b"\r\n")) == [200]


async def test_expect_100_continue() -> None:
    async with served(echo_app()) as client, raw(client.port) as connection:
        connection.send(POST + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert statuses(await connection.answer()) == [100]
        connection.send(b"{}")
        assert b'"body":"{}"' in await connection.answer()


async def ask(connection: Raw) -> list[int]:
    connection.send(GET + b"\r\n")
    return statuses(await connection.answer())


async def test_connections_of_one_address_are_bounded(caplog: pytest.LogCaptureFixture) -> None:
    async with served(echo_app(), Front(connections_per_address=2)) as client, raw(client.port) as first:
        async with raw(client.port) as second:
            assert [await ask(first), await ask(second)] == [[200], [200]]
            for _ in range(3):
                async with raw(client.port) as third:
                    assert statuses(await third.to_end()) == [503]
        async with asyncio.timeout(20):
            while await _refused(client.port):
                await asyncio.sleep(0)
        assert await ask(first) == [200]
    said = [record.message for record in caplog.records if "connections_per_address" in record.message]
    assert said == ["127.0.0.1 has 2 connections, further ones are refused (connections_per_address)"]


async def _refused(port: int) -> bool:
    async with raw(port) as connection:
        return await ask(connection) == [503]


async def test_proxies_that_are_trusted_may_have_any_number() -> None:
    front = Front(connections_per_address=1, trusted_proxies=["127.0.0.0/8"])
    async with served(echo_app(), front) as client, raw(client.port) as first, raw(client.port) as second:
        assert [await ask(first), await ask(second)] == [[200], [200]]


def test_an_ipv6_site_is_one_address() -> None:
    places = Places(2)
    assert [places.take(f"2001:db8:0:1::{host}") for host in (1, 2, 3)] == [True, True, False]
    assert places.take("2001:db8:0:2::1")
    assert places.take("fe80::1%eth0")
    places.leave("2001:db8:0:1::2")
    assert places.take("2001:db8:0:1::9")


async def test_refusals_over_a_trusted_proxys_tls_carry_hsts() -> None:
    forwarded = b"X-Forwarded-Proto: https\r\nHost: y\r\n\r\n"
    hsts = f"\r\nstrict-transport-security: {HSTS}\r\n".encode()
    assert hsts in await exchange(GET + forwarded, front=Front(trusted_proxies=["127.0.0.1"]))
    assert hsts not in await exchange(GET + forwarded)
