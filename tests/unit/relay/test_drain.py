"""SIGTERM with two hundred real connections parked: everybody gets a clean answer, and the process ends in time."""

import asyncio
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from fakes.relay_server import Answer, Client
from support.processes import ROOT, Program, until

POLLS = 200
#: The figure that is promised: first signal to the end of the process, in seconds.
STOPS_WITHIN = 5.0
SCRIPT = str(ROOT / "tests/fakes/relay_server.py")


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    running = Program(SCRIPT, "0", log=tmp_path / "relay.log")
    until(running.output, "the server to print its port")
    yield running
    if running.process.poll() is None:
        running.stop(signal.SIGKILL)
    running._output.close()


def url(program: Program) -> str:
    return f"http://127.0.0.1:{int(program.output().splitlines()[0])}"


async def park(client: Client, agent: str) -> "asyncio.Task[Answer]":
    page = await client.sign_in(agent)
    cursor = (await page.post("/v1/poll", {})).json["cursor"]
    return asyncio.create_task(page.post("/v1/poll", {"cursor": cursor, "wait": 28}))


async def until_parked(client: Client, polls: list["asyncio.Task[Answer]"]) -> None:
    # A request that was sent after them on each connection is not possible, so ask the server in another way: as soon
    # as it answers somebody who came later, it has read what was there before.
    for _ in range(3):
        await client.request("GET", "/healthz")
        await asyncio.sleep(0.05)
    assert not any(poll.done() for poll in polls)


async def test_every_parked_poll_gets_a_clean_answer_on_sigterm(program: Program) -> None:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=20)) as http:
        client = Client(url(program), http)
        polls = [await park(client, f"agent{number}") for number in range(POLLS)]
        await until_parked(client, polls)
        begun = time.monotonic()
        program.process.send_signal(signal.SIGTERM)
        answers = await asyncio.gather(*polls)
        code = await asyncio.to_thread(program.process.wait, 20)
    assert time.monotonic() - begun < STOPS_WITHIN
    assert code == 0, program.output()
    assert [answer.status for answer in answers] == [200] * POLLS
    assert all(answer.json["reconnect"] for answer in answers)
    assert {answer.headers["connection"] for answer in answers} == {"close"}
    pauses = [answer.json["retry_ms"] for answer in answers]
    assert 0 <= min(pauses) < 600 < 2400 < max(pauses) <= 3000, "they come back spread over three seconds"
    assert "Traceback" not in program.output()


async def test_a_client_that_reads_nothing_does_not_hold_up_the_end(program: Program) -> None:
    stuck = socket.create_connection(("127.0.0.1", int(program.output().splitlines()[0])))
    stuck.sendall(
        b"POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"
    )
    async with aiohttp.ClientSession() as http:
        await Client(url(program), http).request("GET", "/healthz")
    begun = time.monotonic()
    program.process.send_signal(signal.SIGTERM)
    await asyncio.to_thread(program.process.wait, 20)
    stuck.close()
    assert time.monotonic() - begun < STOPS_WITHIN
    assert "Traceback" not in program.output()


async def test_a_second_signal_ends_it_at_once(program: Program) -> None:
    stuck = socket.create_connection(("127.0.0.1", int(program.output().splitlines()[0])))
    stuck.sendall(
        b"POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"
    )
    async with aiohttp.ClientSession() as http:
        await Client(url(program), http).request("GET", "/healthz")
    begun = time.monotonic()
    program.process.send_signal(signal.SIGTERM)
    await asyncio.sleep(0.3)
    program.process.send_signal(signal.SIGTERM)
    await asyncio.to_thread(program.process.wait, 20)
    stuck.close()
    assert time.monotonic() - begun < 2.5
    assert "Traceback" not in program.output()


def test_a_busy_port_is_one_clear_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        program = Program(SCRIPT, str(port), log=tmp_path / "second.log")
        assert program.process.wait(20) == 1
        program.stop()
    assert program.output().strip() == f"port {port} is in use; choose another with PORT=… (make) or --port … (cti)"


FAILING = """
import sys
sys.path[:0] = {paths!r}
from fakes.relay_server import *
relay = Relay(SystemClock())
async def broken():
    raise ValueError("the key host is missing")
import logging
logging.basicConfig()
sys.exit(serve(relay_app(relay), "127.0.0.1", 0, on_drain=relay.drain, background=[relay.run, broken]))
"""


def test_when_a_part_fails_all_of_it_stops_and_says_why(tmp_path: Path) -> None:
    script = tmp_path / "failing.py"
    script.write_text(FAILING.format(paths=[str(ROOT), str(ROOT / "tests")]), "utf-8")
    program = Program(str(script), log=tmp_path / "failing.log")
    assert program.process.wait(20) == 1
    program.stop()
    assert "ValueError: the key host is missing" in program.output()
    assert "Traceback" not in program.output()


def test_this_python_has_the_fast_loop() -> None:
    if sys.platform == "win32":
        pytest.skip("uvloop does not exist for Windows")
    from cti_adapter.relay.server import _loop_factory

    factory: Any = _loop_factory()
    assert factory is not None
