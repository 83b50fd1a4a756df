"""Mode ``oidc`` against a provider that lies: ID tokens that must not be believed, and answers that are none."""

import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web
from msgspec.structs import replace

from cti_adapter.application.refusals import Refused
from cti_adapter.application.sign_in import Identity
from cti_adapter.application.sign_in_messages import OidcRequest, SignInByOidc
from cti_adapter.relay.sign_in.handoffs import hashed
from cti_adapter.relay.sign_in.oidc import OidcClient, OidcProviders
from fakes.relay_server import SystemClock
from fakes.signing_org import hs256, key, part, token
from security.test_tokens import _jwk

NONCE = "n" * 43
ASKED = SignInByOidc(organization="acme", code="code", verifier="v" * 43, nonce=NONCE)
BEGIN = OidcRequest(organization="acme", challenge="c" * 43, state="s" * 43, nonce_hash="h" * 43)


class Liar:
    """An HTTP server that says what the test wants it to."""

    def __init__(self) -> None:
        self.metadata: dict[str, Any] = {}
        self.keys: Any = {"keys": [_jwk(0) | {"kid": "one", "use": "sig"}]}
        self.tokens: Any = {}
        self.userinfo: Any = {"sub": "0051", "preferred_username": "alice@acme.example", "name": "Alice"}
        self.asked: list[str] = []
        self.providers = OidcProviders(SystemClock())

    async def __aenter__(self) -> "Liar":
        app = web.Application()
        for path in ("/.well-known/openid-configuration", "/keys", "/userinfo"):
            app.router.add_get(path, self._answer)
        app.router.add_post("/token", self._answer)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.issuer = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.metadata = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/keys",
        }
        self.client = OidcClient("organization 'acme'", self.issuer, "softphone")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        said = {
            "/.well-known/openid-configuration": self.metadata,
            "/keys": self.keys,
            "/token": self.tokens,
            "/userinfo": self.userinfo,
        }[request.path]
        return said if isinstance(said, web.Response) else web.json_response(said)

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        made = {
            "iss": self.issuer,
            "sub": "0051",
            "aud": "softphone",
            "iat": now,
            "exp": now + 300,
            "nonce": hashed(NONCE),
        } | changes
        return {name: value for name, value in made.items() if value is not None}

    def gives(self, id_token: str) -> None:
        self.tokens = {"id_token": id_token, "access_token": "access", "token_type": "Bearer"}

    async def sign_in(self, **changes: Any) -> Identity:
        asked = replace(ASKED, **changes)
        return await self.providers.identity(self.client, asked, "https://relay.example/sign-in/done")


@pytest.fixture
async def liar() -> AsyncIterator[Liar]:
    async with Liar() as running:
        yield running


def good(liar: Liar, **changes: Any) -> str:
    return token(liar.claims(**changes), {"kid": "one"})


async def test_the_truth_for_once(liar: Liar) -> None:
    liar.gives(good(liar))
    assert await liar.sign_in() == Identity(liar.issuer, "0051", "alice@acme.example", "Alice")


FORGERIES: dict[str, Callable[[Liar], str]] = {
    "alg none": lambda p: f"{part({'alg': 'none', 'kid': 'one'})}.{part(p.claims())}.",
    "HS256 with the public key": lambda p: _confused(p),
    "another key under the known id": lambda p: token(p.claims(), {"kid": "one"}, number=1),
    "another key, brought along": lambda p: token(p.claims(), {"kid": "one", "jwk": _jwk(1)}, number=1),
    "a key at another address": lambda p: token(p.claims(), {"jku": "https://evil.example/keys"}, number=1),
    "a key id that nobody knows": lambda p: token(p.claims(), {"kid": "two"}),
    "crit": lambda p: token(p.claims(), {"kid": "one", "crit": ["x"], "x": 1}),
    "an access token": lambda p: token(p.claims(), {"kid": "one", "typ": "at+jwt"}),
    "another issuer": lambda p: good(p, iss="https://evil.example"),
    "no issuer": lambda p: good(p, iss=None),
    "another client": lambda p: good(p, aud="other"),
    "no client": lambda p: good(p, aud=None),
    "several clients and no azp": lambda p: good(p, aud=["softphone", "other"]),
    "several clients and the other's azp": lambda p: good(p, aud=["softphone", "other"], azp="other"),
    "a client id as part of another": lambda p: good(p, aud="softphone2"),
    "another nonce": lambda p: good(p, nonce=hashed("m" * 43)),
    "the nonce itself": lambda p: good(p, nonce=NONCE),
    "no nonce": lambda p: good(p, nonce=None),
    "expired": lambda p: good(p, exp=int(time.time()) - 120),
    "without an end": lambda p: good(p, exp=None),
    "from the future": lambda p: good(p, iat=int(time.time()) + 600),
    "not yet good": lambda p: good(p, nbf=int(time.time()) + 600),
    "nobody": lambda p: good(p, sub=None),
    "an empty subject": lambda p: good(p, sub=""),
    "no token": lambda p: "",
    "no text": lambda p: 5,  # type: ignore[return-value]
}


