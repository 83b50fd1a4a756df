"""The admin console in Chromium, from the first administrator on: what is made there, the relay knows.

Pages are looked at by axe in both languages, wide, at 400 pixels and at twice the size, and used by keyboard alone and
without JavaScript.
"""

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from cti_adapter.application.administration import Actor, Administration
from cti_adapter.domain.organization import Role
from cti_adapter.registry.store import open_registry
from registry.people import certificate
from support.processes import ROOT, Server, cti, until

from .axe import AXE, RULES

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]

OWNER, PASSWORD = "olga@acme.example", "correct horse battery staple"


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("console") / "cti.toml"
    file.write_text('admin_networks = ["127.0.0.0/8", "::1/128"]\n', "utf-8")
    return file


def database(config: Path) -> str:
    """Where the command line looks for it, too: beside the configuration."""
    return f"sqlite:///{config.parent}/cti-adapter.sqlite3"


@pytest.fixture(scope="module")
def started(config: Path) -> Iterator[Server]:
    """A server whose registry is its own, with no administrator."""
    env = {"CTI_DATABASE_URL": database(config)}
    running = Server(config.with_name("log.txt"), "--config", str(config), env=env)
    yield running
    assert running.stop() == 0, running.output()


@pytest.fixture(scope="module")
def server(started: Server, config: Path) -> Server:
    """… with its first administrator, an organization, two agents and a connector."""
    page = requests.get(f"{started.url}/admin", timeout=10)
    assert "cti admin create --role owner" in page.text
    assert page.url.endswith("/admin/sign-in")
    made = cti(
        *("admin", "create", OWNER, "--role", "owner", "--config", str(config), "--password-stdin"),
        stdin=f"{PASSWORD}\n",
    )
    assert made.returncode == 0, made.stderr
    return started


def open_console(browser: Browser, url: str, *, width: int = 1280, **more: object) -> Page:
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="en-GB", **more)  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto(f"{url}/admin")
    sign_in(page)
    return page


def sign_in(page: Page) -> None:
    page.locator("#login").fill(OWNER)
    page.locator("#password").fill(PASSWORD)
    page.locator("main button[type=submit]").click()
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("#password")).to_have_count(0)


@pytest.fixture
def console(browser: Browser, server: Server) -> Iterator[Page]:
    page = open_console(browser, server.url)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    page.context.close()
    # A page that says "no" has its status in the browser's console, too.
    assert [each for each in said if "422" not in each and "404" not in each] == []


def findings(page: Page) -> list[str]:
    """What axe finds; it is put in from outside, where the page's own policy does not count."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE.read_text("utf-8") + "; null")
    result = page.evaluate(
        "(tags) => axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] })", RULES
    )
    return [f"{found['id']}: {node['html'][:160]}" for found in result["violations"] for node in found["nodes"]]


def picture(page: Page, images: Path, name: str) -> None:
    page.screenshot(path=images / f"admin-{name}.png", full_page=True)
    if os.environ.get("UPDATE_IMAGES") and name in PICTURES:
        page.screenshot(path=ROOT / f"docs/images/admin-{name}.png")


def press(page: Page, name: str) -> None:
    """A link or button by what stands on it."""
    main = page.locator("main")
    main.get_by_role("link", name=name).or_(main.get_by_role("button", name=name)).first.click()


def make_organization(page: Page, organization: str, name: str, mode: str = "token") -> None:
    page.goto(page.url.partition("/admin")[0] + "/admin/new-organization")
    page.locator("#id").fill(organization)
    page.locator("#name").fill(name)
    page.locator("#sign_in").select_option(mode)
    press(page, "Create")
    expect(page.get_by_role("status")).to_have_text(f"Organization {name} is created.")


def test_from_an_organization_to_an_agent_who_is_signed_in_and_out(console: Page, server: Server, images: Path) -> None:
    console.context.grant_permissions(["clipboard-read", "clipboard-write"])
    expect(console.get_by_role("heading", name="No organization yet")).to_be_visible()
    press(console, "New organization")
    make_organization(console, "acme", "Acme GmbH")
    press(console, "Agents")
    expect(console.get_by_role("heading", name="No agents yet")).to_be_visible()
    press(console, "New agent")
    console.locator("#login").fill("alice@acme.example")
    console.locator("#name").fill("Alice Adler")
    press(console, "Create")
    press(console, "Issue token")
    secret = console.locator("#secret").inner_text()
    console.get_by_role("button", name="Copy").click()
    expect(console.locator("#copied")).to_have_text("Copied.")
    session = sign_in_by(server, secret)
    assert is_signed_in(server, session)
    press(console, "I have kept it")
    assert secret not in console.content()
    picture(console, images, "agent")
    press(console, "Sign out everywhere")
    expect(console.get_by_role("heading")).to_have_text("Sign alice@acme.example out everywhere?")
    picture(console, images, "confirm")
    press(console, "Sign out everywhere")
    expect(console.get_by_role("status")).to_have_text("alice@acme.example is signed out everywhere.")
    until(lambda: not is_signed_in(server, session), "the session to end", patience=10)
    session = sign_in_by(server, secret)
    assert is_signed_in(server, session)
    press(console, "Withdraw")
    press(console, "Withdraw")
    expect(console.get_by_role("status")).to_contain_text("is withdrawn.")
    until(lambda: not is_signed_in(server, session), "the session to end", patience=10)


def sign_in_by(server: Server, token: str) -> str:
    """As the softphone does; the relay's picture of the registry is two seconds old at most."""

    def attempt() -> str | None:
        body = {"mode": "token", "organization": "acme", "token": token}
        answer = requests.post(f"{server.url}/v1/sessions", json=body, timeout=10)
        return str(answer.json()["session"]) if answer.status_code == 201 else None

    return until(attempt, "the new token to be good", patience=10)


