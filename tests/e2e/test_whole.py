"""The whole product as a newcomer meets it: `python app.py`, the stand-in in Chromium, the simulated phones.

Every test asserts both what the agent sees and what the other side (phone, record, task) knows.
"""

import os
import re
import signal
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from support.processes import ROOT, Program, Server, free_port, until

from .agent import AgentDesk

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]

ERIKA = "+4930111222"


def test_incoming_call_opens_the_callers_record(alice: AgentDesk, images: Path) -> None:
    alice.phones.ring_from_outside(ERIKA, "101", "Erika Muster")
    expect(alice.panel("incoming-number")).to_contain_text("30")
    expect(alice.panel("incoming-name")).to_contain_text("Erika Muster")
    expect(alice.record_title()).to_have_text("Erika Muster")
    alice.picture(images / "incoming-call.png")
    if os.environ.get("UPDATE_IMAGES"):
        alice.picture(ROOT / "docs/images/incoming-call.png")
    alice.panel("answer").click()
    expect(alice.panel("timer")).to_be_visible()
    assert alice.phones.state_of("101") == "connected"
    alice.panel("hangup").click()
    expect(alice.panel("active")).to_have_count(0)
    task = until(lambda: next(iter(alice.tasks()), None), "the call to be logged")
    assert (task["CallType"], task["WhoId"][:3], task["Status"]) == ("Inbound", "003", "Completed")


def test_click_on_a_number_dials_with_the_outside_line(alice: AgentDesk) -> None:
    alice.open_record()
    alice.click_number()
    expect(alice.panel("active")).to_be_visible()
    phone = until(lambda: alice.phones.call_at("101"), "the desk phone to dial")
    assert phone["direction"] == "outbound"
    alice.phones.far_end("answer")
    expect(alice.panel("call-state")).to_contain_text(re.compile("connected|in call|talking", re.I))
    expect(alice.panel("incoming")).to_have_count(0)


def test_a_colleague_of_a_known_company_is_probably_theirs(alice: AgentDesk) -> None:
    alice.phones.ring_from_outside("+4930111777", "101", "")
    expect(alice.panel("matches")).to_contain_text("Muster Medien GmbH")
    expect(alice.panel("matches")).to_contain_text("Probably of this company")
    expect(alice.panel("incoming-number")).to_contain_text("030 111777")
    expect(alice.record_title()).to_have_count(0)  # a guess opens nothing by itself
    alice.panel("decline").click()


def test_two_numbers_in_one_field_are_a_choice(alice: AgentDesk) -> None:
    alice.panel("dial-input").fill("030 111222 / 0171 3920015")
    alice.panel("dial-button").click()
    expect(alice.panel("dial-choice")).to_have_count(2)
    assert alice.phones.calls_of("101") == []
    alice.panel("dial-choice").nth(1).click()
    expect(alice.panel("active")).to_contain_text("0171")


def test_an_extension_is_sent_when_somebody_has_answered(alice: AgentDesk) -> None:
    alice.panel("dial-input").fill("030 111222 DW 12")
    alice.panel("dial-button").click()
    alice.panel("send-extension").click()
    expect(alice.panel("send-extension")).to_be_hidden()


def test_hold_retrieve_and_mute_are_states_of_the_phone(alice: AgentDesk) -> None:
    alice.phones.ring_from_outside(ERIKA, "101")
    alice.panel("answer").click()
    alice.panel("hold").click()
    until(lambda: alice.phones.state_of("101") == "held", "the phone to hold")
    alice.panel("retrieve").click()
    until(lambda: alice.phones.state_of("101") == "connected", "the phone to retrieve")
    alice.panel("mute").click()
    expect(alice.panel("mute")).to_have_attribute("aria-pressed", "true")


def test_blind_transfer_hands_the_caller_over(alice: AgentDesk, browser: Browser, server: Server) -> None:
    alice.phones.ring_from_outside(ERIKA, "101", "Erika Muster")
    alice.panel("answer").click()
    alice.panel("transfer").click()
    alice.panel("transfer-number").fill("102")
    alice.panel("transfer-confirm").click()
    until(lambda: alice.phones.state_of("102") == "alerting", "Bob's phone to ring")
    expect(alice.panel("active")).to_have_count(0)
    bob = AgentDesk.open(browser, server.url, "bob")
    expect(bob.panel("incoming-number")).to_contain_text("30")
    bob.panel("answer").click()
    expect(bob.panel("timer")).to_be_visible()
    bob.close()


