"""The registry in a database: implements ``application.registry.Registry`` and ``ChangeableRegistry``."""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from msgspec import ValidationError, convert, structs
from sqlalchemy import URL, Engine, delete, insert, select

from ..application.registry import RegistryConflict, Snapshot
from ..application.registry_changes import Changes, Records
from ..domain.organization import AgentRecord, AuditEntry, Organization, PersonalToken
from .database import WRITES, create_sqlite_file, engine_of, parsed, shown, sqlite_file, trouble_told
from .migration import is_there, migrate
from .reading import StoredRecords, all_connectors, all_of
from .tables import Audit, Secrets, Version
from .writing import StoredChanges

SECRET_BYTES = 32
#: Who the audit says has done what follows from a sign-in, where it is not the agent.
SERVER = "server"


def open_registry(url: str, now: Callable[[], float] = time.time) -> "SqlRegistry":
    """The registry at ``url``, made and brought to this program's tables as necessary.

    ``now`` gives seconds since 1970. Raises ``WrongUrl`` and ``RegistryUnavailable``.
    """
    place = parsed(url)
    file = sqlite_file(place)
    if file is not None:
        create_sqlite_file(file)
    engine = engine_of(place)
    with trouble_told(place):
        migrate(engine, shown(place))
    return SqlRegistry(engine, place, now)


def registry_exists(url: str) -> bool:
    """Whether there is a registry at ``url``; makes nothing. Raises like ``open_registry``."""
    place = parsed(url)
    file = sqlite_file(place)
    if file is not None and not file.exists():
        return False
    engine = engine_of(place)
    try:
        with trouble_told(place):
            return is_there(engine)
    finally:
        engine.dispose()


def shown_url(url: str) -> str:
    """``url`` for people: without password. Raises ``WrongUrl``."""
    return shown(parsed(url))


class SqlRegistry:
    """May be used by several threads."""

    def __init__(self, engine: Engine, url: URL, now: Callable[[], float]) -> None:
        self._url = url
        self._now = now
        self._engine = engine
        # One view for several statements: SQLite's transactions are that by themselves.
        level = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
        self._reader = engine.execution_options(**level)
        self._writer = engine.execution_options(**{WRITES: True})

    def close(self) -> None:
        """Give back the connections."""
        self._engine.dispose()

    # --- what nodes need ---

    def version(self) -> int:
        """See ``Registry``."""
        with self._read() as records:
            return records.connection.execute(select(Version.version)).scalar_one()

    def snapshot(self) -> Snapshot:
        """See ``Registry``."""
        with self._read() as records:
            connection = records.connection
            return Snapshot(
                connection.execute(select(Version.version)).scalar_one(),
                all_of(connection, Organization),
                all_of(connection, AgentRecord),
                all_of(connection, PersonalToken),
                all_connectors(connection),
            )

    def admit(self, organization: str, issuer: str, subject: str, login: str, name: str) -> AgentRecord:
        """See ``Registry``. Also raises ``RegistryConflict`` for an identity that cannot be kept."""
        new = _identified(organization, issuer, subject, login, name)
        with self._change() as changes:
            known = changes.agent_by_subject(organization, issuer, subject)
            if known is not None:
                return known
            if changes.organization(organization) is None:
                raise RegistryConflict(f"organization {organization!r} is gone")
            named = changes.agent(organization, login)
            if named is None:
                agent = structs.replace(new, id=f"u_{secrets.token_urlsafe(12)}")
                changes.add(agent)
            elif named.subject:
                raise RegistryConflict(f"{login!r} belongs to another identity")
            else:
                agent = structs.replace(named, name=named.name or new.name, issuer=issuer, subject=subject)
                changes.replace(agent)
            changes.tell(self._entry(login, organization, "agent.admitted" if named is None else "agent.bound", login))
            return agent

    def secret(self, name: str) -> bytes:
        """See ``Registry``."""
        wanted = select(Secrets.value).where(Secrets.name == name)
        with self._read() as records:
            found = records.connection.scalar(wanted)
        if found is not None:
            return found
        with self._change() as changes:
            found = changes.connection.scalar(wanted)
            if found is None:
                found = secrets.token_bytes(SECRET_BYTES)
                changes.connection.execute(insert(Secrets).values(name=name, value=found))
                changes.tell(self._entry(SERVER, "", "secret.made", name))
            return found

    # --- what administration needs ---

    @contextmanager
    def reading(self) -> Iterator[Records]:
        """See ``ChangeableRegistry``."""
        with self._read() as records:
            yield records

    @contextmanager
    def changing(self) -> Iterator[Changes]:
        """See ``ChangeableRegistry``."""
        with self._change() as changes:
            yield changes

    def forget_audit(self, before: float) -> int:
        """See ``ChangeableRegistry``."""
        with trouble_told(self._url), self._writer.begin() as connection:
            return connection.execute(delete(Audit).where(Audit.at < before)).rowcount

    # --- transactions ---

    @contextmanager
    def _read(self) -> Iterator[StoredRecords]:
        with trouble_told(self._url), self._reader.connect() as connection:
            yield StoredRecords(connection)

    @contextmanager
    def _change(self) -> Iterator[StoredChanges]:
        with trouble_told(self._url), self._writer.connect() as connection, connection.begin() as transaction:
            changes = StoredChanges(connection)
            yield changes
            if not changes.is_one():
                transaction.rollback()

    def _entry(self, actor: str, organization: str, action: str, target: str) -> AuditEntry:
        return AuditEntry(at=self._now(), actor=actor, organization=organization, action=action, target=target)


def _identified(organization: str, issuer: str, subject: str, login: str, name: str) -> AgentRecord:
    """An agent without id. What an identity provider says may be too long, or no text that a database takes."""
    name = "".join(filter(str.isprintable, name))[:80]
    fields = {"organization": organization, "issuer": issuer, "subject": subject, "login": login, "name": name}
    try:
        "".join(fields.values()).encode()
        return convert({"id": "", **fields}, AgentRecord)
    except (UnicodeEncodeError, ValidationError) as error:
        raise RegistryConflict(f"this identity cannot be kept: {error}") from None
