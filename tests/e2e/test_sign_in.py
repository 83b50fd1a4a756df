"""Signing in on the softphone page, in Chromium against canned answers: each mode, its window, other tabs, failures."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from .axe import findings
from .conftest import Serve
from .softphone_desk import PICTURES, Desk
from .softphone_server import CannedRelay, create_app, framed

pytestmark = pytest.mark.e2e

ALICE = "alice@acme.example"
SESSIONS, RENEWAL, TICKET = "/v1/sessions", "/v1/sessions/current/renewal", "/v1/sessions/current/ticket"
TAKE, NONCE, HANDOFF = "/v1/sign-in/handoff/take", "/v1/sign-in/nonce", "/v1/sign-in/handoff"
KNOWN_BY_SALESFORCE = {"username": ALICE}


def modes(desk: Desk) -> list[str]:
    """How sessions were opened, in this order."""
    return [body["mode"] for body in desk.relay.sign_in.made(SESSIONS)]


def looks_right(desk: Desk, name: str) -> None:
    """Nothing sticks out, a picture is kept, axe finds nothing: at full width and at twice the size."""
    desk.picture(f"sign-in-{name}", (400, 200))
    for width in (400, 200):
        desk.page.set_viewport_size({"width": width, "height": 640})
        assert findings(desk.page) == [], f"{name} at {width} px"
    desk.page.set_viewport_size({"width": 400, "height": 640})


def open_window(desk: Desk) -> Page:
    """Click the button; the provider's page is there."""
    with desk.page.expect_popup() as opened:
        desk.by("sign-in-go").click()
    expect(opened.value.get_by_role("heading")).to_have_text("Acme sign-in")
    return opened.value


def sign_in_at_provider(desk: Desk) -> None:
    window = open_window(desk)
    with window.expect_event("close"):
        window.locator("#yes").click()
    desk.ready()


# --- mode apex ---


def test_salesforce_signs_in_silently_and_again_when_the_session_is_gone(desk: Desk, language: str) -> None:
    desk.language = language
    sign_in = desk.relay.sign_in
    sign_in.mode, sign_in.organization = "apex", "acme"
    desk.open(lightning=KNOWN_BY_SALESFORCE)
    desk.ready()
    assert [made["organization"] for made in sign_in.made(NONCE)] == ["acme"]
    sign_in.end_sessions()
    desk.relay.push({"type": "presence", "state": "away"})
    desk.eventually(lambda: modes(desk) == ["apex", "apex"])
    desk.ready()
    assert len(sign_in.made(NONCE)) == 2, "no nonce is used twice"
    desk.by("tab-settings").click()
    expect(desk.page.locator("[data-key=sign_in] dd")).to_contain_text("Salesforce")
    expect(desk.page.locator("[data-banner=sign_in_by_id]")).to_have_count(0)
    looks_right(desk, "settings-apex")


def test_a_session_is_renewed_with_a_fresh_token_before_its_time_is_over(desk: Desk) -> None:
    sign_in = desk.relay.sign_in
    sign_in.mode, sign_in.renew_in_s = "apex", 2
    desk.open(lightning=KNOWN_BY_SALESFORCE)
    desk.ready()
    desk.eventually(lambda: len(sign_in.made(RENEWAL)) >= 2)
    assert modes(desk) == ["apex"], "the session stays the same"
    tokens = [made["token"] for made in sign_in.made(RENEWAL) + sign_in.made(SESSIONS)]
    assert len(set(tokens)) == len(tokens)


def test_where_salesforce_does_not_vouch_the_panel_says_what_to_do_and_tries_again(desk: Desk, language: str) -> None:
    desk.language = language
    desk.relay.sign_in.mode = "apex"
    desk.open(lightning={})
    expect(desk.by("sign-in-error")).to_contain_text("CtiSignIn")
    expect(desk.by("sign-in-error")).to_contain_text("SERVER_ERROR")
    looks_right(desk, "apex-failed")
    desk.page.evaluate("user => { window.lightning.username = user }", ALICE)
    desk.by("sign-in-go").press("Enter")
    desk.ready()


