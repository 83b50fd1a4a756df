"""A Salesforce org that signs tokens as ``CtiSignIn.cls`` does, and whatever a forger would like it to sign."""

import base64
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

ORG_ID = "00D000000000001AAA"
USER_ID = "005000000000001AAA"
AUDIENCE = "https://relay.example"


def key(number: int = 0) -> rsa.RSAPrivateKey:
    """Always the same one of a number."""
    return _key(number)


@cache
def _key(number: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(number: int = 0) -> str:
    """PEM, self-signed, as Salesforce's Certificate and Key Management makes it."""
    return _certificate(number)


@cache
def _certificate(number: int) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"CtiSignIn {number}")])
    begins = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key(number).public_key())
        .serial_number(number + 1)
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=365))
        .sign(key(number), hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


def claims(now: float, nonce: str | None, **changes: Any) -> dict[str, Any]:
    """What the class signs; a change of None leaves the claim away."""
    made = {
        "iss": ORG_ID,
        "sub": USER_ID,
        "aud": AUDIENCE,
        "iat": int(now),
        "exp": int(now) + 120,
        "nonce": nonce,
        "username": "alice@acme.example",
        "name": "Alice Adler",
    } | changes
    return {name: value for name, value in made.items() if value is not None}


def part(content: Any) -> str:
    """One part of a compact token."""
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def rs256(content: bytes, number: int = 0) -> bytes:
    return key(number).sign(content, padding.PKCS1v15(), hashes.SHA256())


def hs256(content: bytes, secret: bytes) -> bytes:
    """The signature of somebody who takes the public key for a shared secret."""
    mac = hmac.HMAC(secret, hashes.SHA256())
    mac.update(content)
    return mac.finalize()


def token(body: dict[str, Any], header: dict[str, Any] | None = None, number: int = 0) -> str:
    """Signed with RS256, whatever the header says."""
    content = f"{part({'alg': 'RS256', 'typ': 'JWT'} | (header or {}))}.{part(body)}"
    return f"{content}.{part(rs256(content.encode(), number))}"
