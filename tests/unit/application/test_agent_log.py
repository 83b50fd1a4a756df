"""One agent's log: whatever is doubled, reordered, dropped or forgotten, a reader ends up with the same picture."""

import itertools
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import replace

from cti_adapter.application.agent_log import AgentLog, LogLimits, Reading
from cti_adapter.application.call_claims import ClaimState
from cti_adapter.application.messages import CallHappened, CallWork, Link, LinkChanged, PresenceChanged, WorkChanged
from cti_adapter.domain.agent import AgentKey, AgentState
from cti_adapter.domain.call import Call, CallState, Cause, Direction, EventName, advance
from fakes.relay_world import answered, hung_up, ringing

REACHABLE = Link(reachable=True, connector="pbx")


def new_log(**limits: Any) -> AgentLog:
    epochs = itertools.count(1)
    return AgentLog(AgentKey("acme", "alice"), lambda: f"epoch{next(epochs)}", LogLimits(**limits), REACHABLE)


def happened(call: Call) -> CallHappened:
    return CallHappened(event=EventName.CALL_INFORMATION, at=1.0, call=call)


class Copy:
    """What a softphone makes of its readings."""

    def __init__(self) -> None:
        self.cursor: str | None = None
        self.calls: dict[str, Call] = {}
        self.presence: AgentState | None = None
        self.link: Link | None = None

    def take(self, reading: Reading) -> None:
        self.cursor = reading.cursor
        if reading.state is not None:
            self.calls = {call.id: call for call in reading.state.calls}
            self.presence, self.link = reading.state.presence, reading.state.link
        for event in reading.events:
            if isinstance(event, CallHappened):
                known = self.calls.get(event.call.id)
                if known is None or event.call.revision > known.revision:
                    self.calls[event.call.id] = event.call
            elif isinstance(event, PresenceChanged):
                self.presence = event.state
            elif isinstance(event, LinkChanged):
                self.link = event.link

    def picture(self) -> tuple[Any, ...]:
        return live(self.calls.values()), self.presence, self.link


def live(calls: Any) -> dict[str, Call]:
    return {call.id: call for call in calls if not call.ended}


def picture(log: AgentLog) -> tuple[Any, ...]:
    state = log.state()
    return live(state.calls), state.presence, state.link


def life(number: int) -> list[Call]:
    """All records of one call, from its ringing to its end."""
    ring = ringing(f"pbx-{number}")
    talk = answered(ring)
    held = advance(talk, EventName.HELD, 106.0, CallState.HELD).call
    return [ring, talk, held, hung_up(held)]


class Readers(RuleBasedStateMachine):
    """Writers that double and reorder, readers that lose answers, time that passes: all copies stay right."""

    copies = Bundle("copies")

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.log = new_log(events=6, age_s=20.0, calls=8, forget_after_s=5.0, forget_undelivered_s=12.0)
        self.names: dict[int, str] = {}

    @initialize(target=copies)
    def first(self) -> Copy:
        return self.join()

    @rule(target=copies)
    def join(self) -> Copy:
        copy = Copy()
        self.names[id(copy)] = f"reader{len(self.names)}"
        self._everybody = [*getattr(self, "_everybody", []), copy]
        return copy

    @rule(number=st.integers(1, 5), step=st.integers(0, 3))
    def told(self, number: int, step: int) -> None:
        """Any record of any call at any time: doubled, late, or skipping some."""
        self.log.push(happened(life(number)[step]), self.now)

    @rule(number=st.integers(1, 5), step=st.integers(0, 3))
    def corrected(self, number: int, step: int) -> None:
        """The connector started anew, and its snapshot is right even when it counts from 1 again."""
        self.log.correct(life(number)[step], EventName.CALL_INFORMATION, 1.0, self.now)

    @rule(state=st.sampled_from(AgentState))
    def presence(self, state: AgentState) -> None:
        self.log.push(PresenceChanged(state=state), self.now)

    @rule(reachable=st.booleans())
    def link(self, reachable: bool) -> None:
        self.log.push(LinkChanged(link=Link(reachable=reachable)), self.now)

    @rule(copy=copies)
    def read(self, copy: Copy) -> None:
        self.log.acknowledge(self.names[id(copy)], copy.cursor)
        copy.take(self.log.since(copy.cursor))

    @rule(copy=copies)
    def answer_lost(self, copy: Copy) -> None:
        self.log.acknowledge(self.names[id(copy)], copy.cursor)
        self.log.since(copy.cursor)

    @rule(copy=copies)
    def leave(self, copy: Copy) -> None:
        self.log.leave(self.names[id(copy)])

    @rule(seconds=st.floats(0.1, 15.0))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.log.forget(self.now)

    @rule()
    def calls_dropped(self) -> None:
        self.log.drop_calls()

    @invariant()
    def a_copy_that_reads_now_sees_what_a_new_one_sees(self) -> None:
        for copy in getattr(self, "_everybody", []):
            twin = Copy()
            twin.cursor, twin.calls, twin.presence, twin.link = copy.cursor, dict(copy.calls), copy.presence, copy.link
            twin.take(self.log.since(twin.cursor))
            assert twin.picture() == picture(self.log)
            assert twin.cursor == self.log.cursor

    @invariant()
    def nothing_outgrows_its_bound(self) -> None:
        assert len(self.log._ring) <= 6
        assert len(self.log._calls) <= 8


