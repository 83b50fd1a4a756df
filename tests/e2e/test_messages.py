"""Lightning Message Service: another component of the page hears of calls, and asks for a number to be dialled."""

import pytest
from playwright.sync_api import expect

from support.processes import until

from .agent import AgentDesk

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]


def test_other_components_hear_of_calls_and_ask_to_dial(alice: AgentDesk) -> None:
    alice.change_setting("/ctiMessages/channel", "CtiCall__c")
    alice.page.get_by_role("button", name="CTI log").click()
    alice.page.get_by_label("Channel", exact=True).fill("CtiCall__c")
    alice.page.get_by_label("Message", exact=True).fill('{"type": "dial", "number": "030 111222"}')
    alice.page.get_by_role("button", name="Publish", exact=True).click()
    until(lambda: alice.phones.call_at("101"), "the desk phone to dial")
    expect(alice.panel("active")).to_contain_text("111222")
    told = alice.page.locator('#drawer li[data-text="publish"]')
    expect(told.filter(has_text="CtiCall__c").filter(has_text='"state": "initiated"')).not_to_have_count(0)
