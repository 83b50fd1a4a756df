"""Codes of sign-in windows that have lost their opener, until the page that has opened them picks them up."""

import base64
import hashlib

from ...application.ports import Clock
from ...application.refusals import ErrorId, Refused
from ...application.sign_in_messages import Handoff, HandoffAnswer

#: How long a code waits, in seconds, and how many may.
WAIT_S = 180.0
MOST = 10_000


class Handoffs:
    """In memory. ``state`` is the SHA-256 of the word that picks the code up, so the window's address is of no use."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: dict[str, tuple[float, HandoffAnswer]] = {}

    def put(self, handoff: Handoff) -> None:
        """Keep it; the first one with this state counts."""
        now = self._clock.monotonic()
        while self._waiting and (next(iter(self._waiting.values()))[0] <= now or len(self._waiting) >= MOST):
            del self._waiting[next(iter(self._waiting))]
        answer = HandoffAnswer(code=handoff.code, issuer=handoff.issuer)
        self._waiting.setdefault(handoff.state, (now + WAIT_S, answer))

    def take(self, pickup: str) -> HandoffAnswer:
        """The code for ``pickup``, once. Raises ``Refused`` (not_found) while there is none."""
        found = self._waiting.pop(hashed(pickup), None)
        if found is None or found[0] <= self._clock.monotonic():
            raise Refused(ErrorId.NOT_FOUND, "no window has come back yet")
        return found[1]


def hashed(word: str) -> str:
    """SHA-256 of ``word`` in base64url without padding, as PKCE writes it (RFC 7636, 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(word.encode()).digest()).rstrip(b"=").decode()
