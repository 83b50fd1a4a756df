"""Somebody does not want to be called: the agent is asked first, or may not, as the admin says."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from cti_adapter.web.salesforce_standin.ids import record_id
from support.processes import until

from .agent import AgentDesk

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]

JUERGEN = record_id("Contact", 18)


def test_who_does_not_want_to_be_called_is_dialled_only_on_purpose(alice: AgentDesk, images: Path) -> None:
    alice.open_record(JUERGEN)
    expect(alice.record_title()).to_have_text("Jürgen Groß")
    alice.click_number()
    expect(alice.panel("dial-unwanted")).to_have_text("Jürgen Groß does not want to be called.")
    alice.picture(images / "do-not-call.png")
    assert alice.phones.call_at("101") is None
    alice.panel("dial-anyway").click()
    until(lambda: alice.phones.call_at("101"), "the desk phone to dial")


def test_it_can_be_forbidden(alice: AgentDesk) -> None:
    alice.change_setting("/ctiDialing/doNotCall", "block")
    alice.open_record(JUERGEN)
    alice.click_number()
    expect(alice.panel("dial-unwanted")).to_be_visible()
    expect(alice.panel("dial-anyway")).to_be_hidden()
    alice.panel("dial-button").click()
    expect(alice.panel("dial-unwanted")).to_be_visible()
    assert alice.phones.call_at("101") is None


def test_everybody_else_is_dialled_at_once(alice: AgentDesk) -> None:
    alice.open_record()
    alice.click_number()
    until(lambda: alice.phones.call_at("101"), "the desk phone to dial")
    expect(alice.panel("dial-unwanted")).to_be_hidden()