def is_signed_in(server: Server, session: str) -> bool:
    headers = {"Authorization": f"Bearer {session}"}
    answer = requests.post(f"{server.url}/v1/colleagues", json={"search": ""}, headers=headers, timeout=10)
    assert answer.status_code in (200, 401), answer.text
    return answer.status_code == 200


def test_a_connector_attaches_with_the_key_that_was_shown(console: Page, server: Server) -> None:
    make_organization(console, "keys", "Keys Ltd")
    press(console, "Connectors")
    expect(console.get_by_role("heading", name="No connector yet")).to_be_visible()
    press(console, "New connector")
    console.locator("#connector").fill("pbx")
    press(console, "Create")
    press(console, "New key")
    press(console, "New key")
    secret = console.locator("#secret").inner_text()
    press(console, "I have kept it")

    def attach(key: str) -> int:
        headers = {"Authorization": f"Bearer {key}"}
        return requests.post(f"{server.url}/v1/connector/attach", json={}, headers=headers, timeout=10).status_code

    assert attach(f"{secret[:-1]}!") == 401
    until(lambda: attach(secret) == 422, "the key to be good; the request itself is not", patience=10)
    press(console, "Deactivate")
    press(console, "Deactivate")
    until(lambda: attach(secret) == 401, "the connector to be shut out", patience=10)


PAGES = {
    "overview": "/admin",
    "organization": "/admin/organizations/look",
    "settings": "/admin/organizations/look/settings",
    "new-organization": "/admin/new-organization",
    "remove": "/admin/organizations/look/remove",
    "certificate": "/admin/organizations/look/new-certificate",
    "agents": "/admin/organizations/look/agents",
    "new-agent": "/admin/organizations/look/new-agent",
    "import": "/admin/organizations/look/import-agents",
    "connectors": "/admin/organizations/look/connectors",
    "connector": "/admin/organizations/look/connectors/asterisk-1",
    "new-key": "/admin/organizations/look/connectors/asterisk-1/new-key",
    "administrators": "/admin/administrators",
    "new-administrator": "/admin/new-administrator",
    "audit": "/admin/audit",
    "account": "/admin/account",
    "nothing": "/admin/nothing",
}
#: Those that docs/operator/admin-console.md shows.
PICTURES = ("overview", "organization", "agents", "agent", "connector", "administrators", "audit", "confirm")


@pytest.fixture(scope="module")
def filled(server: Server, config: Path) -> None:
    """An organization with something of everything: a warning, a certificate that ends soon, a long name."""
    registry = open_registry(database(config))
    service = Administration(registry)
    me = Actor("cli:test", Role.OWNER)
    service.organizations.make(me, "look", "Look & Feel AG", {"sign_in": "id"})
    pem = certificate(name="Look signs in", ends_at=time.time() + 20 * 86400)
    service.organizations.add_certificate(me, "look", pem)
    names = ("Alice Adler", "Bob Brandt", "Carol Cruz", "Dora Ängström von und zu Hohenstein-Lichtenfels", "")
    lines = "".join(f"agent{number}@look.example,{name}\n" for number, name in enumerate(names))
    service.agents.import_file(me, "look", f"login,name\n{lines}")
    service.agents.deactivate(me, "look", "agent2@look.example")
    service.connectors.make(me, "look", "asterisk-1")
    service.connectors.add_api_key(me, "look", "asterisk-1")
    service.connectors.rotate_api_key(me, "look", "asterisk-1")
    service.administrators.make(me, "anna@look.example", Role.AUDITOR, "look", PASSWORD)
    registry.close()


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("name", list(PAGES))
def test_axe_finds_nothing_in_either_language_nor_small(console: Page, server: Server, name: str, images: Path) -> None:
    console.goto(server.url + PAGES[name])
    picture(console, images, name)
    assert findings(console) == []
    # 1280 pixels at 400 % are 320; 400 at twice the size are 200.
    for width in (400, 320, 200):
        console.set_viewport_size({"width": width, "height": 900})
        console.screenshot(path=images / f"admin-{name}-{width}.png", full_page=True)
        assert findings(console) == []
        sideways = console.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert sideways <= 0, f"nothing has to be scrolled sideways at {width}: {too_wide(console)}"
    console.set_viewport_size({"width": 1280, "height": 900})
    console.goto(f"{server.url}{PAGES[name]}?lang=de")
    assert console.locator("html").get_attribute("lang") == "de"
    assert findings(console) == []
    console.set_viewport_size({"width": 400, "height": 900})
    console.screenshot(path=images / f"admin-{name}-de-400.png", full_page=True)
    assert findings(console) == []


