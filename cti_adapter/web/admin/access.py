"""Who gets through the door of the console, and what they may do there. Asked before every request, in one place."""

import hashlib
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeAlias, cast
from urllib.parse import urlsplit

from flask import Response, abort, current_app, g, request, session
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import NotFound

from ...application.administration import Actor, Administration, AdministrationRefused
from ...application.ports import Clock
from ...domain.organization import Administrator, AgentRecord, ConnectorRecord, Organization, Role
from .answers import go, problem
from .identity_provider import IdentityProvider
from .sessions import ConsoleSession, ConsoleSessions
from .texts import Texts, chosen

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Parameters = ParamSpec("Parameters")

#: Bytes of a form; of the file with agents, and of a field of it (``agent_file.LONGEST_FILE`` characters).
LONGEST_FORM, LONGEST_IMPORT = 256 * 1024, 42_000_000
#: Longest part of an address.
LONGEST_PART = 120
#: May be asked without a session.
FOR_STRANGERS = frozenset({"admin.sign_in", "admin.sign_out", "admin.to_provider", "admin.from_provider"})


@dataclass(frozen=True)
class ConsoleOptions:
    """What the console needs to know."""

    administration: Administration
    clock: Clock
    url: Callable[[], str]
    """Under which browsers reach this server."""
    networks: tuple[Network, ...] = ()
    """Who may reach the console; empty: everybody who reaches the server."""
    provider: IdentityProvider | None = None
    """Who vouches for administrators; None: passwords only."""

    def secure(self) -> bool:
        """Whether browsers come over https."""
        return self.url().startswith("https://")


class Door:
    """``check`` is asked before each request of the console; an answer of it is the answer."""

    def __init__(self, options: ConsoleOptions, sessions: ConsoleSessions) -> None:
        self._options = options
        self._service = options.administration
        self._sessions = sessions
        self._reach = Reach(options.administration)

    def check(self) -> Response | None:
        """Network, host, size, session, CSRF token, and whether what the address names is there for this person."""
        if not _is_inside(request.remote_addr, self._options.networks):
            return _as_if_there_were_none()
        g.texts = Texts(chosen())
        if not self._options.secure() and not is_this_machine(urlsplit(f"//{request.host}").hostname or ""):
            return problem(403, "https_needed")
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none") and _changes():
            return problem(400, "form_expired")
        request.max_content_length = request.max_form_memory_size = (
            LONGEST_IMPORT if request.endpoint in ("admin.import_agents", "admin.run_import") else LONGEST_FORM
        )
        if self._enter() is None and request.endpoint not in FOR_STRANGERS:
            return go("sign_in")
        csrf: CSRFProtect = current_app.extensions["csrf"]
        csrf.protect()
        self._reach.load()
        return None

    def _enter(self) -> Actor | None:
        """Whose session this is, as the registry says now."""
        current = console_session()
        if current.entry is None:
            return None
        found = self._service.administrators.current(current.entry.login)
        if found is None or not current.entry.belongs_to(found):
            self._sessions.leave(current)
            return None
        g.with_password = bool(found.password_hash)
        g.actor = Actor(found.login, found.role, found.organization)
        return actor()


class Reach:
    """What the address names, or 404: the same for what does not exist and what this person may not see."""

    def __init__(self, administration: Administration) -> None:
        self._service = administration

    def load(self) -> None:
        """Organization, agent, connector and administrator of the address."""
        names = {name: value for name, value in (request.view_args or {}).items() if isinstance(value, str)}
        if any(not value.isprintable() or len(value) > LONGEST_PART for value in names.values()):
            abort(404)
        try:
            if "organization" in names:
                g.organization = self._service.organizations.one(actor(), names["organization"])
            if "agent" in names:
                g.agent = self._service.agents.by_id(actor(), names["organization"], names["agent"])
            if "connector" in names:
                g.connector = self._service.connectors.one(actor(), names["organization"], names["connector"])
            if "administrator" in names:
                g.administrator = self._administrator(names["administrator"])
        except AdministrationRefused:
            abort(404)

    def _administrator(self, key: str) -> Administrator:
        found = [each for each in self._service.administrators.all(actor()) if administrator_key(each.login) == key]
        return found[0] if found else abort(404)


def for_changers(view: Callable[Parameters, Response]) -> Callable[Parameters, Response]:
    """Auditors do not get ``view``."""

    @wraps(view)
    def guarded(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Response:
        if actor().role is Role.AUDITOR:
            abort(403)
        return view(*args, **kwargs)

    return guarded


def for_owners(view: Callable[Parameters, Response]) -> Callable[Parameters, Response]:
    """Only owners get ``view``."""

    @wraps(view)
    def guarded(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Response:
        if actor().role is not Role.OWNER:
            abort(403)
        return view(*args, **kwargs)

    return guarded


def actor() -> Actor:
    """Whoever is signed in."""
    return cast(Actor, g.actor)


def the_organization() -> Organization:
    """Of the address."""
    return cast(Organization, g.organization)


def the_agent() -> AgentRecord:
    """Of the address."""
    return cast(AgentRecord, g.agent)


def the_connector() -> ConnectorRecord:
    """Of the address."""
    return cast(ConnectorRecord, g.connector)


def the_administrator() -> Administrator:
    """Of the address."""
    return cast(Administrator, g.administrator)


def administrator_key(login: str) -> str:
    """For addresses, which must not name people: they are in logs of proxies."""
    return hashlib.sha256(login.encode()).hexdigest()[:16]


def console_session() -> ConsoleSession:
    """Of this request."""
    # Flask hands out a proxy, which stands for the object itself.
    return cast(ConsoleSession, session)


def is_this_machine(host: str) -> bool:
    """Whether ``host`` is a loopback name or address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _as_if_there_were_none() -> Response:
    """Flask's own page for what is not there, with its headers and without a cookie."""
    console_session().fresh = False
    g.hidden = True
    return cast(Response, NotFound().get_response())


def _changes() -> bool:
    return request.method not in ("GET", "HEAD", "OPTIONS")


def _is_inside(address: str | None, networks: tuple[Network, ...]) -> bool:
    if not networks:
        return True
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return False
    # A socket for both families sees IPv4 as ::ffff:192.0.2.1.
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return any((mapped or found) in network for network in networks)
