"""How a connector proves who it is: API keys with an end, signed requests, and what must not pass for either."""

import base64
import hashlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cti_adapter.application.connector_messages import CommandsRequest, Hello
from cti_adapter.application.ports import RelayRefused
from cti_adapter.application.relay import Relay
from cti_adapter.domain.organization import ConnectorKey, ConnectorRecord, Organization
from cti_adapter.relay.app import create_relay_app
from cti_adapter.relay.client import HttpGateway
from cti_adapter.relay.signatures import TOLERANCE_S, Signer, announced, is_signed_by
from fakes.clock import FakeClock
from fakes.registry import MemoryRegistry
from fakes.relay_server import Answer, Client, relay_parts, served

KEY = "ctk_" + "k" * 43
HELLO = Hello(connector="pbx", kind="fake", boot="boot-000001", lines=())
BODY = msgspec.json.encode(HELLO)
PATH = "/v1/connector/attach"


def seed(number: int) -> str:
    return "whsk_" + base64.b64encode(bytes([number]) * 32).decode()


def public(number: int) -> str:
    raw = serialization.Encoding.Raw, serialization.PublicFormat.Raw
    return base64.b64encode(
        Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32).public_key().public_bytes(*raw)
    ).decode()


def api_key(text: str, ends_at: float | None = None) -> ConnectorKey:
    value = hashlib.sha256(text.encode()).hexdigest()
    return ConnectorKey(id=f"k_{text[-3:]}", kind="api_key", value=value, made_at=0.0, ends_at=ends_at)


def ed25519(number: int, ends_at: float | None = None) -> ConnectorKey:
    return ConnectorKey(id=f"k_{number}", kind="ed25519", value=public(number), made_at=0.0, ends_at=ends_at)


