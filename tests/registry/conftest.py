"""A registry in both databases, fresh for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cti_adapter.application.administration import Administration
from cti_adapter.registry.store import SqlRegistry, open_registry
from fakes.clock import FakeClock
from support.postgresql import PostgresqlServer

from .people import NOW, OLGA


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    server = PostgresqlServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a database that is empty."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path)
    server: PostgresqlServer = request.getfixturevalue("postgresql")
    return server.new_database()


@pytest.fixture
def registry(url: str) -> Iterator[SqlRegistry]:
    opened = open_registry(url)
    yield opened
    opened.close()


def sqlite_url(folder: Path) -> str:
    return f"sqlite:///{folder}/registry.sqlite3"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture
def sqlite(tmp_path: Path, clock: FakeClock) -> SqlRegistry:
    return open_registry(sqlite_url(tmp_path), clock.now)


@pytest.fixture
def service(sqlite: SqlRegistry, clock: FakeClock) -> Administration:
    """With the organizations acme and other."""
    made = Administration(sqlite, clock.now)
    made.organizations.make(OLGA, "acme", "Acme", {})
    made.organizations.make(OLGA, "other", "Other", {"sign_in": "token"})
    return made
