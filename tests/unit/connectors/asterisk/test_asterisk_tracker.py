"""The tracker's other doors: snapshots after (re)connecting, our own Originates, and where a call lives."""

import pytest

from cti_adapter.connectors.asterisk.translate import Leg, Message, Options, Tracker
from cti_adapter.domain.agent import Line
from cti_adapter.domain.call import CallState
from fakes.asterisk_events import DOWN, RING, RINGING, UP, Chan, Script
from support.stories import LINES, told_lines

ERIKA = '+4930111222 "Erika Muster"'


def following(script: Script) -> Tracker:
    tracker = Tracker("pbx", LINES)
    for at, message in script.messages:
        tracker.feed(message, at)
    return tracker


def row(
    chan: Chan, *, bridge: str = "", application: str = "AppDial", data: str = "", age: str = "00:01:40"
) -> Message:
    """One event of CoreShowChannels."""
    return {
        **chan.headers(),
        "Event": "CoreShowChannel",
        "Application": application,
        "ApplicationData": data or "(Outgoing Line)",
        "Duration": "00:01:40",
        "BridgeId": bridge,
    }


def talking() -> tuple[Script, Chan, Chan]:
    script = Script()
    erika = script.outside()
    alice = script.ring(erika, "101")
    script.answer(erika, alice, "b1")
    return script, erika, alice


# --- snapshots -------------------------------------------------------------------------------------------------------


def test_first_snapshot_shows_what_is_up() -> None:
    script, erika, alice = talking()
    tracker = Tracker("pbx", LINES)
    told = tracker.snapshot(
        [row(erika, bridge="b1", application="Queue", data="support,tT,,,20"), row(alice, bridge="b1")], 5000.0
    )

    assert told_lines(told) == [
        f'101: Delivered alerting inbound {ERIKA} > *101 "Alice" queue=support',
        f'101: Established connected inbound {ERIKA} > *101 "Alice" queue=support',
    ]
    ((agent, call),) = tracker.live_calls()
    assert (agent, call.id) == ("101", f"pbx.{alice.uid}")
    assert (call.started_at, call.answered_at) == (4900.0, 4900.0)


def test_snapshot_of_ringing_and_dialling_phones() -> None:
    script = Script()
    erika = script.outside()
    alice = script.ring(erika, "101")
    bob = script.lifts("102", "0301234567")
    trunk = script.make("PJSIP/trunk", state=RINGING, of=bob, cid=("0301234567", ""))
    tracker = Tracker("pbx", LINES)
    told = tracker.snapshot(
        [row(erika, application="Dial", data="PJSIP/101"), row(alice), row(bob, application="Dial"), row(trunk)], 5000.0
    )

    assert told_lines(told) == [
        f'101: Delivered alerting inbound {ERIKA} > *101 "Alice"',
        '102: Originated initiated outbound *102 "Bob" > 0301234567',
        '102: Delivered initiated outbound *102 "Bob" > 0301234567',
    ]


def test_snapshot_that_agrees_tells_nothing() -> None:
    script, erika, alice = talking()
    tracker = following(script)

    assert tracker.snapshot([row(erika, bridge="b1", application="Dial"), row(alice, bridge="b1")], 5000.0) == []


def test_calls_that_are_gone_are_lost_and_do_not_come_back() -> None:
    script, erika, alice = talking()
    tracker = following(script)
    told = tracker.snapshot([], 5000.0)
    late = [one for at, message in script.messages for one in tracker.feed(message, at)]

    assert told_lines(told) == [f'101: ConnectionCleared cleared inbound {ERIKA} > *101 "Alice" cause=lost']
    assert late == []
    assert tracker.live_calls() == []


def test_what_changed_meanwhile_is_told_on_the_known_call() -> None:
    """Cut off while it rang; when the connection is back the call is up, with the same id."""
    script = Script()
    erika = script.outside()
    alice = script.ring(erika, "101")
    tracker = following(script)
    alice.state = erika.state = UP
    told = tracker.snapshot([row(erika, bridge="b1", application="Dial"), row(alice, bridge="b1")], 5000.0)

    assert told_lines(told) == [f'101: Established connected inbound {ERIKA} > *101 "Alice"']
    assert told[0][1].call.id == f"pbx.{alice.uid}"
    assert told[0][1].call.answered_at == 5000.0


def test_hold_survives_a_snapshot() -> None:
    script, erika, alice = talking()
    script.hold(alice)
    tracker = following(script)

    assert tracker.snapshot([row(erika, bridge="b1", application="Dial"), row(alice, bridge="b1")], 5000.0) == []
    assert tracker.live_calls()[0][1].state is CallState.HELD


@pytest.mark.parametrize(
    ("device", "state", "held"), [("PJSIP/trunk", "held", False), ("PJSIP/101", "connected", True)]
)
def test_hold_is_concluded_from_the_device_that_hears_the_music(device: str, state: str, held: bool) -> None:
    script, erika, alice = talking()
    tracker = Tracker("pbx", LINES)
    tracker.snapshot(
        [
            row(erika, bridge="b1", application="Dial"),
            row(alice, bridge="b1"),
            {"Event": "DeviceStateChange", "Device": device, "State": "ONHOLD"},
        ],
        5000.0,
    )

    call = tracker.live_calls()[0][1]
    assert (call.state, call.remote_hold) == (state, held)