def too_wide(page: Page) -> list[str]:
    """What reaches beyond the right side."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("main *, header *, footer *")]
          .filter((each) => each.getBoundingClientRect().right > innerWidth + 0.5)
          .map((each) => each.outerHTML.slice(0, 100))"""
    )
    return found


@pytest.mark.usefixtures("filled")
def test_what_is_wrong_is_first_on_the_page_and_tied_to_its_field(console: Page, server: Server, images: Path) -> None:
    console.goto(f"{server.url}/admin/organizations/look/settings?lang=en")
    console.locator("#dials_per_minute").fill("many")
    press(console, "Save")
    expect(console.get_by_role("alert")).to_contain_text("must be a whole number from 1 to 600")
    assert console.title().startswith("Error: ")
    assert findings(console) == []
    console.screenshot(path=images / "admin-refused.png", full_page=True)
    console.get_by_role("alert").get_by_role("link").click()
    expect(console.locator("#dials_per_minute")).to_be_focused()
    expect(console.get_by_role("textbox", name="Calls per minute")).to_have_accessible_description(
        re.compile("How many calls.*must be a whole number")
    )


def test_by_keyboard_alone(browser: Browser, server: Server) -> None:
    """From the sign-in to a new agent without a mouse; the focus can always be seen."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    page = context.new_page()
    page.goto(f"{server.url}/admin")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    tab_to(page, "#login")
    page.keyboard.type(OWNER)
    tab_to(page, "#password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Organizations", exact=True)).to_be_visible()
    tab_to(page, "main a[href$='/new-organization']")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="New organization")).to_be_visible()
    tab_to(page, "#id")
    page.keyboard.type("keyboard")
    tab_to(page, "#name")
    page.keyboard.type("Keyboard Ltd")
    tab_to(page, "#sign_in")
    page.keyboard.press("ArrowDown")
    tab_to(page, "main form button[type=submit]")
    page.keyboard.press("Space")
    expect(page.get_by_role("status")).to_have_text("Organization Keyboard Ltd is created.")
    expect(page.locator("main")).to_contain_text("OpenID Connect")
    context.close()


def tab_to(page: Page, place: str) -> None:
    """Press Tab until a control has the focus, which has to be seen there."""
    for _ in range(40):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """() => { const style = getComputedStyle(document.activeElement);
            return style.boxShadow !== "none" || style.outlineStyle !== "none"; }"""
        )
        assert seen, page.evaluate("document.activeElement.outerHTML")
        if page.locator(place).first.evaluate("control => control === document.activeElement"):
            return
    raise AssertionError(f"{place} is not reached by Tab")


def test_without_javascript(browser: Browser, server: Server) -> None:
    page = open_console(browser, server.url, java_script_enabled=False)
    make_organization(page, "plain", "Plain Ltd")
    press(page, "Agents")
    press(page, "Import agents")
    page.locator("#text").fill("login,name\na@plain.example,A\nb@plain.example,B\n")
    press(page, "Check")
    expect(page.get_by_role("heading", name="2 new agents")).to_be_visible()
    press(page, "Import 2 agents")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_label("Login or name contains").fill("b@")
    press(page, "Search")
    expect(page.locator("tbody tr")).to_have_count(1)
    press(page, "b@plain.example")
    press(page, "Issue token")
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)
    assert page.locator("#secret").inner_text().startswith("ctp_")
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("#password")).to_be_visible()
    page.context.close()


def test_nobody_can_frame_it_and_nothing_is_left_in_the_browser(browser: Browser, server: Server, config: Path) -> None:
    page = open_console(browser, server.url)
    cookies = [each for each in page.context.cookies() if each["name"] == "cti-admin"]
    assert [(each["httpOnly"], each["sameSite"]) for each in cookies] == [(True, "Strict")]
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
    other = page.context.new_page()
    # Of the same origin, so what is in the frame could be read if the browser showed it.
    other.goto(f"{server.url}/healthz")
    frame = "url => document.body.append(Object.assign(document.createElement('iframe'), { src: url }))"
    other.evaluate(frame, f"{server.url}/admin")
    other.wait_for_function("document.querySelector('iframe').contentDocument === null")
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("#password")).to_be_visible()
    page.go_back()
    expect(page.locator("#password")).to_be_visible()
    page.context.close()
    log = config.with_name("log.txt").read_text("utf-8")
    assert PASSWORD not in log
    assert OWNER not in log
