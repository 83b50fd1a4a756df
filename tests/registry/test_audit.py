"""The audit: who sees which entries, and that no password, token or key ever stands in it or in the database."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from cti_adapter.application.administration import Actor, Administration, AdministrationRefused
from cti_adapter.application.administration.audit import KEPT_S
from cti_adapter.application.credentials import new_key_pair
from cti_adapter.domain.organization import Role
from cti_adapter.registry.store import SqlRegistry, open_registry
from fakes.clock import FakeClock
from support.postgresql import PostgresqlServer

from .people import ADAM, ANNA, OLGA

PASSWORD, OTHER_PASSWORD = "correct horse battery", "another horse battery"


def test_pages_follow_each_other_newest_first(service: Administration) -> None:
    for number in range(5):
        service.agents.make(OLGA, "acme", f"agent{number}")
    first = service.audit.page(ADAM, limit=2)
    second = service.audit.page(ADAM, limit=2, before=first.next)
    third = service.audit.page(ADAM, limit=2, before=second.next)
    targets = [[each.target for each in page.entries] for page in (first, second, third)]
    assert targets == [["agent4", "agent3"], ["agent2", "agent1"], ["agent0", "acme"]]
    assert third.next is None
    assert {each.actor for each in first.entries} == {OLGA.login}


def test_everybody_sees_what_is_theirs(service: Administration) -> None:
    service.agents.make(OLGA, "other", "eve")
    service.administrators.make(OLGA, "olga@acme.example", Role.OWNER)
    assert {each.organization for each in service.audit.page(ANNA).entries} == {"acme"}
    assert {each.organization for each in service.audit.page(ANNA, "acme").entries} == {"acme"}
    assert {each.organization for each in service.audit.page(OLGA).entries} == {"acme", "other", ""}
    assert {each.organization for each in service.audit.page(Actor("a", Role.AUDITOR)).entries} == {"acme", "other", ""}
    with pytest.raises(AdministrationRefused, match="there is no organization 'other'"):
        service.audit.page(ANNA, "other")


@pytest.mark.parametrize("limit", [-1, 0, 10**9])
def test_pages_are_bounded(service: Administration, limit: int) -> None:
    assert 1 <= len(service.audit.page(OLGA, limit=limit).entries) <= 2


def test_old_entries_are_forgotten(service: Administration, clock: FakeClock) -> None:
    clock.advance(KEPT_S)
    service.agents.make(OLGA, "acme", "late")
    assert service.audit.forget_audit(clock.now() - KEPT_S) == 0
    clock.advance(1)
    assert service.audit.forget_audit(clock.now() - KEPT_S) == 2
    assert [each.target for each in service.audit.page(OLGA).entries] == ["late"]


def everything(registry: SqlRegistry, clock: Callable[[], float]) -> list[str]:
    """Each use case that has a secret; all secrets that came up."""
    service = Administration(registry, clock)
    service.organizations.make(OLGA, "acme", "Acme", {"sign_in": "token", "forbidden_prefixes": ["+4990012345"]})
    service.agents.make(OLGA, "acme", "alice")
    service.connectors.make(OLGA, "acme", "pbx")
    service.administrators.make(OLGA, "olga", Role.OWNER, password=PASSWORD)
    service.administrators.set_password(OLGA, "olga", OTHER_PASSWORD)
    service.administrators.change_own_password(Actor("olga", Role.OWNER), OTHER_PASSWORD, PASSWORD)
    assert service.administrators.check_password("olga", PASSWORD) is not None
    token, record = service.agents.issue_token(OLGA, "acme", "alice")
    withdrawn, record = service.agents.issue_token(OLGA, "acme", "alice")
    service.agents.withdraw_token(OLGA, "acme", "alice", record.id)
    key, _ = service.connectors.add_api_key(OLGA, "acme", "pbx")
    rotated, _ = service.connectors.rotate_api_key(OLGA, "acme", "pbx")
    private, public = new_key_pair()
    service.connectors.rotate_public_key(OLGA, "acme", "pbx", public, 0)
    service.connectors.make(OLGA, "acme", "second")
    with pytest.raises(AdministrationRefused):
        service.connectors.add_public_key(OLGA, "acme", "second", private)
    return [PASSWORD, OTHER_PASSWORD, token, withdrawn, key, rotated, private]


def parts(secrets: list[str]) -> list[bytes]:
    """Each with and without its prefix."""
    return [text.encode() for each in secrets for text in (each, each.partition("_")[2] or each)]


def test_no_secret_is_in_any_file_of_sqlite(tmp_path: Path, clock: FakeClock) -> None:
    registry = open_registry(f"sqlite:///{tmp_path}/r.sqlite3", clock.now)
    with registry.reading() as records:
        # A reader in the midst keeps the companions of the file, so that these are searched as well.
        assert records.organizations() == []
        secrets = parts(everything(registry, clock.now))
        files = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    assert set(files) == {"r.sqlite3", "r.sqlite3-wal", "r.sqlite3-shm"}
    files["afterwards"] = (tmp_path / "r.sqlite3").read_bytes()
    assert b"$argon2id$" in files["r.sqlite3-wal"] + files["afterwards"]
    for name, content in files.items():
        assert [secret for secret in secrets if secret in content] == [], name


def test_no_secret_is_in_any_table_of_postgresql(postgresql: PostgresqlServer, clock: FakeClock) -> None:
    url = postgresql.new_database()
    registry = open_registry(url, clock.now)
    secrets = parts(everything(registry, clock.now))
    registry.close()
    with psycopg.connect(postgresql.dsn(url.rpartition("/")[2])) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        rows = [
            row
            for (name,) in names
            for row in connection.execute(
                psycopg.sql.SQL("SELECT t::text FROM {} t").format(psycopg.sql.Identifier(name))
            ).fetchall()
        ]
    content = repr(rows).encode()
    assert b"$argon2id$" in content
    assert [secret for secret in secrets if secret in content] == []


def test_the_audit_tells_of_all_of_it_without_secrets_and_numbers(tmp_path: Path, clock: FakeClock) -> None:
    registry = open_registry(f"sqlite:///{tmp_path}/r.sqlite3", clock.now)
    secrets = parts(everything(registry, clock.now))
    service = Administration(registry, clock.now)
    service.organizations.change(OLGA, "acme", {"forbidden_prefixes": ["+4990054321"], "name": "+49 89 1234567"})
    service.agents.change(OLGA, "acme", "alice", {"name": "089 1234567"})
    entries = service.audit.page(OLGA).entries
    told = repr(entries)
    assert [secret for secret in secrets if secret.decode() in told] == []
    assert [number for number in ("+49", "990012345", "990054321", "1234567") if number in told] == []
    assert [each.action for each in reversed(entries)] == [
        "organization.made",
        "agent.made",
        "connector.made",
        "administrator.made",
        "administrator.password_set",
        "administrator.password_set",
        "token.issued",
        "token.issued",
        "token.withdrawn",
        "key.added",
        "key.rotated",
        "key.rotated",
        "connector.made",
        "organization.changed",
        "agent.changed",
    ]
