"""From a URL to an engine: what SQLite and PostgreSQL need to be safe and never to keep anybody waiting for long."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from ..application.registry import RegistryUnavailable

#: How long a connection may take to open, and to be lent by the pool, in seconds.
CONNECT_S = 5
#: How long a writer of SQLite waits for the one before, in seconds.
BUSY_S = 10.0
#: How long PostgreSQL works on one statement, waiting for locks included, in seconds.
STATEMENT_S = 10
#: Connections of one process; requests that find none wait for ``CONNECT_S``.
CONNECTIONS = 5
#: Execution option of connections that will write.
WRITES = "cti_writes"
POSTGRESQL = "postgresql+psycopg"


class WrongUrl(ValueError):
    """The database's URL cannot be used; the sentence names the rule and not the URL, which may hold a password."""


def parsed(url: str) -> URL:
    """``url`` as SQLAlchemy's. Raises ``WrongUrl``."""
    rule = "must be sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/DATABASE"
    try:
        found = make_url(url)
    except (ArgumentError, ValueError):
        raise WrongUrl(rule) from None
    if found.drivername == "sqlite":
        if found.host or found.query or found.database in (None, "", ":memory:"):
            raise WrongUrl("must be sqlite:///FILE: the registry has to outlive a restart")
    elif found.drivername in ("postgresql", POSTGRESQL):
        if not found.database:
            raise WrongUrl(rule)
        found = found.set(drivername=POSTGRESQL)
    else:
        raise WrongUrl(rule)
    return found


def shown(url: URL) -> str:
    """The database's place for people: without password and options."""
    file = sqlite_file(url)
    if file is not None:
        return f"sqlite:///{file}"
    plain = URL.create(url.drivername, username=url.username, host=url.host, port=url.port, database=url.database)
    return plain.render_as_string()


def sqlite_file(url: URL) -> Path | None:
    """Where SQLite's file is; None for another database."""
    return Path(url.database or "").absolute() if url.drivername == "sqlite" else None


def engine_of(url: URL) -> Engine:
    """Opens nothing yet."""
    file = sqlite_file(url)
    return _postgresql(url) if file is None else _sqlite(file)


def _sqlite(file: Path) -> Engine:
    def connect() -> sqlite3.Connection:
        # rw: a file that is gone is an error; SQLite would make an empty one in its place.
        return sqlite3.connect(f"{file.as_uri()}?mode=rw", uri=True, timeout=BUSY_S, check_same_thread=False)

    # No pool: a connection that is kept would go on in a file that was deleted or replaced.
    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: Any) -> None:
        # Transactions are begun below; the driver's own way leaves reads outside of them.
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys = ON")
        # SQLite's own knows the letters of ASCII only.
        connection.create_function("lower", 1, lambda text: text and text.lower(), deterministic=True)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A reader that becomes a writer on the way is refused when somebody else wrote meanwhile; so writers say so.
        writes = connection.get_execution_options().get(WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def create_sqlite_file(file: Path) -> None:
    """An empty file that only its owner may read (SQLite gives its companions the same mode); not if there is one."""
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise RegistryUnavailable(f"{file} cannot be made: {error.strerror}") from None


def _postgresql(url: URL) -> Engine:
    arguments: dict[str, Any] = {
        "connect_timeout": CONNECT_S,
        "application_name": "cti",
        "options": f"-c statement_timeout={STATEMENT_S}s -c idle_in_transaction_session_timeout={STATEMENT_S}s",
        # A server that vanishes without a word is noticed after about as long (milliseconds; the others are seconds).
        "tcp_user_timeout": STATEMENT_S * 1000,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
    }
    return create_engine(
        url,
        connect_args={name: value for name, value in arguments.items() if name not in url.query},
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=CONNECT_S,
        # A connection of the pool may have died with a restart of the server.
        pool_pre_ping=True,
    )


@contextmanager
def trouble_told(url: URL) -> Iterator[None]:
    """Whatever goes wrong with the database becomes ``RegistryUnavailable``, in a line without password."""
    try:
        yield
    except SQLAlchemyError as error:
        raise RegistryUnavailable(f"{shown(url)}: {_reason(error, url)}") from None


def _reason(error: SQLAlchemyError, url: URL) -> str:
    """The driver's words. Not SQLAlchemy's: they repeat statement and values."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    words = " ".join(str(cause).split())[:300] or type(cause).__name__
    return words.replace(url.password, "…") if url.password else words