def test_outside_salesforce_nobody_vouches(desk: Desk, language: str) -> None:
    desk.language = language
    desk.relay.sign_in.mode = "apex"
    desk.open()
    expect(desk.by("sign-in-error")).to_contain_text("Salesforce")
    expect(desk.by("sign-in-go")).to_be_enabled()
    looks_right(desk, "apex-outside")
    assert desk.relay.sign_in.made(SESSIONS) == []


def test_who_is_not_let_in_reads_the_relays_own_sentence(desk: Desk, language: str) -> None:
    desk.language = language
    sign_in = desk.relay.sign_in
    sign_in.mode, sign_in.refused = "apex", {ALICE}
    desk.open(lightning=KNOWN_BY_SALESFORCE)
    expect(desk.by("sign-in-error")).to_contain_text("This proof is not accepted.")
    looks_right(desk, "refused")
    sign_in.refused.clear()
    desk.by("sign-in-go").click()
    desk.ready()


# --- mode oidc ---


def test_a_window_asks_who_it_is_and_closes_by_itself(desk: Desk, language: str) -> None:
    desk.language = language
    desk.relay.sign_in.mode = "oidc"
    desk.open(lightning={})
    expect(desk.by("sign-in-go")).to_be_visible()
    looks_right(desk, "oidc")
    window = open_window(desk)
    expect(desk.by("sign-in-go")).to_have_text("Show the window" if language == "en" else "Fenster zeigen")
    looks_right(desk, "oidc-window")
    with window.expect_event("close"):
        window.locator("#yes").click()
    desk.ready()
    (body,) = desk.relay.sign_in.made(SESSIONS)
    assert set(body) == {"mode", "organization", "code", "verifier", "nonce", "issuer"}
    assert desk.relay.sign_in.made(HANDOFF) == [], "the message was enough"
    desk.by("tab-settings").click()
    expect(desk.by("sign-out")).to_have_text("Sign out" if language == "en" else "Abmelden")


def test_a_window_that_was_cut_off_hands_the_code_over_by_the_relay(desk: Desk) -> None:
    desk.relay.sign_in.mode, desk.relay.sign_in.cuts_off = "oidc", True
    desk.open(lightning={})
    window = open_window(desk)
    assert window.evaluate("window.opener === null"), "the provider's page has cut it off"
    expect(desk.by("sign-in")).to_contain_text("If the window is still open, go on there.")
    looks_right(desk, "oidc-away")
    window.locator("#yes").click()
    expect(window.locator("[data-outcome=good]")).to_be_visible()
    desk.ready()
    assert window.url.endswith("/sign-in/done"), "no code in the address"
    assert findings(window) == []
    window.screenshot(path=PICTURES / "sign-in-done.png")
    assert len(desk.relay.sign_in.made(HANDOFF)) == 1
    window.close()


def test_a_browser_that_lets_no_window_open(browser: Browser, flask_server: Serve) -> None:
    """In a frame that may open none, as an administrator's policy makes it."""
    relay = CannedRelay()
    relay.sign_in.mode = "oidc"
    port = flask_server(lambda port: framed(create_app(relay), port, sandbox="allow-scripts allow-same-origin"))
    page = browser.new_page()
    page.goto(f"http://acme.lightning.localhost:{port}/frame")
    softphone = page.frame_locator("iframe")
    softphone.get_by_test_id("sign-in-go").click()
    expect(softphone.get_by_test_id("sign-in-error")).to_contain_text("Allow pop-ups")
    expect(softphone.get_by_test_id("sign-in-go")).to_have_text("Sign in")
    expect(softphone.get_by_test_id("sign-in-go")).to_be_enabled()
    page.close()
    relay.close()


