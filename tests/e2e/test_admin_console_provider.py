"""Signing in at the admin console with a certified OpenID Connect provider, in Chromium."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from support.oidc import Provider
from support.processes import Server, cti, free_port

from .axe import findings

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]

OWNER = "olga@acme.example"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    url = f"http://localhost:{free_port()}"
    with Provider(f"{url}/admin/sign-in/provider/done") as running:
        yield running


@pytest.fixture(scope="module")
def server(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Its first administrator has no password."""
    config = tmp_path_factory.mktemp("console") / "cti.toml"
    config.write_text(f'[admin_oidc]\nissuer = "{provider.issuer}"\nclient_id = "softphone"\n', "utf-8")
    made = cti("admin", "create", OWNER, "--role", "owner", "--no-password", "--config", str(config))
    assert made.returncode == 0, made.stderr
    port = int(provider.redirect_uri.split(":")[2].split("/")[0])
    env = {"CTI_DATABASE_URL": f"sqlite:///{config.parent}/cti-adapter.sqlite3"}
    running = Server(config.with_name("log.txt"), "--config", str(config), port=port, env=env)
    yield running
    assert running.stop() == 0, running.output()


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 400, "height": 800}, locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.goto(f"http://localhost:{server.port}/admin")
    yield page
    context.close()


def sign_in_there(page: Page, name: str) -> None:
    """At the provider: any password, and consent."""
    page.get_by_role("link", name="Sign in with localhost").click()
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill("any")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()


def test_an_owner_without_a_password(page: Page, server: Server) -> None:
    assert findings(page) == []
    sign_in_there(page, "olga")
    expect(page).to_have_url(re.compile(r"/admin/?$"))
    expect(page.locator("h1")).to_be_visible()
    # The session stands on the console's own cookie, which no other site can make a browser send.
    names = {each["name"]: each["sameSite"] for each in page.context.cookies(page.url) if "cti" in each["name"]}
    assert names == {"cti-admin": "Strict"}
    page.reload()
    expect(page.get_by_text(OWNER)).to_be_visible()


def test_somebody_else_whom_the_provider_knows(page: Page) -> None:
    sign_in_there(page, "mallory")
    expect(page.get_by_role("alert")).to_contain_text("not an administrator here")
    assert findings(page) == []
    page.get_by_role("link", name="Back to sign-in").click()
    expect(page.locator("#login")).to_be_visible()
