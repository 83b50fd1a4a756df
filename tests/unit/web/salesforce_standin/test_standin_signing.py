"""The stand-in signs as the class ``CtiSignIn`` does: checked with the certificate that it hands out."""

import base64
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import RSAKey

from cti_adapter.web.salesforce_standin.blueprint import StandinDependencies, create_blueprint
from cti_adapter.web.salesforce_standin.ids import full_id
from cti_adapter.web.salesforce_standin.seed import ORGANIZATION_ID, USERS
from cti_adapter.web.salesforce_standin.signing import OrgCertificate

ROOT = Path(__file__).resolve().parents[4]
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
NONCE = "WyJhYmMiLHsibyI6ImFjbWUifV0.aSLVeg.x-_y"


@pytest.fixture(scope="module")
def certificate() -> OrgCertificate:
    return OrgCertificate(lambda: NOW)


@pytest.fixture
def client(certificate: OrgCertificate) -> FlaskClient:
    app = Flask("standin")
    deps = StandinDependencies(
        call_center=dict,
        adapter_url=lambda: "/softphone",
        public_origin=lambda: "https://cti.example.com",
        certificate=certificate,
    )
    app.register_blueprint(create_blueprint(deps))
    return app.test_client()


def run(client: FlaskClient, parameters: str, user: str = "bob") -> dict[str, Any]:
    asked = {"apexClass": "CtiSignIn", "methodName": "token", "methodParams": parameters}
    answer: dict[str, Any] = client.post(f"/salesforce/api/apex?user={user}", json=asked).get_json()
    return answer


def token(client: FlaskClient, parameters: str = f"nonce={NONCE}", user: str = "bob") -> str:
    text: str = run(client, parameters, user)["returnValue"]["runApex"]
    return text


def downloaded(client: FlaskClient) -> x509.Certificate:
    answer = client.get("/salesforce/api/certificate")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="CtiSignIn.crt"'
    assert "PRIVATE" not in answer.get_data(as_text=True)
    return x509.load_pem_x509_certificate(answer.data)


def public_key(found: x509.Certificate) -> RSAKey:
    key = found.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    return RSAKey.import_key(key)


def test_the_token_is_good_under_the_certificate_that_is_handed_out(client: FlaskClient) -> None:
    decoded = jwt.decode(token(client), public_key(downloaded(client)), algorithms=["RS256"])
    assert decoded.header["alg"] == "RS256"
    claims = dict(decoded.claims)
    assert claims.pop("jti")
    bob = next(user for user in USERS if user.alias == "bob")
    at = int(NOW.timestamp())
    assert claims == {
        "iss": ORGANIZATION_ID,
        "sub": bob.id,
        "aud": "https://cti.example.com",
        "iat": at,
        "nbf": at,
        "exp": at + 90,
        "nonce": NONCE,
        "username": "bob@acme.example",
        "name": "Bob Brandt",
    }
    assert full_id(claims["iss"]) == claims["iss"]
    assert claims["iss"].startswith("00D")


def test_another_key_has_not_signed_it(client: FlaskClient) -> None:
    other = OrgCertificate(lambda: NOW)
    with pytest.raises(BadSignatureError):
        jwt.decode(token(client), public_key(x509.load_pem_x509_certificate(other.pem.encode())), algorithms=["RS256"])


def test_a_changed_token_is_not_good(client: FlaskClient) -> None:
    header, payload, signature = token(client).split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    forged = base64.urlsafe_b64encode(json.dumps(claims | {"sub": USERS[0].id}).encode()).decode().rstrip("=")
    with pytest.raises(BadSignatureError):
        jwt.decode(f"{header}.{forged}.{signature}", public_key(downloaded(client)), algorithms=["RS256"])


def test_the_certificate_is_of_the_org_and_good_for_a_year(client: FlaskClient) -> None:
    found = downloaded(client)
    assert ORGANIZATION_ID in found.subject.rfc4514_string()
    assert found.not_valid_before_utc == NOW
    assert found.not_valid_after_utc == NOW + timedelta(days=365)
    assert public_key(found).raw_value.key_size == 2048
    found.verify_directly_issued_by(found)


def test_parameters_say_nothing_about_who_and_for_whom(client: FlaskClient) -> None:
    forged = f"nonce={NONCE}&sub={USERS[0].id}&iss=00D000000000001AAA&aud=https://evil.example&username=alice"
    claims = jwt.decode(token(client, forged), public_key(downloaded(client)), algorithms=["RS256"]).claims
    assert (claims["username"], claims["aud"]) == ("bob@acme.example", "https://cti.example.com")


@pytest.mark.parametrize("length", [16, 200])
def test_nonces_of_any_allowed_length_are_signed(client: FlaskClient, length: int) -> None:
    assert token(client, f"nonce={'n' * length}").count(".") == 2


@pytest.mark.parametrize(
    "parameters",
    ["", "nonce=", f"nonce={'n' * 15}", f"nonce={'n' * 201}", f"nonce={NONCE}%0A", f"nonce={NONCE}%22", f"n={NONCE}"],
)
def test_any_other_nonce_is_refused(client: FlaskClient, parameters: str) -> None:
    answer = run(client, parameters)
    assert (answer["success"], answer["returnValue"]) == (False, None)


def test_the_class_has_the_same_rules() -> None:
    text = (ROOT / "salesforce/classes/CtiSignIn.cls").read_text("utf-8")
    python = (ROOT / "cti_adapter/web/salesforce_standin/signing.py").read_text("utf-8")
    assert re.findall(r"NONCE_FORM = '(.*)'", text) == re.findall(r'_NONCE = re.compile\(r"(.*)"\)', python)
    assert re.findall(r"VALID_SECONDS = (\d+)", text) == re.findall(r"VALID_S = (\d+)", python)
    assert set(re.findall(r"'(\w+)' =>", text)) == {"nonce", "username", "name"}
    assert set(re.findall(r"claims\.set(Iss|Sub|Aud)\(", text)) == {"Iss", "Sub", "Aud"}