def test_call_said_to_be_over_by_mistake_comes_back_under_a_new_id() -> None:
    """A record that has ended stays ended; its copies would not take it back."""
    script, erika, alice = talking()
    tracker = following(script)
    tracker.feed({"Event": "Hangup", **alice.headers(), "Cause": "16"}, 1100.0)
    tracker.snapshot([row(erika, bridge="b1", application="Dial"), row(alice, bridge="b1")], 5000.0)

    ((_, call),) = tracker.live_calls()
    assert call.id == f"pbx.{alice.uid}.1"
    assert call.state is CallState.CONNECTED


def test_list_that_is_older_than_the_last_events_does_not_undo_them() -> None:
    """The list was asked for, then a call began and another one ended, then the list is compared."""
    script, erika, alice = talking()
    tracker = following(script)
    asked = script.now
    listed = [row(erika, bridge="b1", application="Dial"), row(alice, bridge="b1")]
    known = len(script.messages)
    script.finish("b1", erika, alice)
    second = script.outside()
    script.ring(second, "102")
    for at, message in script.messages[known:]:
        tracker.feed(message, at)

    assert tracker.snapshot(listed, script.now) == []
    assert [agent for agent, _ in tracker.live_calls()] == ["102"]
    assert tracker.wants_snapshot == "changed_meanwhile"
    assert tracker.snapshot(listed, script.now, taken_at=asked) == []


@pytest.mark.parametrize("event", ["FullyBooted", "Shutdown"])
def test_restart_of_the_phone_system_asks_for_a_snapshot(event: str) -> None:
    script, _, _ = talking()
    tracker = following(script)
    tracker.feed({"Event": event}, 2000.0)
    assert tracker.wants_snapshot == "phone_system_restarted"

    tracker.snapshot([], 2001.0)
    assert tracker.wants_snapshot is None


def test_call_whose_beginning_was_missed_asks_for_a_snapshot_and_is_shown_all_the_same() -> None:
    script, _, _ = talking()
    tracker = Tracker("pbx", LINES)
    told = [one for at, message in script.messages[-2:] for one in tracker.feed(message, at)]

    assert tracker.wants_snapshot == "missed_beginning"
    assert [line.split()[1] for line in told_lines(told)] == ["Delivered", "Established"]


# --- click-to-dial ---------------------------------------------------------------------------------------------------


def test_own_originate_is_shown_at_once_and_never_as_incoming() -> None:
    script = Script()
    tracker = Tracker("pbx", LINES)
    told = tracker.expect_originate("cti-1", "command-0001", "101", "0301234567", "Max Beispiel", 999.0)
    alice = script.make("PJSIP/101", state=DOWN, uid="cti-1")
    script.state(alice, RINGING)
    script.dial(None, alice)
    script.state(alice, UP)
    trunk = script.make("PJSIP/trunk", state=DOWN, of=alice, cid=("0301234567", ""))
    script.dial(alice, trunk)
    script.answer(alice, trunk, "b1")
    script.finish("b1", alice, trunk)
    told += [one for at, message in script.messages for one in tracker.feed(message, at)]

    to = '0301234567 "Max Beispiel"'
    assert [line for line in told_lines(told) if "CallInformation" not in line] == [
        f"101: Originated initiated outbound *101 > {to} command=command-0001",
        f'101: Delivered initiated outbound *101 "Alice" > {to} command=command-0001',
        f'101: Established connected outbound *101 "Alice" > {to} command=command-0001',
        f'101: ConnectionCleared cleared outbound *101 "Alice" > {to} cause=normal command=command-0001',
    ]
    assert {event.call.id for _, event in told} == {"pbx.cti-1"}


def test_originate_announced_twice_or_for_nobody_tells_nothing() -> None:
    tracker = Tracker("pbx", LINES)
    assert tracker.expect_originate("cti-1", "command-0001", "nobody", "0301234567", "", 1.0) == []
    assert len(tracker.expect_originate("cti-1", "command-0001", "101", "0301234567", "", 1.0)) == 1
    assert tracker.expect_originate("cti-1", "command-0001", "101", "0301234567", "", 1.0) == []


@pytest.mark.parametrize(
    ("reason", "causes"),
    [("3", ["no_answer"]), ("unreachable", ["unreachable", "unreachable"]), ("0", ["unreachable", "unreachable"])],
)
def test_originate_that_failed_before_it_had_a_channel(reason: str, causes: list[str]) -> None:
    tracker = Tracker("pbx", LINES)
    tracker.expect_originate("cti-1", "command-0001", "101", "0301234567", "", 1.0)
    told = tracker.originate_failed("cti-1", reason, 2.0)

    assert [event.call.cause for _, event in told] == causes
    assert told[-1][1].call.ended
    assert tracker.originate_failed("cti-1", reason, 3.0) == []
    assert tracker.live_calls() == []


