"""The whole console with Flask's client: a real registry in SQLite, four administrators, two organizations."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from cti_adapter.application.administration import Actor, Administration
from cti_adapter.domain.organization import AgentRecord, Role
from cti_adapter.registry.store import SqlRegistry, open_registry
from cti_adapter.web.admin.access import ConsoleOptions, Network
from cti_adapter.web.admin.identity_provider import IdentityProvider
from cti_adapter.web.app import WebOptions, create_app
from cti_adapter.web.pages import PageOptions
from fakes.clock import FakeClock
from registry.people import NOW, certificate

PASSWORD = "correct horse battery staple"
OLGA, ADAM, ANNA, EVE = "olga@acme.example", "adam@acme.example", "anna@acme.example", "eve@other.example"
CLI = Actor("cli:test", Role.OWNER)
PAGES = PageOptions("", lambda organization: None, "66.0", (), False, False, "1.0", console=True)


@dataclass
class Console:
    """The console, what stands behind it, and the ways in."""

    app: Flask
    registry: SqlRegistry
    service: Administration
    clock: FakeClock

    def client(self) -> "Browser":
        return Browser(self.app.test_client())

    def signed_in(self, login: str, password: str = PASSWORD) -> "Browser":
        browser = self.client()
        answer = browser.sign_in(login, password)
        assert answer.status_code == 303, answer.text
        return browser

    def audit(self) -> list[str]:
        """Actions, the newest first."""
        return [each.action for each in self.service.audit.page(CLI).entries]

    def agent(self, login: str = "alice@acme.example", organization: str = "acme") -> AgentRecord:
        return self.service.agents.one(CLI, organization, login)


class Browser:
    """Follows nothing by itself; fills in the token of the page that it has loaded last, as a browser does."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.token = ""

    def get(self, path: str, **more: Any) -> TestResponse:
        answer = self.client.get(path, **more)
        found = re.search(r'name="csrf_token" value="([^"]+)"', answer.text)
        self.token = found[1] if found else self.token
        return answer

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.token, **(data or {})}, **more)

    def submit(self, path: str, data: dict[str, Any] | None = None) -> TestResponse:
        """Load the form, and send it."""
        assert self.get(path).status_code == 200
        return self.post(path, data)

    def sign_in(self, login: str, password: str, **more: Any) -> TestResponse:
        self.get("/admin/sign-in", **more)
        answer = self.post("/admin/sign-in", {"login": login, "password": password}, **more)
        if answer.status_code == 303:
            self.get("/admin", **more)
        return answer


def words(answer: TestResponse) -> str:
    """What stands on the page, without its heads and foot."""
    text: str = html.fromstring(answer.text).xpath("string(//main)")
    return " ".join(unescape(text).split())


def errors_at(answer: TestResponse, field: str) -> str:
    """What stands at a field, found as a screen reader finds it."""
    page = html.fromstring(answer.text)
    control = page.get_element_by_id(field)
    assert control.get("aria-invalid") == "true"
    described = control.get("aria-describedby", "").split()
    return " ".join(page.get_element_by_id(each).text_content() for each in described if each.startswith("error-"))


@cache
def pem(ends_at: float = NOW + 1e8) -> str:
    return certificate(rsa.generate_private_key(65537, 2048), ends_at=ends_at)


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry that tests get a copy of: making passwords takes time on purpose."""
    file = tmp_path_factory.mktemp("console") / "registry.sqlite3"
    clock = FakeClock(NOW)
    registry = open_registry(f"sqlite:///{file}", clock.now)
    service = Administration(registry, clock.now)
    service.organizations.make(CLI, "acme", "Acme", {"salesforce_org_id": "00D000000000001"})
    service.organizations.make(CLI, "other", "Other", {"sign_in": "token"})
    for organization in ("acme", "other"):
        service.organizations.add_certificate(CLI, organization, pem(NOW + 1e8 + len(organization)))
        service.agents.make(CLI, organization, f"alice@{organization}.example", "Alice Adler")
        service.agents.issue_token(CLI, organization, f"alice@{organization}.example")
        service.connectors.make(CLI, organization, "pbx")
        service.connectors.add_api_key(CLI, organization, "pbx")
    service.administrators.make(CLI, OLGA, Role.OWNER, None, PASSWORD)
    service.administrators.make(CLI, ADAM, Role.ADMIN, "acme", PASSWORD)
    service.administrators.make(CLI, ANNA, Role.AUDITOR, "acme", PASSWORD)
    service.administrators.make(CLI, EVE, Role.ADMIN, "other", PASSWORD)
    registry.close()
    return file


MakeConsole = Callable[..., Console]


@pytest.fixture
def make_console(filled: Path, tmp_path: Path) -> Iterator[MakeConsole]:
    """A console as its options want it; ``empty``: with a registry that nobody has touched."""
    opened: list[SqlRegistry] = []

    def make(
        url: str = "http://localhost:8080",
        networks: tuple[Network, ...] = (),
        *,
        empty: bool = False,
        provider: IdentityProvider | None = None,
    ) -> Console:
        file = tmp_path / f"{len(opened)}.sqlite3"
        if not empty:
            shutil.copy(filled, file)
        clock = FakeClock(NOW + 60)
        registry = open_registry(f"sqlite:///{file}", clock.now)
        opened.append(registry)
        service = Administration(registry, clock.now)
        options = ConsoleOptions(service, clock, lambda: url, networks, provider)
        app = create_app(WebOptions(PAGES, lambda organization: None, dict, None, console=options))  # type: ignore[arg-type, return-value]
        return Console(app, registry, service, clock)

    yield make
    for registry in opened:
        registry.close()


@pytest.fixture
def console(make_console: MakeConsole) -> Console:
    return make_console()
