"""Several tabs and browsers of one agent, in a Chromium started here with its own profile.

Not by Playwright: its default arguments switch off how a browser keeps storage, locks and channels of different sites
apart, and let hidden tabs run at full speed.
"""

import contextlib

import pytest
from playwright.sync_api import Browser, Error, Frame, Page, Request, expect

from support.processes import Server, until

from .agent import AgentDesk

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]


class Polls:
    """The polls of one tab that are waiting at the relay now."""

    def __init__(self, page: Page) -> None:
        self.waiting: set[Request] = set()
        page.on("request", self._begun)
        page.on("requestfinished", self._over)
        page.on("requestfailed", self._over)

    def _begun(self, request: Request) -> None:
        if request.url.endswith("/v1/poll") and (request.post_data_json or {}).get("wait", 0) > 0:
            self.waiting.add(request)

    def _over(self, request: Request) -> None:
        self.waiting.discard(request)


def tab(browser: Browser, server: Server, user: str = "alice", org: str | None = None) -> tuple[AgentDesk, Polls]:
    """One more tab of the browser; ``org``: its page comes from that org's host."""
    context = browser.contexts[0]
    polls: list[Polls] = []
    context.once("page", lambda page: polls.append(Polls(page)))
    origin = f"http://{org}.crm.localhost:{server.port}" if org else None
    desk = AgentDesk.open(browser, server.url, user, context=context, origin=origin)
    return desk, polls[0]


def leaders(page: Page, *polls: Polls) -> list[int]:
    """Which of the tabs have a poll waiting; the page is asked so that its events are taken in."""
    page.evaluate("1")
    return [index for index, one in enumerate(polls) if one.waiting]


def test_one_tab_polls_for_all_and_the_next_leads_when_it_crashes(own_browser: Browser, server: Server) -> None:
    number = "+4989777001"
    (first, polls1), (second, polls2), (third, polls3) = (tab(own_browser, server) for _ in range(3))
    until(lambda: leaders(first.page, polls1, polls2, polls3) == [0], "the first tab alone to poll")
    call = first.phones.ring_from_outside(number, "101", "Caller")
    for desk in (first, second, third):
        expect(desk.panel("incoming")).to_be_visible()
    crash(first.page)
    until(lambda: leaders(second.page, polls2, polls3) != [], "another tab to lead")
    assert len(leaders(second.page, polls2, polls3)) == 1
    second.panel("answer").click()
    for desk in (second, third):
        expect(desk.panel("timer")).to_be_visible()
    second.phones.outside(call, "hangup")
    for desk in (second, third):
        expect(desk.panel("active")).to_have_count(0)
    until(lambda: logs(second, number), "the call to be logged")
    expect(third.panel("ended")).to_contain_text("Saved")
    assert logs(second, number) == 1


def test_a_tab_that_was_frozen_catches_up(own_browser: Browser, server: Server) -> None:
    """Browsers stop hidden tabs altogether after a while, and the whole computer sleeps."""
    number = "+4989777002"
    (first, polls1), (second, polls2) = (tab(own_browser, server) for _ in range(2))
    until(lambda: leaders(first.page, polls1, polls2) == [0], "the first tab alone to poll")
    freeze(second.page, "frozen")
    call = first.phones.ring_from_outside(number, "101", "Caller")
    first.panel("answer").click()
    expect(first.panel("timer")).to_be_visible()
    freeze(first.page, "frozen")
    first.phones.outside(call, "hangup")
    assert logs(first, number) == 0
    freeze(second.page, "active")
    freeze(first.page, "active")
    for desk in (first, second):
        expect(desk.panel("active")).to_have_count(0)
    until(lambda: logs(first, number), "the call to be logged")
    assert logs(second, number) == 1


def test_two_browsers_and_a_phone_agree(own_browser: Browser, server: Server) -> None:
    number = "+492214710334"  # somebody known: no form of a new contact opens
    here, _ = tab(own_browser, server)
    there = AgentDesk.open(own_browser, server.url, "alice")  # a context of its own, as another computer
    here.phones.ring_from_outside(number, "101", "Caller")
    here.panel("answer").click()
    expect(there.panel("hold")).to_be_visible()
    here.phones.press("101", "hold")
    expect(here.panel("retrieve")).to_be_visible()
    there.panel("retrieve").click()
    expect(here.panel("hold")).to_be_visible()
    there.panel("hangup").click()
    for desk in (here, there):
        expect(desk.panel("active")).to_have_count(0)
    until(lambda: logs(here, number), "the call to be logged")
    assert logs(there, number) == 1
    there.close()


def test_two_orgs_in_one_browser_never_meet(own_browser: Browser, server: Server) -> None:
    """The hosts of all Salesforce orgs are one site, so the softphones of two share locks, channels and storage."""
    acme, polls1 = tab(own_browser, server, "alice", "acme")
    other, polls2 = tab(own_browser, server, "alice", "other")
    until(
        lambda: leaders(acme.page, polls1, polls2) == [0, 1], "each to poll for itself, though the agent has one name"
    )
    other.page.close()
    bob, polls2 = tab(own_browser, server, "bob", "other")
    until(lambda: leaders(acme.page, polls1, polls2) == [0, 1], "each to poll for itself")
    for extension, called, spared in (("101", acme, bob), ("102", bob, acme)):
        call = acme.phones.ring_from_outside("+492214710334", extension, f"Caller of {extension}")
        expect(called.panel("incoming")).to_be_visible()
        acme.phones.outside(call, "hangup")
        expect(called.panel("incoming")).to_have_count(0)
        assert f"Caller of {extension}" not in softphone(spared).evaluate("() => document.body.innerText")
    keys = softphone(bob).evaluate("() => Object.keys(localStorage)")
    assert keys, "settings of both are kept there"
    assert [key for key in keys if "acme.crm.localhost" not in key and "other.crm.localhost" not in key] == []


def softphone(desk: AgentDesk) -> Frame:
    """The frame of the panel."""
    return next(frame for frame in desk.page.frames if "/softphone" in frame.url)


def crash(page: Page) -> None:
    """End the tab's process, as running out of memory does."""
    with page.expect_event("crash"), contextlib.suppress(Error):
        page.goto("chrome://crash", timeout=2_000)


def freeze(page: Page, state: str) -> None:
    """Stop the tab (``frozen``), or let it run again (``active``)."""
    page.context.new_cdp_session(page).send("Page.setWebLifecycleState", {"state": state})


def logs(desk: AgentDesk, number: str) -> int:
    """How many Tasks there are of calls with ``number``."""
    return len([task for task in desk.tasks() if number in str(task["Subject"])])
