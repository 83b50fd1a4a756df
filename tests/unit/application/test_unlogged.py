"""Which calls the server logs: those that no softphone has claimed in time, each once."""

from msgspec.structs import replace

from cti_adapter.application.messages import WorkPatch
from cti_adapter.domain.call import CallState, Cause, Direction, EventName, Party, advance
from fakes.relay_world import World, answered, hung_up, ringing

AFTER_S = 60.0


def world() -> World:
    return World(keep_unlogged_s=900.0)


def ids(w: World) -> list[str]:
    return [each.call.id for each in w.relay.unlogged.take(AFTER_S)]


def test_a_call_that_nobody_has_claimed_is_the_servers_after_a_while() -> None:
    w = world()
    pbx = w.connector("alice").up()
    pbx.call("alice", hung_up(answered(ringing("pbx-1"))))
    w.pass_time(AFTER_S - 2, pbx)
    assert ids(w) == []
    w.pass_time(4, pbx)
    [unlogged] = w.relay.unlogged.take(AFTER_S)
    assert (unlogged.key.agent, unlogged.call.id) == ("alice", "pbx-1")
    w.relay.unlogged.done(unlogged)
    assert ids(w) == []
    assert not w.page().claim("pbx-1", "log"), "a tab that opens now does not log it again"


def test_a_softphone_that_has_claimed_keeps_the_call_and_one_that_went_away_does_not() -> None:
    w = world()
    pbx = w.connector("alice").up()
    page = w.page()
    pbx.call("alice", hung_up(answered(ringing("pbx-1"))))
    assert page.claim("pbx-1", "log")
    w.clock.advance(AFTER_S + 1)
    assert ids(w) == []
    w.relay.sign_out(page.bearer)
    assert ids(w) == ["pbx-1"]


def test_internal_calls_those_of_colleagues_and_those_not_wanted_are_left_alone() -> None:
    w = world()
    pbx = w.connector("alice").up()
    pbx.call("alice", hung_up(answered(replace(ringing("internal"), direction=Direction.INTERNAL))))
    taken = advance(ringing("taken"), EventName.DIVERTED, 110.0, CallState.CLEARED, cause=Cause.ANSWERED_ELSEWHERE).call
    pbx.call("alice", ringing("taken"))
    pbx.call("alice", taken)
    pbx.call("alice", answered(ringing("private")))
    w.relay.work(w.page().bearer, WorkPatch(call="private", log=False))
    pbx.call("alice", hung_up(answered(ringing("private"))))
    w.clock.advance(AFTER_S + 1)
    assert ids(w) == []


def test_given_back_it_may_be_tried_again_and_given_up_it_is_a_softphones() -> None:
    w = world()
    pbx = w.connector("alice").up()
    pbx.call("alice", hung_up(answered(ringing("pbx-1"))))
    w.clock.advance(AFTER_S + 1)
    [unlogged] = w.relay.unlogged.take(AFTER_S)
    w.relay.unlogged.give_back(unlogged)
    [again] = w.relay.unlogged.take(AFTER_S)
    w.relay.unlogged.give_up(again)
    assert ids(w) == []
    assert w.page().claim("pbx-1", "log")


def test_one_call_given_back_leaves_the_agents_others_with_the_server() -> None:
    w = world()
    pbx = w.connector("alice").up()
    for call_id in ("pbx-1", "pbx-2"):
        pbx.call("alice", hung_up(answered(ringing(call_id))))
    w.clock.advance(AFTER_S + 1)
    first, _ = w.relay.unlogged.take(AFTER_S)
    w.relay.unlogged.give_up(first)
    page = w.page()
    assert [page.claim(call_id, "log") for call_id in ("pbx-1", "pbx-2")] == [True, False]


def test_an_answered_outgoing_call_is_told_once_for_what_it_calls_back() -> None:
    w = world()
    pbx = w.connector("alice").up()
    out = replace(
        ringing("out"), direction=Direction.OUTBOUND, role="caller", called=Party(number="+4989"), caller=Party()
    )
    pbx.call("alice", answered(out))
    assert w.relay.unlogged.called_back() == []
    pbx.call("alice", hung_up(answered(out)))
    assert [(key.agent, call.id) for key, call in w.relay.unlogged.called_back()] == [("alice", "out")]
    assert w.relay.unlogged.called_back() == []
