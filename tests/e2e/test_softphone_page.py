"""The softphone page in Chromium against a canned relay: every state an agent can see, both languages, 400 and 320 px.

The pictures of all states are kept under artifacts/softphone.
"""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from .softphone_desk import Desk
from .softphone_server import NOW, call

pytestmark = pytest.mark.e2e

ANNA = {"003000000000001AAA": {"Id": "003000000000001AAA", "Name": "Anna Weber", "RecordType": "Contact"}}
ACME = {
    "001000000000001AAA": {
        "Id": "001000000000001AAA",
        "Name": "Acme Maschinenbau GmbH & Co. KG",
        "RecordType": "Account",
    }
}
LEAD = {"00Q000000000001AAA": {"Id": "00Q000000000001AAA", "Name": "Jürgen Öztürk", "RecordType": "Lead"}}
CALLER = "+49891234567"
WRONG = [
    {
        "setting": "/reqDialingOptions/reqOutsidePrefix",
        "value": "0x",
        "rule": "prefix_characters",
        "message": "only digits, * and # are allowed",
    }
]


def incoming(call_id: str = "c1", **changes: Any) -> dict[str, Any]:
    return call(call_id, "alerting", **changes)


def connected(desk: Desk, call_id: str = "c1", **changes: Any) -> None:
    desk.relay.tell("Delivered", incoming(call_id, started_at=NOW - 95, **changes))
    desk.relay.change("Established", call_id, state="connected", answered_at=NOW - 83)


def test_idle(desk: Desk, language: str) -> None:
    desk.language = language
    desk.open(lightning={})
    desk.ready()
    expect(desk.by("dial-input")).to_be_visible()
    expect(desk.by("dial-button")).to_be_disabled()
    expect(desk.page.locator("html")).to_have_attribute("lang", language)
    desk.picture("idle")
    desk.by("dial-input").fill("089 1234567")
    expect(desk.by("dial-button")).to_be_enabled()
    desk.picture("idle-number")


def test_sign_in(desk: Desk, language: str) -> None:
    desk.language = language
    desk.open(agent="")
    name = desk.by("sign-in-name")
    expect(name).to_be_visible()
    desk.picture("sign-in")
    name.fill("nobody")
    name.press("Enter")
    expect(desk.page.get_by_role("alert")).to_be_visible()
    desk.picture("sign-in-refused")
    name.fill("alice@acme.example")
    desk.by("sign-in-button").click()
    desk.ready()


def test_incoming_with_one_match_pops_once_and_shows_who_it_is(desk: Desk, language: str) -> None:
    desk.language = language
    desk.open(lightning={"found": {CALLER: ANNA}})
    desk.ready()
    desk.relay.tell("Delivered", incoming(queue="Vertrieb"))
    expect(desk.by("incoming-name")).to_have_text("Anna Weber")
    expect(desk.by("incoming-number")).to_have_text("+49 89 1234567")
    expect(desk.by("answer")).to_be_focused()
    pops = desk.eventually(lambda: desk.lightning("screenPop"))
    assert [pop["params"] for pop in pops] == [{"recordId": "003000000000001AAA"}]
    assert desk.relay.claims == [{"call": "c1", "purpose": "pop"}]
    assert desk.lightning("setSoftphonePanelVisibility")
    desk.picture("incoming-match")
    desk.page.keyboard.press("Enter")
    assert desk.command("AnswerCall")["command"]["call"] == "c1"


def test_without_the_claim_nothing_pops_but_the_match_is_shown(desk: Desk) -> None:
    desk.relay.grant = False
    desk.open(lightning={"found": {CALLER: ANNA}})
    desk.ready()
    desk.relay.tell("Delivered", incoming())
    expect(desk.by("incoming-name")).to_have_text("Anna Weber")
    assert desk.lightning("screenPop") == []


def test_incoming_unknown(desk: Desk, language: str) -> None:
    desk.language = language
    desk.open(lightning={})
    desk.ready()
    desk.relay.tell("Delivered", incoming())
    expect(desk.by("match-new")).to_be_visible()
    desk.picture("incoming-unknown")
    desk.by("match-new").click()
    pop = desk.eventually(lambda: desk.lightning("screenPop"))[0]
    assert pop["type"] == "newRecord"
    assert pop["params"] == {"entityName": "Contact", "defaultFieldValues": {"Phone": "+49 89 1234567"}}
    expect(desk.by("answer")).to_be_visible()


def test_incoming_withheld(desk: Desk) -> None:
    desk.open(lightning={})
    desk.ready()
    desk.relay.tell("Delivered", incoming(caller={"number": "", "name": ""}))
    expect(desk.by("incoming-number")).to_have_text("Number withheld")
    assert desk.lightning("searchAndScreenPop") == []
    desk.picture("incoming-withheld")


