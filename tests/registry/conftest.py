"""A registry in both databases, fresh for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cti_adapter.registry.store import SqlRegistry, open_registry
from support.postgresql import PostgresqlServer


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
