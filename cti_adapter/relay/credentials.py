"""Who a connector is that attaches over HTTP: an API key as bearer, or a signed request. Not the sign-in of agents."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..application.credentials import kept
from ..application.ports import Clock
from ..application.registry import Snapshot, good
from .signatures import ID, TOLERANCE_S, announced, is_signed_by

#: Ids of signed requests remembered, so that none is taken twice; some hundred connectors for ten minutes.
MOST_IDS = 200_000


@dataclass(frozen=True)
class ConnectorIdentity:
    """What a connector's credential proves."""

    org: str
    connector: str


class ConnectorCredentials:
    """``keys`` are those of the configuration file (SHA-256 in hex -> whose), beside the registry's."""

    def __init__(
        self, picture: Callable[[], Snapshot], clock: Clock, keys: Mapping[str, ConnectorIdentity] | None = None
    ) -> None:
        self._picture = picture
        self._clock = clock
        self._keys = dict(keys or {})
        self._seen: dict[bytes, float] = {}

    def by_key(self, key: str) -> ConnectorIdentity | None:
        """Whose API key it is."""
        value = kept(key)
        if value in self._keys:
            return self._keys[value]
        found = self._picture().connector_by_key(value, self._clock.now())
        if found is None or found[1].kind != "api_key":
            return None
        return ConnectorIdentity(found[0].organization, found[0].id)

    def announced(self, headers: Mapping[str, str]) -> bool:
        """Whether a body that comes with ``headers`` may be worth reading: it names a connector with a public key."""
        return bool(self._public_keys(headers))

    def by_signature(self, headers: Mapping[str, str], body: bytes) -> ConnectorIdentity | None:
        """Who has signed the request, if that was not seen before."""
        who = announced(headers, self._clock.now())
        if who is None or not any(is_signed_by(key, headers, body) for key in self._public_keys(headers)):
            return None
        identity = ConnectorIdentity(*who)
        return identity if self._is_new(identity, headers[ID]) else None

    def stands(self, org: str, connector: str) -> bool:
        """Whether a connector that has attached may go on."""
        if ConnectorIdentity(org, connector) in self._keys.values():
            return True
        record, now = self._picture().connector(org, connector), self._clock.now()
        return record is not None and record.active and any(good(key, now) for key in record.keys)

    def _public_keys(self, headers: Mapping[str, str]) -> list[bytes]:
        now = self._clock.now()
        who = announced(headers, now)
        record = self._picture().connector(*who) if who else None
        if record is None or not record.active:
            return []
        return [base64.b64decode(key.value) for key in record.keys if key.kind == "ed25519" and good(key, now)]

    def _is_new(self, identity: ConnectorIdentity, identifier: str) -> bool:
        now = self._clock.monotonic()
        while self._seen and (next(iter(self._seen.values())) <= now or len(self._seen) >= MOST_IDS):
            del self._seen[next(iter(self._seen))]
        word = hashlib.sha256(f"{identity.org}/{identity.connector} {identifier}".encode()).digest()
        if word in self._seen:
            return False
        # A clock that is ahead by the tolerance makes a request good for twice as long.
        self._seen[word] = now + 2 * TOLERANCE_S
        return True


def hashed_keys(org: str, keys: Mapping[str, str]) -> dict[str, ConnectorIdentity]:
    """``keys`` (connector id -> key) by their hash. Keys are long and random, so one fast hash is enough."""
    return {kept(key): ConnectorIdentity(org, connector) for connector, key in keys.items()}