def test_a_window_closed_by_the_agent_leaves_the_button(desk: Desk) -> None:
    desk.relay.sign_in.mode = "oidc"
    desk.open(lightning={})
    open_window(desk).close()
    expect(desk.by("sign-in")).to_contain_text("If you have closed it, sign in again.")
    sign_in_at_provider(desk)
    assert modes(desk) == ["oidc"]


def test_giving_up_closes_the_window(desk: Desk) -> None:
    desk.relay.sign_in.mode = "oidc"
    desk.open(lightning={})
    window = open_window(desk)
    with window.expect_event("close"):
        desk.by("sign-in-cancel").click()
    expect(desk.by("sign-in-cancel")).to_be_hidden()
    sign_in_at_provider(desk)


def test_what_the_provider_refuses_is_said(desk: Desk, language: str) -> None:
    desk.language = language
    desk.relay.sign_in.mode = "oidc"
    desk.open(lightning={})
    window = open_window(desk)
    with window.expect_event("close"):
        window.locator("#no").click()
    expect(desk.by("sign-in-error")).to_be_visible()
    looks_right(desk, "oidc-denied")
    sign_in_at_provider(desk)


def test_the_page_of_the_window_by_itself(desk: Desk, language: str) -> None:
    desk.page.goto(f"http://localhost:{desk.port}/sign-in/done?lang={language}")
    expect(desk.page.locator("[data-outcome=empty]")).to_be_visible()
    query = f"lang={language}&state={'s' * 43}&error=invalid_scope"
    desk.page.goto(f"http://localhost:{desk.port}/sign-in/done?{query}")
    expect(desk.page.locator("[data-outcome=failed]")).to_be_visible()
    expect(desk.page.locator("#code code")).to_have_text("invalid_scope")
    assert desk.page.url.endswith("/sign-in/done")
    assert findings(desk.page) == []
    answer = desk.page.request.get(f"http://localhost:{desk.port}/sign-in/done")
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "cross-origin-opener-policy" not in answer.headers


# --- other tabs ---


def test_a_second_tab_is_let_in_by_the_first(desk: Desk) -> None:
    desk.relay.sign_in.mode = "oidc"
    desk.open(lightning={})
    sign_in_at_provider(desk)
    second = desk.another_tab()
    second.open(lightning={})
    second.ready()
    assert modes(desk) == ["oidc", "ticket"]
    assert len(desk.relay.sign_in.made(TICKET)) == 1


def test_two_salesforce_orgs_of_one_browser_never_meet(desk: Desk) -> None:
    desk.relay.sign_in.mode = "oidc"
    desk.open(lightning={}, org="acme")
    sign_in_at_provider(desk)
    other = desk.another_tab()
    other.open(lightning={}, org="globex")
    expect(other.by("sign-in-go")).to_be_visible()
    assert desk.relay.sign_in.made(TICKET) == []
    desk.by("tab-settings").click()
    desk.by("sign-out").click()
    expect(desk.by("sign-in-go")).to_be_visible()
    sign_in_at_provider(other)
    expect(desk.by("sign-in-go")).to_be_visible()
    assert modes(desk) == ["oidc", "oidc"]


def test_signing_out_holds_for_all_tabs_until_the_agent_signs_in_again(desk: Desk, language: str) -> None:
    desk.language = language
    desk.relay.sign_in.mode = "oidc"
    desk.open(lightning={})
    sign_in_at_provider(desk)
    second = desk.another_tab()
    second.open(lightning={})
    second.ready()
    desk.by("tab-settings").click()
    desk.by("sign-out").click()
    for tab in (desk, second):
        expect(tab.by("sign-in-go")).to_be_visible()
    desk.eventually(lambda: desk.relay.sign_in.open_sessions == 0)
    second.page.reload()
    expect(second.by("sign-in-go")).to_be_visible()
    assert modes(desk) == ["oidc", "ticket"], "nobody signs in by themselves"
    sign_in_at_provider(second)
    desk.ready()
    assert modes(desk) == ["oidc", "ticket", "oidc", "ticket"]


