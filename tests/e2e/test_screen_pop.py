"""When a record opens for a call, and when not: settings, records being edited, unknown callers, several matches."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from cti_adapter.web.salesforce_standin.ids import record_id
from support.processes import until

from .agent import ERIKA_ID, AgentDesk

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]

ERIKA = "+4930111222"
CASE_ID = record_id("Case", 0)


def home(desk: AgentDesk) -> None:
    desk.page.evaluate("() => { location.hash = '/lightning/page/home' }")
    expect(desk.record_title()).to_have_count(0)


def test_on_answer_the_record_waits_for_the_answer(alice: AgentDesk) -> None:
    alice.change_setting("/ctiScreenPop/popOn", "answer")
    alice.phones.ring_from_outside(ERIKA, "101", "")
    expect(alice.panel("matches")).to_contain_text("Erika Muster")
    expect(alice.record_title()).to_have_count(0)
    alice.panel("answer").click()
    expect(alice.record_title()).to_have_text("Erika Muster")


def test_by_hand_a_click_opens_it(alice: AgentDesk) -> None:
    alice.change_setting("/ctiScreenPop/popOn", "manual")
    alice.phones.ring_from_outside(ERIKA, "101", "")
    alice.panel("answer").click()
    expect(alice.panel("timer")).to_be_visible()
    expect(alice.record_title()).to_have_count(0)
    alice.panel("matches").get_by_role("button", name="Erika Muster").click()
    expect(alice.record_title()).to_have_text("Erika Muster")


def test_a_rule_by_queue_opens_an_objects_home(alice: AgentDesk) -> None:
    alice.change_setting("/ctiScreenPop/popRules", "queue=Support -> home:Case; * -> none")
    alice.phones.ring_from_outside(ERIKA, "700", "")
    expect(alice.panel("incoming").first).to_be_visible()
    expect(alice.page.get_by_role("columnheader", name="Case Number")).to_be_visible()


def test_a_wrong_rule_is_named_and_calls_go_on(alice: AgentDesk) -> None:
    alice.change_setting("/ctiScreenPop/popRules", "queue=support -> case")
    expect(alice.panel("banner").filter(has_text="popRules")).to_be_visible()
    alice.panel("dial-input").fill("102")
    alice.panel("dial-button").click()
    expect(alice.panel("active")).to_contain_text("Bob")


def test_a_record_that_is_being_edited_stays(alice: AgentDesk) -> None:
    alice.page.evaluate("path => { location.hash = path }", f"/lightning/r/Contact/{ERIKA_ID}/edit")
    expect(alice.record_title()).to_have_text("Erika Muster")
    alice.phones.ring_from_outside("+492214710334", "101", "")
    expect(alice.panel("pop-deferred")).to_be_visible()
    expect(alice.record_title()).to_have_text("Erika Muster")
    name = alice.panel("incoming-name").inner_text()
    alice.panel("pop-deferred").click()
    expect(alice.record_title()).to_have_text(name)
    expect(alice.panel("pop-deferred")).to_be_hidden()


def test_an_unknown_caller_becomes_a_lead_and_is_known_the_next_time(alice: AgentDesk) -> None:
    number = "+4940777888"
    home(alice)
    call = alice.phones.ring_from_outside(number, "101", "")
    alice.panel("answer").click()
    expect(alice.panel("timer")).to_be_visible()
    form = alice.page.get_by_role("dialog")
    # The layout of this org wants a new contact for unknown callers; the agent knows better.
    expect(form.locator('[name="Phone"]')).to_have_value(number)
    form.get_by_role("button", name="Cancel").click()
    alice.panel("match-new").filter(has_text="Lead").click()
    expect(form.locator('[name="Phone"]')).to_have_value(number)
    form.locator('[name="LastName"]').fill("Neumann")
    form.locator('[name="Company"]').fill("Neu GmbH")
    form.get_by_role("button", name="Save").click()
    expect(alice.panel("active")).to_contain_text("Neumann")
    alice.phones.outside(call, "hangup")
    expect(alice.panel("ended")).to_contain_text("Saved")
    home(alice)
    alice.phones.ring_from_outside(number, "101", "")
    expect(alice.panel("incoming-name")).to_contain_text("Neumann")


def test_the_record_chosen_for_a_number_is_offered_first_the_next_time(alice: AgentDesk) -> None:
    number = several(alice)
    items = alice.panel("matches").get_by_role("listitem")
    expect(items).not_to_have_count(0)
    last = items.last.inner_text()
    items.last.get_by_role("button").click()
    alice.phones.far_end("hangup")
    expect(alice.panel("incoming")).to_have_count(0)
    alice.phones.ring_from_outside(number, "101", "")
    expect(alice.panel("incoming").get_by_role("listitem").first).to_have_text(last.replace("\n", ""))
    expect(alice.panel("incoming")).to_contain_text("As the last time")


def several(desk: AgentDesk) -> str:
    """Somebody rings whose number two records have."""
    number = "+494066969121"
    desk.phones.ring_from_outside(number, "101", "")
    return number


def test_what_the_caller_has_entered_opens_their_case(alice: AgentDesk, images: Path) -> None:
    alice.change_setting("/ctiScreenPop/popRules", "data.CASE_NUMBER=* -> search:data.CASE_NUMBER")
    alice.phones.ring_from_outside("+4930111222", "101", "Erika Muster", {"CASE_NUMBER": "00001026"})
    expect(alice.record_title()).to_have_text("00001026")
    expect(alice.panel("incoming").get_by_test_id("call-data")).to_have_text("CASE NUMBER00001026")
    expect(alice.panel("incoming-name")).to_have_text("Erika Muster")
    alice.picture(images / "call-data.png")
    alice.panel("answer").click()
    expect(alice.panel("active").get_by_test_id("call-data")).to_contain_text("00001026")
    alice.panel("hangup").click()
    expect(alice.panel("ended")).to_contain_text("Saved in Salesforce")
    assert (alice.tasks()[0]["WhoId"], alice.tasks()[0]["WhatId"]) == (ERIKA_ID, CASE_ID)


def test_a_number_that_is_no_case_opens_the_callers_record(alice: AgentDesk) -> None:
    alice.change_setting("/ctiScreenPop/popRules", "data.CASE_NUMBER=* -> search:data.CASE_NUMBER")
    alice.phones.ring_from_outside("+4930111222", "101", "Erika Muster", {"CASE_NUMBER": "99999999"})
    expect(alice.record_title()).to_have_text("Erika Muster")


def test_an_id_that_another_system_knows_opens_that_record(alice: AgentDesk) -> None:
    alice.change_setting("/ctiScreenPop/popRules", "data.RECORD=* -> record:data.RECORD; * -> record")
    first = alice.phones.ring_from_outside("+4989555801", "101", "", {"RECORD": CASE_ID})
    expect(alice.record_title()).to_have_text("00001026")
    alice.phones.outside(first, "hangup")
    until(lambda: not alice.phones.calls_of("101"), "the phone to fall silent")
    alice.phones.ring_from_outside("+4930111222", "101", "", {"RECORD": "500Ac000000ZZZZIAA"})
    expect(alice.record_title()).to_have_text("Erika Muster")


def test_who_hides_their_number_is_known_by_what_they_have_entered(alice: AgentDesk) -> None:
    alice.change_setting("/ctiScreenPop/popRules", "data.CASE_NUMBER=* -> search:data.CASE_NUMBER")
    alice.phones.ring_from_outside("", "101", "", {"CASE_NUMBER": "00001026"})
    expect(alice.record_title()).to_have_text("00001026")
    expect(alice.panel("incoming-number")).to_have_text("Number withheld")
    alice.panel("answer").click()
    alice.panel("hangup").click()
    expect(alice.panel("ended")).to_contain_text("Saved in Salesforce")
    assert alice.tasks()[0]["WhatId"] == CASE_ID