def consulting(alice: AgentDesk) -> None:
    """Alice talks with Erika, puts her on hold and asks Bob, who answers."""
    alice.phones.ring_from_outside(ERIKA, "101", "Erika Muster")
    alice.panel("answer").click()
    alice.panel("transfer").click()
    alice.panel("transfer-number").fill("102")
    alice.panel("transfer-consult").click()
    until(lambda: alice.phones.state_of("102") == "alerting", "Bob's phone to ring")
    expect(alice.panel("joining")).to_contain_text("Erika Muster")
    alice.phones.press("102", "answer")
    until(lambda: sorted(alice.phones.states_of("101")) == ["connected", "held"], "Alice to ask Bob")


def test_asking_first_swapping_and_connecting_the_two(alice: AgentDesk, images: Path) -> None:
    consulting(alice)
    alice.picture(images / "consultation.png")
    bob = alice.phones.call_at("102")
    alice.panel("swap").click()
    until(lambda: (alice.phones.call_at("102") or {}).get("remote_hold"), "Bob to wait while Alice talks with Erika")
    alice.panel("transfer-complete").click()
    until(lambda: not alice.phones.states_of("101"), "Alice's phone to be idle")
    now = alice.phones.call_at("102")
    assert bob is not None
    assert now is not None
    assert (now["id"], now["state"], now["caller"]["number"]) == (bob["id"], "connected", ERIKA)
    expect(alice.panel("active")).to_have_count(0)


def test_asking_first_and_going_back(alice: AgentDesk) -> None:
    consulting(alice)
    alice.panel("consult-back").click()
    until(lambda: alice.phones.states_of("101") == ["connected"], "Alice to talk with Erika again")
    expect(alice.panel("joining")).to_be_hidden()
    assert not alice.phones.states_of("102")


def test_connecting_before_the_colleague_has_answered(alice: AgentDesk) -> None:
    alice.phones.ring_from_outside(ERIKA, "101", "Erika Muster")
    alice.panel("answer").click()
    alice.panel("transfer").click()
    alice.panel("transfer-number").fill("102")
    alice.panel("transfer-consult").click()
    until(lambda: alice.phones.state_of("102") == "alerting", "Bob's phone to ring")
    alice.panel("transfer-complete").click()
    until(
        lambda: (alice.phones.call_at("102") or {}).get("caller", {}).get("number") == ERIKA, "Erika to ring at Bob's"
    )
    until(lambda: not alice.phones.states_of("101"), "Alice's phone to be idle")


def test_conference_of_three(alice: AgentDesk) -> None:
    consulting(alice)
    alice.panel("conference").click()
    expect(alice.panel("active")).to_contain_text("Conference")
    expect(alice.panel("active")).to_contain_text("Bob")
    until(lambda: len((alice.phones.call_at("102") or {}).get("parties", [])) == 2, "Bob to hear both")
    alice.panel("hangup").click()
    until(
        lambda: (alice.phones.call_at("102") or {}).get("caller", {}).get("number") == ERIKA, "Bob and Erika to go on"
    )


def test_missed_call_is_shown_and_can_be_redialled(alice: AgentDesk) -> None:
    call = alice.phones.ring_from_outside(ERIKA, "101")
    expect(alice.panel("incoming")).to_be_visible()
    alice.phones.outside(call, "hangup")
    expect(alice.panel("incoming")).to_have_count(0)
    alice.panel("tab-history").click()
    alice.panel("redial").first.click()
    until(lambda: alice.phones.call_at("101"), "the desk phone to dial")


def test_calls_of_the_last_weeks_come_from_salesforce(alice: AgentDesk, browser: Browser, server: Server) -> None:
    number = "+4940555777"
    call = alice.phones.ring_from_outside(number, "101", "")
    expect(alice.panel("incoming")).to_be_visible()
    alice.phones.outside(call, "hangup")
    until(lambda: logs_of(alice, number), "the missed call to be logged")
    later = AgentDesk.open(browser, server.url, "alice")  # knows nothing of that call but what Salesforce has
    later.panel("tab-history").click()
    missed = later.panel("history").get_by_role("listitem").filter(has_text="Missed").filter(has_text="555777")
    expect(missed).to_be_visible()
    later.panel("missed-only").check()
    expect(missed).to_be_visible()
    missed.get_by_test_id("redial").click()
    until(lambda: alice.phones.call_at("101"), "the desk phone to dial")
    alice.phones.far_end("answer")
    expect(later.panel("timer")).to_be_visible()
    alice.phones.far_end("hangup")
    until(lambda: len(logs_of(later, "555777")) == 2, "the call back to be logged")
    later.panel("tab-history").click()
    expect(missed).to_contain_text("called back")
    later.close()


