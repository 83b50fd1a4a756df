"""Presence in step with Omni-Channel: whichever is changed, the other one follows, and a call borrows the status."""

import pytest
from playwright.sync_api import Locator, expect

from support.processes import until

from .agent import AgentDesk

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]

TO_OMNI = "ringing -> Busy_Call; call -> Busy_Call; away:Meeting -> Break; away -> Break; available -> Available"
FROM_OMNI = "Available* -> available; Break -> away:Break; Busy -> do_not_disturb; offline -> away"


def in_step(desk: AgentDesk, to_omni: str = TO_OMNI, from_omni: str = FROM_OMNI) -> Locator:
    """Omni-Channel's status in the utility bar, once the softphone keeps in step with it."""
    desk.change_setting("/ctiOmniChannel/toOmni", to_omni)
    desk.change_setting("/ctiOmniChannel/fromOmni", from_omni)
    desk.change_setting("/ctiOmniChannel/channel", "CtiPresence__c")
    omni = desk.page.get_by_label("Omni-Channel status")
    asked = desk.page.locator('#drawer li[data-text="publish"]').filter(has_text="ask_status")
    expect(asked).to_have_count(1)
    expect(omni).to_have_value("Available")
    return omni


def test_who_goes_away_is_so_in_omni_channel(alice: AgentDesk) -> None:
    omni = in_step(alice)
    alice.panel("presence").select_option("away|Meeting")
    expect(omni).to_have_value("Break")
    expect(alice.panel("presence")).to_have_value("away|Meeting")
    alice.panel("presence").select_option("available")
    expect(omni).to_have_value("Available")


def test_a_status_chosen_in_omni_channel_reaches_the_phone(alice: AgentDesk) -> None:
    omni = in_step(alice)
    omni.select_option(label="Busy")
    expect(alice.panel("presence")).to_have_value("do_not_disturb")
    omni.select_option(label="Offline")
    expect(alice.panel("presence")).to_have_value("away")
    omni.select_option(label="Available for chats")
    expect(alice.panel("presence")).to_have_value("available")
    expect(omni).to_have_value("Available_Chat")


def test_a_call_has_its_status_and_the_one_before_comes_back(alice: AgentDesk) -> None:
    omni = in_step(alice)
    omni.select_option(label="Available for chats")
    call = alice.phones.ring_from_outside("+4930111222", "101", "Erika Muster")
    expect(omni).to_have_value("Busy_Call")
    alice.panel("answer").click()
    expect(alice.panel("timer")).to_be_visible()
    expect(omni).to_have_value("Busy_Call")
    alice.phones.outside(call, "hangup")
    expect(omni).to_have_value("Available_Chat")


def test_a_call_out_that_nobody_answers_leaves_an_agent_away(alice: AgentDesk) -> None:
    omni = in_step(alice)
    alice.panel("presence").select_option("away|Meeting")
    expect(omni).to_have_value("Break")
    alice.panel("dial-input").fill("030 111222")
    alice.panel("dial-input").press("Enter")
    until(lambda: alice.phones.call_at("101"), "the desk phone to dial")
    expect(omni).to_have_value("Busy_Call")
    alice.phones.press("101", "hangup")
    expect(omni).to_have_value("Break")
    expect(alice.panel("presence")).to_have_value("away|Meeting")
    alice.panel("presence").select_option("available")
    expect(omni).to_have_value("Available")


def test_a_status_that_omni_channel_does_not_have_is_a_wrong_setting(alice: AgentDesk) -> None:
    omni = in_step(alice, to_omni="away -> Siesta")
    alice.panel("presence").select_option("away")
    expect(alice.panel("banner")).to_contain_text(
        ["toOmni is “Siesta”: Salesforce has no presence status of this name"]
    )
    expect(omni).to_have_value("Available")
    alice.panel("presence").select_option("available")
    until(lambda: alice.panel("presence").get_attribute("aria-busy") is None, "the phone system to know")
