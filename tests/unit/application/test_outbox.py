"""What waits for the relay: numbered without a gap, bounded, confirmed in order."""

from hypothesis import given
from hypothesis import strategies as st

from cti_adapter.application.connector_messages import AgentPresence, CommandOutcome, SnapshotBegin, SnapshotEnd
from cti_adapter.application.outbox import Outbox
from cti_adapter.domain.agent import AgentState
from cti_adapter.domain.commands import CommandState, Outcome


def event(number: int) -> AgentPresence:
    return AgentPresence(agent=f"agent{number}", state=AgentState.AWAY)


def outcome(number: int = 1) -> CommandOutcome:
    return CommandOutcome(agent="alice", outcome=Outcome(id=f"command-{number:04}", state=CommandState.DONE))


def filled(count: int, capacity: int = 100) -> Outbox:
    outbox = Outbox(capacity)
    for number in range(count):
        outbox.append(event(number))
    return outbox


def test_batch_has_the_oldest_events_and_the_sequence_of_the_first() -> None:
    outbox = filled(5)
    assert outbox.batch(2) == (0, (event(0), event(1)))
    outbox.confirm(2)
    assert outbox.batch(10) == (2, (event(2), event(3), event(4)))


def test_batch_alone_forgets_nothing() -> None:
    outbox = filled(3)
    assert outbox.batch() == outbox.batch()
    assert len(outbox) == 3


def test_confirmation_from_the_past_or_the_future_changes_no_sequence() -> None:
    outbox = filled(4)
    outbox.confirm(3)
    outbox.confirm(1)
    assert outbox.batch() == (3, (event(3),))
    outbox.confirm(99)
    assert outbox.batch() == (4, ())
    outbox.append(event(4))
    assert outbox.batch() == (4, (event(4),))


def test_full_outbox_drops_the_story_until_a_snapshot_takes_its_place() -> None:
    outbox = filled(4, capacity=3)
    assert outbox.overflowed
    assert len(outbox) == 0
    outbox.append(event(9))
    assert len(outbox) == 0, "an event after the gap is half a story"
    assert outbox.put_snapshot([SnapshotBegin(), SnapshotEnd()]) == 3
    assert not outbox.overflowed
    assert outbox.batch() == (3, (SnapshotBegin(), SnapshotEnd())), "dropped sequences are not used again"
    outbox.append(event(10))
    assert outbox.batch()[1][-1] == event(10)


def test_snapshot_swallows_nothing_that_waits() -> None:
    """How a call ended and what became of a command stand in no snapshot."""
    outbox = filled(1)
    outbox.append(outcome())
    assert outbox.put_snapshot([SnapshotBegin(), SnapshotEnd()]) == 2
    assert outbox.batch() == (0, (event(0), outcome(), SnapshotBegin(), SnapshotEnd()))


def test_snapshot_larger_than_the_outbox_does_not_overflow_it() -> None:
    outbox = filled(0, capacity=3)
    outbox.put_snapshot([event(number) for number in range(10)])
    outbox.append(event(10))
    assert not outbox.overflowed
    assert len(outbox) == 11


def test_snapshots_that_never_arrive_make_room_for_the_next() -> None:
    outbox = filled(0, capacity=3)
    for _ in range(50):
        outbox.put_snapshot([SnapshotBegin(), SnapshotEnd()])
    assert len(outbox) <= 3 + 2


def test_confirmation_tells_whether_it_is_news() -> None:
    outbox = filled(2)
    assert outbox.confirm(1)
    assert not outbox.confirm(1)


@given(st.lists(st.one_of(st.just("append"), st.just("restart"), st.integers(0, 60)), max_size=80))
def test_sequences_never_go_back_and_the_bound_holds(steps: list[str | int]) -> None:
    outbox, seen = Outbox(capacity=5), 0
    for number, step in enumerate(steps):
        if step == "append":
            outbox.append(event(number))
        elif step == "restart":
            outbox.put_snapshot([SnapshotBegin()])
        else:
            outbox.confirm(int(step))
        first, events = outbox.batch()
        assert first >= seen
        assert len(events) == len(outbox) <= 5 + 5 + 1
        seen = first
