"""What an agent fills in about a call ends up in the Task and at the colleague, and never over others' edits."""

from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, expect

from cti_adapter.web.salesforce_standin.ids import record_id
from support.processes import Server, until

from .agent import ERIKA_ID, OUT, AgentDesk

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]

ERIKA = "+4930111222"


def talk(desk: AgentDesk, number: str = ERIKA, name: str = "Erika Muster", extension: str = "101") -> str:
    """Somebody rings the agent, who answers in the panel. Returns the outside call."""
    call = desk.phones.ring_from_outside(number, extension, name)
    desk.panel("answer").click()
    expect(desk.panel("timer")).to_be_visible()
    if number != ERIKA:
        desk.cancel_new_record()
    return call


def newest(desk: AgentDesk) -> dict[str, object]:
    return desk.tasks()[0]


def test_result_subject_and_follow_up_become_tasks(alice: AgentDesk, images: Path) -> None:
    before = len(alice.tasks())
    talk(alice)
    alice.panel("notes").fill("Wants a quote")
    alice.panel("active-disposition").select_option("Call back")
    alice.picture(images / "wrap-up-active.png")
    alice.panel("hangup").click()
    until(lambda: len(alice.tasks()) == before + 1, "the call to be logged")
    assert (newest(alice)["CallDisposition"], newest(alice)["Description"]) == ("Call back", "Wants a quote")
    alice.panel("ended-more").locator("summary").click()
    alice.panel("ended-subject").fill("Quote for 20 desks")
    alice.panel("ended-follow-up").fill("Send the quote")
    alice.panel("ended-follow-up-on").fill("2026-12-01")
    alice.picture(images / "wrap-up-ended.png")
    alice.panel("ended-save").click()
    until(lambda: len(alice.tasks()) == before + 2, "the follow-up to be written")
    follow_up = next(task for task in alice.tasks() if task["Subject"] == "Send the quote")
    assert (follow_up["Status"], follow_up["ActivityDate"], follow_up["WhoId"]) == (
        "Not Started",
        "2026-12-01",
        ERIKA_ID,
    )
    until(lambda: any(task["Subject"] == "Quote for 20 desks" for task in alice.tasks()), "the subject to be changed")
    expect(alice.panel("ended-save")).to_be_hidden()


def test_a_save_leaves_alone_what_was_changed_in_salesforce(alice: AgentDesk) -> None:
    before = len(alice.tasks())
    talk(alice)
    alice.panel("notes").fill("First")
    alice.panel("hangup").click()
    until(lambda: len(alice.tasks()) == before + 1, "the call to be logged")
    task = next(t for t in alice.tasks() if t["Description"] == "First")
    identifier = _id_of(alice, str(task["CallObject"]))
    edit(alice, identifier, {"Description": "Edited in Salesforce", "CallDisposition": "Escalated"})
    alice.panel("ended-notes").fill("First and second")
    alice.panel("ended-disposition").select_option("Solved")
    alice.panel("ended-save").click()
    expect(alice.panel("ended")).to_contain_text("left as it is there: result")
    changed = next(t for t in alice.tasks() if t["CallObject"] == task["CallObject"])
    assert changed["CallDisposition"] == "Escalated"
    assert str(changed["Description"]).startswith("Edited in Salesforce")
    assert "second" in str(changed["Description"])


def test_a_call_that_shall_not_be_logged_is_not(alice: AgentDesk) -> None:
    before = len(alice.tasks())
    talk(alice, "+4989555901", "Private")
    alice.panel("active-log").uncheck()
    expect(alice.panel("notes")).to_be_hidden()
    alice.panel("hangup").click()
    expect(alice.panel("active")).to_have_count(0)
    talk(alice, "+4989555902", "Business")
    alice.panel("hangup").click()
    until(lambda: len(alice.tasks()) > before, "the other call to be logged")
    assert [t for t in alice.tasks() if "555901" in str(t["Subject"])] == []