def test_several_matches_are_chosen_from_and_kept_for_the_log(desk: Desk, language: str) -> None:
    desk.language = language
    desk.open(lightning={"found": {CALLER: {**ANNA, **ACME, **LEAD}}})
    desk.ready()
    desk.relay.tell("Delivered", incoming())
    expect(desk.by("matches").get_by_role("button")).to_have_count(3)
    assert desk.lightning("screenPop") == []
    desk.picture("incoming-several")
    desk.by("matches").get_by_role("button", name="Acme").click()
    expect(desk.by("incoming-name")).to_have_text("Acme Maschinenbau GmbH & Co. KG")
    desk.relay.change("ConnectionCleared", "c1", state="cleared", cause="missed", ended_at=NOW + 20)
    log = desk.eventually(lambda: desk.lightning("saveLog"))[0]["value"]
    assert log["WhatId"] == "001000000000001AAA"
    assert (log["CallType"], log["CallDurationInSeconds"], log["CallObject"]) == ("Inbound", 0, "c1")
    expect(desk.by("tab-history")).to_contain_text("1")
    desk.picture("missed")


def test_active_call(desk: Desk, language: str) -> None:
    desk.language = language
    desk.open(lightning={"found": {CALLER: ANNA}})
    desk.ready()
    connected(desk, queue="Support")
    expect(desk.by("active")).to_contain_text("Anna Weber")
    expect(desk.by("timer")).to_have_text(re.compile(r"1:2\d"))
    desk.picture("active")
    desk.by("notes").fill("Wants a quote until Friday.")
    desk.by("mute").click()
    assert desk.command("SetMicrophoneMute")["command"]["muted"] is True
    desk.relay.change("CallInformation", "c1", muted=True)
    expect(desk.by("mute")).to_have_attribute("aria-pressed", "true")
    desk.relay.change("CallInformation", "c1", muted=False)
    desk.by("hangup").click()
    desk.command("ClearConnection")
    desk.relay.change("ConnectionCleared", "c1", state="cleared", cause="normal", ended_at=NOW)
    log = desk.eventually(lambda: desk.lightning("saveLog"))[0]["value"]
    assert log["Description"] == "Wants a quote until Friday."
    assert log["CallDurationInSeconds"] == 83
    assert log["WhoId"] == "003000000000001AAA"
    assert log["ActivityDate"] == "2026-11-23"
    desk.eventually(lambda: desk.lightning("refreshView"))
    desk.picture("ended")
    desk.by("ended-notes").fill("Wants a quote until Friday. Called back.")
    desk.by("ended-save").click()
    again = desk.eventually(lambda: desk.lightning("saveLog")[1:])[0]["value"]
    assert again["Id"] == "00T000000000001"


def test_held(desk: Desk, language: str) -> None:
    desk.language = language
    desk.relay.outcomes["HoldCall"] = {}
    desk.open(lightning={"found": {CALLER: ANNA}})
    desk.ready()
    connected(desk)
    desk.by("hold").click()
    desk.command("HoldCall")
    expect(desk.by("hold")).to_have_attribute("aria-busy", "true")
    desk.picture("hold-pending")
    desk.relay.change("Held", "c1", state="held", held_at=NOW - 14)
    expect(desk.by("retrieve")).to_be_visible()
    expect(desk.by("mute")).to_be_disabled()
    desk.picture("held")
    desk.relay.outcomes.clear()
    desk.by("retrieve").click()
    desk.command("RetrieveCall")


def test_second_call_is_shown_above_and_answering_it_holds_the_first(desk: Desk, language: str) -> None:
    desk.language = language
    desk.open(lightning={"found": {CALLER: ANNA}})
    desk.ready()
    connected(desk)
    desk.relay.tell("Delivered", incoming("c2", caller={"number": "0170 9876543", "name": "Mobil"}))
    expect(desk.by("incoming-number")).to_have_text("0170 9876543")
    assert desk.by("incoming").bounding_box()["y"] < desk.by("active").bounding_box()["y"]
    desk.picture("second-call")
    desk.by("answer").click()
    assert desk.command("HoldCall")["command"]["call"] == "c1"
    assert desk.command("AnswerCall")["command"]["call"] == "c2"
    desk.relay.change("Held", "c1", state="held", held_at=NOW)
    desk.relay.change("Established", "c2", state="connected", answered_at=NOW)
    expect(desk.by("active")).to_contain_text("Mobil")
    expect(desk.by("other-call")).to_contain_text("Anna Weber")
    desk.picture("two-calls")
    desk.by("retrieve-other").click()
    assert desk.command("RetrieveCall")["command"]["call"] == "c1"


