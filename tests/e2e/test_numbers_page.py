"""``/admin/numbers`` in Chromium: typed, dropped, tried with other settings, downloaded; narrow, and in German."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from support.processes import Server

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]


@pytest.fixture
def numbers(browser: Browser, server: Server) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(f"{server.url}/admin/numbers?lang=en")
    yield page
    assert faults == []
    page.close()


def explain(page: Page, text: str) -> None:
    page.get_by_test_id("typed").fill(text)
    page.get_by_test_id("explain").click()
    expect(page.get_by_test_id("progress")).to_contain_text("explained")


def test_every_rule_the_digits_and_the_keys(numbers: Page, images: Path) -> None:
    explain(numbers, "+49 (0)89 1234567 DW 12\n112\nnothing")
    rows = numbers.get_by_test_id("number")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("0891234567")
    expect(rows.nth(0)).to_contain_text("Then 12")
    expect(rows.nth(1)).to_contain_text("Emergency")
    expect(rows.nth(2)).to_contain_text("not dialled")
    rows.nth(0).locator("summary").click()
    expect(rows.nth(0).locator("[data-rule]")).to_have_count(4)
    expect(rows.nth(0)).to_contain_text("+4989123456712")
    numbers.screenshot(path=images / "numbers-en-1280.png", full_page=True)


def test_the_record_that_matches_and_the_head_office(numbers: Page) -> None:
    numbers.get_by_label("Shown by the phone system").check()
    explain(numbers, "0049 30 111222\n+4930111777\n+15005550006")
    rows = numbers.get_by_test_id("number")
    expect(rows.nth(0)).to_contain_text("Erika Muster")
    expect(rows.nth(1)).to_contain_text("probably Muster Medien GmbH")
    expect(rows.nth(2).locator(".number-record")).to_contain_text("none")
    rows.nth(1).locator("summary").click()
    expect(rows.nth(1)).to_contain_text("probably head office")


def test_other_settings_are_tried_and_wrong_ones_named(numbers: Page) -> None:
    explain(numbers, "+1 415 555 2671")
    numbers.get_by_text("Settings to try").click()
    for name, value in {"reqOutsidePrefix": "9", "country ": "US", "areaCode": "1415"}.items():
        field = numbers.get_by_role("textbox", name=re.compile(f"^{name}"))
        field.fill(value)
        field.blur()
    expect(numbers.get_by_test_id("number")).to_contain_text("914155552671")
    expect(numbers.get_by_text("begins with the long-distance prefix 1")).to_be_visible()
    numbers.get_by_role("button", name="Reset").click()
    expect(numbers.get_by_test_id("number")).to_contain_text("0014155552671")


def test_a_thousand_rows_of_a_list(numbers: Page, tmp_path: Path) -> None:
    many = tmp_path / "many.csv"
    many.write_text("Name;Phone\n" + "".join(f"n{row};+49 89 {1_000_000 + row}\n" for row in range(1500)), "utf-8")
    numbers.locator("#list").set_input_files(many)
    expect(numbers.get_by_test_id("progress")).to_have_text("1500 numbers explained. Open a row for its rules.")
    expect(numbers.get_by_test_id("number")).to_have_count(100)
    expect(numbers.get_by_test_id("number").first).to_contain_text("0891000000")
    numbers.get_by_role("button", name="Next").click()
    expect(numbers.get_by_test_id("number").first).to_contain_text("0891000100")
    with numbers.expect_download() as started:
        numbers.get_by_test_id("download").click()
    lines = Path(started.value.path()).read_text("utf-8-sig").splitlines()
    assert started.value.suggested_filename == "numbers-outgoing.csv"
    assert len(lines) == 1501
    assert ",0891001499,+49891001499," in lines[-1]


def test_a_dropped_file_that_is_no_list_is_said(numbers: Page, tmp_path: Path) -> None:
    picture = tmp_path / "picture.csv"
    picture.write_bytes(b"\x89PNG\x00\x00")
    # The browser notes every refused request in its console; this one is meant.
    numbers.route(
        "**/admin/numbers/list",
        lambda route: route.fulfill(status=200, body=json.dumps(route.fetch().json()), content_type="application/json"),
    )
    numbers.locator("#list").set_input_files(picture)
    expect(numbers.get_by_role("alert").first).to_contain_text("picture.csv cannot be read")


def test_by_keyboard_alone(numbers: Page) -> None:
    numbers.get_by_test_id("typed").focus()
    numbers.keyboard.type("089 1234567")
    numbers.keyboard.press("Control+Enter")
    row = numbers.get_by_test_id("number")
    expect(row).to_have_count(1)
    row.locator("summary").focus()
    numbers.keyboard.press("Enter")
    expect(row.locator("[data-rule]").first).to_be_visible()


@pytest.mark.parametrize("width", [400, 320])
def test_narrow_and_in_german(browser: Browser, server: Server, images: Path, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(f"{server.url}/admin/numbers?lang=de")
    page.get_by_test_id("typed").fill("089 1234567 / 0171 2345678\n00431 5551234")
    page.get_by_test_id("explain").click()
    expect(page.get_by_test_id("number")).to_have_count(2)
    page.get_by_test_id("number").first.locator("summary").click()
    expect(page.get_by_text("Mehrere Nummern in einem Feld")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.screenshot(path=images / f"numbers-de-{width}.png", full_page=True)
    page.close()
