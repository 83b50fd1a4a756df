"""The call record and its state table: legal moves only; copies converge whatever the network does to events."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_adapter.domain.call import (
    BEGINNINGS,
    TRANSITIONS,
    Call,
    CallEvent,
    CallState,
    Cause,
    Direction,
    EventName,
    Party,
    UnexpectedEvent,
    advance,
    begin,
    newest,
)


def ringing(call_id: str = "pbx.1") -> Call:
    return Call(
        id=call_id,
        revision=1,
        device="101",
        direction=Direction.INBOUND,
        role="called",
        state=CallState.ALERTING,
        caller=Party(number="+4930111222", name="Erika Muster"),
        called=Party(number="101"),
        started_at=100.0,
    )


def moves(call: Call) -> list[tuple[EventName, CallState]]:
    return [(event, state) for event, states in TRANSITIONS[call.state].items() for state in sorted(states)]


@st.composite
def stories(draw: st.DrawFn) -> list[CallEvent]:
    """A legal life of one call, of up to 12 events."""
    told = [begin(ringing(), EventName.DELIVERED, 100.0)]
    for step in range(draw(st.integers(0, 11))):
        call = told[-1].call
        if not moves(call):
            break
        event, state = draw(st.sampled_from(moves(call)))
        told.append(advance(call, event, 101.0 + step, state))
    return told


def test_every_state_has_a_row_and_only_cleared_is_final() -> None:
    assert set(TRANSITIONS) == set(CallState)
    assert [state for state, row in TRANSITIONS.items() if not row] == [CallState.CLEARED]


def test_every_state_can_be_reached_and_left() -> None:
    reached = set(BEGINNINGS.values())
    while more := {s for state in reached for states in TRANSITIONS[state].values() for s in states} - reached:
        reached |= more
    assert reached == set(CallState)
    for state in set(CallState) - {CallState.CLEARED}:
        assert any(CallState.CLEARED in states for states in TRANSITIONS[state].values()), state


def test_answered_call_keeps_its_times() -> None:
    answered = advance(ringing(), EventName.ESTABLISHED, 105.0, CallState.CONNECTED).call
    held = advance(answered, EventName.HELD, 110.0, CallState.HELD).call
    back = advance(held, EventName.RETRIEVED, 115.0, CallState.CONNECTED).call
    ended = advance(back, EventName.CONNECTION_CLEARED, 120.0, CallState.CLEARED, cause=Cause.NORMAL).call
    assert (answered.answered_at, held.held_at, back.held_at) == (105.0, 110.0, None)
    assert (ended.answered_at, ended.ended_at, ended.cause) == (105.0, 120.0, Cause.NORMAL)
    assert [c.revision for c in (answered, held, back, ended)] == [2, 3, 4, 5]


def test_held_by_the_other_side_stays_connected() -> None:
    answered = advance(ringing(), EventName.ESTABLISHED, 105.0, CallState.CONNECTED).call
    event = advance(answered, EventName.HELD, 110.0, CallState.CONNECTED, remote_hold=True)
    assert (event.call.state, event.call.remote_hold, event.call.held_at) == (CallState.CONNECTED, True, None)


@pytest.mark.parametrize("event", [EventName.HELD, EventName.RETRIEVED, EventName.ORIGINATED])
def test_surprise_is_named_not_guessed(event: EventName) -> None:
    with pytest.raises(UnexpectedEvent, match=r"alerting -\["):
        advance(ringing(), event, 105.0, CallState.CONNECTED)


def test_a_call_cannot_begin_in_the_middle() -> None:
    with pytest.raises(UnexpectedEvent):
        begin(ringing(), EventName.ESTABLISHED, 100.0)


def test_data_stay_until_they_change() -> None:
    call = msgspec.structs.replace(ringing(), data={"CASE": "1"})
    answered = advance(call, EventName.ESTABLISHED, 105.0, CallState.CONNECTED).call
    changed = advance(answered, EventName.CALL_INFORMATION, 106.0, CallState.CONNECTED, data={"CASE": "2"}).call
    assert (ringing().data, answered.data, changed.data) == ({}, {"CASE": "1"}, {"CASE": "2"})


def test_other_party_follows_the_role() -> None:
    assert ringing().other.number == "+4930111222"
    assert msgspec.structs.replace(ringing(), role="caller").other.number == "101"


@pytest.mark.parametrize(
    ("data", "fits"),
    [
        ({"CASE_NUMBER": "00001026", "x-Language2": ""}, True),
        ({"N" * 40: "ä" * 255}, True),
        ({f"N{n}": "1" for n in range(20)}, True),
        ({f"N{n}": "1" for n in range(21)}, False),
        ({"": "1"}, False),
        ({"N" * 41: "1"}, False),
        ({"CASE NUMBER": "1"}, False),
        ({"CASE\n": "1"}, False),
        ({"CASE": "1" * 256}, False),
        ({"CASE": "1\n"}, False),
        ({"CASE": "\x7f"}, False),
        ({"CASE": 1026}, False),
    ],
)
def test_data_of_a_call_are_few_short_and_printable(data: dict[str, object], fits: bool) -> None:
    record = msgspec.to_builtins(ringing()) | {"data": data}
    if fits:
        assert msgspec.convert(record, Call).data == data
    else:
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(record, Call)


@given(stories(), st.randoms(use_true_random=False))
def test_copies_converge_when_events_are_doubled_dropped_and_shuffled(story: list[CallEvent], random: object) -> None:
    last = story[-1].call
    arrived = [event.call for event in story for _ in range(random.randint(0, 3))]  # type: ignore[attr-defined]
    random.shuffle(arrived)  # type: ignore[attr-defined]
    copy: Call | None = None
    revisions = []
    for call in arrived:
        copy = newest(copy, call)
        revisions.append(copy.revision)
    assert revisions == sorted(revisions)
    assert newest(copy, last) == last, "a snapshot repairs whatever was lost"


@given(stories())
def test_every_legal_story_raises_the_revision_and_ends_at_most_once(story: list[CallEvent]) -> None:
    assert [event.call.revision for event in story] == list(range(1, len(story) + 1))
    ends = [event for event in story if event.call.ended]
    assert len(ends) <= 1
    assert not ends or ends[0] is story[-1]


@given(stories())
def test_record_survives_the_wire(story: list[CallEvent]) -> None:
    wire = msgspec.json.encode(story)
    assert msgspec.json.decode(wire, type=list[CallEvent]) == story


def test_unknown_field_is_refused() -> None:
    wire = msgspec.json.encode(ringing()).replace(b'"device"', b'"colour":"red","device"')
    with pytest.raises(msgspec.ValidationError, match="colour"):
        msgspec.json.decode(wire, type=Call)