def test_keypad_and_transfer(desk: Desk, language: str) -> None:
    desk.language = language
    desk.open(lightning={"found": {CALLER: ANNA}})
    desk.ready()
    connected(desk)
    desk.by("keypad").click()
    desk.page.keyboard.press("4")
    desk.page.keyboard.press("#")
    expect(desk.page.locator(".keypad-sent")).to_contain_text("4#")
    desk.picture("keypad")
    desk.by("keypad").click()
    desk.by("transfer").click()
    expect(desk.by("transfer-number")).to_be_focused()
    expect(desk.by("transfer-confirm")).to_be_disabled()
    desk.by("transfer-number").fill("102")
    desk.picture("transfer")
    desk.by("transfer-confirm").click()
    sent = desk.command("SingleStepTransferCall")
    assert sent["command"]["number"] == "102"
    assert sent["dialing"]["raw"] is False


def test_what_the_phone_cannot_do_says_why(desk: Desk) -> None:
    desk.open(lightning={})
    desk.ready()
    desk.relay.tell("Delivered", incoming(unsupported={"HoldCall": "not_supported_by_phone"}))
    desk.relay.change("Established", "c1", state="connected", answered_at=NOW)
    expect(desk.by("hold")).to_be_disabled()
    expect(desk.by("hold")).to_have_attribute("title", re.compile("Your phone cannot do this"))
    expect(desk.by("hold")).to_have_accessible_description(re.compile("Your phone cannot do this"))
    desk.by("hold").focus()
    desk.page.keyboard.press("Enter")
    assert desk.relay.commands == []
    desk.picture("unsupported")


def test_click_to_dial_dials_with_the_settings_and_remembers_the_record(desk: Desk) -> None:
    desk.relay.outcomes["MakeCall"] = {}
    settings = {"/reqDialingOptions/reqOutsidePrefix": "0", "/reqDialingOptions/label": "Dialing", "/label": "Center"}
    desk.open(lightning={"settings": settings})
    desk.ready()
    desk.eventually(lambda: desk.lightning("enableClickToDial"))
    click = {
        "number": "089 / 55 66",
        "recordId": "00Q000000000001AAA",
        "recordName": "Jürgen Öztürk",
        "objectType": "Lead",
    }
    desk.page.evaluate(
        "click => [1, 2].forEach(() => window.lightning.listeners.onClickToDial(click))",
        click,
    )
    sent = desk.command("MakeCall")
    assert sent["command"]["number"] == "089 / 55 66"
    assert sent["command"]["name"] == "Jürgen Öztürk"
    assert sent["dialing"] == {"settings": {"/reqDialingOptions/reqOutsidePrefix": "0"}, "raw": False}
    desk.picture("dialling-sent")
    made = call(
        "c9",
        "initiated",
        direction="outbound",
        role="caller",
        command=sent["command"]["id"],
        caller={"number": "101", "name": "Alice"},
        called={"number": "0089556 6", "name": ""},
    )
    desk.relay.tell("Originated", made)
    desk.relay.change("Delivered", "c9")
    expect(desk.by("active")).to_contain_text("Jürgen Öztürk")
    expect(desk.by("call-state")).to_have_text("Ringing…")
    desk.picture("dialling")
    desk.relay.change("ConnectionCleared", "c9", state="cleared", cause="no_answer", ended_at=NOW + 30)
    log = desk.eventually(lambda: desk.lightning("saveLog"))[0]["value"]
    assert (log["WhoId"], log["CallType"]) == ("00Q000000000001AAA", "Outbound")
    assert len([one for one in desk.relay.commands if one["command"]["verb"] == "MakeCall"]) == 1
    assert desk.lightning("searchAndScreenPop") == []


