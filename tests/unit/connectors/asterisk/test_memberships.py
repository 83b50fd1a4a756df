"""Queue memberships as presence."""

import pytest

from cti_adapter.connectors.asterisk.memberships import Memberships
from cti_adapter.domain.agent import AgentState, Presence, QueueMembership

DEVICES = {"PJSIP/101": "101", "PJSIP/alice-desk": "104"}


def told(event: str, queue: str, interface: str, state: str = "", paused: str = "0") -> dict[str, str]:
    return {"Event": event, "Queue": queue, "Interface": interface, "StateInterface": state, "Paused": paused}


@pytest.mark.parametrize(
    ("interface", "state", "extension"),
    [
        ("PJSIP/101", "PJSIP/101", "101"),
        ("PJSIP/alice-desk", "PJSIP/alice-desk", "104"),
        ("Local/101@agents/n", "PJSIP/101", "101"),
        ("Local/101@from-queue/n", "hint:101@ext-local", "101"),
        ("Local/101@from-queue/n", "", "101"),
        ("Local/101@from-queue/n", "Custom:x", "101"),
        ("PJSIP/102", "PJSIP/102", ""),
        ("Local/1@from-queue/n", "", ""),
        ("", "", ""),
    ],
)
def test_whose_member_it_is(interface: str, state: str, extension: str) -> None:
    members = Memberships(DEVICES)
    assert members.feed(told("QueueMemberAdded", "support", interface, state)) == extension
    if extension:
        assert members.interfaces(extension) == (interface,)


def test_away_only_when_paused_everywhere() -> None:
    members = Memberships(DEVICES)
    states = []
    for event, queue, paused in [
        ("QueueMemberAdded", "support", "0"),
        ("QueueMemberAdded", "sales", "1"),
        ("QueueMemberPause", "support", "1"),
        ("QueueMemberRemoved", "support", "1"),
        ("QueueMemberPause", "sales", "0"),
        ("QueueMemberRemoved", "sales", "0"),
    ]:
        assert members.feed(told(event, queue, "PJSIP/101", paused=paused)) == "101"
        states.append(members.presence("101"))
    available, away = AgentState.AVAILABLE, AgentState.AWAY
    assert [told.state if told else None for told in states] == [available, available, away, away, available, None]


def test_a_list_replaces_what_was_known() -> None:
    members = Memberships(DEVICES)
    members.feed(told("QueueMemberAdded", "old", "PJSIP/101", paused="1"))
    row = {"Event": "QueueMember", "Queue": "new", "Location": "Local/101@x", "StateInterface": "PJSIP/101"}
    members.restart([row, {"Event": "QueueParams", "Queue": "new"}])
    assert members.presence("101") == Presence(queues=(QueueMembership(queue="new", logged_in=True),))
    assert members.interfaces("101") == ("Local/101@x",)


@pytest.mark.parametrize("event", ["QueueMemberStatus", "QueueCallerJoin", ""])
def test_other_events_change_nothing(event: str) -> None:
    assert Memberships(DEVICES).feed(told(event, "support", "PJSIP/101", paused="1")) == ""


def test_queues_show_who_is_in_paused_or_could_join() -> None:
    members = Memberships(DEVICES, ["billing"])
    members.feed(told("QueueMember", "support", "PJSIP/101", paused="1") | {"Membership": "static"})
    members.feed(told("QueueMember", "sales", "PJSIP/101") | {"Membership": "dynamic"})
    presence = members.presence("101")
    assert presence is not None
    assert presence.state is AgentState.AVAILABLE
    assert presence.queues == (
        QueueMembership(queue="billing", logged_in=False),
        QueueMembership(queue="sales", logged_in=True),
        QueueMembership(queue="support", logged_in=True, paused=True, fixed=True),
    )


def test_the_reason_of_a_pause_is_that_of_the_agent() -> None:
    members = Memberships(DEVICES)
    pause = told("QueueMemberPause", "support", "PJSIP/101", paused="1") | {"PausedReason": "Lunch"}
    members.feed(pause)
    assert members.presence("101") == Presence(
        state=AgentState.AWAY,
        reason="Lunch",
        queues=(QueueMembership(queue="support", logged_in=True, paused=True, reason="Lunch"),),
    )
