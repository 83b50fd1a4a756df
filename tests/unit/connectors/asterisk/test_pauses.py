"""Queue memberships as presence."""

import pytest

from cti_adapter.connectors.asterisk.pauses import Pauses
from cti_adapter.domain.agent import AgentState

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
    pauses = Pauses(DEVICES)
    assert pauses.feed(told("QueueMemberAdded", "support", interface, state)) == extension
    if extension:
        assert pauses.interfaces(extension) == (interface,)


def test_away_only_when_paused_everywhere() -> None:
    pauses = Pauses(DEVICES)
    states = []
    for event, queue, paused in [
        ("QueueMemberAdded", "support", "0"),
        ("QueueMemberAdded", "sales", "1"),
        ("QueueMemberPause", "support", "1"),
        ("QueueMemberRemoved", "support", "1"),
        ("QueueMemberPause", "sales", "0"),
        ("QueueMemberRemoved", "sales", "0"),
    ]:
        assert pauses.feed(told(event, queue, "PJSIP/101", paused=paused)) == "101"
        states.append(pauses.state("101"))
    available, away = AgentState.AVAILABLE, AgentState.AWAY
    assert states == [available, available, away, away, available, None]


def test_a_list_replaces_what_was_known() -> None:
    pauses = Pauses(DEVICES)
    pauses.feed(told("QueueMemberAdded", "old", "PJSIP/101", paused="1"))
    row = {"Event": "QueueMember", "Queue": "new", "Location": "Local/101@x", "StateInterface": "PJSIP/101"}
    pauses.restart([row, {"Event": "QueueParams", "Queue": "new"}])
    assert pauses.state("101") is AgentState.AVAILABLE
    assert pauses.interfaces("101") == ("Local/101@x",)


@pytest.mark.parametrize("event", ["QueueMemberStatus", "QueueCallerJoin", ""])
def test_other_events_change_nothing(event: str) -> None:
    assert Pauses(DEVICES).feed(told(event, "support", "PJSIP/101", paused="1")) == ""
