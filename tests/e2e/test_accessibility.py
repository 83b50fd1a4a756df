"""The panel for those who see little or do not use a mouse: axe in every state and language, keyboard alone, zoom."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Frame, expect

from support.processes import Server, until

from .agent import AgentDesk
from .axe import findings as axe_findings

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]

ERIKA, TWO_PEOPLE, NOBODY = "+4930111222", "+494066969121", "+4940777333"


def softphone(desk: AgentDesk) -> Frame:
    return next(frame for frame in desk.page.frames if "/softphone" in frame.url)


def findings(desk: AgentDesk) -> list[str]:
    """What axe finds in the softphone now, as rule and place."""
    return axe_findings(softphone(desk))


def idle(desk: AgentDesk) -> None:
    expect(desk.panel("dial-input")).to_be_visible()


def wrong_number(desk: AgentDesk) -> None:
    desk.panel("dial-input").fill("030 111222 / 0171 3920015")
    desk.panel("dial-button").click()
    expect(desk.panel("dial-choice")).to_have_count(2)


def looks_for_a_colleague(desk: AgentDesk) -> None:
    """The list of people is open below the number field."""
    desk.panel("directory-toggle").click()
    expect(desk.panel("dial-people").get_by_role("listitem")).to_have_count(2)


def looks_at_queues(desk: AgentDesk) -> None:
    """The queues are open, one of them paused."""
    desk.panel("queues-toggle").click()
    desk.panel("queue-pause-with").first.select_option("Meeting")
    expect(desk.panel("queues").get_by_role("listitem").first).to_contain_text("Paused: Meeting")
    until(lambda: desk.panel("queue-pause").first.get_attribute("aria-disabled") is None, "the phone system to know")


def has_messages_and_forwards(desk: AgentDesk) -> None:
    """Messages wait, calls are forwarded, and a place to forward them to could not be taken."""
    desk.phones.ring_from_outside(ERIKA, "101", "")
    desk.phones.far_end("message")
    expect(desk.panel("voicemail")).to_be_visible()
    desk.phones.press("101", "forward", number="102")
    desk.panel("forward-toggle").click()
    desk.panel("forwards").locator("input").fill("030 111222")
    desk.panel("forward-set").click()
    expect(desk.panel("forwards").get_by_role("alert")).to_be_visible()


def has_parked(desk: AgentDesk) -> None:
    rings_with_one(desk)
    desk.panel("answer").click()
    desk.panel("park").click()
    expect(desk.panel("other-call")).to_contain_text("Parked at 750")


def rings_with_data(desk: AgentDesk) -> None:
    """The phone system has attached something to the call, one value of it long."""
    data = {"CASE_NUMBER": "00001026", "ENTERED_BEFORE_ANYBODY_ANSWERED": "0123456789" * 9}
    desk.phones.ring_from_outside(ERIKA, "101", "Erika Muster", data)
    expect(desk.panel("call-data")).to_contain_text("00001026")


def rings_with_one(desk: AgentDesk) -> None:
    desk.phones.ring_from_outside(ERIKA, "101", "Erika Muster")
    expect(desk.panel("matches")).to_contain_text("Erika")


def rings_with_several(desk: AgentDesk) -> None:
    desk.phones.ring_from_outside(TWO_PEOPLE, "101", "")
    expect(desk.panel("matches")).to_contain_text("Petersen")


def talks(desk: AgentDesk) -> None:
    rings_with_several(desk)
    desk.panel("answer").click()
    expect(desk.panel("timer")).to_be_visible()


def talks_with_nobody_known(desk: AgentDesk) -> None:
    desk.phones.ring_from_outside(NOBODY, "101", "")
    desk.panel("answer").click()
    expect(desk.panel("match-new").first).to_be_visible()


def wraps_up_while_talking(desk: AgentDesk) -> None:
    talks(desk)
    desk.panel("active-more").locator("summary").click()
    desk.panel("notes").fill("Wants a quote")


def records(desk: AgentDesk) -> None:
    """The call is being recorded."""
    talks(desk)
    desk.panel("record").click()
    expect(desk.panel("pause-recording")).to_be_visible()


def transfers(desk: AgentDesk) -> None:
    talks(desk)
    desk.panel("transfer").click()
    expect(desk.panel("transfer-number")).to_be_focused()


def presses_keys(desk: AgentDesk) -> None:
    talks(desk)
    desk.panel("keypad").click()


def asks_first(desk: AgentDesk) -> None:
    transfers(desk)
    desk.panel("transfer-number").fill("102")
    desk.panel("transfer-consult").click()
    until(lambda: desk.phones.state_of("102") == "alerting", "Bob's phone to ring")
    desk.phones.press("102", "answer")
    expect(desk.panel("joining")).to_be_visible()


def second_call_waits(desk: AgentDesk) -> None:
    talks(desk)
    desk.phones.ring_from_outside(NOBODY, "101", "")
    expect(desk.panel("incoming")).to_be_visible()


def has_ended(desk: AgentDesk) -> None:
    talks(desk)
    desk.panel("hangup").click()
    expect(desk.panel("ended-notes")).to_be_visible()
    desk.panel("ended-more").locator("summary").click()


def looks_at_calls(desk: AgentDesk) -> None:
    has_ended(desk)
    desk.panel("tab-history").click()
    expect(desk.panel("redial").first).to_be_visible()


def looks_at_settings(desk: AgentDesk) -> None:
    desk.panel("tab-settings").click()
    expect(desk.panel("health")).to_be_visible()
    desk.panel("health-copy").click()
    desk.panel("setting-ring").check()
    expect(desk.panel("volume")).to_be_visible()


STATES: tuple[Callable[[AgentDesk], None], ...] = (
    idle,
    looks_for_a_colleague,
    looks_at_queues,
    wrong_number,
    has_messages_and_forwards,
    has_parked,
    rings_with_data,
    rings_with_one,
    rings_with_several,
    talks,
    talks_with_nobody_known,
    wraps_up_while_talking,
    records,
    transfers,
    presses_keys,
    asks_first,
    second_call_waits,
    has_ended,
    looks_at_calls,
    looks_at_settings,
)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_axe_finds_nothing_in_either_language_in_dark_nor_at_twice_the_size(
    alice: AgentDesk, state: Callable[[AgentDesk], None], images: Path
) -> None:
    state(alice)
    assert findings(alice) == []
    choose(alice, "language", "de")
    assert softphone(alice).evaluate("document.documentElement.lang") == "de"
    assert findings(alice) == []
    choose(alice, "theme", "dark")
    assert findings(alice) == [], "also in dark colours"
    alice.picture(images / f"dark-{state.__name__}.png")
    choose(alice, "theme", "light")
    # 400 pixels at 200 % are 200 of the page's own.
    alice.page.locator('iframe[data-frame="softphone"]').evaluate("frame => { frame.style.width = '200px' }")
    frame = softphone(alice)
    until(lambda: frame.evaluate("innerWidth") == 200, "the panel to be narrow")
    wide = frame.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert findings(alice) == []
    alice.picture(images / f"zoomed-{state.__name__}.png")
    assert wide <= 0, "nothing has to be scrolled sideways"
    assert cut_off(alice) == []


def cut_off(desk: AgentDesk) -> list[str]:
    """Controls that reach beyond the sides of the panel, where nobody can see or click all of them."""
    outside: list[str] = softphone(desk).evaluate(
        """() => [...document.querySelectorAll("button, input, select, textarea, summary")]
          .map((control) => [control, control.getBoundingClientRect()])
          .filter(([, box]) => box.width > 0 && (box.left < -0.5 || box.right > innerWidth + 0.5))
          .map(([control]) => control.dataset.testid ?? control.outerHTML.slice(0, 80))"""
    )
    return outside


def choose(desk: AgentDesk, setting: str, value: str) -> None:
    """Choose as in the settings, wherever the agent is."""
    softphone(desk).evaluate(
        """([id, value]) => { const field = document.getElementById(id); field.value = value;
        field.dispatchEvent(new Event("change")); }""",
        [setting, value],
    )
    desk.settle()


def test_a_whole_call_by_keyboard_alone(alice: AgentDesk) -> None:
    keyboard = alice.page.keyboard
    alice.panel("dial-input").focus()
    alice.phones.ring_from_outside(ERIKA, "101", "Erika Muster")
    expect(alice.panel("incoming")).to_be_visible()
    expect(alice.panel("dial-input")).to_be_focused()  # nobody who may be typing loses the focus
    keyboard.press("Alt+Shift+P")
    expect(alice.panel("timer")).to_be_visible()
    keyboard.press("Alt+Shift+H")
    until(lambda: alice.phones.state_of("101") == "held", "the phone to hold")
    expect(alice.panel("retrieve")).to_be_visible()
    keyboard.press("Alt+Shift+H")
    until(lambda: alice.phones.state_of("101") == "connected", "the phone to retrieve")
    tab_to(alice, "notes")
    keyboard.type("Typed without a mouse")
    tab_to(alice, "active-disposition")
    keyboard.press("ArrowDown")
    tab_to(alice, "transfer", back=True)
    keyboard.press("Enter")
    expect(alice.panel("transfer-number")).to_be_focused()
    keyboard.type("102")
    tab_to(alice, "transfer-consult")
    keyboard.press("Space")
    until(lambda: alice.phones.state_of("102") == "alerting", "Bob's phone to ring")
    alice.phones.press("102", "answer")
    expect(alice.panel("transfer-complete")).to_be_visible()
    tab_to(alice, "transfer-complete")
    keyboard.press("Enter")
    until(lambda: not alice.phones.states_of("101"), "Alice's phone to be idle")
    task = until(
        lambda: next((t for t in alice.tasks() if t["Description"] == "Typed without a mouse"), None), "the log"
    )
    assert task["CallDisposition"] == "Solved"


def tab_to(desk: AgentDesk, testid: str, *, back: bool = False) -> None:
    """Press Tab until a control has the focus, which has to be seen there."""
    for _ in range(60):
        focused = softphone(desk).evaluate("document.activeElement?.dataset.testid ?? ''")
        if focused == testid:
            break
        desk.page.keyboard.press("Shift+Tab" if back else "Tab")
    expect(desk.panel(testid)).to_be_focused()
    ring = softphone(desk).evaluate(
        """() => { const style = getComputedStyle(document.activeElement);
        return style.outlineStyle !== "none" || style.boxShadow !== "none"; }"""
    )
    assert ring, f"{testid}: the focus cannot be seen"


def test_an_incoming_call_takes_the_focus_of_nobody_who_types_and_is_said_at_once(alice: AgentDesk) -> None:
    alice.panel("tab-phone").focus()
    alice.phones.ring_from_outside(ERIKA, "101", "Erika Muster")
    expect(alice.panel("answer")).to_be_focused()
    said = softphone(alice).locator("[aria-live='assertive']")
    expect(said).to_contain_text("Erika Muster")


def test_nothing_moves_for_those_who_do_not_want_it(browser: Browser, server: Server) -> None:
    context = browser.new_context(reduced_motion="reduce", viewport={"width": 1280, "height": 900})
    desk = AgentDesk.open(browser, server.url, "alice", context=context)
    rings_with_one(desk)
    moving = softphone(desk).evaluate(
        "document.getAnimations().filter((one) => one.effect.getComputedTiming().duration > 10).length"
    )
    assert moving == 0
    desk.hang_up_everything()
    desk.close()
    context.close()


def test_the_health_report_holds_no_name_and_no_number(alice: AgentDesk) -> None:
    talks(alice)
    alice.panel("hangup").click()
    alice.panel("tab-settings").click()
    expect(alice.panel("health-summary")).to_have_text("Everything is well.")
    alice.panel("health-copy").click()
    report = alice.panel("health-report").input_value()
    assert "relay: online" in report
    assert "ConnectionCleared" in report
    for secret in ("Petersen", "66969121", "alice", "Alice", "Adler"):
        assert secret not in report