TestReaders = Readers.TestCase
TestReaders.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


@given(st.permutations([record for number in (1, 2, 3) for record in life(number)] * 2))
def test_any_order_of_doubled_events_gives_the_same_state(records: list[Call]) -> None:
    log = new_log()
    for record in records:
        log.push(happened(record), 0.0)
    assert {call.id: call.revision for call in log.state().calls} == {"pbx-1": 4, "pbx-2": 4, "pbx-3": 4}


def test_a_reader_without_cursor_gets_the_state() -> None:
    reading = new_log().since(None)
    assert reading.state is not None
    assert (reading.resync, reading.events) == ("start", ())


def test_a_cursor_of_another_epoch_gets_the_state() -> None:
    assert new_log().since("other.0").resync == "epoch"


def test_a_cursor_from_the_future_is_a_gap() -> None:
    log = new_log()
    assert log.since(f"{log.epoch}.7").resync == "gap"


def test_a_cursor_that_the_ring_no_longer_covers_gets_the_state_and_no_event() -> None:
    log = new_log(events=2)
    cursor = log.cursor
    for record in life(1)[:3]:
        log.push(happened(record), 0.0)
    reading = log.since(cursor)
    assert (reading.resync, reading.events) == ("expired", ())
    assert reading.state is not None
    assert [call.revision for call in reading.state.calls] == [3]


def test_events_that_are_too_old_go_but_the_state_stays() -> None:
    log = new_log(age_s=120.0)
    cursor = log.cursor
    log.push(happened(ringing()), 0.0)
    log.forget(119.0)
    assert len(log.since(cursor).events) == 1
    log.forget(120.0)
    assert log.since(cursor).resync == "expired"
    assert log.call("pbx-1") == ringing()
    assert not log.since(log.cursor).news


def end_a_call(log: AgentLog, now: float) -> None:
    ring = ringing()
    log.push(happened(ring), now)
    log.push(happened(hung_up(ring)), now)


def test_an_ended_call_is_forgotten_30_s_after_every_reader_has_acknowledged_it() -> None:
    log = new_log()
    for reader in ("first", "second"):
        log.acknowledge(reader, log.cursor)
    end_a_call(log, 0.0)
    log.acknowledge("first", log.cursor)
    log.forget(40.0)
    assert log.call("pbx-1") is not None, "the second reader does not know it yet"
    log.acknowledge("second", log.cursor)
    log.forget(50.0)
    log.forget(79.9)
    assert log.call("pbx-1") is not None
    log.forget(80.0)
    assert log.call("pbx-1") is None
    assert not any(isinstance(event, CallHappened) for event in log.since(None).events)
    assert not log._ring


def test_an_end_that_nobody_fetches_is_forgotten_after_120_s() -> None:
    log = new_log(age_s=1000.0)
    end_a_call(log, 0.0)
    log.forget(119.9)
    assert log.call("pbx-1") is not None
    log.forget(120.0)
    assert log.call("pbx-1") is None
    assert not log._ring


def test_a_reader_that_left_holds_nothing_up() -> None:
    log = new_log()
    log.acknowledge("here", log.cursor)
    log.acknowledge("asleep", log.cursor)
    end_a_call(log, 0.0)
    log.acknowledge("here", log.cursor)
    log.leave("asleep")
    log.forget(1.0)
    log.forget(31.0)
    assert log.call("pbx-1") is None


def test_forgetting_a_call_never_leaves_a_reader_with_a_part_of_the_events() -> None:
    log = new_log()
    late = log.cursor
    log.push(happened(ringing("pbx-1")), 0.0)
    log.push(happened(ringing("pbx-2")), 0.0)
    log.push(happened(hung_up(ringing("pbx-1"))), 0.0)
    log.forget(119.0)
    log.push(PresenceChanged(state=AgentState.AWAY), 119.5)
    log.forget(120.0)
    reading = log.since(late)
    assert reading.events == ()
    assert reading.state is not None
    assert [call.id for call in reading.state.calls] == ["pbx-2"]


def noted(text: str, call_id: str = "pbx-1") -> WorkChanged:
    return WorkChanged(work=CallWork(call=call_id, notes=text))


