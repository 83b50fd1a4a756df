"""When the database is away, slow or foreign: one kind of error, one line, no password in it; and all is well after."""

import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from sqlalchemy import text

from cti_adapter.application.registry import RegistryUnavailable
from cti_adapter.domain.organization import AuditEntry, Organization
from cti_adapter.registry import database
from cti_adapter.registry.database import WrongUrl, engine_of, parsed
from cti_adapter.registry.store import SqlRegistry, open_registry, registry_exists, shown_url
from support.postgresql import PASSWORD, PostgresqlServer
from support.processes import free_port

from .conftest import sqlite_url

ENTRY = AuditEntry(at=1.0, actor="test", organization="", action="test.made", target="x")


def make(registry: SqlRegistry, organization: str = "acme") -> None:
    with registry.changing() as changes:
        changes.add(Organization(id=organization, name="Acme"))
        changes.tell(ENTRY)


@pytest.fixture
def own_server() -> Iterator[PostgresqlServer]:
    """One that may be stopped."""
    server = PostgresqlServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


def test_postgresql_away_and_back(own_server: PostgresqlServer) -> None:
    registry = open_registry(own_server.new_database())
    make(registry)
    own_server.stop()
    for ask in (registry.version, registry.snapshot, lambda: make(registry, "other"), lambda: registry.secret("x")):
        with pytest.raises(RegistryUnavailable) as told:
            ask()
        assert PASSWORD not in str(told.value)
        assert "\n" not in str(told.value)
    own_server.start()
    assert registry.version() == 1
    make(registry, "other")
    assert list(registry.snapshot().organizations) == ["acme", "other"]
    registry.close()


def test_sqlite_away_and_back(tmp_path: Path) -> None:
    registry = open_registry(sqlite_url(tmp_path))
    make(registry)
    file = tmp_path / "registry.sqlite3"
    file.rename(tmp_path / "elsewhere")
    for ask in (registry.version, registry.snapshot, lambda: make(registry, "other"), lambda: registry.secret("x")):
        with pytest.raises(RegistryUnavailable, match="unable to open database file"):
            ask()
    assert not file.exists()
    (tmp_path / "elsewhere").rename(file)
    make(registry, "other")
    assert list(registry.snapshot().organizations) == ["acme", "other"]


def test_a_wrong_password_is_not_repeated(postgresql: PostgresqlServer) -> None:
    wrong = postgresql.new_database().replace(PASSWORD, "another-p4ssword")
    with pytest.raises(RegistryUnavailable, match="password authentication failed") as told:
        open_registry(wrong)
    assert "another-p4ssword" not in str(told.value)


def test_nobody_listens() -> None:
    port = free_port()
    with pytest.raises(RegistryUnavailable, match=rf"^postgresql\+psycopg://u@127.0.0.1:{port}/d: .*refused"):
        open_registry(f"postgresql://u:{PASSWORD}@127.0.0.1:{port}/d")


def test_a_locked_registry_does_not_keep_anybody_for_long_in_postgresql(postgresql: PostgresqlServer) -> None:
    url = postgresql.new_database()
    open_registry(url).close()
    registry = open_registry(f"{url}?options=-c%20statement_timeout%3D300")
    with psycopg.connect(postgresql.dsn(url.rpartition("/")[2])) as other:
        other.execute("UPDATE cti_version SET version = version")
        with pytest.raises(RegistryUnavailable, match="statement timeout"):
            make(registry)
        assert registry.version() == 0
    make(registry)
    registry.close()


def test_a_locked_registry_does_not_keep_anybody_for_long_in_sqlite(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_S", 0.1)
    registry, other = open_registry(sqlite_url(tmp_path)), open_registry(sqlite_url(tmp_path))
    with other.changing():
        with pytest.raises(RegistryUnavailable, match="locked"):
            make(registry)
        assert registry.version() == 0
    make(registry)


def test_a_full_pool_does_not_keep_anybody_for_long(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "CONNECT_S", 1)
    monkeypatch.setattr(database, "CONNECTIONS", 1)
    registry = open_registry(url)
    with registry.reading() as records:
        if url.startswith("postgresql"):
            with pytest.raises(RegistryUnavailable, match="QueuePool limit"):
                registry.version()
        else:
            assert registry.version() == 0
        assert records.organizations() == []
    assert registry.version() == 0
    registry.close()


def test_what_only_a_newer_release_knows_is_told(url: str) -> None:
    registry = open_registry(url)
    make(registry)
    engine = engine_of(parsed(url))
    with engine.begin() as connection:
        connection.execute(text("UPDATE cti_organizations SET sign_in = 'telepathy'"))
    engine.dispose()
    with pytest.raises(RegistryUnavailable, match="'telepathy' is not known to this release"):
        registry.snapshot()
    assert registry.version() == 1
    registry.close()


def test_only_the_owner_may_read_the_file(tmp_path: Path) -> None:
    registry = open_registry(sqlite_url(tmp_path))
    with registry.changing() as changes:
        changes.add(Organization(id="acme", name="Acme"))
        changes.tell(ENTRY)
        files = {each.name: stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()}
    assert files == {name: 0o600 for name in ("registry.sqlite3", "registry.sqlite3-wal", "registry.sqlite3-shm")}


def test_the_mode_of_a_file_that_was_there_is_its_owners_choice(tmp_path: Path) -> None:
    file = tmp_path / "registry.sqlite3"
    file.touch(0o640)
    file.chmod(0o640)
    open_registry(sqlite_url(tmp_path))
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/none/registry.sqlite3"
    assert not registry_exists(url)
    with pytest.raises(RegistryUnavailable, match=r"none/registry\.sqlite3 cannot be made: No such file"):
        open_registry(url)


def test_another_kind_of_file_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "registry.sqlite3"
    file.write_text("precious, and long enough not to be taken for anything else" * 100)
    before = file.read_bytes()
    for ask in (open_registry, registry_exists):
        with pytest.raises(RegistryUnavailable, match="not a database"):
            ask(sqlite_url(tmp_path))
    assert file.read_bytes() == before


@pytest.mark.parametrize("name", ["a b%20c.sqlite3", "ü?mode=memory.sqlite3", "#1.sqlite3"])
def test_any_file_name_will_do(tmp_path: Path, name: str) -> None:
    open_registry(f"sqlite:///{tmp_path}/{quote(name)}")
    assert [each.name for each in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "registry.sqlite3",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite://host/file",
        "mysql://u:s3cret@h/d",
        "postgresql://u:s3cret@h",
        "postgresql+asyncpg://u:s3cret@h/d",
        "postgresql://u:s3cret@h:port/d",
    ],
)
def test_wrong_urls_are_refused_without_repeating_them(url: str) -> None:
    with pytest.raises(WrongUrl, match=r"^must be sqlite:///") as told:
        open_registry(url)
    assert "s3cret" not in str(told.value)


def test_urls_are_shown_without_secrets() -> None:
    shown = shown_url("postgresql://cti:s3cret@db.example/cti?sslpassword=s3cret&sslmode=verify-full")
    assert shown == "postgresql+psycopg://cti@db.example/cti"