def test_originate_failed_leaves_a_living_channel_to_its_hangup() -> None:
    script = Script()
    tracker = Tracker("pbx", LINES)
    tracker.expect_originate("cti-1", "command-0001", "101", "0301234567", "", 999.0)
    script.make("PJSIP/101", state=DOWN, uid="cti-1")
    tracker.feed(script.messages[0][1], 1000.0)

    assert tracker.originate_failed("cti-1", "3", 1001.0) == []
    assert len(tracker.live_calls()) == 1


def test_originate_on_its_way_survives_a_snapshot_for_a_moment() -> None:
    tracker = Tracker("pbx", LINES)
    tracker.expect_originate("cti-1", "command-0001", "101", "0301234567", "", 1000.0)

    assert tracker.snapshot([], 1001.0) == []
    assert [event.call.cause for _, event in tracker.snapshot([], 1100.0)] == ["lost"]


# --- lookups ---------------------------------------------------------------------------------------------------------


def test_leg_tells_where_commands_must_go() -> None:
    script, erika, alice = talking()
    tracker = following(script)

    assert tracker.leg(f"pbx.{alice.uid}") == Leg(
        channel=alice.name, uniqueid=alice.uid, peer_channel=erika.name, state=CallState.CONNECTED
    )
    assert tracker.leg("pbx.nothing") is None


def test_leg_sees_the_party_behind_a_local_pair() -> None:
    script = Script()
    erika = script.outside()
    one, two = script.local("101", of=erika, option="No", carries=erika)
    script.dial(erika, one, rings=False)
    alice = script.make("PJSIP/101", state=DOWN, of=erika)
    script.dial(two, alice)
    script.answer(two, alice, "b1")
    script.enter("b2", one, erika)
    leg = following(script).leg(f"pbx.{alice.uid}")

    assert leg is not None
    assert leg.peer_channel == erika.name


def test_mute_is_noted_because_asterisk_sends_no_event() -> None:
    script, _, alice = talking()
    tracker = following(script)
    told = tracker.note_mute(f"pbx.{alice.uid}", True, 1100.0)

    assert told_lines(told) == [f'101: CallInformation connected inbound {ERIKA} > *101 "Alice" muted']
    assert tracker.note_mute(f"pbx.{alice.uid}", True, 1101.0) == []
    assert tracker.note_mute("pbx.gone", True, 1101.0) == []


def test_retrieve_that_had_to_settle_is_told_by_tick() -> None:
    script, _, alice = talking()
    script.hold(alice)
    script.lifts("101", "0301234567")
    script.hold(alice, on=False)
    tracker = following(script)

    assert tracker.settling
    assert tracker.tick(script.now + 0.1) == []
    assert told_lines(tracker.tick(script.now + 1))[0].startswith("101: Retrieved connected")
    assert not tracker.settling


# --- whose phone it is -----------------------------------------------------------------------------------------------


def test_phone_shared_by_two_agents_tells_both() -> None:
    lines = [Line(agent="alice", extension="101"), Line(agent="anna", extension="101")]
    script, _, _ = talking()
    tracker = Tracker("pbx", lines)
    told = [one for at, message in script.messages for one in tracker.feed(message, at)]

    assert [agent for agent, _ in told] == ["alice", "anna", "alice", "anna"]


def test_options_name_devices_and_trunks() -> None:
    options = Options(devices={"101": "PJSIP/alice-desk"}, trunks=("4930",))
    script = Script()
    caller = script.make("PJSIP/4930", state=RING, cid=("+4930111222", "Erika Muster"))
    desk = script.make("PJSIP/alice-desk", state=DOWN, of=caller, cid=("101", "Alice"))
    script.dial(caller, desk)
    tracker = Tracker("pbx", [Line(agent="alice", extension="101")], options)
    told = [one for at, message in script.messages for one in tracker.feed(message, at)]

    assert told_lines(told) == [f'alice: Delivered alerting inbound {ERIKA} > *101 "Alice"']


def test_ids_are_ascii_and_short_enough() -> None:
    script = Script()
    erika = script.outside()
    alice = script.make("PJSIP/101", state=DOWN, of=erika, uid="bür o-" + "x" * 200)
    script.dial(erika, alice)
    told = [one for tracker in [Tracker("pbx", LINES)] for at, m in script.messages for one in tracker.feed(m, at)]

    call_id = told[0][1].call.id
    assert call_id.isascii()
    assert " " not in call_id
    assert len(call_id) <= 120


def test_facts_of_ended_calls_are_forgotten() -> None:
    script, erika, alice = talking()
    script.finish("b1", erika, alice)
    tracker = following(script)
    tracker.prune(script.now + 60)

    assert tracker._board.channels == {}
    assert tracker._board.dials == {}
    assert tracker._board.names == {}
    assert tracker._board.outgoing == {}
