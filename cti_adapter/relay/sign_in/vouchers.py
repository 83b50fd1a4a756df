"""Short-lived words of one use that this relay gives out and takes back: nonces and tickets.

They are signed with a secret that all nodes share, so that any node takes back what another has given out; that one
has been used all nodes of a pool hear of.
"""

import hashlib
import secrets
from collections.abc import Callable
from typing import Any

from itsdangerous import BadSignature, SignatureExpired, TimestampSigner, URLSafeTimedSerializer

from ...application.ports import Clock

#: Used words remembered; sign-ins within two minutes, even of ten thousand agents after a power cut.
MOST_USED = 100_000


class VoucherRefused(Exception):
    """Not one of ours, too old, or used before; the message says which."""


class Vouchers:
    """``secret``: at least 32 random bytes."""

    def __init__(self, secret: bytes, clock: Clock) -> None:
        self._secret = secret
        self._clock = clock
        self._used: dict[bytes, float] = {}
        self.tell: Callable[[bytes, float], None] = lambda digest, for_s: None
        """Hears of each word that is used up here: its SHA-256, and for how many seconds it has to be remembered."""

    def issue(self, purpose: str, content: dict[str, Any]) -> str:
        """A word for ``content`` (JSON data), readable for whoever has it, but not to be changed."""
        return self._serializer(purpose).dumps([secrets.token_urlsafe(12), content])

    def redeem(self, purpose: str, word: str, max_age_s: float) -> dict[str, Any]:
        """The content of ``word``, once. Raises ``VoucherRefused``."""
        try:
            _, content = self._serializer(purpose).loads(word, max_age=int(max_age_s))
        except SignatureExpired:
            raise VoucherRefused("is too old") from None
        except BadSignature:
            raise VoucherRefused("is not one of this relay") from None
        self._use_up(word, max_age_s)
        found: dict[str, Any] = content
        return found

    def _use_up(self, word: str, max_age_s: float) -> None:
        # The whole word: base64 of the same content can be written in more than one way.
        digest = hashlib.sha256(word.encode()).digest()
        if digest in self._used:
            raise VoucherRefused("has been used before")
        # One second more, since the age is counted in whole seconds.
        self.remember(digest, max_age_s + 1)
        self.tell(digest, max_age_s + 1)

    def remember(self, digest: bytes, for_s: float) -> None:
        """A word was used, here or at another node."""
        now = self._clock.monotonic()
        # Ordered by time of use: the oldest are the first.
        while self._used and (next(iter(self._used.values())) <= now or len(self._used) >= MOST_USED):
            del self._used[next(iter(self._used))]
        self._used[digest] = now + for_s

    def _serializer(self, purpose: str) -> URLSafeTimedSerializer:
        clock = self._clock

        class Signer(TimestampSigner):
            def get_timestamp(self) -> int:
                return int(clock.now())

        kind = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
        return URLSafeTimedSerializer(self._secret, salt=f"cti.{purpose}", signer=Signer, signer_kwargs=kind)
