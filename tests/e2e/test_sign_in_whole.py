"""Signing in with everything real: Chromium, relay, registry, the stand-in's org that signs, a certified provider."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Error, expect

from cti_adapter.application.administration import Actor, Administration
from cti_adapter.domain.organization import Role
from cti_adapter.registry.store import open_registry
from cti_adapter.web.salesforce_standin.seed import ORGANIZATION_ID
from support.oidc import Provider
from support.processes import Server, free_port, until

from .agent import AgentDesk

pytestmark = pytest.mark.e2e

OWNER = Actor("owner@example.com", Role.OWNER)
ALICE, BOB = "alice@acme.example", "bob@acme.example"


class Site:
    """A server whose organization ``default`` is administered while it runs, as by the ``cti`` command."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        database = f"sqlite:///{folder}/registry.sqlite3"
        self.server = Server(folder / "server.txt", port=port, env={"CTI_DATABASE_URL": database})
        self.registry = open_registry(database)
        self.administration = Administration(self.registry)

    @property
    def url(self) -> str:
        return self.server.url

    def organization(self, mode: str, **values: object) -> None:
        """Make it, and wait until the relay knows."""
        self.administration.organizations.make(OWNER, "default", "Acme", {"sign_in": mode, **values})
        if mode == "apex":
            pem = requests.get(f"{self.url}/salesforce/api/certificate", timeout=10).text
            self.administration.organizations.add_certificate(OWNER, "default", pem)
        until(lambda: self._mode_is(mode), "the relay to know the organization")

    def _mode_is(self, mode: str) -> bool:
        return f'"sign_in": "{mode}"' in requests.get(f"{self.url}/softphone", timeout=10).text

    def close(self) -> None:
        self.registry.close()
        assert self.server.stop() == 0


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    yield site
    site.close()


def takes_a_call(desk: AgentDesk, extension: str) -> None:
    desk.phones.ring_from_outside("+4989123456", extension, "")
    desk.panel("answer").click()
    expect(desk.panel("timer")).to_be_visible()
    desk.phones.press(extension, "hangup")
    expect(desk.panel("active")).to_have_count(0)


def is_told(desk: AgentDesk, sentence: str) -> None:
    expect(desk.panel("sign-in")).to_contain_text(sentence)


def test_salesforce_signs_and_nobody_is_asked(browser: Browser, site: Site) -> None:
    site.organization("apex", admission="everybody", salesforce_org_id=ORGANIZATION_ID)
    desk = AgentDesk.open(browser, site.url, "alice")
    takes_a_call(desk, "101")
    (record,) = site.administration.agents.all(OWNER, "default")
    assert (record.login, record.issuer) == (ALICE, f"salesforce:{ORGANIZATION_ID[:15]}")
    assert "alice" not in "".join(line for line in desk.traffic), "no name in an address"
    desk.close()


def test_salesforce_vouches_for_its_own_user_only(browser: Browser, site: Site) -> None:
    """Bob is not listed; that he knows Alice's name is of no use to him."""
    site.administration.organizations.make(OWNER, "elsewhere", "Elsewhere", {"sign_in": "token"})
    site.organization("apex", salesforce_org_id=ORGANIZATION_ID)
    site.administration.agents.make(OWNER, "default", ALICE)
    alice = AgentDesk.open(browser, site.url, "alice")
    page = browser.new_page()
    page.goto(f"{site.url}/salesforce?user=bob")
    panel = page.frame_locator('iframe[data-frame="softphone"]')
    expect(panel.get_by_test_id("sign-in")).to_contain_text("not an agent")
    expect(panel.get_by_test_id("presence")).not_to_be_visible()
    expect(alice.panel("presence")).to_be_enabled()
    page.close()
    alice.close()


def test_an_agent_who_is_deactivated_is_out_at_once_and_back_later(browser: Browser, site: Site) -> None:
    site.organization("apex", admission="everybody", salesforce_org_id=ORGANIZATION_ID)
    desk = AgentDesk.open(browser, site.url, "alice")
    site.administration.agents.deactivate(OWNER, "default", ALICE)
    is_told(desk, "deactivated")
    site.administration.agents.activate(OWNER, "default", ALICE)
    until(lambda: _retried(desk), "the panel to be let in again")
    takes_a_call(desk, "101")
    desk.close()


def _retried(desk: AgentDesk) -> bool:
    """Click again until the relay has heard of the change."""
    with suppress(Error):  # the button is gone as soon as the panel is in
        desk.panel("sign-in-go").click(timeout=500)
    presence = desk.panel("presence")
    return bool(presence.is_visible() and presence.is_enabled())


def test_a_personal_token_and_a_second_tab_without_it(browser: Browser, site: Site) -> None:
    site.organization("token")
    site.administration.agents.make(OWNER, "default", BOB)
    token, issued = site.administration.agents.issue_token(OWNER, "default", BOB)
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    page = context.new_page()
    page.goto(f"{site.url}/salesforce?user=bob")
    desk = AgentDesk(page, site.url, "bob", own_context=True)
    desk.panel("sign-in-name").fill(BOB)
    desk.panel("sign-in-token").fill(token[:-1] + ("a" if token[-1] != "a" else "b"))
    desk.panel("sign-in-button").click()
    is_told(desk, "not valid")
    desk.panel("sign-in-token").fill(token)
    desk.panel("sign-in-button").click()
    expect(desk.panel("presence")).to_be_enabled()
    second = AgentDesk.open(browser, site.url, "bob", context=context)
    takes_a_call(second, "102")
    kept = page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    frames = [frame for frame in page.frames if "/softphone" in frame.url]
    kept += "".join(
        frame.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}])") for frame in frames
    )
    assert token not in kept
    site.administration.agents.withdraw_token(OWNER, "default", BOB, issued.id)
    for tab in (desk, second):
        expect(tab.panel("sign-in-token")).to_be_visible()
    context.close()


@pytest.fixture
def provided(tmp_path: Path) -> Iterator[tuple[Site, Provider]]:
    port = free_port()
    with Provider(f"http://localhost:{port}/sign-in/done") as provider:
        site = Site(tmp_path, port)
        yield site, provider
        site.close()


def test_a_provider_signs_in_in_a_window_of_its_own(browser: Browser, provided: tuple[Site, Provider]) -> None:
    site, provider = provided
    site.organization("oidc", admission="everybody", oidc_issuer=provider.issuer, oidc_client_id="softphone")
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    page = context.new_page()
    page.goto(f"{site.url}/salesforce?user=alice")
    desk = AgentDesk(page, site.url, "alice", own_context=True)
    with page.expect_popup() as opened:
        desk.panel("sign-in-go").click()
    window = opened.value
    window.locator("input[name=login]").fill("alice")
    window.locator("input[name=password]").fill("any")
    window.locator("button[type=submit]").click()
    with window.expect_event("close"):
        window.get_by_role("button", name="Continue").click()
    expect(desk.panel("presence")).to_be_enabled()
    takes_a_call(desk, "101")
    second = AgentDesk.open(browser, site.url, "alice", context=context)
    expect(second.panel("presence")).to_be_enabled()
    (record,) = site.administration.agents.all(OWNER, "default")
    assert (record.login, record.issuer, record.subject) == (ALICE, provider.issuer, "alice")
    context.close()
