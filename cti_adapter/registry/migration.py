"""Brings a database to this program's tables; also when several nodes start at once, or a newer one was here."""

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

from .database import WRITES

log = logging.getLogger("cti.registry")

VERSION_TABLE = "cti_schema_version"
#: Key of the advisory lock, in all of a PostgreSQL database: "CTI" and a number.
LOCK = 0x435449_01
#: How long to wait until another node has migrated, and for a step, in seconds.
MIGRATION_S = 120


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's; it works on ``connection``."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def migrate(engine: Engine, place: str) -> None:
    """Bring the database to the newest tables; one that is newer than this program is left as it is, with a warning.

    ``place`` is what the log calls the database.
    """
    script = ScriptDirectory.from_config(configuration())
    with engine.connect() as connection:
        found = _revision(connection)
    if found == script.get_current_head():
        return
    if found is not None and found not in {each.revision for each in script.walk_revisions()}:
        log.warning("%s was made by a newer release (%s); it is used as it is", place, found)
        return
    if engine.dialect.name == "sqlite":
        _migrate_sqlite(engine)
    else:
        _migrate_postgresql(engine)
    log.info("%s: tables brought from %s to %s", place, found or "nothing", script.get_current_head())


def is_there(engine: Engine) -> bool:
    """Whether the database holds a registry."""
    with engine.connect() as connection:
        return inspect(connection).has_table(VERSION_TABLE)


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()


def _migrate_sqlite(engine: Engine) -> None:
    with engine.connect() as raw:
        connection = raw.execution_options(**{WRITES: True})
        driver = connection.connection
        # Readers and the writer do not wait for each other; the mode stays with the file.
        driver.cursor().execute("PRAGMA journal_mode = WAL")
        # Steps rebuild tables by dropping the former, which must not take along what refers to it.
        driver.cursor().execute("PRAGMA foreign_keys = OFF")
        with connection.begin():
            command.upgrade(configuration(connection), "head")
            if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise RuntimeError("a migration has left rows that refer to nothing")


def _migrate_postgresql(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text(f"SET LOCAL statement_timeout = '{MIGRATION_S}s'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        command.upgrade(configuration(connection), "head")
