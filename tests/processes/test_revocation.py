"""A right that is withdrawn ends on every node within seconds: two real relays on one real registry (ASVS 7.4)."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from cti_adapter.application.administration import Actor, Administration
from cti_adapter.domain.organization import Role
from cti_adapter.registry.store import open_registry
from support.postgresql import PostgresqlServer
from support.processes import Program, free_port, until

OWNER = Actor("owner@example.com", Role.OWNER)


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgresqlServer]:
    server = PostgresqlServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/registry.sqlite3"
    server: PostgresqlServer = request.getfixturevalue("postgresql")
    return server.new_database()


class Pool:
    """Two nodes, and an organization whose agent Alice signs in with a token."""

    def __init__(self, database: str, folder: Path) -> None:
        self.registry = open_registry(database)
        self.administration = Administration(self.registry)
        self.administration.organizations.make(OWNER, "acme", "Acme", {"sign_in": "token"})
        self.administration.agents.make(OWNER, "acme", "alice@acme.example")
        self.token, _ = self.administration.agents.issue_token(OWNER, "acme", "alice@acme.example")
        self.nodes = [self._node(number, database, folder) for number in range(2)]

    def _node(self, number: int, database: str, folder: Path) -> tuple[Program, str]:
        port = free_port()
        program = Program(
            "-m",
            "cti_adapter",
            "relay",
            "--port",
            str(port),
            log=folder / f"node{number}.txt",
            env={"CTI_DATABASE_URL": database},
        )
        program.ready(f"http://localhost:{port}/healthz")
        return program, f"http://localhost:{port}"

    def sign_in(self, url: str) -> requests.Response:
        body = {"mode": "token", "organization": "acme", "token": self.token}
        return requests.post(f"{url}/v1/sessions", json=body, timeout=10)

    def close(self) -> None:
        for program, _ in self.nodes:
            assert program.stop() == 0
        self.registry.close()


@pytest.fixture
def pool(database: str, tmp_path: Path) -> Iterator[Pool]:
    pool = Pool(database, tmp_path)
    yield pool
    pool.close()


class ParkedPoll(threading.Thread):
    """Waits at one node for news, as a page does."""

    def __init__(self, url: str, session: str) -> None:
        super().__init__(daemon=True)
        self._url, self._headers = f"{url}/v1/poll", {"Authorization": f"Bearer {session}"}
        self.cursor = requests.post(self._url, json={}, headers=self._headers, timeout=10).json()["cursor"]
        self.answer: Any = None
        self.start()

    def run(self) -> None:
        body = {"cursor": self.cursor, "wait": 25, "turn": 1}
        self.answer = requests.post(self._url, json=body, headers=self._headers, timeout=40)


WITHDRAWN = {
    "the agent is deactivated": lambda pool: pool.administration.agents.deactivate(OWNER, "acme", "alice@acme.example"),
    "the agent is signed out": lambda pool: pool.administration.agents.sign_out(OWNER, "acme", "alice@acme.example"),
    "the organization is shut": lambda pool: pool.administration.organizations.deactivate(OWNER, "acme"),
}


@pytest.mark.parametrize("what", WITHDRAWN)
def test_7_4_withdrawn_everywhere_and_the_parked_poll_is_answered(pool: Pool, what: str) -> None:
    sessions = [until(lambda url=url: self_or_none(pool.sign_in(url)), "the sign-in") for _, url in pool.nodes]
    polls = [ParkedPoll(url, session) for (_, url), session in zip(pool.nodes, sessions, strict=True)]
    WITHDRAWN[what](pool)
    for poll in polls:
        poll.join(15)
        # The poll was asked to wait for 25 s: that it is answered now is due to the change alone.
        assert poll.answer.status_code == 401
        assert poll.answer.json()["error_id"] == "session_expired"
    for (_, url), session in zip(pool.nodes, sessions, strict=True):
        again = requests.post(f"{url}/v1/poll", json={}, headers={"Authorization": f"Bearer {session}"}, timeout=10)
        assert again.status_code == 401


def self_or_none(answer: requests.Response) -> str | None:
    """The session, as soon as the node knows the organization."""
    return str(answer.json()["session"]) if answer.status_code == 201 else None
