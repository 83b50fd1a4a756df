"""Tokens and keys as they are written, made and kept: what is random is told once and stored as a hash."""

import base64
import binascii
import hashlib
import secrets

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

TOKEN_PREFIX, API_KEY_PREFIX = "ctp_", "ctk_"
#: Standard Webhooks' notation of Ed25519 keys: 32 bytes in base64.
PRIVATE_KEY_PREFIX, PUBLIC_KEY_PREFIX = "whsk_", "whpk_"
#: 43 characters in base64url.
RANDOM_BYTES = 32
KEY_BYTES = 32


def new_personal_token() -> str:
    """For an agent to sign in with."""
    return TOKEN_PREFIX + secrets.token_urlsafe(RANDOM_BYTES)


def new_api_key() -> str:
    """For a connector to attach with."""
    return API_KEY_PREFIX + secrets.token_urlsafe(RANDOM_BYTES)


def kept(credential: str) -> str:
    """What the registry keeps of a token or API key: SHA-256 in hex of all of it."""
    return hashlib.sha256(credential.encode()).hexdigest()


def new_key_pair() -> tuple[str, str]:
    """Private (``whsk_…``) and public key (``whpk_…``)."""
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()
    return PRIVATE_KEY_PREFIX + _base64(key.private_bytes_raw()), PUBLIC_KEY_PREFIX + _base64(public)


def read_public_key(text: str) -> str:
    """What the registry keeps of a public key ``whpk_…``. Raises ``ValueError`` with the rule."""
    text = text.strip()
    if text.startswith(PRIVATE_KEY_PREFIX):
        raise ValueError(f"is the private key, which has to stay where it is; must begin with {PUBLIC_KEY_PREFIX}")
    return _base64(_key_bytes(text, PUBLIC_KEY_PREFIX))


def read_private_key(text: str) -> bytes:
    """The seed of a private key ``whsk_…``. Raises ``ValueError`` with the rule, which does not repeat the key."""
    return _key_bytes(text.strip(), PRIVATE_KEY_PREFIX)


def _key_bytes(text: str, prefix: str) -> bytes:
    rule = f"must be {prefix} and the base64 of {KEY_BYTES} bytes"
    try:
        key = base64.b64decode(text.removeprefix(prefix), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(rule) from None
    if not text.startswith(prefix) or len(key) != KEY_BYTES:
        raise ValueError(rule)
    return key


def _base64(key: bytes) -> str:
    return base64.b64encode(key).decode()
