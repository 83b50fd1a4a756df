"""Tokens of mode ``apex``: one that is good, and some seventy that look nearly as good (ASVS 9.1, 9.2; RFC 8725)."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from cti_adapter.application.refusals import ErrorId, Refused
from cti_adapter.domain.organization import Organization
from cti_adapter.relay.sign_in.apex import ApexTokens
from cti_adapter.relay.sign_in.vouchers import Vouchers
from fakes.clock import FakeClock
from fakes.signing_org import AUDIENCE, ORG_ID, certificate, claims, hs256, key, part, rs256, token

ACME = Organization(id="acme", name="Acme", salesforce_org_id=ORG_ID, certificates=(certificate(),))


class World:
    """A relay with its clock, and the nonces that it gives out."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.vouchers = Vouchers(b"s" * 32, self.clock)
        self.tokens = ApexTokens(self.vouchers, lambda: AUDIENCE, self.clock)
        self.nonce = self.tokens.nonce(ACME)

    def claims(self, **changes: Any) -> dict[str, Any]:
        return claims(self.clock.now(), changes.pop("nonce", self.nonce), **changes)

    def signed(self, **changes: Any) -> str:
        return token(self.claims(**changes))

    def refusal(self, text: str, organization: Organization = ACME) -> str:
        with pytest.raises(Refused) as refused:
            self.tokens.identity(organization, text)
        assert refused.value.error_id is ErrorId.SIGN_IN_REFUSED
        return refused.value.detail


@pytest.fixture
def world() -> World:
    return World()


def test_a_good_token(world: World) -> None:
    identity = world.tokens.identity(ACME, world.signed())
    assert (identity.issuer, identity.subject) == ("salesforce:00D000000000001", "005000000000001")
    assert (identity.login, identity.name) == ("alice@acme.example", "Alice Adler")


def test_either_of_two_certificates_while_one_follows_the_other(world: World) -> None:
    both = replace(ACME, certificates=(certificate(), certificate(1)))
    assert world.tokens.identity(both, token(world.claims(), number=1)).login == "alice@acme.example"
    world.nonce = world.tokens.nonce(ACME)
    assert world.tokens.identity(both, token(world.claims(), number=0)).login == "alice@acme.example"


@pytest.mark.parametrize("skew", [-59, -1, 0, 59])
def test_clocks_may_differ_by_a_minute(world: World, skew: int) -> None:
    now = world.clock.now() + skew
    assert world.tokens.identity(ACME, token(claims(now, world.nonce)))


def _unsigned(world: World, header: dict[str, Any]) -> str:
    return f"{part(header)}.{part(world.claims())}."


def _confused(world: World, secret: bytes) -> str:
    content = f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(world.claims())}"
    return f"{content}.{part(hs256(content.encode(), secret))}"


def _public(encoding: serialization.Encoding, form: serialization.PublicFormat) -> bytes:
    return key().public_key().public_bytes(encoding, form)


def _jwk(number: int) -> dict[str, str]:
    numbers = key(number).public_key().public_numbers()
    as_text = {
        name: base64.urlsafe_b64encode(value.to_bytes(256, "big").lstrip(b"\0")).rstrip(b"=").decode()
        for name, value in (("n", numbers.n), ("e", numbers.e))
    }
    return {"kty": "RSA"} | as_text


def _other_hash(world: World, algorithm: str, signature: Callable[[bytes], bytes]) -> str:
    content = f"{part({'alg': algorithm})}.{part(world.claims())}"
    return f"{content}.{part(signature(content.encode()))}"


