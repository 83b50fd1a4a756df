"""Whatever the network and Asterisk do to the order and number of messages: no crash, no illegal move, and a snapshot
mends everything."""

import random
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cti_adapter.connectors.asterisk.parties import Directory
from cti_adapter.connectors.asterisk.reading import READERS, read
from cti_adapter.connectors.asterisk.recording import Timed, read_recording
from cti_adapter.connectors.asterisk.switchboard import Switchboard
from cti_adapter.connectors.asterisk.translate import Message, Options, Told, Tracker
from cti_adapter.domain.call import BEGINNINGS, TRANSITIONS, Call
from support.stories import LINES, events_of, line

TRACES = sorted((Path(__file__).parents[3] / "traces" / "asterisk").glob("*.ami.jsonl"))
QUICK = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def load(path: Path) -> list[Timed]:
    with path.open(encoding="utf-8") as lines:
        return [timed for timed in read_recording(lines) if timed[1].get("Event") in READERS]


RECORDED = [load(path) for path in TRACES]


def assert_legal(told: list[Told]) -> None:
    """Every event is a move that the state table knows, and raises the revision."""
    known: dict[str, Call] = {}
    for _, event in told:
        before, now = known.get(event.call.id), event.call
        if before is None:
            assert BEGINNINGS[event.event] is now.state
        else:
            assert now.state in TRANSITIONS[before.state].get(event.event, frozenset()), (before.state, line(event))
            assert now.revision > before.revision
        known[now.id] = now


class Disturbance(NamedTuple):
    """How a recording is spoilt; small, so that a failing example can be read."""

    recording: int
    cut: float
    seed: int
    rate: float

    def streams(self) -> tuple[list[Timed], list[Timed]]:
        """The recording up to the cut as it was sent, and as it came over a bad line."""
        messages = RECORDED[self.recording]
        sent = messages[: round(self.cut * len(messages))]
        chance, came = random.Random(self.seed), list[Timed]()
        for at, message in sent:
            what = chance.random()
            if what < self.rate:
                continue
            changed: dict[str, Any] = dict(message)
            if what < self.rate * 1.3:
                changed[chance.choice(list(changed))] = chance.choice(["", "<unknown>", "7", ["a", "b"], "PJSIP/101-1"])
            came.append((at, changed))
            if what > 1 - self.rate:
                came.append((at, message))
            if what > 1 - self.rate / 2 and len(came) > 1:
                came[-1], came[-2] = came[-2], came[-1]
        return sent, came


disturbances = st.builds(
    Disturbance,
    recording=st.integers(0, len(RECORDED) - 1),
    cut=st.floats(0, 1),
    seed=st.integers(0, 2**32),
    rate=st.sampled_from([0.02, 0.1, 0.3]),
)


def listed(messages: list[Timed]) -> list[dict[str, str]]:
    """What CoreShowChannels would show after ``messages``."""
    board, directory = Switchboard(), Directory(LINES, Options())
    for at, message in messages:
        read(board, directory, message, at)
    return [
        {
            "Event": "CoreShowChannel",
            "Channel": channel.name,
            "Uniqueid": channel.uid,
            "Linkedid": channel.linkedid,
            "ChannelState": str(channel.state),
            "CallerIDNum": channel.number,
            "CallerIDName": channel.label,
            "ConnectedLineNum": channel.connected_number,
            "ConnectedLineName": channel.connected_label,
            "Exten": channel.exten,
            "Application": "Dial" if channel.called_in else "AppDial",
            "ApplicationData": "" if channel.called_in else "(Outgoing Line)",
            "Duration": "00:00:05",
            "BridgeId": channel.bridge,
        }
        for channel in board.channels.values()
        if not channel.gone
    ]


def legs(tracker: Tracker) -> set[tuple[str, str]]:
    found = ((agent, tracker.leg(call.id)) for agent, call in tracker.live_calls())
    return {(agent, leg.uniqueid) for agent, leg in found if leg}


@QUICK
@given(disturbances)
def test_bad_line_then_snapshot(disturbance: Disturbance) -> None:
    sent, came = disturbance.streams()
    tracker, fresh = Tracker("pbx", LINES), Tracker("pbx", LINES)
    told: list[Told] = []
    for at, message in came:
        told += tracker.feed(message, at)
    end = (sent[-1][0] if sent else 0.0) + 10
    told += tracker.snapshot(listed(sent), end)
    fresh.snapshot(listed(sent), end)

    assert_legal(told)
    up = {(row["Channel"][6:9], row["Uniqueid"]) for row in listed(sent)}
    # Who begins with the list does not show a phone that is alone (its call is just ending); who followed does.
    assert legs(fresh) <= legs(tracker) <= up
    assert tracker.wants_snapshot is None
    assert tracker.snapshot(listed(sent), end + 1) == []
    live = {call.id: call for _, call in tracker.live_calls()}
    assert all(not call.ended for call in live.values())
    last = {event.call.id: event.call for _, event in told}
    assert {call_id for call_id, call in last.items() if not call.ended} == set(live)


