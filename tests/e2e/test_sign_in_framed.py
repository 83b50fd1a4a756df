"""Signing in where Salesforce shows the softphone: in a frame of another site, storage kept apart."""

import pytest
from playwright.sync_api import Browser, expect

from .conftest import Serve
from .softphone_server import CannedRelay, create_app, framed

pytestmark = pytest.mark.e2e


def test_window_and_frame_share_no_storage_and_tabs_of_one_page_do(own_browser: Browser, flask_server: Serve) -> None:
    relay = CannedRelay()
    relay.sign_in.mode = "oidc"
    port = flask_server(lambda port: framed(create_app(relay), port))
    context = own_browser.contexts[0]
    pages = []
    for _ in range(2):
        page = context.new_page()
        page.goto(f"http://acme.lightning.localhost:{port}/frame")
        softphone = page.frame_locator("iframe")
        if not pages:
            with page.expect_popup() as opened:
                softphone.get_by_test_id("sign-in-go").click()
            with opened.value.expect_event("close"):
                opened.value.locator("#yes").click()
        expect(softphone.get_by_test_id("presence")).to_be_enabled()
        pages.append(page)
    assert [body["mode"] for body in relay.sign_in.made("/v1/sessions")] == ["oidc", "ticket"]
    relay.close()
