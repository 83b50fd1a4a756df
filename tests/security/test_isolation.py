"""Nobody sees another's call: each operation as its owner, as a colleague and as somebody of another organization.

The numbers are those of OWASP ASVS 5.0.0.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from cti_adapter.application.messages import ClaimRequest, PollRequest
from cti_adapter.application.polls import Parked
from cti_adapter.application.refusals import Refused
from cti_adapter.application.relay import Relay
from cti_adapter.domain.call import Party
from cti_adapter.domain.organization import Admission, ConnectorRecord, Organization, SignInMode
from cti_adapter.relay.app import create_relay_app
from cti_adapter.relay.routes import OPERATIONS
from fakes.clock import FakeClock
from fakes.registry import MemoryRegistry
from fakes.relay_server import Answer, Client, relay_parts, served
from fakes.relay_world import FakeConnector, FakePage, answered, ringing

from .test_connector_credentials import KEY, api_key

ORGANIZATIONS = ("acme", "globex")
CALL = "pbx-secret-call"
NEVER = "pbx-call-that-never-was"


class World:
    """Two organizations with the same logins and extensions; Alice of Acme has a call."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        records = [
            Organization(id=each, name=each, sign_in=SignInMode.ID, admission=Admission.EVERYBODY)
            for each in ORGANIZATIONS
        ]
        desk = ConnectorRecord(organization="acme", id="desk", keys=(api_key(KEY),))
        self.registry = MemoryRegistry(*records, desk)
        self.relay = Relay(self.clock)
        self.parts = relay_parts(self.relay, self.registry)
        call = replace(answered(ringing(CALL)), caller=Party(number="+4930998877", name="A secret"))
        self.pbx = FakeConnector(self.relay, ["alice", "bob"], org="acme").up(("alice", call))
        FakeConnector(self.relay, ["alice", "bob"], org="globex").up()
        self.client: Client

    async def sign_in(self, agent: str, organization: str) -> Client:
        body = {"mode": "id", "agent": agent, "organization": organization}
        answer = await self.client.post("/v1/sessions", body)
        page = Client(self.client.url, self.client.http)
        page.headers = {"Authorization": f"Bearer {answer.json['session']}"}
        return page


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    async with served(create_relay_app(world.parts)) as client:
        world.client = client
        yield world


def verb(name: str, **fields: Any) -> dict[str, Any]:
    return {"command": {"verb": name, "id": "command-0001", **fields}}


#: Every request of a session that names a call -> its body.
ABOUT_A_CALL: dict[str, Any] = {
    "claim pop": ("/v1/claims", lambda call: {"call": call, "purpose": "pop"}),
    "claim log": ("/v1/claims", lambda call: {"call": call, "purpose": "log"}),
    "settle": ("/v1/claims", lambda call: {"call": call, "purpose": "log", "done": True}),
    "notes": ("/v1/work", lambda call: {"call": call, "notes": "mine"}),
    "hang up": ("/v1/commands", lambda call: verb("ClearConnection", call=call)),
    "hold": ("/v1/commands", lambda call: verb("HoldCall", call=call)),
    "retrieve": ("/v1/commands", lambda call: verb("RetrieveCall", call=call)),
    "answer": ("/v1/commands", lambda call: verb("AnswerCall", call=call)),
    "park": ("/v1/commands", lambda call: verb("ParkCall", call=call)),
    "mute": ("/v1/commands", lambda call: verb("SetMicrophoneMute", call=call, muted=True)),
    "record": ("/v1/commands", lambda call: verb("SetRecording", call=call, state="on")),
    "digits": ("/v1/commands", lambda call: verb("GenerateDigits", call=call, digits="1")),
    "transfer": ("/v1/commands", lambda call: verb("SingleStepTransferCall", call=call, number="102")),
    "consult": ("/v1/commands", lambda call: verb("ConsultationCall", call=call, number="102")),
    "join": ("/v1/commands", lambda call: verb("TransferCall", call=call, consultation=call)),
    "conference": ("/v1/commands", lambda call: verb("ConferenceCall", call=call, consultation=call)),
}
#: Operations of a session that name no call: what they tell is looked at below.
OF_ONESELF = {"poll", "colleagues", "settings", "signOut", "renew", "ticket"}


def test_every_operation_of_a_session_is_looked_at() -> None:
    paths = {path for path, _ in ABOUT_A_CALL.values()}
    sessions = [operation for operation in OPERATIONS if operation.caller == "session"]
    assert {op.name for op in sessions if op.path not in paths} == OF_ONESELF


def plain(answer: Answer) -> tuple[int, Any]:
    return answer.status, answer.json


@pytest.mark.parametrize("what", ABOUT_A_CALL)
async def test_8_2_2_a_call_of_somebody_else_is_one_that_never_was(world: World, what: str) -> None:
    """The same answer, to the letter: not even that there is such a call can be found out."""
    path, body = ABOUT_A_CALL[what]
    pages = [
        await world.sign_in(agent, organization)
        for agent, organization in (("bob", "acme"), ("alice", "globex"), ("bob", "globex"))
    ]
    for page in pages:
        never = await page.post(path, body(NEVER))
        assert never.json["error_id"] == "unknown_call"
        assert plain(await page.post(path, body(CALL))) == plain(never)
    own = await (await world.sign_in("alice", "acme")).post(path, body(CALL))
    assert own.status in (200, 202, 204, 409), own.text


