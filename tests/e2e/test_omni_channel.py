"""Availability at the phone and Omni-Channel's presence status in step, by the admin's rules."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from support.processes import Server, until

from .agent import AgentDesk

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]

RULES = {
    "/ctiOmniChannel/channel": "CtiPresence__c",
    "/ctiOmniChannel/toOmni": "call -> Busy_Call; away:Meeting -> Lunch; away -> Break; available -> Available",
    "/ctiOmniChannel/fromOmni": "Break -> away:Break; offline -> away; Available* -> available",
}


def status(desk: AgentDesk) -> Locator:
    return desk.page.get_by_label("Omni-Channel status")


@pytest.fixture
def omni(alice: AgentDesk) -> Iterator[AgentDesk]:
    """Alice, whose org has Omni-Channel with our component."""
    expect(status(alice)).to_be_hidden()
    alice.change_settings(RULES)
    expect(status(alice)).to_have_value("Available")
    yield alice
    alice.panel("presence").select_option("available")
    until(lambda: alice.panel("presence").get_attribute("aria-busy") is None, "the phone system to know")


def test_going_away_at_the_phone_is_a_break_in_omni_channel(omni: AgentDesk) -> None:
    omni.panel("presence").select_option("away|Break")
    expect(status(omni)).to_have_value("Break")
    omni.panel("presence").select_option("away|Meeting")
    expect(status(omni)).to_have_value("Lunch")
    omni.panel("presence").select_option("available")
    expect(status(omni)).to_have_value("Available")


def test_a_break_in_omni_channel_is_away_at_the_phone(omni: AgentDesk, images: Path) -> None:
    status(omni).select_option("Break")
    expect(omni.panel("presence")).to_have_value("away|Break")
    expect(status(omni)).to_have_value("Break")
    omni.picture(images / "omni-channel.png")
    status(omni).select_option("Available_Chat")
    expect(omni.panel("presence")).to_have_value("available")
    expect(status(omni)).to_have_value("Available_Chat")


def test_a_call_is_busy_and_afterwards_it_is_as_before(omni: AgentDesk) -> None:
    status(omni).select_option("Available_Chat")
    omni.phones.ring_from_outside("+4930111222", "101", "Erika Muster")
    expect(omni.panel("incoming")).to_be_visible()
    expect(status(omni)).to_have_value("Available_Chat")
    omni.panel("answer").click()
    expect(status(omni)).to_have_value("Busy_Call")
    omni.panel("hangup").click()
    expect(status(omni)).to_have_value("Available_Chat")
    assert omni.panel("presence").input_value() == "available"


def test_a_pause_by_somebody_else_at_the_phone_system_counts_too(omni: AgentDesk) -> None:
    omni.phones.press("101", "state", state="away")
    expect(status(omni)).to_have_value("Break")


def test_a_second_tab_changes_nothing_twice(omni: AgentDesk, browser: Browser, server: Server) -> None:
    other = AgentDesk.open(browser, server.url, "alice")
    other.change_settings(RULES)
    omni.panel("presence").select_option("away|Break")
    expect(status(omni)).to_have_value("Break")
    expect(status(other)).to_have_value("Break")
    asked = other.page.locator('#drawer li[data-text="publish"]').filter(has_text="set_status")
    assert asked.count() == 1
    other.close()


def test_a_status_that_is_not_there_is_named_with_its_setting(alice: AgentDesk, images: Path) -> None:
    alice.change_settings({**RULES, "/ctiOmniChannel/toOmni": "away -> Pause"})
    alice.panel("presence").select_option("away")
    banner = alice.panel("banner").filter(has_text="toOmni")
    expect(banner).to_contain_text("ctiOmniChannel/toOmni is “Pause”")
    expect(banner).to_contain_text("Omni-Channel has no presence status of this name")
    alice.picture(images / "omni-channel-refused.png")
    alice.panel("presence").select_option("available")
