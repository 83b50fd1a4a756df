"""A real PostgreSQL of the tests' own: made in a folder of its own, on a free port of this machine, stopped by pid."""

import os
import pwd
import shutil
import subprocess
import tempfile
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from .processes import PATIENCE, free_port, until

USER = "cti"
#: In every URL of the tests, to be looked for where it must not be.
PASSWORD = "tests-own-p4ssword"
#: Ends the server (SIGINT: its fast shutdown) with the input, which the system closes when the tests are killed.
KEEPER = '"$@" & read -r _; kill -INT $! && wait $!'
_numbers = count(1)


def programs() -> Path:
    """The folder with initdb and postgres; Debian does not put it on the path."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda place: int(place.parent.name.split(".")[0]))
    found = shutil.which("initdb")
    for place in [Path(found).resolve().parent] if found else reversed(places):
        if (place / "initdb").exists():
            return place
    raise AssertionError("there is no PostgreSQL for the tests: run scripts/ensure-postgresql.sh")


class PostgresqlServer:
    """One server with many databases."""

    def __init__(self) -> None:
        self.port = free_port()
        self._programs = programs()
        self._folder = Path(tempfile.mkdtemp(prefix="cti-postgresql-"))
        self._who = _unprivileged(self._folder)
        self._process: subprocess.Popen[bytes] | None = None
        password = self._folder / "password"
        password.write_text(PASSWORD)
        password.chmod(0o644)
        options = ["--username", USER, "--pwfile", password, "--auth", "scram-sha-256", "--encoding", "UTF8"]
        command = [self._programs / "initdb", "--pgdata", self._folder / "data", "--locale", "C.UTF-8", *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", **self._who)
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        """Returns when it answers."""
        settings = {"port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": self._folder}
        # Nothing has to survive a power cut here.
        settings |= {"fsync": "off", "log_min_messages": "fatal"}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = ["sh", "-c", KEEPER, "sh", self._programs / "postgres", "-D", self._folder / "data", *options]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=log, stderr=log, cwd="/", **self._who
            )
        until(self._answers, "PostgreSQL to answer")

    def stop(self) -> None:
        """Cut all connections and end it."""
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process.wait(PATIENCE)
            self._process = None

    def remove(self) -> None:
        """Stop it and delete its folder."""
        self.stop()
        shutil.rmtree(self._folder)

    def new_database(self) -> str:
        """The URL of an empty one."""
        name = f"test_{next(_numbers)}"
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        return f"postgresql+psycopg://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{name}"

    def dsn(self, database: str) -> str:
        """For psycopg itself."""
        return f"host=127.0.0.1 port={self.port} user={USER} password={PASSWORD} dbname={database} connect_timeout=5"

    def _answers(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise AssertionError(f"PostgreSQL has ended:\n{(self._folder / 'log').read_text()[-2000:]}")
        try:
            psycopg.connect(self.dsn("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True


def _unprivileged(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root: options of ``subprocess`` that make it another user, who owns ``folder``."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    user = known.get("postgres") or known["nobody"]
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
