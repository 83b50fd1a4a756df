"""Signed requests of connectors: Standard Webhooks (standardwebhooks.com) with Ed25519, in the other direction.

The signature covers ``id.timestamp.body``. The relay knows public keys only, so that its database is of no use to who
steals it. Keys are written ``whsk_…`` (private: the seed of 32 bytes) and ``whpk_…`` (public) in base64.
"""

import base64
import binascii
import secrets
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ..application.credentials import read_private_key

#: Which connector has signed: ``organization/connector``.
WHO = "cti-connector"
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
#: Version of a signature by an asymmetric key.
VERSION = "v1a"
#: Clocks may differ by so much, in seconds.
TOLERANCE_S = 300


class Signer:
    """Signs requests of the connectors of ``organization`` with ``private_key`` (``whsk_…``).

    Raises ``ValueError`` for something else than such a key.
    """

    def __init__(self, organization: str, private_key: str) -> None:
        self._organization = organization
        self._key = Ed25519PrivateKey.from_private_bytes(read_private_key(private_key))

    def headers(self, connector: str, body: bytes, now: float) -> dict[str, str]:
        """What to send with ``body``; ``now`` in seconds since 1970. Each request has an id of its own."""
        identifier, timestamp = f"msg_{secrets.token_urlsafe(16)}", str(int(now))
        signature = base64.b64encode(self._key.sign(_content(identifier, timestamp, body))).decode()
        return {
            WHO: f"{self._organization}/{connector}",
            ID: identifier,
            TIMESTAMP: timestamp,
            SIGNATURE: f"{VERSION},{signature}",
        }


def announced(headers: Mapping[str, str], now: float) -> tuple[str, str] | None:
    """Organization and connector that the request says to be signed by, if everything is there and it is fresh."""
    organization, slash, connector = headers.get(WHO, "").partition("/")
    timestamp = headers.get(TIMESTAMP, "")
    if not slash or not headers.get(ID) or not headers.get(SIGNATURE) or len(headers[ID]) > 100:
        return None
    if not (timestamp.isascii() and timestamp.isdigit()) or abs(now - int(timestamp[:15])) > TOLERANCE_S:
        return None
    return organization, connector


def is_signed_by(key: bytes, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether one of the signatures is that of the public ``key`` (32 bytes)."""
    content = _content(headers[ID], headers[TIMESTAMP], body)
    verifier = Ed25519PublicKey.from_public_bytes(key)
    for each in headers[SIGNATURE].split(" ")[:4]:
        version, _, encoded = each.partition(",")
        if version != VERSION:
            continue
        try:
            verifier.verify(base64.b64decode(encoded, validate=True), content)
        except (InvalidSignature, binascii.Error, ValueError):
            continue
        return True
    return False


def _content(identifier: str, timestamp: str, body: bytes) -> bytes:
    return f"{identifier}.{timestamp}.".encode() + body
