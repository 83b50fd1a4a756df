"""Mode ``oidc`` against a certified provider (npm ``oidc-provider``): the whole flow, and what must not work."""

import base64
import hashlib
import json
import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec.structs import replace

from cti_adapter.application.relay import Relay
from cti_adapter.domain.organization import Admission, Organization, SignInMode
from cti_adapter.relay.app import create_relay_app
from fakes.registry import MemoryRegistry
from fakes.relay_server import SITE, Client, SystemClock, relay_parts, served
from support.oidc import Provider

ACME = Organization(
    id="acme", name="Acme", sign_in=SignInMode.OIDC, admission=Admission.EVERYBODY, oidc_client_id="softphone"
)


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with Provider() as running:
        yield running


@dataclass
class Page:
    """What the softphone page makes and keeps."""

    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    pickup: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    @property
    def begin(self) -> dict[str, str]:
        return {
            "organization": "acme",
            "challenge": hashed(self.verifier),
            "state": hashed(self.pickup),
            "nonce_hash": hashed(self.nonce),
        }

    def finish(self, back: dict[str, str], **changes: Any) -> dict[str, Any]:
        body = {
            "mode": "oidc",
            "organization": "acme",
            "code": back["code"],
            "issuer": back.get("iss"),
            "verifier": self.verifier,
            "nonce": self.nonce,
        }
        return body | changes


def hashed(word: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(word.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture
def registry(provider: Provider) -> MemoryRegistry:
    return MemoryRegistry(replace(ACME, oidc_issuer=provider.issuer))


@pytest.fixture
async def client(registry: MemoryRegistry) -> AsyncIterator[Client]:
    async with served(create_relay_app(relay_parts(Relay(SystemClock()), registry))) as client:
        yield client


async def begin(client: Client, page: Page) -> str:
    answer = await client.post("/v1/sign-in/oidc", page.begin)
    assert answer.status == 200, answer.text
    return str(answer.json["authorize_url"])


async def test_the_whole_flow(client: Client, provider: Provider, registry: MemoryRegistry) -> None:
    page = Page()
    back = await provider.sign_in(await begin(client, page), "alice")
    assert back["state"] == hashed(page.pickup)
    answer = await client.post("/v1/sessions", page.finish(back))
    assert (answer.status, answer.json["agent"]) == (201, "alice@acme.example")
    assert answer.json["renew_in_s"] is None
    record = registry.snapshot().agent_by_login("acme", "alice@acme.example")
    assert record is not None
    assert (record.issuer, record.subject) == (provider.issuer, "alice")


async def test_what_is_asked_of_the_provider(client: Client) -> None:
    page = Page()
    asked = parse_qs(urlsplit(await begin(client, page)).query)
    assert asked["redirect_uri"] == [f"{SITE}/sign-in/done"]
    assert (asked["scope"], asked["code_challenge_method"]) == (["openid"], ["S256"])
    assert page.verifier not in json.dumps(asked), "the verifier never leaves the page before the code is there"
    assert page.nonce not in json.dumps(asked)


REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "another verifier": ({"verifier": secrets.token_urlsafe(32)}, "refuses the code"),
    "another nonce": ({"nonce": secrets.token_urlsafe(32)}, "nonce"),
    "a code of nobody": ({"code": "made-up"}, "refuses the code"),
    "iss of another provider": ({"issuer": "https://evil.example"}, "iss"),
    "iss left away": ({"issuer": None}, "iss"),
}


@pytest.mark.parametrize("name", REFUSALS)
async def test_a_code_in_the_wrong_hands(client: Client, provider: Provider, name: str) -> None:
    changes, reason = REFUSALS[name]
    page = Page()
    back = await provider.sign_in(await begin(client, page), "alice")
    answer = await client.post("/v1/sessions", page.finish(back, **changes))
    assert answer.json["error_id"] == "sign_in_refused"
    assert reason in answer.json["detail"]


async def test_a_code_is_of_use_once(client: Client, provider: Provider) -> None:
    page = Page()
    back = await provider.sign_in(await begin(client, page), "alice")
    assert (await client.post("/v1/sessions", page.finish(back))).status == 201
    assert (await client.post("/v1/sessions", page.finish(back))).json["error_id"] == "sign_in_refused"


async def test_a_code_for_another_client_of_the_same_provider(
    client: Client, provider: Provider, registry: MemoryRegistry
) -> None:
    page = Page()
    url = (await begin(client, page)).replace("client_id=softphone", "client_id=other")
    back = await provider.sign_in(url, "alice")
    assert "refuses the code" in (await client.post("/v1/sessions", page.finish(back))).json["detail"]


async def test_a_provider_that_says_to_be_somebody_else(provider: Provider) -> None:
    """OIDC Discovery 4.3: the issuer in the metadata is the one that was asked."""
    by_address = provider.issuer.replace("localhost", "127.0.0.1")
    registry = MemoryRegistry(replace(ACME, oidc_issuer=by_address))
    async with served(create_relay_app(relay_parts(Relay(SystemClock()), registry))) as client:
        answer = await client.post("/v1/sign-in/oidc", Page().begin)
    assert (answer.status, answer.json["error_id"]) == (503, "unavailable")
    assert "another issuer" in answer.json["detail"]


async def test_new_keys_of_the_provider_are_fetched(provider: Provider, registry: MemoryRegistry) -> None:
    relay = Relay(clock := MovableClock())
    async with served(create_relay_app(relay_parts(relay, registry))) as client:
        page = Page()
        back = await provider.sign_in(await begin(client, page), "alice")
        assert (await client.post("/v1/sessions", page.finish(back))).status == 201
        await provider.rotate()
        clock.ahead += 31
        page = Page()
        back = await provider.sign_in(await begin(client, page), "alice")
        answer = await client.post("/v1/sessions", page.finish(back))
        assert answer.status == 201, answer.text


async def test_a_provider_that_is_away(registry: MemoryRegistry) -> None:
    registry.add(replace(ACME, oidc_issuer="http://localhost:9"))
    async with served(create_relay_app(relay_parts(Relay(SystemClock()), registry))) as client:
        answer = await client.post("/v1/sign-in/oidc", Page().begin)
        assert (answer.status, answer.headers["retry-after"]) == (503, "10")


async def test_handing_the_code_over_without_an_opener(client: Client) -> None:
    page = Page()
    question = {"pickup": page.pickup}
    assert (await client.post("/v1/sign-in/handoff/take", question)).json["error_id"] == "not_found"
    left = {"state": hashed(page.pickup), "code": "the code", "issuer": "https://idp.example"}
    assert (await client.post("/v1/sign-in/handoff", left)).status == 204
    stolen = {"pickup": hashed(page.pickup)}
    assert (await client.post("/v1/sign-in/handoff/take", stolen)).status == 404, "the state is seen in an address"
    assert (await client.post("/v1/sign-in/handoff", left | {"code": "another"})).status == 204
    answer = await client.post("/v1/sign-in/handoff/take", question)
    assert answer.json == {"code": "the code", "issuer": "https://idp.example"}
    assert (await client.post("/v1/sign-in/handoff/take", question)).status == 404, "once"


class MovableClock(SystemClock):
    """The real time, and a bit more."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def monotonic(self) -> float:  # type: ignore[override]
        return SystemClock.monotonic() + self.ahead
