"""Keys of connectors that attach over HTTP: known by their hash only. Not the sign-in of agents."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ConnectorIdentity:
    """What a connector's key proves."""

    org: str
    connector: str


#: key as sent -> whose it is, or None.
ConnectorKeys = Callable[[str], ConnectorIdentity | None]


def hashed_keys(org: str, keys: Mapping[str, str]) -> ConnectorKeys:
    """A checker for ``keys`` (connector id -> key). Keys are long and random, so one fast hash is enough."""
    by_hash = {_hash(key): ConnectorIdentity(org, connector) for connector, key in keys.items()}
    return lambda key: by_hash.get(_hash(key))


def no_keys(_: str) -> ConnectorIdentity | None:
    """Nobody may attach from outside."""
    return None


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
