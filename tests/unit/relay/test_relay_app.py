"""The API over real HTTP: the whole way of a call, every refusal by its id, headers, CORS, and a fault of our own."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from cti_adapter.application.dial_rules import DialRules
from cti_adapter.application.refusals import ErrorId
from cti_adapter.application.relay import Relay
from cti_adapter.application.relay_settings import RelaySettings
from cti_adapter.application.sign_in import Admitted, Identity
from cti_adapter.application.sign_in_messages import Session
from cti_adapter.domain.call import Call
from cti_adapter.domain.organization import SignInMode
from cti_adapter.relay.app import create_relay_app
from cti_adapter.relay.problems import STATUS
from fakes.clock import FakeClock
from fakes.registry import BY_NAME, MemoryRegistry
from fakes.relay_server import ORIGIN, Answer, Client, relay_app, relay_parts, served
from fakes.relay_world import hung_up, ringing

BOOT = "boot-000001"
PROVOKED: set[str] = set()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def relay(clock: FakeClock) -> Relay:
    return Relay(clock, settings=RelaySettings(open_commands_per_agent=3))


@pytest.fixture
async def client(relay: Relay) -> AsyncIterator[Client]:
    async with served(relay_app(relay)) as client:
        yield client


def batch(*events: Any, first: int = 0, connector: str = "pbx", boot: str = BOOT) -> dict[str, Any]:
    return {"connector": connector, "boot": boot, "first": first, "events": list(events)}


def told(call: Call, agent: str = "alice", event: str = "Delivered") -> dict[str, Any]:
    return {"type": "call", "agent": agent, "event": event, "at": 1.0, "call": msgspec.to_builtins(call)}


async def attach(client: Client, name: str = "pbx", agents: tuple[str, ...] = ("alice", "bob")) -> Client:
    connector = client.as_connector(name)
    lines = [{"agent": agent, "extension": str(101 + n)} for n, agent in enumerate(agents)]
    answer = await connector.post(
        "/v1/connector/attach", {"connector": name, "kind": "fake", "boot": BOOT, "lines": lines}
    )
    assert answer.status == 200, answer.text
    return connector


def dial(number: str = "+4930111", command_id: str = "command-0001") -> dict[str, Any]:
    return {"command": {"verb": "MakeCall", "id": command_id, "number": number}}


def assert_refused(answer: Answer, error_id: str, field: str | None = None) -> dict[str, Any]:
    """``answer`` is a complete problem with this id; nothing but the documented fields."""
    problem: dict[str, Any] = answer.json
    assert problem["error_id"] == error_id, problem
    status, title = STATUS[ErrorId(error_id)]
    assert (answer.status, problem["status"], problem["title"]) == (status, status, title)
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["type"] == f"urn:cti-adapter:problem:{error_id}"
    assert problem["detail"]
    assert problem.get("field") == field
    assert set(problem) <= {"type", "title", "status", "detail", "error_id", "field"}
    PROVOKED.add(error_id)
    return problem


async def test_a_call_from_ringing_to_its_end(client: Client) -> None:
    connector, page = await attach(client), await client.sign_in("Alice")
    start = (await page.post("/v1/poll", {})).json
    assert (start["resync"], start["state"]["calls"], start["state"]["extension"]) == ("start", [], "101")
    waiting = asyncio.create_task(page.post("/v1/poll", {"cursor": start["cursor"], "wait": 20}))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    ack = (await connector.post("/v1/connector/events", batch(told(ringing())))).json
    assert ack == {"next": 1, "resync": True}
    news = (await waiting).json
    assert [event["call"]["id"] for event in news["events"]] == ["pbx-1"]

    assert (await page.post("/v1/claims", {"call": "pbx-1", "purpose": "pop"})).json == {"granted": True}
    answer = await page.post("/v1/commands", {"command": {"verb": "AnswerCall", "id": "command-1", "call": "pbx-1"}})
    assert (answer.status, answer.json) == (
        202,
        {"id": "command-1", "state": "accepted", "dialled": None, "extension": ""},
    )
    given = (await connector.post("/v1/connector/commands", {"connector": "pbx", "boot": BOOT})).json
    assert [command["command"]["verb"] for command in given["commands"]] == ["AnswerCall"]
    outcome = {"type": "outcome", "agent": "alice", "outcome": {"id": "command-1", "state": "done"}}
    await connector.post("/v1/connector/events", batch(outcome, first=1))
    states = (await page.post("/v1/poll", {"cursor": news["cursor"]})).json["events"]
    assert [event["outcome"]["state"] for event in states] == ["taken", "done"]

    assert (await page.post("/v1/work", {"call": "pbx-1", "notes": "Wants a quote"})).status == 204
    assert_refused(await page.post("/v1/work", {"call": "pbx-9"}), "unknown_call", "call")
    too_long = {"call": "pbx-1", "notes": "x" * 32_001}
    assert_refused(await page.post("/v1/work", too_long), "out_of_range", "notes")

    assert (await page.request("DELETE", "/v1/sessions/current")).status == 204
    assert_refused(await page.post("/v1/poll", {}), "session_expired")


async def test_a_dial_by_the_settings_of_the_call_center(client: Client) -> None:
    await attach(client)
    page = await client.sign_in()
    settings = {"/reqDialingOptions/reqOutsidePrefix": "0", "/reqDialingOptions/reqInternationalPrefix": "00"}
    body = dial("+44 20 7946 0018") | {"dialing": {"settings": settings}}
    assert (await page.post("/v1/commands", body)).json["dialled"] == "000442079460018"


async def test_settings_are_checked(client: Client) -> None:
    page = await client.sign_in()
    wrong = {"/reqDialingOptions/reqOutsidePrefix": "zero"}
    report = (await page.post("/v1/settings", {"settings": wrong})).json
    (problem,) = report["problems"]
    assert problem["setting"] == "/reqDialingOptions/reqOutsidePrefix"
    assert set(problem) == {"setting", "value", "rule", "message"}
    assert report["effective"]["outside_prefix"] == ""


SIGN_IN: list[tuple[bytes, str, str | None]] = [
    (b"", "malformed_json", None),
    (b"{", "malformed_json", None),
    (b'{"mode":"id","agent":"a"}}', "malformed_json", None),
    (b'{"mode":"id","agent":"\xff"}', "malformed_json", None),
    (b'{"mode":"id","agent":"\\ud800"}', "malformed_json", None),
    ('{"mode":"id","agent":"a"}'.encode("utf-16"), "malformed_json", None),
    (b'{"agent":' + b"[" * 5000, "malformed_json", None),
    (b"[]", "wrong_type", "body"),
    (b"null", "wrong_type", "body"),
    (b'{"mode":"id","agent":7}', "wrong_type", "agent"),
    (b'{"mode":"id","agent":null}', "wrong_type", "agent"),
    (b'{"mode":"id"}', "missing_field", "agent"),
    (b'{"mode":"id","agent":"a","extra":1}', "unknown_field", "extra"),
    (b'{"mode":"magic","agent":"a"}', "out_of_range", "mode"),
    (b'{"mode":"id","agent":""}', "out_of_range", "agent"),
    (b'{"mode":"id","agent":"a b"}', "out_of_range", "agent"),
    (b'{"mode":"id","agent":"alice\\n"}', "out_of_range", "agent"),
    (b'{"mode":"id","agent":"' + b"a" * 121 + b'"}', "out_of_range", "agent"),
]


@pytest.mark.parametrize(("body", "error_id", "field"), SIGN_IN)
async def test_a_bad_body_names_the_field(client: Client, body: bytes, error_id: str, field: str | None) -> None:
    assert_refused(await client.post("/v1/sessions", raw=body), error_id, field)


@pytest.mark.parametrize(
    ("change", "error_id", "field"),
    [
        ({"verb": "Explode"}, "out_of_range", "command.verb"),
        ({"verb": 5}, "wrong_type", "command.verb"),
        ({"id": "short"}, "out_of_range", "command.id"),
        ({"number": ""}, "out_of_range", "command.number"),
        ({"number": "101\r\nAction: Logoff"}, "out_of_range", "command.number"),
        ({"number": "1" * 65}, "out_of_range", "command.number"),
        ({"surplus": True}, "unknown_field", "command.surplus"),
    ],
)
async def test_a_bad_command_names_the_field(client: Client, change: dict[str, Any], error_id: str, field: str) -> None:
    await attach(client)
    page = await client.sign_in()
    body = {"command": dial()["command"] | change}
    problem = assert_refused(await page.post("/v1/commands", body), error_id, field)
    assert "1" * 20 not in problem["detail"]


async def test_a_number_in_an_error_is_shortened(client: Client) -> None:
    page = await client.sign_in()
    body = {"command": {"verb": "GenerateDigits", "id": "command-1", "call": "x", "digits": "0049301234567x"}}
    problem = assert_refused(await page.post("/v1/commands", body), "out_of_range", "command.digits")
    assert "(004…7x)" in problem["detail"]
    assert "1234" not in problem["detail"]


async def test_settings_of_the_wrong_type_are_refused(client: Client) -> None:
    page = await client.sign_in()
    answer = await page.post("/v1/settings", {"settings": {"/a/b": 5}})
    assert_refused(answer, "wrong_type", "settings[...]")


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_that_is_too_large_is_refused(client: Client, announced: bool) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(70):
            yield b" " * 1024

    options: dict[str, Any] = {"data": b" " * 70_000 if announced else chunks()}
    answer = await client.request("POST", "/v1/sessions", headers={"content-type": "application/json"}, **options)
    assert_refused(answer, "body_too_large")
    assert (await client.sign_in()).headers, "the connection goes on, and others are not disturbed"


async def test_a_connector_may_send_more_than_a_page(client: Client) -> None:
    connector = await attach(client)
    answer = await connector.post("/v1/connector/events", raw=b" " * 70_000 + msgspec.json.encode(batch()))
    assert answer.status == 200
    too_much = await connector.post("/v1/connector/events", raw=b" " * (1024 * 1024 + 1))
    assert_refused(too_much, "body_too_large")


@pytest.mark.parametrize("headers", [{"content_type": "text/plain"}, {"content_encoding": "gzip"}])
async def test_only_plain_json(client: Client, headers: dict[str, str]) -> None:
    assert_refused(await client.post("/v1/sessions", raw=b"{}", **headers), "unsupported_media_type")


async def test_unknown_paths_and_methods(client: Client) -> None:
    assert_refused(await client.request("GET", "/v1/+4930123456"), "not_found")
    assert_refused(await client.request("POST", "/v1/poll/"), "not_found")
    answer = await client.request("GET", "/v1/poll")
    assert_refused(answer, "method_not_allowed")
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic YWxpY2U6eA==", "alice"])
async def test_without_a_session(client: Client, value: str) -> None:
    answer = await client.post("/v1/poll", {}, Authorization=value)
    assert_refused(answer, "not_signed_in")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_session_that_never_was_or_has_run_out(client: Client, clock: FakeClock) -> None:
    page = await client.sign_in()
    assert_refused(await client.post("/v1/poll", {}, Authorization="Bearer guessed"), "session_expired")
    clock.advance(15 * 60)
    assert_refused(await page.post("/v1/poll", {}), "session_expired")


async def test_a_refused_sign_in(relay: Relay) -> None:
    async with served(relay_app(relay)) as client:
        body = {"mode": "id", "organization": "nobodys", "agent": "alice"}
        assert_refused(await client.post("/v1/sessions", body), "sign_in_refused")


async def test_a_first_sign_in_while_the_registry_is_away(relay: Relay) -> None:
    registry = MemoryRegistry(replace(BY_NAME, sign_in=SignInMode.APEX))
    parts = relay_parts(relay, registry)
    parts.sign_in._proofs.apex = lambda organization, token: Identity("salesforce:00D", "005", "alice")
    async with served(create_relay_app(parts)) as client:
        registry.away = True
        answer = await client.post("/v1/sessions", {"mode": "apex", "token": "signed"})
        assert_refused(answer, "unavailable")
        assert answer.headers["retry-after"] == "10"


async def test_a_number_that_the_organization_does_not_allow(clock: FakeClock) -> None:
    registry = MemoryRegistry(replace(BY_NAME, forbidden_prefixes=("+49900",)))
    rules = DialRules(registry.snapshot, lambda: {"/ctiNumbers/country": "DE"}, clock)
    async with served(relay_app(Relay(clock, may_dial=rules.check))) as client:
        await attach(client)
        page = await client.sign_in()
        assert_refused(await page.post("/v1/commands", dial("+49900123456")), "number_forbidden", "command.number")
        assert (await page.post("/v1/commands", dial("+4930123456"))).status == 202


async def test_connectors_need_their_own_key(client: Client) -> None:
    await attach(client)
    body = batch()
    assert_refused(await client.post("/v1/connector/events", body), "not_a_connector")
    assert_refused(await client.post("/v1/connector/events", body, Authorization="Bearer wrong"), "not_a_connector")
    page = await client.sign_in()
    assert_refused(await page.post("/v1/connector/events", body), "not_a_connector")
    other = client.as_connector("other")
    assert_refused(await other.post("/v1/connector/events", body), "wrong_connector", "connector")
    pbx = client.as_connector()
    assert_refused(await pbx.post("/v1/poll", {}), "session_expired")
    assert_refused(await pbx.post("/v1/connector/events", batch(boot="boot-000002")), "not_attached")


async def test_a_connector_that_posts_nonsense_disturbs_nobody(client: Client) -> None:
    connector, page = await attach(client), await client.sign_in()
    for nonsense in (
        {"type": "call", "agent": "alice"},
        {"type": "surprise"},
        told(ringing()) | {"event": "Exploded"},
        told(ringing()) | {"at": "yesterday"},
        {"type": "presence", "agent": "alice", "state": "asleep"},
    ):
        answer = await connector.post("/v1/connector/events", batch(nonsense))
        assert answer.status == 422, answer.text
        assert answer.json["field"].startswith("events[0]")
    await connector.post("/v1/connector/events", batch(told(ringing("foreign"), agent="mallory"), told(ringing())))
    state = (await page.post("/v1/poll", {})).json["state"]
    assert [call["id"] for call in state["calls"]] == ["pbx-1"]


async def test_commands_that_cannot_be_meant(client: Client) -> None:
    page = await client.sign_in()
    answer = await page.post("/v1/commands", dial())
    assert_refused(answer, "no_connector")
    assert answer.headers["retry-after"] == "5"
    connector = await attach(client)
    await page.post("/v1/commands", dial())
    assert_refused(await page.post("/v1/commands", dial("+4930112")), "command_id_reused", "command.id")
    assert_refused(await page.post("/v1/commands", dial(" ", "command-0002")), "nothing_to_dial", "command.number")
    several = dial("089 1234567 / 0171 2345678", "command-0003")
    assert_refused(await page.post("/v1/commands", several), "several_numbers", "command.number")

    async def command(verb: str, command_id: str) -> Answer:
        return await page.post("/v1/commands", {"command": {"verb": verb, "id": command_id, "call": "pbx-1"}})

    assert_refused(await command("HoldCall", "command-0003"), "unknown_call", "command.call")
    await connector.post("/v1/connector/events", batch(told(ringing())))
    assert (await command("AnswerCall", "command-0004")).status == 202
    assert_refused(await command("AnswerCall", "command-0005"), "wrong_call_state")
    assert (await command("HoldCall", "command-0006")).status == 202
    assert_refused(await command("HoldCall", "command-0007"), "too_many_requests")
    await connector.post("/v1/connector/events", batch(told(hung_up(ringing()), event="ConnectionCleared"), first=1))
    assert_refused(await command("ClearConnection", "command-0008"), "call_gone", "command.call")


async def test_a_command_that_nobody_took_is_expired(client: Client, clock: FakeClock, relay: Relay) -> None:
    await attach(client)
    page = await client.sign_in()
    await page.post("/v1/commands", dial())
    clock.advance(5)
    relay.sweep()
    cursor = (await page.post("/v1/poll", {})).json["cursor"]
    epoch, _, sequence = cursor.rpartition(".")
    answer = (await page.post("/v1/poll", {"cursor": f"{epoch}.{int(sequence) - 1}"})).json
    outcome = answer["events"][0]["outcome"]
    assert (outcome["state"], outcome["error_id"]) == ("expired", "command_expired")
    PROVOKED.add("command_expired")


@pytest.mark.parametrize(("cursor", "reason"), [("other.0", "epoch"), ("{epoch}.99999999999999999999", "gap")])
async def test_cursors_that_lead_nowhere_get_the_state(client: Client, cursor: str, reason: str) -> None:
    page = await client.sign_in()
    epoch = (await page.post("/v1/poll", {})).json["cursor"].rpartition(".")[0]
    answer = (await page.post("/v1/poll", {"cursor": cursor.format(epoch=epoch), "wait": 20})).json
    assert (answer["resync"], answer["events"]) == (reason, [])
    assert answer["state"]["calls"] == []
    assert_refused(await page.post("/v1/poll", {"cursor": "nonsense"}), "out_of_range", "cursor")


async def test_while_draining_polls_are_sent_away_and_new_work_is_refused(client: Client, relay: Relay) -> None:
    page = await client.sign_in()
    cursor = (await page.post("/v1/poll", {})).json["cursor"]
    assert (await client.request("GET", "/healthz")).json == {"status": "ok"}
    relay.drain()
    health = await client.request("GET", "/healthz")
    assert (health.status, health.json) == (503, {"status": "draining"})
    answer = await page.post("/v1/poll", {"cursor": cursor, "wait": 20})
    assert answer.json["reconnect"] is True
    assert answer.headers["connection"] == "close"
    assert_refused(await client.post("/v1/sessions", {"mode": "id", "agent": "alice"}), "draining")


async def test_a_fault_of_ours_is_a_problem_and_its_log_line_tells_no_content(
    relay: Relay, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(admitted: Admitted) -> Session:
        raise KeyError(f"cannot cope with {admitted.key.agent}")

    relay.sign_in = broken
    async with served(relay_app(relay)) as client:
        with caplog.at_level(logging.DEBUG):
            answer = await client.post("/v1/sessions", {"mode": "id", "agent": "+4930123456789"})
        problem = assert_refused(answer, "internal_error")
        assert (await client.request("GET", "/healthz")).status == 200
    faults = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(faults) == 1
    assert "KeyError at broken:" in faults[0]
    assert faults[0].split()[1] in problem["detail"]
    assert "4930123456789" not in caplog.text + answer.text


async def test_nothing_of_a_request_is_logged(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        page = await client.sign_in("secret-name")
        await client.request("GET", "/v1/+4930123456?session=secret-name")
        await page.post("/v1/commands", dial("+4930123456"))
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("cti.")]
    assert any(line.startswith("POST signIn 201") for line in ours)
    assert any(line.startswith("GET unmatched 404") for line in ours)
    assert "4930123456" not in "".join(ours)
    assert "secret-name" not in "".join(ours)


PATHS = [
    ("POST", "/v1/sessions"),
    ("POST", "/v1/poll"),
    ("GET", "/nowhere"),
    ("GET", "/openapi.json"),
    ("PUT", "/v1/poll"),
]


@pytest.mark.parametrize(("method", "path"), PATHS)
async def test_every_answer_has_the_common_headers(client: Client, method: str, path: str) -> None:
    answer = await client.request(method, path, headers={"Origin": ORIGIN})
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(("origin", "allowed"), [(ORIGIN, True), ("https://evil.example", False), ("null", False)])
async def test_a_preflight_allows_listed_origins_only(client: Client, origin: str, allowed: bool) -> None:
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    answer = await client.request("OPTIONS", "/v1/poll", headers=headers)
    assert answer.status == 204
    names = ("access-control-allow-origin", "access-control-allow-headers", "access-control-max-age")
    assert [name in answer.headers for name in names] == [allowed] * 3
    if allowed:
        assert "authorization" in answer.headers["access-control-allow-headers"]


@pytest.mark.parametrize("origin", ["*", "null", "https://*.example"])
def test_no_wildcard_origin(origin: str) -> None:
    with pytest.raises(ValueError, match="not one origin"):
        relay_app(Relay(FakeClock()), allowed_origins=[origin])


async def test_a_client_that_hangs_up_frees_its_place(client: Client, relay: Relay) -> None:
    page = await client.sign_in()
    cursor = (await page.post("/v1/poll", {})).json["cursor"]
    task = asyncio.create_task(page.post("/v1/poll", {"cursor": cursor, "wait": 28}))
    await until(lambda: relay.parked == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: relay.parked == 0)


async def until(condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


def test_every_error_id_was_provoked_here() -> None:
    missing = {str(error_id) for error_id in ErrorId} - PROVOKED
    if len(PROVOKED) < 5:
        pytest.skip("runs with the whole file only")
    assert not missing