def test_notes_go_to_every_reader_and_with_the_call() -> None:
    log = new_log()
    log.push(happened(ringing()), 0.0)
    cursor = log.cursor
    assert log.push(noted("Wants a quote"), 0.0)
    assert not log.push(noted("Wants a quote"), 0.0), "the same again wakes nobody"
    assert not log.push(noted("?", "pbx-9"), 0.0)
    assert log.since(cursor).events == (noted("Wants a quote"),)
    assert [(work.call, work.notes) for work in log.state().work] == [("pbx-1", "Wants a quote")]
    log.push(happened(hung_up(ringing())), 1.0)
    log.push(noted("Wants a quote until Friday"), 2.0)
    log.acknowledge("reader", log.cursor)
    log.forget(3.0)
    log.forget(40.0)
    assert "Friday" not in repr(log.state())
    assert log.since(cursor).state is not None, "no event that mentions the call is left"


def test_a_connector_that_counts_anew_changes_the_epoch() -> None:
    log = new_log()
    log.push(happened(answered(ringing())), 0.0)
    cursor = log.cursor
    assert log.correct(ringing(), EventName.DELIVERED, 1.0, 0.0)
    reading = log.since(cursor)
    assert reading.resync == "epoch"
    assert reading.state is not None
    assert reading.state.calls == (ringing(),)


def test_a_snapshot_that_tells_nothing_new_wakes_nobody() -> None:
    log = new_log()
    log.push(happened(ringing()), 0.0)
    cursor = log.cursor
    assert not log.correct(ringing(), EventName.DELIVERED, 1.0, 0.0)
    assert log.cursor == cursor


def test_more_calls_than_allowed_are_not_taken() -> None:
    log = new_log(calls=2)
    assert [log.push(happened(ringing(f"pbx-{n}")), 0.0) for n in range(3)] == [True, True, False]
    assert log.push(happened(answered(ringing("pbx-0"))), 0.0)


def test_a_claim_is_granted_once_and_forgotten_with_the_call() -> None:
    log = new_log()
    log.push(happened(ringing()), 0.0)
    assert log.claim("pbx-1", "pop", "first").granted
    assert not log.claim("pbx-1", "pop", "second").granted
    assert log.claim("pbx-1", "pop", "first").granted
    assert log.claim("pbx-1", "log", "second").granted
    log.drop_calls()
    log.push(happened(ringing()), 0.0)
    assert log.claim("pbx-1", "pop", "second").granted


def test_who_goes_away_before_the_log_is_written_loses_the_right_to_it() -> None:
    log = new_log()
    log.push(happened(ringing()), 0.0)
    assert log.claim("pbx-1", "pop", "first").granted
    assert log.claim("pbx-1", "log", "first") == ClaimState(granted=True)
    log.leave("first")
    assert log.claim("pbx-1", "log", "second") == ClaimState(granted=True, taken_over=True)
    assert log.claim("pbx-1", "log", "first") == ClaimState(granted=False)
    assert not log.claim("pbx-1", "pop", "second").granted, "the record was opened once, and is not again"


def test_what_is_logged_is_settled_for_everybody() -> None:
    log = new_log()
    log.push(happened(ringing()), 0.0)
    assert log.claim("pbx-1", "log", "first").granted
    assert log.claim("pbx-1", "log", "first", done=True).settled
    log.leave("first")
    for session in ("first", "second"):
        assert log.claim("pbx-1", "log", session) == ClaimState(granted=False, settled=True)


def ended(log: AgentLog, call: Call) -> None:
    """``call`` rings, ends at 0, and everybody has heard of it."""
    log.push(happened(call), 0.0)
    log.push(happened(hung_up(call)), 0.0)
    log.acknowledge("reader", log.cursor)


def test_a_call_that_waits_to_be_logged_is_kept_until_it_is() -> None:
    log = new_log(keep_unlogged_s=900.0)
    ended(log, ringing())
    log.forget(899.0)
    assert log.call("pbx-1") is not None
    log.claim("pbx-1", "log", "reader", done=True)
    log.forget(899.0)
    log.forget(930.0)
    assert log.call("pbx-1") is None


def test_a_call_that_nobody_logs_is_forgotten_after_the_time_set() -> None:
    log = new_log(keep_unlogged_s=900.0)
    ended(log, ringing())
    log.forget(900.0)
    log.forget(931.0)
    assert log.call("pbx-1") is None


def test_internal_calls_and_those_of_a_colleague_wait_for_no_log() -> None:
    internal = replace(ringing(), direction=Direction.INTERNAL)
    for call in (internal, replace(ringing(), cause=Cause.ANSWERED_ELSEWHERE)):
        log = new_log(keep_unlogged_s=900.0)
        log.push(happened(internal), 0.0)
        log.push(happened(replace(hung_up(call), direction=call.direction, cause=call.cause)), 0.0)
        log.acknowledge("reader", log.cursor)
        log.forget(0.0)
        log.forget(31.0)
        assert log.call("pbx-1") is None


def test_a_new_call_counts_for_more_than_one_that_waits_to_be_logged() -> None:
    log = new_log(calls=2, keep_unlogged_s=900.0)
    ended(log, ringing("pbx-1"))
    ended(log, ringing("pbx-2"))
    assert log.push(happened(ringing("pbx-3")), 1.0)
    assert [call.id for call in log.state().calls] == ["pbx-2", "pbx-3"]
