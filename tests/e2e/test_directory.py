"""Names instead of numbers: colleagues with what their phones do now, and other users of Salesforce."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from support.processes import until

from .agent import AgentDesk

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]


def people(desk: AgentDesk, testid: str = "dial-people") -> Locator:
    return desk.panel(testid).get_by_role("listitem")


def test_a_name_finds_colleagues_and_other_users(alice: AgentDesk, images: Path) -> None:
    alice.panel("dial-input").fill("d")
    expect(people(alice).filter(has_text="Bob Brandt")).to_contain_text("Free")
    alice.panel("dial-input").fill("diet")
    expect(people(alice)).to_have_count(2)  # her two numbers
    expect(people(alice).first).to_contain_text("+49 40 66969-200 · Head of Sales")
    alice.picture(images / "directory-user.png")
    people(alice).first.get_by_role("button").click()
    until(lambda: alice.phones.call_at("101"), "the desk phone to dial")
    expect(alice.panel("active")).to_contain_text("66969200")


def test_the_only_one_of_that_name_is_dialled_by_enter(alice: AgentDesk) -> None:
    alice.panel("dial-input").fill("bran")
    expect(people(alice)).to_have_count(1)
    alice.panel("dial-input").press("Enter")
    until(lambda: alice.phones.state_of("102") == "alerting", "Bob's phone to ring")


def test_the_state_of_a_colleague_follows_their_phone(alice: AgentDesk, images: Path) -> None:
    alice.panel("directory-toggle").click()
    bob = people(alice).filter(has_text="Bob Brandt")
    expect(bob).to_contain_text("Free")
    call = alice.phones.ring_from_outside("+4989555801", "102", "")
    expect(bob).to_contain_text("Rings")
    alice.phones.press("102", "answer")
    expect(bob).to_contain_text("On a call")
    alice.picture(images / "directory.png")
    alice.phones.outside(call, "hangup")
    expect(bob).to_contain_text("Free")
    alice.panel("directory-toggle").click()
    expect(people(alice)).to_have_count(0)


def test_a_transfer_offers_colleagues(alice: AgentDesk, images: Path) -> None:
    alice.phones.ring_from_outside("+4930111222", "101", "Erika Muster")
    alice.panel("answer").click()
    alice.panel("transfer").click()
    carol = people(alice, "transfer-people").filter(has_text="Carol Cruz")
    expect(carol).to_contain_text("Free")
    alice.picture(images / "directory-transfer.png")
    carol.get_by_role("button").click()
    expect(alice.panel("transfer-number")).to_have_value("103")
    alice.panel("transfer-confirm").click()
    until(lambda: alice.phones.state_of("103") == "alerting", "Carol's phone to ring")


def test_a_colleagues_ringing_call_is_taken_with_one_click(alice: AgentDesk) -> None:
    alice.change_setting("/ctiPresence/pickupCode", "*8")
    alice.phones.ring_from_outside("+4930111222", "102", "Erika Muster")
    alice.panel("directory-toggle").click()
    people(alice).filter(has_text="Bob Brandt").get_by_test_id("pickup").click()
    until(lambda: alice.phones.state_of("101") == "connected", "Alice to have Bob's caller")
    assert alice.phones.states_of("102") == []
    expect(alice.panel("active")).to_contain_text("Erika Muster")


def test_answering_by_itself(alice: AgentDesk) -> None:
    alice.panel("tab-settings").click()
    alice.panel("setting-autoAnswer").check()
    alice.phones.ring_from_outside("+4930111222", "101", "Erika Muster")
    until(lambda: alice.phones.state_of("101") == "connected", "the call to be answered")
