"""Who is signed in: bearer tokens (only their hash is kept) with a sliding and an absolute end. No HTTP, no clock."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from msgspec import Struct

from ..domain.agent import AgentKey
from ..domain.organization import SignInMode
from .refusals import ErrorId, Refused
from .relay_settings import RelaySettings

#: Random bytes of a bearer token: 256 bits cannot be guessed, so the token needs neither user nor signature.
BEARER_BYTES = 32


@dataclass(frozen=True, slots=True)
class Standing:
    """What a session stands on: as long as the registry bears it out, the session may go on."""

    mode: SignInMode
    agent_id: str = ""
    """``AgentRecord.id``; empty where the registry need not know the agent (mode ``id``)."""
    token_hash: str = ""
    """The personal token that was shown (mode ``token``)."""
    since: float = 0.0
    """When the agent has signed in; seconds since 1970. A ticket hands it on."""
    proof_s: float | None = None
    """How long the proof is good, in seconds, before it has to be renewed; None: as long as the session."""


@dataclass(slots=True)
class OpenSession:
    """One signed-in page. ``id`` is the SHA-256 of its bearer; the bearer itself is nowhere."""

    id: str
    key: AgentKey
    standing: Standing
    ends_at: float
    used_at: float
    polled_at: float
    proven_until: float | None = None
    turn: int = 0
    """Of the latest poll that has arrived."""


class SessionCopy(Struct, frozen=True, kw_only=True):
    """A session for the other nodes of a pool. Times are in seconds from now, since their clocks may differ."""

    id: str
    org: str
    agent: str
    standing: Standing
    ends_in_s: float
    proven_for_s: float | None = None


class Sessions:
    """All sessions of this relay. ``token`` gives random text from a number of bytes; ``now`` is monotonic seconds."""

    def __init__(self, token: Callable[[int], str], settings: RelaySettings) -> None:
        self._token = token
        self._settings = settings
        self._by_id: dict[str, OpenSession] = {}
        self._by_agent: dict[AgentKey, dict[str, OpenSession]] = {}
        #: Those that are open at other nodes, until they are used here.
        self._elsewhere: dict[str, OpenSession] = {}

    def open(
        self, key: AgentKey, standing: Standing, now: float, age_s: float = 0.0
    ) -> tuple[str, OpenSession, OpenSession | None]:
        """Start a session: its bearer, the session, and the one that had to make room for it, if any.

        ``age_s``: how long ago the agent has signed in, seconds; a tab that comes later does not prolong the day.
        Raises ``Refused`` (too_many_requests) when this relay holds all the sessions it may hold.
        """
        if len(self._by_id) >= self._settings.sessions:
            raise Refused(ErrorId.TOO_MANY_REQUESTS, "this relay holds no more sessions", retry_after_s=30)
        oldest = self._make_room(key)
        bearer = self._token(BEARER_BYTES)
        ends_at = now + self._settings.session_absolute_s - age_s
        session = OpenSession(hashed(bearer), key, standing, ends_at, now, now)
        self.renew(session, standing, now)
        self._by_id[session.id] = session
        self._by_agent.setdefault(key, {})[session.id] = session
        return bearer, session, oldest

    def renew(self, session: OpenSession, standing: Standing, now: float) -> None:
        """A fresh proof was shown: the session goes on, as long as it could anyway."""
        session.standing = replace(standing, since=session.standing.since)
        session.proven_until = None if standing.proof_s is None else now + standing.proof_s

    def _make_room(self, key: AgentKey) -> OpenSession | None:
        of_agent = self._by_agent.get(key, {})
        if len(of_agent) < self._settings.sessions_per_agent:
            return None
        oldest = min(of_agent.values(), key=lambda session: session.used_at)
        self.close(oldest)
        return oldest

    def use(self, bearer: str, now: float) -> OpenSession:
        """The session of ``bearer``, whose sliding end moves on. Raises ``Refused`` (session_expired)."""
        session_id = hashed(bearer)
        session = self._by_id.get(session_id) or self._moved_here(session_id, now)
        if session is None or self._over(session, now):
            raise Refused(ErrorId.SESSION_EXPIRED, "this session has ended or never was; sign in again")
        session.used_at = now
        return session

    def _moved_here(self, session_id: str, now: float) -> OpenSession | None:
        """Opened at another node; its agent comes to this one now."""
        session = self._elsewhere.pop(session_id, None)
        if session is None:
            return None
        session.used_at = session.polled_at = now
        self._make_room(session.key)
        self._by_id[session.id] = session
        self._by_agent.setdefault(session.key, {})[session.id] = session
        return session

    def knows(self, session_id: str) -> bool:
        """Whether a session is known here, wherever it was opened."""
        return session_id in self._by_id or session_id in self._elsewhere

    def copy(self, session_id: str, now: float) -> SessionCopy | None:
        """For other nodes; None where it is not known or over."""
        session = self._by_id.get(session_id) or self._elsewhere.get(session_id)
        if session is None or self._over(session, now):
            return None
        proven = session.proven_until
        return SessionCopy(
            id=session.id,
            org=session.key.org,
            agent=session.key.agent,
            standing=session.standing,
            ends_in_s=session.ends_at - now,
            proven_for_s=None if proven is None else proven - now,
        )

    def remember(self, copy: SessionCopy, now: float) -> None:
        """Another node has opened it, or renewed it."""
        proven_until = None if copy.proven_for_s is None else now + copy.proven_for_s
        known = self._by_id.get(copy.id)
        if known is not None:
            known.standing, known.proven_until = copy.standing, proven_until
            return
        while len(self._elsewhere) >= self._settings.sessions:
            del self._elsewhere[next(iter(self._elsewhere))]
        key = AgentKey(copy.org, copy.agent)
        self._elsewhere[copy.id] = OpenSession(
            copy.id, key, copy.standing, now + copy.ends_in_s, now, now, proven_until
        )

    def end(self, session_id: str) -> OpenSession | None:
        """It was ended at another node: the session, where it is open here, for the caller to close."""
        self._elsewhere.pop(session_id, None)
        return self._by_id.get(session_id)

    def is_open(self, session: OpenSession) -> bool:
        """Whether ``session`` is still the one that its id stands for."""
        return self._by_id.get(session.id) is session

    def close(self, session: OpenSession) -> None:
        """End ``session``; nothing happens when it has ended already."""
        self._by_id.pop(session.id, None)
        self._elsewhere.pop(session.id, None)
        of_agent = self._by_agent.get(session.key, {})
        of_agent.pop(session.id, None)
        if not of_agent:
            self._by_agent.pop(session.key, None)

    def ended(self, now: float) -> list[OpenSession]:
        """Sessions whose time has run out; the caller closes them."""
        for session_id in [each.id for each in self._elsewhere.values() if now >= each.ends_at]:
            del self._elsewhere[session_id]
        return [session for session in self._by_id.values() if self._over(session, now)]

    def __iter__(self) -> Iterator[OpenSession]:
        return iter([*self._by_id.values(), *self._elsewhere.values()])

    def silent(self, now: float) -> list[OpenSession]:
        """Sessions that have not polled or asked for anything for so long that nothing should wait for them.

        A tab beside a leading one does not poll; its requests show that it is there.
        """
        idle = self._settings.reader_idle_s
        return [s for s in self._by_id.values() if now >= max(s.polled_at, s.used_at) + idle]

    def expires_in_s(self, session: OpenSession, now: float) -> int:
        """Seconds until ``session`` ends if it is not used."""
        ends = min(self._settings.session_sliding_s, session.ends_at - now)
        return int(ends if session.proven_until is None else min(ends, session.proven_until - now))

    def _over(self, session: OpenSession, now: float) -> bool:
        if session.proven_until is not None and now >= session.proven_until:
            return True
        return now >= session.ends_at or now >= session.used_at + self._settings.session_sliding_s


def hashed(bearer: str) -> str:
    """What is kept of a bearer: its SHA-256 in hexadecimal."""
    return hashlib.sha256(bearer.encode("utf-8", "surrogatepass")).hexdigest()