def test_a_call_is_recorded_with_a_pause(alice: AgentDesk, images: Path) -> None:
    alice.phones.ring_from_outside(ERIKA, "101", "Erika Muster")
    alice.panel("answer").click()
    alice.panel("record").click()
    expect(alice.panel("active")).to_contain_text("Being recorded")
    alice.picture(images / "recording.png")
    alice.panel("pause-recording").click()
    expect(alice.panel("active")).to_contain_text("Recording paused")
    alice.panel("pause-recording").click()
    expect(alice.panel("active")).to_contain_text("Being recorded")
    alice.panel("record").click()
    expect(alice.panel("active")).not_to_contain_text("recorded")
    expect(alice.panel("pause-recording")).to_be_hidden()


def test_second_call_waits_and_answering_it_holds_the_first(alice: AgentDesk) -> None:
    alice.phones.ring_from_outside(ERIKA, "101")
    alice.panel("answer").click()
    expect(alice.panel("timer")).to_be_visible()
    alice.phones.ring_from_outside("+4989123456", "101")
    expect(alice.panel("incoming")).to_be_visible()
    alice.panel("answer").click()
    until(lambda: sorted(alice.phones.states_of("101")) == ["connected", "held"], "one call up, the other on hold")


def test_wrong_setting_is_named_and_raw_dialling_still_works(alice: AgentDesk) -> None:
    alice.change_setting("/reqDialingOptions/reqOutsidePrefix", "null nine")
    expect(alice.panel("banner").filter(has_text="reqOutsidePrefix")).to_be_visible()
    alice.panel("dial-input").fill("102")
    alice.panel("dial-input").press("Enter")  # as typed, since nothing else can be
    until(lambda: alice.phones.state_of("102") == "alerting", "Bob's phone to ring")


def test_two_tabs_pop_once_and_log_once(alice: AgentDesk, browser: Browser, server: Server) -> None:
    second = AgentDesk.open(browser, server.url, "alice", context=alice.page.context)
    alice.phones.ring_from_outside(ERIKA, "101", "Erika Muster")
    expect(second.panel("incoming")).to_be_visible()
    expect(alice.panel("incoming")).to_be_visible()
    second.panel("answer").click()
    expect(second.panel("timer")).to_be_visible()
    call = until(lambda: alice.phones.call_at("101"), "the call at the phone")
    second.panel("hangup").click()

    def logged() -> list[object]:
        return [task for task in alice.tasks() if task["CallObject"] == call["id"]]

    until(logged, "the call to be logged")
    expect(second.panel("active")).to_have_count(0)
    expect(alice.panel("active")).to_have_count(0)
    popped = [desk.record_title().count() for desk in (alice, second)]
    assert sum(popped) == 1
    assert len(logged()) == 1
    second.close()


def logs_of(desk: AgentDesk, number: str) -> list[dict[str, Any]]:
    """Tasks of the calls with ``number``."""
    return [task for task in desk.tasks() if number in str(task["Subject"])]


def test_a_call_that_ends_without_any_tab_is_logged_by_the_next(browser: Browser, server: Server) -> None:
    number = "+4989555111"
    desk = AgentDesk.open(browser, server.url, "carol")
    desk.phones.ring_from_outside(number, "103", "")
    desk.panel("answer").click()
    expect(desk.panel("timer")).to_be_visible()
    phones = desk.phones
    desk.close()
    until(lambda: phones.state_of("103") == "connected", "the call to go on without the tab")
    phones.press("103", "hangup")
    again = AgentDesk.open(browser, server.url, "carol")
    until(lambda: logs_of(again, number), "the call to be logged")
    third = AgentDesk.open(browser, server.url, "carol", context=again.page.context)
    assert [task["CallType"] for task in logs_of(third, number)] == ["Inbound"]
    third.close()
    again.close()


def test_notes_survive_a_reload_and_agree_in_all_tabs(alice: AgentDesk, browser: Browser, server: Server) -> None:
    second = AgentDesk.open(browser, server.url, "alice", context=alice.page.context)
    alice.phones.ring_from_outside(ERIKA, "101", "Erika Muster")
    alice.panel("answer").click()
    alice.panel("notes").fill("Wants a quote")
    expect(second.panel("notes")).to_have_value("Wants a quote")
    second.panel("notes").fill("Wants a quote until Friday")
    expect(alice.panel("notes")).to_have_value("Wants a quote until Friday")
    second.close()
    alice.page.reload()
    expect(alice.panel("notes")).to_have_value("Wants a quote until Friday")
    alice.panel("hangup").click()
    notes = "Wants a quote until Friday"
    until(lambda: [t["Description"] for t in alice.tasks()].count(notes) == 1, "the call to be logged")


