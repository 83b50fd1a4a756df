"""From an empty database to this program's tables, also by several programs at once, and beside a newer release."""

import logging
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine, text

from cti_adapter.registry.database import engine_of, parsed
from cti_adapter.registry.migration import VERSION_TABLE, configuration
from cti_adapter.registry.store import open_registry, registry_exists
from support.processes import PATIENCE, ROOT

#: A program that opens the registry and asks for a secret as soon as it is told to.
STARTING = """
import sys
from cti_adapter.registry.store import open_registry
print("ready", flush=True)
sys.stdin.readline()
registry = open_registry(sys.argv[1])
print(registry.version() >= 0, registry.secret("shared").hex())
"""


def test_migrations_lead_to_the_tables_of_the_program(url: str) -> None:
    open_registry(url).close()
    engine = engine_of(parsed(url))
    with engine.connect() as connection:
        command.check(configuration(connection))
    engine.dispose()


def test_programs_that_start_at_once_on_an_empty_database(url: str) -> None:
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", STARTING, url],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for each in programs:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in programs:
        assert each.stdin is not None
        each.stdin.write("\n")
        each.stdin.flush()
    answers = [each.communicate(timeout=PATIENCE) for each in programs]
    assert [each.returncode for each in programs] == [0] * 4, answers
    assert len({output for output, _ in answers}) == 1, answers
    assert answers[0][0].startswith("True ")


def test_a_newer_database_is_used_as_it_is_with_one_warning(url: str, caplog: pytest.LogCaptureFixture) -> None:
    open_registry(url).close()
    engine = engine_of(parsed(url))
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
        connection.execute(text("ALTER TABLE cti_agents ADD COLUMN colour VARCHAR DEFAULT 'red' NOT NULL"))
    engine.dispose()
    with caplog.at_level(logging.WARNING):
        registry = open_registry(url)
    assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) == 1
    assert "newer release (9999)" in caplog.text
    assert len(registry.secret("x")) == 32
    registry.close()


def test_a_file_that_is_there_and_empty_becomes_a_registry(tmp_path: Path) -> None:
    file = tmp_path / "empty.sqlite3"
    file.touch()
    url = f"sqlite:///{file}"
    assert not registry_exists(url)
    open_registry(url).close()
    assert registry_exists(url)


def test_sqlite_writes_beside_its_readers(tmp_path: Path) -> None:
    open_registry(f"sqlite:///{tmp_path}/a.sqlite3").close()
    with create_engine(f"sqlite:///{tmp_path}/a.sqlite3").connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