def _by_curve(content: bytes) -> bytes:
    r, s = utils.decode_dss_signature(ec.generate_private_key(ec.SECP256R1()).sign(content, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def _pss(content: bytes) -> bytes:
    return key().sign(content, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())


def _changed(text: str, position: int) -> str:
    letter = "A" if text[position] != "A" else "B"
    return text[:position] + letter + text[position + 1 :]


PEM = serialization.Encoding.PEM
DER = serialization.Encoding.DER
SPKI = serialization.PublicFormat.SubjectPublicKeyInfo
FORGERIES: dict[str, Callable[[World], str]] = {
    # the algorithm is chosen by the token
    "alg none": lambda w: _unsigned(w, {"alg": "none"}),
    "alg None": lambda w: _unsigned(w, {"alg": "None"}),
    "alg NONE, typ": lambda w: _unsigned(w, {"alg": "NONE", "typ": "JWT"}),
    "alg nOnE with the good signature": lambda w: token(w.claims(), {"alg": "nOnE"}),
    "no alg": lambda w: _unsigned(w, {"typ": "JWT"}),
    "alg empty": lambda w: _unsigned(w, {"alg": ""}),
    "alg null": lambda w: token(w.claims(), {"alg": None}),
    "alg a list": lambda w: token(w.claims(), {"alg": ["RS256"]}),
    "alg rs256 in lower case": lambda w: token(w.claims(), {"alg": "rs256"}),
    "HS256 with the certificate": lambda w: _confused(w, certificate().encode()),
    "HS256 with the certificate without its last newline": lambda w: _confused(w, certificate().strip().encode()),
    "HS256 with the public key in PEM": lambda w: _confused(w, _public(PEM, SPKI)),
    "HS256 with the public key in DER": lambda w: _confused(w, _public(DER, SPKI)),
    "HS256 with the PKCS 1 key": lambda w: _confused(w, _public(PEM, serialization.PublicFormat.PKCS1)),
    "HS256 with nothing": lambda w: _confused(w, b"\0"),
    "RS384 in the header": lambda w: token(w.claims(), {"alg": "RS384"}),
    "RS512 really": lambda w: _other_hash(w, "RS512", lambda c: key().sign(c, padding.PKCS1v15(), hashes.SHA512())),
    "RS256 said, SHA-1 done": lambda w: _other_hash(
        w, "RS256", lambda c: key().sign(c, padding.PKCS1v15(), hashes.SHA1())
    ),
    "PS256 with the right key": lambda w: _other_hash(w, "PS256", _pss),
    "ES256 with any key": lambda w: _other_hash(w, "ES256", _by_curve),
    # the key is chosen by the token
    "another key": lambda w: token(w.claims(), number=1),
    "jwk of another key": lambda w: token(w.claims(), {"jwk": _jwk(1)}, number=1),
    "jwk of the right key": lambda w: token(w.claims(), {"jwk": _jwk(0)}),
    "jku": lambda w: token(w.claims(), {"jku": "https://evil.example/keys"}, number=1),
    "jku with the right key": lambda w: token(w.claims(), {"jku": "https://evil.example/keys"}),
    "x5u": lambda w: token(w.claims(), {"x5u": "https://evil.example/cert"}),
    "x5c": lambda w: token(w.claims(), {"x5c": [part(b"certificate")]}, number=1),
    "kid into a file": lambda w: token(w.claims(), {"kid": "../../dev/null"}, number=1),
    "kid into a database": lambda w: token(w.claims(), {"kid": "' or 1=1 --"}, number=1),
    "crit": lambda w: token(w.claims(), {"crit": ["exp"]}),
    "crit with an extension": lambda w: token(w.claims(), {"crit": ["b64"], "b64": False}),
    "b64 false": lambda w: token(w.claims(), {"b64": False}),
    "zip": lambda w: token(w.claims(), {"zip": "DEF"}),
    # another kind of token
    "typ of an access token": lambda w: token(w.claims(), {"typ": "at+jwt"}),
    "typ of a logout token": lambda w: token(w.claims(), {"typ": "logout+jwt"}),
    "typ a number": lambda w: token(w.claims(), {"typ": 7}),
    "nested": lambda w: token(w.claims(), {"cty": "JWT"}),
    # claims
    "no exp": lambda w: w.signed(exp=None),
    "exp past": lambda w: w.signed(exp=int(w.clock.now()) - 61),
    "exp in a day": lambda w: w.signed(exp=int(w.clock.now()) + 86_400),
    "exp a text": lambda w: w.signed(exp=str(int(w.clock.now()) + 60)),
    "exp true": lambda w: w.signed(exp=True),
    "exp null is no exp": lambda w: token(w.claims() | {"exp": None}),
    "nbf ahead": lambda w: w.signed(nbf=int(w.clock.now()) + 120),
    "nbf a text": lambda w: w.signed(nbf="now"),
    "iat ahead": lambda w: w.signed(iat=int(w.clock.now()) + 300),
    "five minutes ahead": lambda w: token(claims(w.clock.now() + 300, w.nonce)),
    "five minutes behind": lambda w: token(claims(w.clock.now() - 300, w.nonce)),
    "no iss": lambda w: w.signed(iss=None),
    "iss of another org": lambda w: w.signed(iss="00D000000000002AAA"),
    "iss a list": lambda w: w.signed(iss=[ORG_ID]),
    "iss empty": lambda w: w.signed(iss=""),
    "iss in lower case": lambda w: w.signed(iss=ORG_ID.lower()),
    "no aud": lambda w: w.signed(aud=None),
    "aud of another relay": lambda w: w.signed(aud="https://evil.example"),
    "aud with a slash": lambda w: w.signed(aud=f"{AUDIENCE}/"),
    "aud a list": lambda w: w.signed(aud=[AUDIENCE, "https://evil.example"]),
    "no sub": lambda w: w.signed(sub=None),
    "sub of a record that is no user": lambda w: w.signed(sub="003000000000001AAA"),
    "sub with a blank": lambda w: w.signed(sub="005000000000001 AA"),
    "sub a number": lambda w: w.signed(sub=5),
    "sub far too long": lambda w: w.signed(sub="005" + "0" * 5_000),
    "no username": lambda w: w.signed(username=None),
    "username an object": lambda w: w.signed(username={"toString": "alice"}),
    "no nonce": lambda w: w.signed(nonce=None),
    "nonce of nobody": lambda w: w.signed(nonce="A" * 80),
    "nonce changed": lambda w: w.signed(nonce=_changed(w.nonce, 5)),
    "nonce of another organization": lambda w: w.signed(nonce=w.tokens.nonce(replace(ACME, id="globex"))),
    "a ticket as nonce": lambda w: w.signed(nonce=w.vouchers.issue("ticket", {"o": "acme"})),
    "claims a list": lambda w: token([w.claims()]),  # type: ignore[arg-type]
    # the text itself
    "signature cut": lambda w: w.signed()[:-4],
    "signature left away": lambda w: w.signed().rpartition(".")[0] + ".",
    "only two parts": lambda w: w.signed().rpartition(".")[0],
    "four parts": lambda w: w.signed() + ".AAAA",
    "five parts, as encrypted": lambda w: w.signed() + ".AAAA.AAAA",
    "header changed": lambda w: _changed(w.signed(), 3),
    "payload changed": lambda w: _changed(w.signed(), 80),
    "payload of another token": lambda w: ".".join(
        [w.signed().split(".")[0], part(w.claims(sub="005000000000002AAA")), w.signed().split(".")[2]]
    ),
    "no JSON inside": lambda w: f"{part(b'header')}.{part(b'claims')}.{part(b'signature')}",
    "deeply nested header": lambda w: f"{part(b'[' * 9_000)}.{part(w.claims())}.AAAA",
    "empty": lambda w: "..",
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_token(world: World, name: str) -> None:
    detail = world.refusal(FORGERIES[name](world))
    assert world.nonce not in detail
    assert "alice" not in detail


def test_there_are_enough_of_them() -> None:
    assert len(FORGERIES) >= 60


def test_a_token_is_of_use_once(world: World) -> None:
    text = world.signed()
    world.tokens.identity(ACME, text)
    assert "used before" in world.refusal(text)
    assert "used before" in world.refusal(world.signed()), "another token with the same nonce neither"


def test_a_nonce_is_good_for_two_minutes(world: World) -> None:
    world.clock.advance(121.5)
    assert "too old" in world.refusal(world.signed())


def test_another_organization_does_not_take_it(world: World) -> None:
    other = replace(ACME, id="globex", certificates=(certificate(1),))
    assert "not signed by a key" in world.refusal(world.signed(), other)
    same_key = replace(ACME, id="globex")
    assert "another organization" in world.refusal(world.signed(), same_key)
    assert "certificate" in world.refusal(world.signed(), replace(ACME, certificates=()))


def test_signatures_are_of_the_text_that_was_sent(world: World) -> None:
    """RFC 7515, 5.2: the same JSON written otherwise is another text."""
    header, body, _ = world.signed().split(".")
    spaced = part(b'{"alg": "RS256",  "typ": "JWT"}')
    assert header != spaced
    assert world.refusal(f"{spaced}.{body}.{part(rs256(f'{header}.{body}'.encode()))}")


@settings(max_examples=300, deadline=None)
@given(position=st.integers(0, 10_000), letter=st.sampled_from("ABCxyz019-_."))
def test_no_single_letter_can_be_changed(position: int, letter: str) -> None:
    world = World()
    text = world.signed()
    at = position % len(text)
    changed = text[:at] + letter + text[at + 1 :]
    # The last letter of a part holds bits that base64 does not use (RFC 4648, 3.5).
    if changed == text or base64_equal(changed, text):
        return
    world.refusal(changed)


def base64_equal(one: str, other: str) -> bool:
    """Whether both texts have the same three parts once decoded."""
    try:
        decoded = [[base64.urlsafe_b64decode(part + "===") for part in text.split(".")] for text in (one, other)]
    except ValueError:
        return False
    return decoded[0] == decoded[1]


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300) | st.binary(max_size=300).map(lambda raw: raw.decode("latin-1")))
def test_any_text_is_refused_and_breaks_nothing(text: str) -> None:
    World().refusal(text)


def test_the_certificate_is_one_that_salesforce_could_have_made() -> None:
    assert x509.load_pem_x509_certificate(certificate().encode()).public_key() == key().public_key()
