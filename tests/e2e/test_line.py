"""The agent's line: forwarding, voicemail, the number that others see; and calls that are parked."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from support.processes import Server, until

from .agent import ERIKA_ID, AgentDesk

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]

ERIKA = "+4930111222"


@pytest.fixture
def bob(browser: Browser, server: Server) -> Iterator[AgentDesk]:
    """Bob's own Salesforce, in a browser of his own."""
    desk = AgentDesk.open(browser, server.url, "bob")
    yield desk
    desk.close()


def forwarding(desk: AgentDesk) -> Locator:
    return desk.panel("forwards").get_by_role("listitem").filter(has_text="All calls")


def test_all_calls_go_to_a_colleague_until_the_agent_ends_it(
    alice: AgentDesk, browser: Browser, server: Server, images: Path
) -> None:
    toggle = alice.panel("forward-toggle")
    expect(toggle).to_have_accessible_name("Call forwarding: none")
    toggle.click()
    field = forwarding(alice).get_by_label("All calls: forward to")
    field.fill("102")
    field.press("Enter")
    expect(toggle).to_have_accessible_name("All your calls go to 102.")
    alice.picture(images / "forwarding.png")
    alice.phones.ring_from_outside(ERIKA, "101", "Erika Muster")
    until(lambda: alice.phones.state_of("102") == "alerting", "Bob's phone to ring")
    assert alice.phones.states_of("101") == []
    alice.phones.far_end("hangup")
    # Another tab of hers knows it, too, and ends it.
    other = AgentDesk.open(browser, server.url, "alice")
    expect(other.panel("forward-toggle")).to_contain_text("102")
    other.panel("forward-toggle").click()
    forwarding(other).get_by_role("button", name="All calls: end forwarding").click()
    expect(toggle).to_have_accessible_name("Call forwarding: none")
    expect(field).to_have_value("")
    other.close()
    alice.phones.ring_from_outside(ERIKA, "101", "Erika Muster")
    until(lambda: alice.phones.state_of("101") == "alerting", "Alice's phone to ring")


def test_where_calls_cannot_go_is_said(alice: AgentDesk) -> None:
    alice.panel("forward-toggle").click()
    field = forwarding(alice).get_by_label("All calls: forward to")
    field.fill("030 111222")
    forwarding(alice).get_by_role("button").click()
    expect(alice.panel("forwards")).to_contain_text("Call forwarding: The phone system cannot reach this number.")
    expect(field).to_have_value("030 111222")
    expect(alice.panel("forward-toggle")).to_have_accessible_name("Call forwarding: none")


def test_messages_that_wait_are_counted_and_heard_by_a_click(alice: AgentDesk, images: Path) -> None:
    expect(alice.panel("voicemail")).to_be_hidden()
    for _ in range(2):
        alice.phones.ring_from_outside(ERIKA, "101", "Erika Muster")
        alice.phones.far_end("message")
    expect(alice.panel("voicemail")).to_have_accessible_name("2 new messages: listen")
    alice.picture(images / "voicemail.png")
    alice.panel("voicemail").click()
    until(lambda: alice.phones.state_of("101") == "connected", "the voicemail to answer")
    expect(alice.panel("active")).to_contain_text("Voicemail")
    expect(alice.panel("voicemail")).to_be_hidden()


def test_the_called_side_sees_the_number_that_the_agent_has_chosen(alice: AgentDesk, images: Path) -> None:
    alice.panel("outbound-number").select_option(label="Service (+49891234577)")
    alice.picture(images / "outbound-number.png")
    alice.panel("dial-input").fill("030 111222")
    alice.panel("dial-button").click()
    until(lambda: [call["sees"] for call in alice.phones.outside_calls()] == ["+49891234577"], "the number shown")
    alice.panel("hangup").click()
    until(lambda: not alice.phones.outside_calls(), "the call to end")
    alice.page.reload()
    expect(alice.panel("outbound-number")).to_have_value("+49891234577")
    alice.panel("outbound-number").select_option("")
    alice.panel("dial-input").fill("030 111222")
    alice.panel("dial-button").click()
    until(lambda: [call["sees"] for call in alice.phones.outside_calls()] == [""], "the usual number")


def test_a_parked_call_is_taken_back_with_its_notes_and_logged_once(alice: AgentDesk, images: Path) -> None:
    alice.phones.ring_from_outside(ERIKA, "101", "Erika Muster")
    alice.panel("answer").click()
    alice.panel("notes").fill("waits for a colleague")
    alice.panel("park").click()
    parked = alice.panel("other-call")
    expect(parked).to_contain_text("Parked at 750")
    expect(alice.panel("active")).to_be_hidden()
    expect(alice.panel("dial-button")).to_be_visible()
    alice.picture(images / "parked.png")
    parked.get_by_role("button", name="Take back: Erika Muster").click()
    expect(alice.panel("active")).to_contain_text("Erika Muster")
    expect(alice.panel("notes")).to_have_value("waits for a colleague")
    alice.panel("hangup").click()
    expect(alice.panel("ended")).to_contain_text("Saved in Salesforce")
    logged = [task for task in alice.tasks() if task["Description"] == "waits for a colleague"]
    assert [task["WhoId"] for task in logged] == [ERIKA_ID]


def test_a_colleague_takes_a_parked_call_with_its_record_and_notes(
    alice: AgentDesk, bob: AgentDesk, images: Path
) -> None:
    alice.phones.ring_from_outside(ERIKA, "101", "Erika Muster")
    alice.panel("answer").click()
    expect(alice.panel("active")).to_contain_text("Erika Muster")
    alice.panel("notes").fill("wants an offer")
    alice.panel("park").click()
    expect(alice.panel("other-call")).to_contain_text("Parked at 750")
    bob.panel("directory-toggle").click()
    colleague = bob.panel("dial-people").get_by_role("listitem").filter(has_text="Alice Adler")
    expect(colleague).to_contain_text("parked a call at 750")
    bob.picture(images / "directory-parked.png")
    colleague.get_by_role("button", name="Take the call that Alice Adler parked at 750").click()
    expect(bob.panel("active")).to_contain_text("Erika Muster")
    expect(bob.panel("notes")).to_have_value("wants an offer")
    expect(alice.panel("other-call")).to_have_count(0)
    expect(alice.panel("ended")).to_contain_text("Transferred")
