"""Availability with reasons, and queues that an agent logs in to, pauses and leaves: what rings afterwards counts."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from support.processes import Server, until

from .agent import AgentDesk

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]

BILLING = "701"


def queue(desk: AgentDesk, name: str) -> Locator:
    return desk.panel("queues").get_by_role("listitem").filter(has_text=name)


def rung_by_the_queue(desk: AgentDesk) -> list[str]:
    """Whose phones ring when somebody calls the queue billing."""
    call = desk.phones.ring_from_outside("+4930111222", BILLING, "Erika Muster")
    rung = [extension for extension in ("101", "102") if desk.phones.state_of(extension) == "alerting"]
    desk.phones.outside(call, "hangup")
    until(lambda: not desk.phones.calls_of("102"), "the phones to fall silent")
    return rung


def test_a_queue_rings_only_who_is_logged_in_and_not_paused(alice: AgentDesk, images: Path) -> None:
    alice.panel("queues-toggle").click()
    expect(alice.panel("queues-toggle")).to_have_accessible_name("Queues 2/2")
    assert rung_by_the_queue(alice) == ["101", "102"]
    queue(alice, "billing").get_by_test_id("queue-pause-with").select_option("Meeting")
    expect(queue(alice, "billing")).to_contain_text("Paused: Meeting")
    alice.picture(images / "queues.png")
    assert rung_by_the_queue(alice) == ["102"]
    queue(alice, "billing").get_by_test_id("queue-log").click()
    expect(queue(alice, "billing")).to_contain_text("Logged out")
    assert rung_by_the_queue(alice) == ["102"]
    queue(alice, "billing").get_by_test_id("queue-log").click()
    expect(queue(alice, "billing")).to_contain_text("Ready")
    assert rung_by_the_queue(alice) == ["101", "102"]


def test_away_has_a_reason_that_every_page_shows(alice: AgentDesk, browser: Browser, server: Server) -> None:
    alice.panel("presence").select_option(label="Away: Meeting")
    until(lambda: alice.panel("presence").get_attribute("aria-busy") is None, "the phone system to know")
    other = AgentDesk.open(browser, server.url, "alice")
    expect(other.panel("presence")).to_have_value("away|Meeting")
    expect(other.panel("queues-toggle")).to_have_accessible_name("Queues 0/2")
    other.panel("presence").select_option("available")
    expect(alice.panel("presence")).to_have_value("available")
    expect(alice.panel("queues-toggle")).to_have_accessible_name("Queues 2/2")
    other.close()


def test_the_admins_own_reasons(alice: AgentDesk) -> None:
    alice.change_setting("/ctiPresence/awayReasons", "Lunch;Workshop")
    expect(alice.panel("presence").locator("option")).to_have_text(
        ["Available", "Away", "Away: Lunch", "Away: Workshop", "Do not disturb"]
    )