class World:
    """An organization with a connector that has a key, and one that signs."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.registry = MemoryRegistry(
            Organization(id="acme", name="Acme"),
            Organization(id="globex", name="Globex"),
            ConnectorRecord(organization="acme", id="pbx", keys=(ed25519(1),)),
            ConnectorRecord(organization="acme", id="desk", keys=(api_key(KEY),)),
            ConnectorRecord(organization="globex", id="pbx", keys=(ed25519(2),)),
        )
        self.relay = Relay(self.clock)
        self.parts = relay_parts(self.relay, self.registry)
        self.client: Client

    async def look(self) -> None:
        await self.parts.sign_in._refresh()

    def signed(self, number: int = 1, organization: str = "acme", connector: str = "pbx", body: bytes = BODY) -> Any:
        return Signer(organization, seed(number)).headers(connector, body, self.clock.now())

    async def post(self, headers: dict[str, str], body: bytes = BODY) -> Answer:
        return await self.client.request(
            "POST", PATH, data=body, headers={"Content-Type": "application/json"} | headers
        )

    async def is_refused(self, headers: dict[str, str], body: bytes = BODY) -> bool:
        answer = await self.post(headers, body)
        assert answer.status in (200, 401), answer.text
        return answer.status == 401 and answer.json["error_id"] == "not_a_connector"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    async with served(create_relay_app(world.parts)) as client:
        world.client = client
        yield world


async def test_an_api_key_until_its_end(world: World) -> None:
    body = msgspec.json.encode(replace(HELLO, connector="desk"))
    headers = {"Authorization": f"Bearer {KEY}"}
    assert (await world.post(headers, body)).status == 200
    assert (await world.post(headers)).json["error_id"] == "wrong_connector"
    assert await world.is_refused({"Authorization": f"Bearer {KEY[:-1]}j"}, body)
    successor = "ctk_" + "s" * 43
    keys = (api_key(KEY, ends_at=world.clock.now() + 60), api_key(successor))
    world.registry.add(ConnectorRecord(organization="acme", id="desk", keys=keys))
    await world.look()
    for each in (KEY, successor):
        assert (await world.post({"Authorization": f"Bearer {each}"}, body)).status == 200
    world.clock.advance(60)
    assert await world.is_refused(headers, body)
    assert (await world.post({"Authorization": f"Bearer {successor}"}, body)).status == 200


async def test_a_signed_request(world: World) -> None:
    assert (await world.post(world.signed())).status == 200
    assert world.relay._connectors.attached("acme", "pbx", "boot-000001")


async def test_the_hash_of_a_key_is_no_key(world: World) -> None:
    """Who reads the database cannot attach with what stands there."""
    for value in (api_key(KEY).value, public(1), f"whpk_{public(1)}"):
        assert await world.is_refused({"Authorization": f"Bearer {value}"})


FORGERIES: dict[str, Callable[[World], dict[str, str]]] = {
    "nothing": lambda w: {},
    "another key": lambda w: w.signed(number=3),
    "the key of another organization's connector of that name": lambda w: w.signed(number=2),
    "of another organization": lambda w: w.signed(organization="globex"),
    "of nobody": lambda w: w.signed(connector="nobody"),
    "a connector that has no public key": lambda w: w.signed(connector="desk"),
    "another body": lambda w: w.signed(body=BODY + b" "),
    "another id": lambda w: w.signed() | {"webhook-id": "msg_other"},
    "another time": lambda w: w.signed() | {"webhook-timestamp": str(int(w.clock.now()) + 1)},
    "no id": lambda w: {k: v for k, v in w.signed().items() if k != "webhook-id"},
    "no time": lambda w: {k: v for k, v in w.signed().items() if k != "webhook-timestamp"},
    "no signature": lambda w: {k: v for k, v in w.signed().items() if k != "webhook-signature"},
    "a time that is none": lambda w: w.signed() | {"webhook-timestamp": "now"},
    "a negative time": lambda w: w.signed() | {"webhook-timestamp": "-5"},
    "an endless time": lambda w: w.signed() | {"webhook-timestamp": "9" * 5_000},
    "a signature of another version": lambda w: w.signed() | {"webhook-signature": _version(w, "v1")},
    "a signature that is no base64": lambda w: w.signed() | {"webhook-signature": "v1a,***"},
    "an empty signature": lambda w: w.signed() | {"webhook-signature": "v1a,"},
    "a signature of zeros": lambda w: w.signed() | {"webhook-signature": "v1a," + base64.b64encode(bytes(64)).decode()},
    "a bearer beside a good signature": lambda w: w.signed() | {"Authorization": "Bearer wrong"},
    "too late": lambda w: Signer("acme", seed(1)).headers("pbx", BODY, w.clock.now() - TOLERANCE_S - 1),
    "too early": lambda w: Signer("acme", seed(1)).headers("pbx", BODY, w.clock.now() + TOLERANCE_S + 1),
    "a path as connector": lambda w: w.signed() | {"cti-connector": "acme/../pbx"},
}


def _version(world: World, version: str) -> str:
    signature: str = world.signed()["webhook-signature"]
    return version + signature.removeprefix("v1a")


@pytest.mark.parametrize("name", FORGERIES)
async def test_a_forged_request(world: World, name: str) -> None:
    assert await world.is_refused(FORGERIES[name](world))


async def test_a_request_is_taken_once(world: World) -> None:
    headers = world.signed()
    assert (await world.post(headers)).status == 200
    assert await world.is_refused(headers)
    world.clock.advance(TOLERANCE_S - 1)
    assert await world.is_refused(headers), "as long as its time would be good"


async def test_one_of_several_signatures_is_enough_while_keys_change(world: World) -> None:
    old, new = world.signed(number=1), world.signed(number=4)
    content = f"{old['webhook-id']}.{old['webhook-timestamp']}.".encode() + BODY
    other = base64.b64encode(Ed25519PrivateKey.from_private_bytes(bytes([4]) * 32).sign(content)).decode()
    both = old | {"webhook-signature": f"v1a,{other} {old['webhook-signature']}"}
    assert await world.is_refused(new)
    assert (await world.post(both)).status == 200


@pytest.mark.parametrize("gone", ["switched off", "removed", "without its key", "of an organization switched off"])
async def test_a_connector_that_is_not_allowed_any_more(world: World, gone: str) -> None:
    assert (await world.post(world.signed())).status == 200
    record = ConnectorRecord(organization="acme", id="pbx", keys=(ed25519(1),))
    match gone:
        case "switched off":
            world.registry.add(replace(record, active=False))
        case "removed":
            world.registry.remove(record)
        case "without its key":
            world.registry.add(replace(record, keys=()))
        case _:
            world.registry.add(Organization(id="acme", name="Acme", active=False))
    await world.look()
    world.relay.drop_connectors(world.parts.connectors.stands)
    assert await world.is_refused(world.signed())
    assert world.relay._connectors._connectors["acme", "pbx"].lost, "its agents are told that it is out of reach"


async def test_our_own_client_signs_each_request_anew(world: World) -> None:
    gateway = HttpGateway(world.client.url, Signer("acme", seed(1)), world.clock)
    try:
        for _ in range(3):
            await gateway.attach(HELLO)
        asked = CommandsRequest(connector="pbx", boot=HELLO.boot, after=0, wait=0)
        assert (await gateway.commands(asked)).commands == ()
    finally:
        await gateway.close()
    stranger = HttpGateway(world.client.url, Signer("acme", seed(9)), world.clock)
    try:
        with pytest.raises(RelayRefused, match="not_a_connector"):
            await stranger.attach(HELLO)
    finally:
        await stranger.close()


@pytest.mark.parametrize("text", ["", "whsk_", "whsk_!!", "whsk_" + "A" * 8, public(1), f"whpk_{public(1)}"])
def test_what_is_no_private_key(text: str) -> None:
    with pytest.raises(ValueError, match="must be whsk_ and the base64 of 32 bytes"):
        Signer("acme", text)


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_a_signature_is_of_one_body(signed: bytes, sent: bytes) -> None:
    headers = Signer("acme", seed(1)).headers("pbx", signed, 1_000.0)
    assert announced(headers, 1_000.0) == ("acme", "pbx")
    assert is_signed_by(base64.b64decode(public(1)), headers, sent) == (signed == sent)
