"""The HTTP interface of the simulated phones: what the page and the end-to-end tests press."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from cti_adapter.connectors.simulator.connector import SimulatorConnector
from cti_adapter.connectors.simulator.errors import ConnectorMisconfigured
from cti_adapter.connectors.simulator.phones import create_phones_app
from cti_adapter.connectors.simulator.settings import SimulatorSettings, simulator_settings
from cti_adapter.domain.agent import Line
from cti_adapter.domain.commands import MakeCall
from fakes.recording_sink import RecordingSink
from fakes.relay_server import Client, served
from fakes.virtual_time import LoopClock, run

LINES = (Line(agent="alice", extension="101"), Line(agent="bob", extension="102"))
API = "/phones/api"


@pytest.fixture
async def phones() -> AsyncIterator[Client]:
    async with served(create_phones_app(SimulatorConnector("sim", LINES, SimulatorSettings(0.0)))) as client:
        yield client


async def state(phones: Client) -> dict[str, Any]:
    answer = await phones.request("GET", f"{API}/state")
    assert answer.status == 200
    told: dict[str, Any] = answer.json
    return told


async def press(phones: Client, extension: str, action: str, **body: Any) -> int:
    return (await phones.post(f"{API}/phones/{extension}/{action}", body)).status


async def test_ring_answer_hold_and_hang_up(phones: Client) -> None:
    made = await phones.post(f"{API}/outside/calls", {"from": "+4930111222", "name": "Erika", "to": "101"})
    assert made.status == 200
    assert await press(phones, "101", "answer") == 200
    assert await press(phones, "101", "hold") == 200
    told = await state(phones)
    (call,) = told["phones"][0]["calls"]
    assert (call["state"], call["caller"]) == ("held", {"number": "+4930111222", "name": "Erika"})
    (outside,) = told["outside"]["calls"]
    assert (outside["with"], outside["on_hold"], outside["answered"]) == (["101"], True, True)
    assert (await phones.post(f"{API}/outside/calls/{made.json['id']}/hangup", {})).status == 200
    told = await state(phones)
    assert (told["phones"][0]["calls"], told["phones"][0]["ended"], told["outside"]["calls"]) == ([], "normal", [])


async def test_dial_transfer_pick_up_and_presence(phones: Client) -> None:
    assert await press(phones, "101", "dial", number="+4930111222") == 200
    (outside,) = (await state(phones))["outside"]["calls"]
    assert (await phones.post(f"{API}/outside/calls/{outside['id']}/answer", {})).status == 200
    assert await press(phones, "101", "transfer", number="102") == 200
    assert await press(phones, "101", "pickup", number="102") == 200
    assert await press(phones, "102", "state", state="away") == 200
    told = await state(phones)
    assert [len(phone["calls"]) for phone in told["phones"]] == [1, 0]
    assert told["phones"][1]["state"] == "away"


async def test_a_parked_request_is_answered_by_the_next_change(phones: Client) -> None:
    version = (await state(phones))["version"]
    parked = asyncio.create_task(phones.request("GET", f"{API}/state?since={version}"))
    await phones.post(f"{API}/outside/calls", {"to": "101"})
    answer = await parked
    assert answer.json["version"] > version
    assert answer.json["phones"][0]["calls"]


@pytest.mark.parametrize(
    ("path", "body", "status", "error_id"),
    [
        ("phones/101/answer", {}, 404, "call_gone"),
        ("phones/999/answer", {}, 404, "unknown_line"),
        ("phones/101/dance", {}, 404, "not_found"),
        ("phones/101/dial", {}, 400, "malformed"),
        ("phones/101/dial", {"number": "12\n3"}, 400, "malformed"),
        ("phones/101/dial", {"number": "1", "x": 1}, 400, "malformed"),
        ("phones/101/state", {"state": "asleep"}, 400, "malformed"),
        ("outside/calls", {"to": "999"}, 409, "busy"),
        ("outside/calls", {"to": "101", "name": "a\x07b"}, 400, "malformed"),
        ("outside/calls", {}, 400, "malformed"),
        ("outside/calls/nobody/hangup", {}, 404, "call_gone"),
        ("outside/calls/nobody/dance", {}, 404, "not_found"),
        ("link", {"reachable": "perhaps"}, 400, "malformed"),
        ("elsewhere", {}, 404, "not_found"),
        ("state", {}, 405, "method_not_allowed"),
    ],
)
async def test_bad_input_is_a_problem_with_a_stable_id(
    phones: Client, path: str, body: Any, status: int, error_id: str
) -> None:
    before = await state(phones)
    answer = await phones.post(f"{API}/{path}", body)
    assert (answer.status, answer.json["error_id"]) == (status, error_id)
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail"} < answer.json.keys()
    assert {**await state(phones), "now": 0} == {**before, "now": 0}, "nothing else is disturbed"


async def test_other_bodies_are_refused(phones: Client) -> None:
    url = f"{API}/outside/calls"
    assert (await phones.post(url, raw=b"to=101", content_type="text/plain")).status == 415
    assert (await phones.post(url, raw=b"{")).json["error_id"] == "malformed"
    assert (await phones.post(url, raw=b" " * 5000)).status == 413


async def test_the_line_to_the_phone_system_is_cut_and_mended(phones: Client) -> None:
    assert (await phones.post(f"{API}/link", {"reachable": False})).status == 200
    assert (await state(phones))["reachable"] is False
    assert (await phones.post(f"{API}/link", {"reachable": True})).status == 200
    assert (await state(phones))["reachable"] is True


@pytest.mark.parametrize(
    ("number", "after_s", "end"),
    [
        ("+4940999888", 3, None),
        ("+49300001", 1, "busy"),
        ("+49300002", 30, "no_answer"),
        ("+49300003", 0, "unreachable"),
    ],
)
def test_people_outside_react_by_themselves(number: str, after_s: float, end: str | None) -> None:
    async def story() -> None:
        connector = SimulatorConnector("sim", LINES, now=LoopClock().now)
        sink = RecordingSink()
        sink.connector = connector
        running = asyncio.create_task(connector.run(sink))
        await asyncio.sleep(0)
        await connector.execute("Alice", MakeCall(id="dial-0001", number=number))
        if after_s:
            await asyncio.sleep(after_s - 0.1)
            assert [call.state for _, call in connector.live_calls()] == ["initiated"]
        await asyncio.sleep(0.2)
        assert sink.events[-1][1].call.cause == end
        assert [call.state for _, call in connector.live_calls()] == ([] if end else ["connected"])
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    run(story())


@pytest.mark.parametrize("options", [{"speed": 1}, {"outside_answers_after_s": True}, {"outside_answers_after_s": -1}])
def test_wrong_settings_are_refused_by_name(options: dict[str, Any]) -> None:
    with pytest.raises(ConnectorMisconfigured, match=next(iter(options))):
        simulator_settings(options)


def test_two_agents_at_one_phone_are_refused() -> None:
    with pytest.raises(ConnectorMisconfigured, match="agents"):
        SimulatorConnector("sim", [LINES[0], Line(agent="bob", extension="101")])