def test_after_the_relays_restart_one_sign_in_serves_all_tabs(desk: Desk) -> None:
    desk.relay.sign_in.mode = "oidc"
    desk.open(lightning={})
    sign_in_at_provider(desk)
    second = desk.another_tab()
    second.open(lightning={})
    second.ready()
    desk.relay.sign_in.end_sessions()
    desk.relay.push({"type": "presence", "state": "away"})
    expect(desk.by("sign-in-go")).to_be_visible()
    expect(desk.page.locator("#announcer")).to_have_text("You have to sign in again")
    sign_in_at_provider(desk)
    second.ready()


# --- mode token ---


def test_a_personal_token(desk: Desk, language: str) -> None:
    desk.language = language
    desk.relay.sign_in.mode = "token"
    desk.open(lightning={})
    token = desk.by("sign-in-token")
    expect(token).to_have_attribute("autocomplete", "current-password")
    expect(desk.by("sign-in-name")).to_have_attribute("autocomplete", "username")
    looks_right(desk, "token")
    desk.by("sign-in-name").fill("Alice")
    token.fill("bad-token")
    token.press("Enter")
    expect(token).to_have_attribute("aria-invalid", "true")
    expect(token).to_have_accessible_description(re.compile("This proof is not accepted"))
    expect(token).to_be_focused()
    looks_right(desk, "token-refused")
    token.fill(" good-token ")
    desk.by("sign-in-button").click()
    desk.ready()
    assert desk.page.evaluate("JSON.stringify([{ ...localStorage }, { ...sessionStorage }])").find("good-token") == -1
    assert desk.page.evaluate("document.getElementById('token').value") == ""
    desk.relay.sign_in.end_sessions()
    desk.relay.push({"type": "presence", "state": "away"})
    desk.eventually(lambda: modes(desk) == ["token", "token", "token"])
    desk.ready()
    desk.page.reload()
    expect(desk.by("sign-in-token")).to_be_visible()


def test_a_relay_that_wants_patience_gets_it(desk: Desk) -> None:
    desk.relay.sign_in.mode, desk.relay.sign_in.busy = "token", 1
    desk.open(lightning={})
    desk.by("sign-in-token").fill("good-token")
    desk.by("sign-in-token").press("Enter")
    expect(desk.page.locator("[data-banner=busy]")).to_contain_text("patience")
    expect(desk.by("sign-in-button")).to_have_attribute("aria-busy", "true")
    looks_right(desk, "token-wait")
    desk.ready()
    assert modes(desk) == ["token", "token"]


# --- mode id ---


def test_by_name_alone_the_panel_says_so_for_good(desk: Desk, language: str) -> None:
    desk.language = language
    desk.open(lightning={})
    desk.ready()
    notice = desk.page.locator("[data-banner=sign_in_by_id]")
    expect(notice).to_have_attribute("role", "note")
    assert notice.get_by_role("button").count() == 0, "it cannot be closed"
    looks_right(desk, "id-notice")
    notice.locator("summary").click()
    expect(notice.locator("details p")).to_be_visible()
    looks_right(desk, "id-notice-open")
    desk.page.reload()
    expect(notice).to_be_visible()


def test_the_name_is_remembered_and_asked_for_after_changing_it(desk: Desk) -> None:
    desk.open(agent="")
    desk.by("sign-in-name").fill("Bob@acme.example")
    desk.by("sign-in-name").press("Enter")
    desk.ready()
    desk.page.reload()
    desk.ready()
    desk.by("tab-settings").click()
    desk.by("sign-out").click()
    expect(desk.by("sign-in-name")).to_have_value("")
    assert [body["agent"] for body in desk.relay.sign_in.made(SESSIONS)] == ["Bob@acme.example"] * 2
