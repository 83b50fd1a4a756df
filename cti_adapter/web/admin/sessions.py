"""Sessions of administrators: in this process's memory, under the hash of an id that only their browser has.

They end after 8 hours, or half an hour without a request (OWASP ASVS 7.3), and with a restart of the server. Flask's
own session object stands on them, so that Flask-WTF keeps its secret here and nothing is stored in a cookie.
"""

import hashlib
import hmac
import re
import secrets
from collections import OrderedDict, UserDict
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from flask import Flask, Request, Response
from flask import request as current_request
from flask.sessions import SessionInterface, SessionMixin

from ...application.ports import Clock
from ...domain.organization import Administrator, Role

#: In seconds.
LONGEST_S, IDLE_S = 8 * 3600.0, 30 * 60.0
#: Sessions at a time; the one that was not used for longest goes first.
MOST = 1000
#: 256 bits, 43 characters.
ID_BYTES = 32
#: ``__Host-``: set by this host over https, for this host alone (RFC 6265bis 4.1.3.2). Plain http is for loopback.
SECURE_PREFIX, COOKIE = "__Host-", "cti-admin"
PREFIX, BLUEPRINT = "/admin", "admin"
_ID = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(slots=True)
class Entry:
    """A session. ``opened_at`` is seconds since 1970, ``opened`` and ``used`` are of the clock that never jumps."""

    login: str
    role: Role
    organization: str | None
    opened_at: float
    opened: float
    used: float
    data: dict[str, Any] = field(default_factory=dict)

    def belongs_to(self, administrator: Administrator) -> bool:
        """Whether ``administrator``, as it is now, may go on with it."""
        same = (self.role, self.organization) == (administrator.role, administrator.organization)
        return same and self.opened_at >= administrator.signed_out_before


class SessionStore:
    """May be used by several threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        self._lock = Lock()

    def open(self, administrator: Administrator, data: dict[str, Any]) -> str:
        """The id of a new session."""
        session = new_id()
        now = self._clock.monotonic()
        entry = Entry(
            administrator.login, administrator.role, administrator.organization, self._clock.now(), now, now, data
        )
        with self._lock:
            self._forget_ended(now)
            while len(self._entries) >= MOST:
                self._entries.popitem(last=False)
            self._entries[_hashed(session)] = entry
        return session

    def find(self, session: str) -> Entry | None:
        """What belongs to the id, if it has not ended; it counts as used now."""
        key = _hashed(session)
        now = self._clock.monotonic()
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            if _has_ended(entry, now):
                del self._entries[key]
                return None
            entry.used = now
            self._entries.move_to_end(key)
            return entry

    def end(self, session: str) -> None:
        """Nobody can go on with it."""
        with self._lock:
            self._entries.pop(_hashed(session), None)

    def _forget_ended(self, now: float) -> None:
        for key in [key for key, entry in self._entries.items() if _has_ended(entry, now)]:
            del self._entries[key]


class ConsoleSession(UserDict[str, Any], SessionMixin):
    """What Flask calls the session. A stranger's is forgotten after the request, all but the id in the cookie."""

    def __init__(self, session: str, entry: Entry | None, data: dict[str, Any], *, fresh: bool) -> None:
        super().__init__()
        self.data = data
        self.id = session
        self.entry = entry
        self.fresh = fresh
        """The browser does not have this id yet."""


class ConsoleSessions(SessionInterface):
    """Sessions for paths of the console only; other pages have none. ``secure``: browsers come over https."""

    def __init__(self, store: SessionStore, secure: Callable[[], bool]) -> None:
        self._store = store
        self._secure = secure
        self._strangers_key = secrets.token_bytes(ID_BYTES)

    def open_session(self, app: Flask, request: Request) -> ConsoleSession | None:
        """See Flask."""
        if request.path != PREFIX and not request.path.startswith(f"{PREFIX}/"):
            return None
        sent = request.cookies.get(self._cookie(), "")
        known = _ID.fullmatch(sent) is not None
        entry = self._store.find(sent) if known else None
        if entry is not None:
            return ConsoleSession(sent, entry, entry.data, fresh=False)
        session = sent if known else new_id()
        return ConsoleSession(session, None, self._strangers_data(session), fresh=not known)

    def save_session(self, app: Flask, session: MutableMapping[str, Any], response: Response) -> None:
        """See Flask."""
        # Other pages may be below the same prefix, and are for everybody.
        if isinstance(session, ConsoleSession) and session.fresh and current_request.blueprint == BLUEPRINT:
            response.set_cookie(
                self._cookie(), session.id, path="/", secure=self._secure(), httponly=True, samesite="Strict"
            )

    def enter(self, session: ConsoleSession, administrator: Administrator) -> None:
        """Somebody has signed in: another id, and nothing of the former session but the language."""
        kept = {name: session[name] for name in ("language",) if name in session}
        self._store.end(session.id)
        self._become(session, self._store.open(administrator, kept))

    def leave(self, session: ConsoleSession) -> None:
        """Signed out, or not allowed any more."""
        self._store.end(session.id)
        self._become(session, new_id())

    def _become(self, session: ConsoleSession, new: str) -> None:
        entry = self._store.find(new)
        session.id, session.entry, session.fresh = new, entry, True
        session.data = entry.data if entry is not None else self._strangers_data(new)

    def _strangers_data(self, session: str) -> dict[str, Any]:
        """What Flask-WTF finds for the form of the sign-in: made of the id, so that strangers need no memory."""
        made = hmac.new(self._strangers_key, session.encode(), hashlib.sha256).hexdigest()
        return {"csrf_token": made}

    def _cookie(self) -> str:
        return cookie_name(COOKIE, self._secure())


def cookie_name(name: str, secure: bool) -> str:
    """What a cookie is called. ``secure``: browsers come over https."""
    return f"{SECURE_PREFIX}{name}" if secure else name


def new_id() -> str:
    """Of a session; never used before."""
    return secrets.token_urlsafe(ID_BYTES)


def _hashed(session: str) -> str:
    return hashlib.sha256(session.encode()).hexdigest()


def _has_ended(entry: Entry, now: float) -> bool:
    return now >= entry.opened + LONGEST_S or now >= entry.used + IDLE_S