def test_the_record_on_the_screen_is_what_the_call_is_about(alice: AgentDesk) -> None:
    talk(alice)
    case = record_id("Case", 0)
    alice.page.evaluate("path => { location.hash = path }", f"/lightning/r/Case/{case}/view")
    alice.panel("active-assign").click()
    expect(alice.panel("active-assign")).to_be_hidden()
    alice.panel("hangup").click()
    until(lambda: [t["WhoId"] for t in alice.tasks() if t["WhatId"] == case] == [ERIKA_ID], "the call to be logged")


def test_a_required_result_keeps_the_call_in_sight(alice: AgentDesk, images: Path) -> None:
    alice.change_setting("/ctiLogging/wrapUp", "required")
    before = len(alice.tasks())
    talk(alice, "+4989555903", "First")
    alice.panel("hangup").click()
    until(lambda: len(alice.tasks()) == before + 1, "the call to be logged, whatever is missing")
    expect(alice.panel("ended-dismiss")).to_have_attribute("aria-disabled", "true")
    talk(alice, "+4989555904", "Second")
    expect(alice.panel("unlogged")).to_contain_text("not finished")
    alice.picture(images / "wrap-up-required.png")
    alice.panel("hangup").click()
    alice.panel("ended-disposition").select_option("Solved")
    alice.panel("ended-dismiss").click()
    alice.panel("unlogged").get_by_role("listitem").filter(has_text="First").get_by_test_id("unlogged-retry").click()
    expect(alice.panel("ended")).to_contain_text("First")
    alice.panel("ended-disposition").select_option("Wrong number")
    alice.panel("ended-dismiss").click()
    expect(alice.panel("unlogged")).not_to_contain_text("First")

    def results() -> set[object]:
        return {t["CallDisposition"] for t in alice.tasks() if "55590" in str(t["Subject"])}

    until(lambda: {"Solved", "Wrong number"} <= results(), "both results to be written")


def test_a_transfer_takes_record_and_notes_along(alice: AgentDesk, browser: Browser, server: Server) -> None:
    bob = AgentDesk.open(browser, server.url, "bob")
    number = "+4930555666"  # nobody in Salesforce has it, so only the hand-over can tell
    alice.phones.ring_from_outside(number, "101", "")
    alice.panel("answer").click()
    alice.cancel_new_record()
    alice.open_record()
    alice.panel("active-assign").click()
    alice.panel("notes").fill("Speaks only to Bob")
    alice.panel("transfer").click()
    alice.panel("transfer-number").fill("102")
    alice.panel("transfer-consult").click()
    until(lambda: alice.phones.state_of("102") == "alerting", "Bob's phone to ring")
    bob.panel("answer").click()
    expect(bob.panel("active")).to_contain_text("Alice")
    expect(bob.record_title()).to_have_count(0)
    alice.panel("transfer-complete").click()
    expect(bob.record_title()).to_have_text("Erika Muster")
    expect(bob.panel("notes")).to_have_value("Speaks only to Bob")
    bob.panel("hangup").click()
    until(
        lambda: len([t for t in bob.tasks() if t["Description"] == "Speaks only to Bob"]) == 2, "both to log their part"
    )
    assert {t["WhoId"] for t in bob.tasks() if t["Description"] == "Speaks only to Bob"} == {ERIKA_ID}
    bob.close()


def _id_of(desk: AgentDesk, call: str) -> str:
    answer = requests.get(f"{desk.url}/salesforce/api/tasks?user={desk.user}", timeout=OUT).json()
    for task in answer["tasks"]:
        record = requests.get(f"{desk.url}/salesforce/api/records/{task['id']}?user={desk.user}", timeout=OUT).json()
        if any(f["name"] == "CallObject" and f.get("value") == call for f in record["fields"]):
            return str(task["id"])
    raise AssertionError("there is no such Task")


def edit(desk: AgentDesk, identifier: str, fields: dict[str, str]) -> None:
    """Somebody changes the record in Salesforce."""
    body = {"object": {"Id": identifier, **fields}}
    answer = requests.post(f"{desk.url}/salesforce/api/log?user={desk.user}", json=body, timeout=OUT)
    assert answer.ok, answer.text