@QUICK
@given(disturbances)
def test_empty_snapshot_ends_everything(disturbance: Disturbance) -> None:
    tracker = Tracker("pbx", LINES)
    told = [one for at, message in disturbance.streams()[1] for one in tracker.feed(message, at)]
    told += tracker.snapshot([], 2e9)

    assert_legal(told)
    assert tracker.live_calls() == []
    assert all(call.ended for call in {event.call.id: event.call for _, event in told}.values())


@pytest.mark.parametrize("path", TRACES, ids=lambda path: path.name.split("_")[0])
def test_fed_twice_tells_nothing_twice(path: Path) -> None:
    messages = load(path)
    tracker = Tracker("pbx", LINES)
    once = [one for at, message in messages for one in tracker.feed(message, at)]
    again = [one for at, message in messages for one in tracker.feed(message, at + 1)]

    assert once
    assert again == []


@pytest.mark.parametrize("path", TRACES, ids=lambda path: path.name.split("_")[0])
def test_each_message_twice_changes_nothing(path: Path) -> None:
    messages = load(path)
    doubled = [timed for timed in messages for _ in range(2)]

    assert events_of(doubled) == events_of(messages)


@pytest.mark.parametrize("path", TRACES, ids=lambda path: path.name.split("_")[0])
def test_noise_makes_no_difference(path: Path) -> None:
    """VarSet, CEL, RTCP and all other events that are not read may be filtered out at the source."""
    with path.open(encoding="utf-8") as lines:
        everything = list(read_recording(lines))

    assert events_of(everything) == events_of(load(path))


@pytest.mark.parametrize("path", TRACES, ids=lambda path: path.name.split("_")[0])
def test_one_pair_of_neighbours_swapped_ends_alike(path: Path) -> None:
    """Asterisk gives no order across channels: whichever two events change places, each call ends the same way."""
    messages = load(path)
    expected = ends(messages)
    different = []
    for index in range(len(messages) - 1):
        (at, first), (later, second) = messages[index], messages[index + 1]
        if later - at > 0.05 or same_channel(first, second):
            continue
        swapped = [*messages[:index], (at, second), (later, first), *messages[index + 2 :]]
        if ends(swapped) != expected:
            different.append((index, first["Event"], second["Event"], ends(swapped)))

    assert different == []


def same_channel(one: Message, other: Message) -> bool:
    """Events of one channel keep their order."""
    names = [
        {value for key, value in message.items() if key.endswith("Uniqueid") and "Bridge" not in key}
        for message in (one, other)
    ]
    return bool(names[0] & names[1])


def ends(messages: list[Timed]) -> dict[str, list[tuple[object, ...]]]:
    """How each call ended: the other side, the cause, and whether it was answered."""
    found: dict[str, list[tuple[object, ...]]] = {}
    for agent, events in events_of(messages).items():
        last = {event.call.id: event for event in events}
        found[agent] = [
            (event.event, event.call.cause, event.call.other.number, event.call.direction, bool(event.call.answered_at))
            for event in last.values()
        ]
    return found


anything = st.dictionaries(
    st.sampled_from(["Channel", "Uniqueid", "DestUniqueid", "DestChannel", "ChannelState", "BridgeUniqueid", "Cause"])
    | st.text(max_size=8),
    st.text(max_size=12)
    | st.lists(st.text(max_size=5), max_size=3)
    | st.sampled_from(["PJSIP/101-00000001", "1.1", "6"]),
    max_size=12,
)


@QUICK
@given(st.lists(st.tuples(st.sampled_from(sorted(READERS)), anything), max_size=25), st.data())
def test_any_message_at_all(messages: list[tuple[str, dict[str, Any]]], data: st.DataObject) -> None:
    tracker = Tracker("pbx", LINES)
    told: list[Told] = []
    for index, (event, message) in enumerate(messages):
        told += tracker.feed({**message, "Event": event}, float(index))
    rows = data.draw(st.lists(anything, max_size=4))
    told += tracker.snapshot([{**row, "Event": "CoreShowChannel"} for row in rows], 100.0)

    assert_legal(told)