async def test_8_2_2_what_is_told_without_naming_a_call(world: World) -> None:
    for agent, organization in (("bob", "acme"), ("alice", "globex"), ("bob", "globex")):
        page = await world.sign_in(agent, organization)
        told = [
            await page.post("/v1/poll", {}),
            await page.post("/v1/colleagues", {"search": "alice"}),
            await page.post("/v1/settings", {"settings": {}}),
        ]
        for answer in told:
            assert answer.status == 200
            for secret in (CALL, "998877", "A secret"):
                assert secret not in answer.text
    own = await (await world.sign_in("alice", "acme")).post("/v1/poll", {})
    assert CALL in own.text


async def test_8_2_2_colleagues_are_those_of_the_own_organization(world: World) -> None:
    FakeConnector(world.relay, ["zoe"], name="second", org="globex").up()
    page = await world.sign_in("alice", "acme")
    assert (await page.post("/v1/colleagues", {"search": "zoe"})).json["colleagues"] == []


async def test_8_3_1_connectors_do_not_poll_and_pages_do_not_publish(world: World) -> None:
    page = await world.sign_in("alice", "acme")
    connector = {"Authorization": f"Bearer {KEY}"}
    for operation in OPERATIONS:
        if operation.caller == "session":
            answer = await world.client.request(operation.method, operation.path, json={}, headers=connector)
            assert answer.json["error_id"] == "session_expired", operation.name
        if operation.caller == "connector":
            answer = await page.post(operation.path, {})
            assert answer.json["error_id"] == "not_a_connector", operation.name


async def test_8_3_1_a_connector_speaks_for_its_own_organization_only(world: World) -> None:
    """The organization comes from the key, so the same names are others' agents."""
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    lines = [{"agent": "carol", "extension": "103"}]
    hello = {"connector": "desk", "kind": "fake", "boot": "boot-000001", "lines": lines}
    assert (await world.client.request("POST", "/v1/connector/attach", json=hello, headers=headers)).status == 200
    call = {**msgspec.to_builtins(ringing("desk-1"))}
    told = {"type": "call", "agent": "carol", "event": "Delivered", "at": 1.0, "call": call}
    batch = {"connector": "desk", "boot": "boot-000001", "first": 0, "events": [told]}
    assert (await world.client.request("POST", "/v1/connector/events", json=batch, headers=headers)).status == 200
    assert "desk-1" in (await (await world.sign_in("carol", "acme")).post("/v1/poll", {})).text
    assert "desk-1" not in (await (await world.sign_in("carol", "globex")).post("/v1/poll", {})).text


async def test_15_4_2_who_may_have_it_is_asked_when_it_is_handed_over(world: World) -> None:
    """Parked as somebody who may, awake as somebody who may not any more."""
    page = FakePage(world.relay, "alice", org="acme")
    await page.poll()
    parked = world.relay.begin_poll(page.bearer, PollRequest(cursor=page.cursor, wait=25, turn=1))
    assert isinstance(parked, Parked)
    world.pbx.call("alice", ringing("pbx-2"))
    world.relay.end_sessions(lambda key, standing: False)
    with pytest.raises(Refused, match="session has ended"):
        world.relay.finish_poll(parked, await parked.bell)


async def test_cancelled_polls_leave_nothing_for_others() -> None:
    """A hundred thousand polls are given up while their answers are on the way; none reaches another agent.

    The textbook leak: a shared reply that belongs to a request which nobody waits for any more.
    """
    clock, dice = FakeClock(), random.Random(7)
    relay = Relay(clock)
    agents = [f"agent{n}" for n in range(10)]
    connector = FakeConnector(relay, agents, org="acme").up()
    pages = [FakePage(relay, agent, org="acme") for agent in agents]
    revision = 0
    for page in pages:
        await page.poll()
    for _ in range(2_500):
        turns: list[tuple[FakePage, asyncio.Task[Any]]] = []
        for page in pages * 4:
            request = PollRequest(cursor=page.cursor, wait=25)
            turns.append((page, asyncio.create_task(relay.poll(page.bearer, request))))
            if dice.random() < 0.5:
                await asyncio.sleep(0)
        revision += 1
        agent = dice.choice(agents)
        call = replace(ringing(f"of-{agent}"), caller=Party(name=agent), revision=revision)
        given_up = {number for number, _ in enumerate(turns) if dice.random() < 0.9}
        if dice.random() < 0.5:
            cancel(turns, given_up)
            connector.call(agent, call)
        else:
            connector.call(agent, call)
            cancel(turns, given_up)
        await asyncio.sleep(0)  # whoever has not begun yet is parked now
        for page in pages:
            relay._polls.ring_agent(relay.admitted(page.bearer).key)
        results = await asyncio.gather(*(task for _, task in turns), return_exceptions=True)
        for (page, _), answer in zip(turns, results, strict=True):
            if isinstance(answer, asyncio.CancelledError):
                continue
            assert not isinstance(answer, BaseException), answer
            page.take(answer)
            own = relay.admitted(page.bearer).key.agent
            assert {known.caller.name for known in page.calls.values() if known.caller} <= {own}
            page.answers.clear()
            page.seen.clear()
        clock.advance(0.01)


def cancel(turns: list[tuple[FakePage, "asyncio.Task[Any]"]], which: set[int]) -> None:
    for number in which:
        turns[number][1].cancel()


def test_a_claim_of_another_organization_is_refused_in_the_core_as_well() -> None:
    world = World()
    page = FakePage(world.relay, "alice", org="globex")
    with pytest.raises(Refused, match="no such call"):
        world.relay.claim(page.bearer, ClaimRequest(call=CALL, purpose="log"))
