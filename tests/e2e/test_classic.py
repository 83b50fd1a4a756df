"""Salesforce Classic: each step of the agent loads the softphone anew, and a call does not notice."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from support.processes import Server, until

from .agent import ERIKA_ID, AgentDesk

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]

ERIKA = "+4930111222"
CLASSIC = "&ui=classic"


@pytest.fixture
def alice(browser: Browser, server: Server) -> Iterator[AgentDesk]:
    desk = AgentDesk.open(browser, server.url, "alice", query=CLASSIC)
    yield desk
    desk.hang_up_everything()
    desk.close()


def loads(desk: AgentDesk) -> int:
    """How often the softphone's page was loaded in this tab."""
    return len([url for url in desk.visited if "sfdcIFrameOrigin" in url])


def logs_of(desk: AgentDesk, notes: str) -> list[dict[str, object]]:
    return [task for task in desk.tasks() if task["Description"] == notes]


def test_a_call_survives_every_page_of_classic(alice: AgentDesk, images: Path) -> None:
    before = loads(alice)
    alice.phones.ring_from_outside(ERIKA, "101", "Erika Muster")
    expect(alice.record_title()).to_have_text("Erika Muster")  # popped, which is another page already
    expect(alice.panel("incoming-name")).to_contain_text("Erika Muster")
    alice.panel("answer").click()
    expect(alice.panel("timer")).to_be_visible()
    alice.panel("notes").fill("Said in Classic")
    alice.page.get_by_role("link", name="Accounts").click()
    expect(alice.page.get_by_role("link", name="Wiener Werkbank")).to_be_visible()
    expect(alice.panel("timer")).to_be_visible()
    expect(alice.panel("notes")).to_have_value("Said in Classic")
    alice.picture(images / "classic.png")
    assert loads(alice) >= before + 2
    alice.panel("hangup").click()
    until(lambda: len(logs_of(alice, "Said in Classic")) == 1, "the call to be logged")
    assert [task["WhoId"] for task in logs_of(alice, "Said in Classic")] == [ERIKA_ID]
    expect(alice.page.get_by_role("link", name="Wiener Werkbank")).to_be_visible()  # nothing took the agent away


def test_what_has_popped_does_not_pop_again_on_the_next_page(alice: AgentDesk) -> None:
    alice.phones.ring_from_outside(ERIKA, "101", "Erika Muster")
    expect(alice.record_title()).to_have_text("Erika Muster")
    alice.page.get_by_role("link", name="Home").click()
    expect(alice.panel("incoming-name")).to_contain_text("Erika Muster")
    expect(alice.record_title()).to_have_count(0)


def test_a_click_on_a_number_dials(alice: AgentDesk) -> None:
    alice.open_record()
    alice.click_number()
    until(lambda: alice.phones.call_at("101"), "the desk phone to dial")
    expect(alice.panel("active")).to_contain_text("Erika Muster")


def test_an_unknown_caller_gets_a_form_with_the_number(alice: AgentDesk) -> None:
    number = "+4989555771"
    alice.phones.ring_from_outside(number, "101", "")
    alice.panel("answer").click()
    form = alice.page.get_by_role("dialog")
    expect(form.locator('[name="Phone"]')).to_have_value(number)
    form.get_by_role("button", name="Cancel").click()
    expect(alice.panel("timer")).to_be_visible()


def test_the_console_keeps_one_softphone_for_all_pages(browser: Browser, server: Server) -> None:
    desk = AgentDesk.open(browser, server.url, "bob", query=f"{CLASSIC}&console=1")
    before = loads(desk)
    desk.phones.ring_from_outside(ERIKA, "102", "Erika Muster")
    expect(desk.record_title()).to_have_text("Erika Muster")
    desk.panel("answer").click()
    desk.panel("notes").fill("Said in the console")
    desk.panel("hangup").click()
    until(lambda: len(logs_of(desk, "Said in the console")) == 1, "the call to be logged")
    # The record that is open shows what was saved, without being loaded anew.
    expect(desk.page.locator("[data-activities]")).to_contain_text("Said in the console")
    assert loads(desk) == before
    desk.close()