def test_history(desk: Desk, language: str) -> None:
    desk.language = language
    desk.open(lightning={"found": {CALLER: ANNA}})
    desk.ready()
    desk.by("tab-history").click()
    desk.picture("history-empty")
    desk.by("tab-phone").click()
    ends = [
        ("c1", {"direction": "inbound"}, {"cause": "normal", "answered_at": NOW - 4000, "ended_at": NOW - 3600}, -4005),
        ("c2", {"caller": {"number": "0170 9876543", "name": ""}}, {"cause": "missed", "ended_at": NOW - 3000}, -3030),
        (
            "c3",
            {
                "direction": "outbound",
                "role": "caller",
                "called": {"number": "+43 1 5550123", "name": "Wiener Werkstätten Handelsgesellschaft"},
            },
            {"cause": "busy", "ended_at": NOW - 1995},
            -2000,
        ),
        (
            "c4",
            {"direction": "internal", "caller": {"number": "102", "name": "Bob"}},
            {"cause": "normal", "answered_at": NOW - 900, "ended_at": NOW - 840},
            -905,
        ),
        ("c5", {"caller": {"number": "", "name": ""}}, {"cause": "missed", "ended_at": NOW - 100}, -130),
    ]
    for call_id, begin, end, started in ends:
        role = begin.get("role", "called")
        desk.relay.tell(
            "Originated" if role == "caller" else "Delivered",
            call(call_id, "initiated" if role == "caller" else "alerting", started_at=NOW + started, **begin),
        )
        desk.relay.change("ConnectionCleared", call_id, state="cleared", **end)
    expect(desk.by("tab-history")).to_contain_text("2")
    desk.eventually(lambda: len(desk.lightning("saveLog")) == 4)
    desk.picture("idle-after-calls")
    desk.by("tab-history").click()
    expect(desk.by("history").get_by_role("listitem")).to_have_count(5)
    expect(desk.by("tab-history")).not_to_contain_text("2")
    desk.picture("history")
    desk.by("history").get_by_test_id("redial").nth(2).click()
    assert desk.command("MakeCall")["command"]["number"] == "+43 1 5550123"


def test_settings_panel(desk: Desk, language: str) -> None:
    desk.language = language
    desk.open(lightning={})
    desk.ready()
    desk.by("tab-settings").click()
    expect(desk.page.get_by_role("switch")).to_have_count(3)
    desk.picture("settings")
    desk.page.locator(".stage").evaluate("stage => stage.scrollTo(0, stage.scrollHeight)")
    desk.picture("settings-end")
    desk.by("language").select_option("de" if language == "en" else "en")
    expect(desk.by("tab-phone")).to_have_text("Telefon" if language == "en" else "Phone")


def test_relay_lost_and_back(desk: Desk, language: str) -> None:
    desk.language = language
    desk.open(lightning={"found": {CALLER: ANNA}})
    desk.ready()
    connected(desk)
    expect(desk.by("active")).to_be_visible()
    desk.page.route("**/v1/**", lambda route: route.abort())
    desk.relay.push({"type": "link", "link": desk.relay.link})
    banner = desk.page.locator("[data-banner=relay]")
    expect(banner).to_be_visible()
    expect(desk.by("hangup")).to_be_disabled()
    desk.picture("relay-lost")
    desk.page.unroute("**/v1/**")
    expect(banner).to_be_hidden()
    expect(desk.by("hangup")).to_be_enabled()
    expect(desk.by("active")).to_contain_text("Anna Weber")


def test_a_restarted_relay_finds_the_call_again(desk: Desk) -> None:
    desk.open(lightning={"found": {CALLER: ANNA}})
    desk.ready()
    connected(desk)
    expect(desk.by("active")).to_be_visible()
    kept = desk.relay.calls.pop("c1")
    desk.relay.link = {"reachable": False, "reason": "no_connector", "connector": ""}
    desk.relay.restart()
    expect(desk.page.locator("[data-banner=link]")).to_be_visible()
    expect(desk.by("hangup")).to_be_disabled()
    desk.picture("restarted")
    desk.relay.push({"type": "link", "link": {"reachable": True, "reason": "", "connector": "demo"}})
    desk.relay.push({"type": "call", "event": "CallInformation", "at": NOW, "call": kept})
    expect(desk.by("hangup")).to_be_enabled()
    expect(desk.by("active")).to_have_count(1)


def test_phone_system_out_of_reach(desk: Desk, language: str) -> None:
    desk.language = language
    desk.relay.link = {"reachable": False, "reason": "phone_system_unreachable", "connector": "asterisk-berlin"}
    desk.open(lightning={})
    expect(desk.page.locator("[data-banner=link]")).to_contain_text("asterisk-berlin")
    expect(desk.by("presence")).to_be_disabled()
    desk.picture("link-lost")


def test_wrong_settings_name_the_setting_and_raw_dialling_works(desk: Desk, language: str) -> None:
    desk.language = language
    desk.relay.problems = WRONG
    desk.open(lightning={"settings": {"/reqDialingOptions/reqOutsidePrefix": "0x"}})
    desk.ready()
    expect(desk.page.locator("[data-banner=settings]")).to_contain_text("reqOutsidePrefix")
    desk.by("dial-input").fill("0 089 1234567")
    expect(desk.by("dial-button")).to_be_disabled()
    desk.picture("settings-wrong")
    desk.by("dial-raw").click()
    sent = desk.command("MakeCall")
    assert sent["dialing"]["raw"] is True
    assert sent["command"]["number"] == "0 089 1234567"


