"""The page of the simulated phones in Chromium, with the real server behind it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from support.processes import Server

from .agent import Phones

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]


@pytest.fixture
def phones(browser: Browser, server: Server) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{server.url}/phones")
    expect(page.locator("article.desk")).to_have_count(3)
    yield page
    context.close()
    assert errors == []
    for call in Phones(server.url).outside_calls():
        Phones(server.url).outside(str(call["id"]), "hangup")


def desk(page: Page, name: str) -> Locator:
    return page.locator("article.desk").filter(has=page.get_by_role("heading", name=name))


def press(place: Locator, action: str) -> None:
    place.locator(f'button[data-action="{action}"]').first.click()


def test_one_click_rings_alice(phones: Page) -> None:
    phones.get_by_test_id("ring").click()
    alice = desk(phones, "Alice Adler")
    expect(alice).to_contain_text("30111222")
    press(alice, "answer")
    expect(alice.locator('button[data-action="hold"]')).to_be_visible()
    press(alice, "hold")
    press(alice, "retrieve")
    expect(alice.locator('button[data-action="hold"]')).to_be_visible()
    press(alice, "hangup")
    expect(alice).not_to_contain_text("30111222")


def test_caller_gives_up(phones: Page) -> None:
    phones.get_by_test_id("ring").click()
    expect(desk(phones, "Alice Adler")).to_contain_text("30111222")
    press(phones.get_by_test_id("outside-calls"), "hangup")
    expect(desk(phones, "Alice Adler")).not_to_contain_text("30111222")


def test_what_the_caller_has_entered_goes_along(phones: Page, server: Server) -> None:
    phones.get_by_test_id("call-data").fill("CASE_NUMBER=00001026; LANGUAGE=de")
    phones.get_by_test_id("ring").click()
    expect(desk(phones, "Alice Adler")).to_contain_text("30111222")
    (call,) = Phones(server.url).calls_of("101")
    assert call["data"] == {"CASE_NUMBER": "00001026", "LANGUAGE": "de"}


def test_a_message_is_left_where_nobody_answers(phones: Page) -> None:
    phones.get_by_test_id("ring").click()
    press(phones.get_by_test_id("outside-calls"), "message")
    expect(desk(phones, "Alice Adler")).to_contain_text("One new message")


def test_phone_calls_a_colleague(phones: Page) -> None:
    alice, bob = desk(phones, "Alice Adler"), desk(phones, "Bob Brandt")
    alice.get_by_test_id("phone-number").fill("102")
    press(alice, "dial")
    expect(bob).to_contain_text("Alice Adler")
    press(bob, "decline")
    expect(bob).not_to_contain_text("Alice Adler")


def test_refusal_is_a_sentence(phones: Page) -> None:
    carol = desk(phones, "Carol Cruz")
    carol.locator("select").select_option("do_not_disturb")
    phones.locator('input[name="target"][value="103"]').check()
    phones.get_by_test_id("ring").click()
    expect(phones.locator("#outside").get_by_role("alert")).to_contain_text("do not disturb")
    carol.locator("select").select_option("available")


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("width", [1280, 400, 320])
def test_fits_and_is_pictured(phones: Page, server: Server, images: Path, language: str, width: int) -> None:
    phones.set_viewport_size({"width": width, "height": 900})
    phones.goto(f"{server.url}/phones?lang={language}")
    expect(phones.locator("article.desk")).to_have_count(3)
    phones.screenshot(path=images / f"phones-{language}-{width}.png", full_page=True)
    assert phones.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
