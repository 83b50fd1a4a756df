"""How often somebody may ask (ASVS 2.4, 15.2): the documented figures over real HTTP, and that others do not notice."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from cti_adapter.application.limits import Rate
from cti_adapter.application.relay import Relay
from cti_adapter.application.relay_settings import RelaySettings
from cti_adapter.domain.organization import Admission, Organization, SignInMode
from cti_adapter.relay.app import create_relay_app
from fakes.clock import FakeClock
from fakes.registry import MemoryRegistry
from fakes.relay_server import Answer, Client, relay_parts, served

LIMITS = RelaySettings(
    strangers=Rate(1.0, 8), session=Rate(1.0, 5), agent=Rate(2.0, 9), organization=Rate(10.0, 20), sessions_per_agent=32
)


class World:
    """Two organizations that let everybody in by name, under limits small enough to be reached."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        organizations = [
            Organization(id=each, name=each, sign_in=SignInMode.ID, admission=Admission.EVERYBODY)
            for each in ("acme", "globex")
        ]
        parts = relay_parts(Relay(self.clock, settings=LIMITS), MemoryRegistry(*organizations))
        self.app = create_relay_app(parts)
        self.client: Client

    async def sign_in(self, agent: str = "alice", organization: str = "acme") -> Client:
        answer = await self.client.post("/v1/sessions", {"mode": "id", "agent": agent, "organization": organization})
        assert answer.status == 201, answer.text
        page = Client(self.client.url, self.client.http)
        page.headers = {"Authorization": f"Bearer {answer.json['session']}"}
        return page


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    async with served(world.app) as client:
        world.client = client
        yield world


async def ask(page: Client, times: int) -> list[int]:
    return [(await page.post("/v1/poll", {})).status for _ in range(times)]


def refused(answer: Answer) -> int:
    """How long to wait, in seconds, as ``Retry-After`` tells."""
    problem: dict[str, Any] = answer.json
    assert (answer.status, problem["error_id"]) == (429, "too_many_requests")
    return int(answer.headers["retry-after"])


async def test_2_4_a_session(world: World) -> None:
    page = await world.sign_in()
    assert await ask(page, 6) == [200] * 5 + [429]
    assert refused(await page.post("/v1/poll", {})) == 1
    assert await ask(await world.sign_in(), 1) == [200], "another page of the same agent goes on"
    world.clock.advance(1)
    assert await ask(page, 2) == [200, 429]


async def test_2_4_all_pages_of_an_agent(world: World) -> None:
    pages = [await world.sign_in() for _ in range(3)]
    answers = [status for page in pages for status in await ask(page, 4)]
    assert answers.count(200) == 9
    assert await ask(await world.sign_in("bob"), 1) == [200]


async def test_2_4_an_organization_does_not_slow_another(world: World) -> None:
    pages = [await world.sign_in(f"agent{number}") for number in range(6)]
    answers = [status for page in pages for status in await ask(page, 5)]
    assert answers.count(200) == 20
    other = await world.sign_in("alice", "globex")
    assert await ask(other, 5) == [200] * 5


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/sessions", {"mode": "id", "agent": "alice", "organization": "acme"}),
        ("/v1/sign-in/nonce", {"organization": "acme"}),
        ("/v1/sign-in/handoff/take", {"pickup": "p" * 43}),
        ("/v1/dialing/explain", {"numbers": ["1"]}),
        ("/v1/poll", {}),
        ("/v1/connector/events", {}),
    ],
)
async def test_2_4_somebody_who_shows_nothing(world: World, path: str, body: Any) -> None:
    """Sign-ins, questions and wrong credentials of one address together."""
    statuses = [(await world.client.post(path, body)).status for _ in range(9)]
    assert 429 not in statuses[:8]
    assert statuses[8] == 429
    world.clock.advance(1)
    assert (await world.client.post(path, body)).status != 429


async def test_2_4_guessing_sessions_is_somebody_who_shows_nothing(world: World) -> None:
    page = await world.sign_in()
    guesses = [await world.client.post("/v1/poll", {}, Authorization=f"Bearer guess-{number}") for number in range(8)]
    assert [answer.status for answer in guesses] == [401] * 7 + [429]
    assert await ask(page, 1) == [200], "who is signed in at the same address goes on"