def test_standalone_says_what_it_cannot_do(desk: Desk, language: str) -> None:
    desk.language = language
    desk.open()
    desk.ready()
    expect(desk.page.locator("[data-banner=standalone]")).to_be_visible()
    desk.relay.tell("Delivered", incoming())
    expect(desk.by("incoming-number")).to_be_visible()
    desk.picture("standalone")


def test_a_failed_log_stays_until_it_is_saved(desk: Desk, language: str) -> None:
    desk.language = language
    desk.open(lightning={"found": {CALLER: ANNA}, "saveLog": "SERVER_ERROR"})
    desk.ready()
    connected(desk)
    desk.relay.change("ConnectionCleared", "c1", state="cleared", cause="normal", ended_at=NOW)
    expect(desk.by("unlogged")).to_contain_text("Anna Weber")
    desk.picture("unlogged")
    desk.page.evaluate("window.lightning.saveLog = 'ok'")
    desk.by("unlogged-retry").click()
    expect(desk.by("unlogged")).to_be_hidden()
    asked = [claim for claim in desk.relay.claims if claim["purpose"] == "log" and not claim.get("done")]
    assert len(asked) == 1


def test_presence_waits_for_the_phone_system(desk: Desk) -> None:
    desk.relay.outcomes["SetAgentState"] = {}
    desk.open(lightning={})
    desk.ready()
    desk.by("presence").select_option("do_not_disturb")
    assert desk.command("SetAgentState")["command"]["state"] == "do_not_disturb"
    expect(desk.by("presence")).to_have_attribute("aria-busy", "true")
    desk.relay.push({"type": "presence", "state": "do_not_disturb"})
    expect(desk.by("presence")).to_have_value("do_not_disturb")
    desk.picture("do-not-disturb")


def test_names_and_roles(desk: Desk) -> None:
    desk.open(lightning={"found": {CALLER: ANNA}})
    desk.ready()
    page = desk.page
    expect(page.get_by_role("combobox", name="Availability")).to_be_visible()
    expect(page.get_by_role("textbox", name="Number to dial")).to_be_visible()
    expect(page.get_by_role("group", name="Dial pad").get_by_role("button")).to_have_count(12)
    expect(page.get_by_role("button", name="Call", exact=True)).to_be_visible()
    expect(page.get_by_role("navigation").get_by_role("button")).to_have_count(3)
    desk.relay.tell("Delivered", incoming())
    expect(page.get_by_role("button", name="Answer")).to_be_visible()
    expect(page.get_by_role("button", name="Decline")).to_be_visible()
    expect(page.locator("#announcer-now")).to_contain_text("Incoming call")
    desk.relay.change("Established", "c1", state="connected", answered_at=NOW)
    for name in ("Hold", "Mute", "Keypad", "Transfer", "End call"):
        expect(page.get_by_role("button", name=name)).to_be_visible()
    expect(page.locator("#announcer")).to_contain_text("Connected with")
    unnamed = page.evaluate(
        "[...document.querySelectorAll('button, input, select, textarea')].filter(e => e.checkVisibility() && "
        "!(e.getAttribute('aria-label') || e.textContent.trim() || e.labels?.length)).length"
    )
    assert unnamed == 0


def test_answer_does_not_take_the_focus_from_somebody_who_types(desk: Desk) -> None:
    desk.open(lightning={})
    desk.ready()
    desk.by("dial-input").focus()
    desk.relay.tell("Delivered", incoming())
    expect(desk.by("answer")).to_be_visible()
    expect(desk.by("dial-input")).to_be_focused()


def test_shortcuts_and_the_dial_pad_by_keyboard(desk: Desk) -> None:
    desk.open(lightning={})
    desk.ready()
    desk.page.keyboard.press("Alt+Shift+KeyN")
    expect(desk.by("dial-input")).to_be_focused()
    desk.page.keyboard.type("0891")
    desk.page.keyboard.press("Backspace")
    desk.page.get_by_role("button", name="5", exact=True).click()
    expect(desk.by("dial-input")).to_have_value("0895")
    desk.by("dial-input").press("Enter")
    assert desk.command("MakeCall")["command"]["number"] == "0895"
    desk.relay.tell("Delivered", incoming())
    expect(desk.by("answer")).to_be_visible()
    desk.page.keyboard.press("Alt+Shift+KeyP")
    assert desk.command("AnswerCall")["command"]["call"] == "c1"