def _confused(liar: Liar) -> str:
    content = f"{part({'alg': 'HS256', 'kid': 'one'})}.{part(liar.claims())}"
    return f"{content}.{part(hs256(content.encode(), key().public_key().public_numbers().n.to_bytes(256, 'big')))}"


@pytest.mark.parametrize("name", FORGERIES)
async def test_a_forged_id_token(liar: Liar, name: str) -> None:
    liar.gives(FORGERIES[name](liar))
    with pytest.raises(Refused) as refused:
        await liar.sign_in()
    assert refused.value.error_id == "sign_in_refused"


async def test_userinfo_about_somebody_else(liar: Liar) -> None:
    liar.gives(good(liar))
    liar.userinfo = {"sub": "0052", "preferred_username": "bob@acme.example"}
    with pytest.raises(Refused, match="different persons"):
        await liar.sign_in()


async def test_a_login_name_in_the_id_token_spares_userinfo(liar: Liar) -> None:
    liar.gives(good(liar, preferred_username="alice"))
    assert (await liar.sign_in()).login == "alice"
    assert "/userinfo" not in liar.asked


async def test_keys_are_not_fetched_for_every_unknown_id(liar: Liar) -> None:
    for number in range(5):
        liar.gives(token(liar.claims(), {"kid": f"made-up-{number}"}))
        with pytest.raises(Refused):
            await liar.sign_in()
    assert liar.asked.count("/keys") == 1


NO_ANSWERS: dict[str, Callable[[Liar], Any]] = {
    "metadata are a list": lambda p: setattr(p, "metadata", []),
    "metadata of another issuer": lambda p: p.metadata.update(issuer="https://evil.example"),
    "an address that is none": lambda p: p.metadata.update(token_endpoint="javascript:alert(1)"),
    "an address that is missing": lambda p: p.metadata.pop("jwks_uri"),
    "metadata from elsewhere": lambda p: setattr(
        p, "metadata", web.Response(status=302, headers={"Location": "https://evil.example"})
    ),
    "metadata without end": lambda p: setattr(p, "metadata", web.Response(body=b"[" * 1_000_000)),
    "the token is a page": lambda p: setattr(p, "tokens", web.Response(text="<html>")),
    "the token fails": lambda p: setattr(p, "tokens", web.Response(status=500)),
    "keys that are none": lambda p: setattr(p, "keys", web.Response(status=404)),
}


@pytest.mark.parametrize("name", NO_ANSWERS)
async def test_a_provider_that_makes_no_sense(liar: Liar, name: str) -> None:
    liar.gives(good(liar))
    NO_ANSWERS[name](liar)
    with pytest.raises(Refused) as refused:
        await liar.sign_in()
    assert refused.value.error_id == "unavailable"
    assert refused.value.retry_after_s == 10


@pytest.mark.parametrize(
    "keys",
    [[], {"keys": "none"}, {"keys": [None, 5, {"kty": "oct", "k": "AAAA"}, {"kty": "RSA", "n": "!", "e": "!"}]}],
)
async def test_keys_that_cannot_be_used(liar: Liar, keys: Any) -> None:
    liar.gives(good(liar))
    liar.keys = keys
    with pytest.raises(Refused):
        await liar.sign_in()


async def test_a_page_of_another_server_does_not_get_the_code(liar: Liar) -> None:
    """The redirect address is this server's, or that of an origin that the operator has named."""
    url = await liar.providers.authorize_url(liar.client, BEGIN, "https://relay.example/sign-in/done")
    assert "redirect_uri=https%3A%2F%2Frelay.example%2Fsign-in%2Fdone" in url