def test_a_tab_closed_while_it_saves_hands_the_log_on(browser: Browser, server: Server) -> None:
    """Salesforce never answers the first tab; whether it has written the Task is looked up by the next one."""
    number = "+4989555222"
    first = AgentDesk.open(browser, server.url, "bob", query="&faults=saveLog:silent")
    first.phones.ring_from_outside(number, "102", "")
    first.panel("answer").click()
    expect(first.panel("timer")).to_be_visible()
    first.cancel_new_record()
    first.panel("hangup").click()
    expect(first.panel("ended")).to_contain_text("Saving")
    first.close()
    second = AgentDesk.open(browser, server.url, "bob")
    # A goodbye may get lost when a browser closes; the relay then gives a silent tab 40 s, and the next one asks again.
    until(lambda: len(logs_of(second, number)) == 1, "the next tab to log the call", patience=75)
    expect(second.panel("ended")).to_contain_text("Saved")
    assert len(logs_of(second, number)) == 1, second.tasks()
    second.close()


def test_relay_restarted_in_mid_call(browser: Browser, tmp_path: Path) -> None:
    """Softphone and simulator reach the relay over HTTP; it is killed and started anew while two people talk."""
    port, pages_port = free_port(), free_port()
    key = "test-connector-key-of-40-characters-----"
    relay_env = {
        "CTI_CONNECTOR_KEYS": f'{{"demo": "{key}"}}',
        "CTI_ALLOWED_ORIGINS": f'["http://localhost:{pages_port}"]',
    }

    def start_relay(number: int) -> Program:
        relay = Program(
            "-m", "cti_adapter", "relay", "--port", str(port), log=tmp_path / f"relay{number}.txt", env=relay_env
        )
        relay.ready(f"http://localhost:{port}/healthz")
        return relay

    relay = start_relay(1)
    server = Server(
        tmp_path / "server.txt",
        port=pages_port,
        env={"CTI_RELAY_URL": f"http://localhost:{port}", "CTI_CONNECTOR_KEY": key},
    )
    desk = AgentDesk.open(browser, server.url, "alice")
    desk.phones.ring_from_outside(ERIKA, "101", "Erika Muster")
    desk.panel("answer").click()
    expect(desk.panel("timer")).to_be_visible()
    relay.stop(signal.SIGKILL)
    expect(desk.panel("banner").first).to_be_visible()
    relay = start_relay(2)
    expect(desk.panel("hangup")).to_be_enabled(timeout=30_000)
    expect(desk.panel("active")).to_have_count(1)
    expect(desk.panel("other-call")).to_have_count(0)
    desk.panel("hangup").click()
    until(lambda: not desk.phones.states_of("101"), "the phone to be idle")
    until(lambda: len(desk.tasks()) == 1, "one task for one call")
    desk.close()
    assert server.stop() == 0
    assert relay.stop() == 0


@pytest.mark.parametrize("host", ["acme.lightning.salesforce.ms", "127.0.0.1"])
def test_host_under_another_name(browser: Browser, server: Server, host: str) -> None:
    """A Salesforce name, which Salesforce's own script insists on, and the address that works in every browser."""
    desk = AgentDesk.open(browser, server.url, "alice", origin=f"http://{host}:{server.port}")
    desk.phones.ring_from_outside(ERIKA, "101")
    expect(desk.panel("incoming")).to_be_visible()
    expect(desk.record_title()).to_have_text("Erika Muster")
    desk.hang_up_everything()
    desk.close()


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("width", [1280, 400])
def test_start_page_leads_everywhere(page: Page, server: Server, images: Path, language: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{server.url}/?lang={language}")
    page.screenshot(path=images / f"start-{language}-{width}.png")
    for path in ("/softphone", "/salesforce", "/phones", "/callcenter.xml", "/openapi.json", "/healthz"):
        assert page.locator(f'a[href$="{path}"]').count() >= 1, path
        assert requests.get(server.url + path, timeout=10, allow_redirects=False).status_code in (200, 302), path
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_busy_port_is_a_sentence(server: Server, tmp_path: Path) -> None:
    second = Program("app.py", "--port", str(server.port), log=tmp_path / "second.txt")
    assert second.ended() == 1
    assert "in use" in second.output()
    assert "Traceback" not in second.output()
