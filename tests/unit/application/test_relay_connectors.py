"""Connectors at the relay: duplicates, gaps, snapshots, leases, and events about other people's agents."""

import logging
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from cti_adapter.application.connector_messages import (
    AgentPresence,
    Hello,
    SnapshotBegin,
    SnapshotCall,
    SnapshotEnd,
    SystemLink,
)
from cti_adapter.application.messages import CallHappened, CallWork, LinkChanged, RecordRef, WorkChanged, WorkPatch
from cti_adapter.application.ports import NotAttached, RelayRefused, RelayUnavailable
from cti_adapter.application.refusals import ErrorId, Refused
from cti_adapter.application.relay import InProcessGateway
from cti_adapter.domain.agent import AgentState, Line
from cti_adapter.domain.call import CallState, Cause, Party
from fakes.relay_world import FakePage, World, answered, hung_up, ringing, told


async def test_a_batch_sent_twice_counts_once() -> None:
    world = World()
    pbx, page = world.connector("alice").up(), world.page()
    await page.poll()
    batch = pbx.batch(told("alice", ringing()))
    first = world.relay.publish("acme", batch)
    assert world.relay.publish("acme", batch) == first
    assert len((await page.poll()).events) == 1


async def test_a_batch_that_overlaps_counts_from_where_it_is_new() -> None:
    world = World()
    pbx, page = world.connector("alice").up(), world.page()
    await page.poll()
    ring = ringing()
    world.relay.publish("acme", pbx.batch(told("alice", ring)))
    ack = world.relay.publish("acme", pbx.batch(told("alice", ring), told("alice", answered(ring))))
    assert ack.next == pbx.next + 2
    assert [event.call.revision for event in (await page.poll()).events if isinstance(event, CallHappened)] == [1, 2]


async def test_a_gap_asks_for_a_snapshot_until_one_is_complete() -> None:
    world = World()
    pbx, page = world.connector("alice").up(), world.page()
    ring = ringing()
    assert not pbx.call("alice", ring).resync
    pbx.lose(told("alice", hung_up(ring)))
    assert pbx.publish().resync, "the heartbeat shows the gap"
    assert not pbx.publish().resync, "asked just now"
    world.clock.advance(2)
    assert pbx.publish().resync, "the answer may have been lost"
    world.clock.advance(2)
    assert not pbx.publish(SnapshotBegin()).resync, "it has begun"
    assert not pbx.publish(SnapshotEnd()).resync
    await page.poll()
    assert page.calls["pbx-1"].cause is Cause.LOST


async def test_a_snapshot_with_a_gap_in_it_ends_no_call() -> None:
    world = World()
    pbx, page = world.connector("alice").up(("alice", ringing())), world.page()
    pbx.publish(SnapshotBegin())
    pbx.lose(SnapshotCall(agent="alice", call=ringing()))
    assert pbx.publish(SnapshotEnd()).resync
    await page.poll()
    assert page.calls == {"pbx-1": ringing()}


async def test_a_new_relay_asks_for_a_snapshot_and_a_snapshot_brings_all_back() -> None:
    world = World()
    pbx = world.connector("alice").attach()
    pbx.next = 700
    assert pbx.publish().resync
    assert not pbx.snapshot(("alice", answered(ringing()))).resync
    page = world.page()
    await page.poll()
    assert page.link.reachable
    assert page.calls["pbx-1"].state is CallState.CONNECTED


async def test_no_snapshot_is_asked_for_while_the_phone_system_is_out_of_reach() -> None:
    world = World()
    pbx = world.connector("alice").attach()
    assert not pbx.publish(SystemLink(reachable=False, reason="phone_system_unreachable")).resync
    assert not (await pbx.commands()).resync
    assert pbx.publish(SystemLink(reachable=True)).resync


async def test_a_call_told_of_while_a_snapshot_is_told_is_not_lost() -> None:
    world = World()
    pbx, page = world.connector("alice").up(), world.page()
    pbx.publish(SnapshotBegin(), told("alice", ringing()), SnapshotEnd())
    await page.poll()
    assert page.calls["pbx-1"].state is CallState.ALERTING


async def test_a_restarted_connector_that_counts_from_1_again_is_believed() -> None:
    world = World()
    talk = answered(ringing())
    world.connector("alice").up(("alice", replace(talk, revision=9)))
    page = world.page()
    await page.poll()
    pbx = world.connector("alice").up(("alice", replace(talk, revision=1)))
    answer = await page.poll()
    assert answer.resync == "epoch"
    assert page.calls["pbx-1"].revision == 1
    pbx.call("alice", replace(hung_up(talk), revision=2))
    await page.poll()
    assert page.calls["pbx-1"].ended


async def test_events_of_an_agent_without_a_line_are_left_out_and_nothing_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World()
    theirs = world.connector("bob", name="other").up()
    pbx, alice, bob = world.connector("alice").up(), world.page("alice"), world.page("bob")
    with caplog.at_level(logging.WARNING, "cti.relay"):
        for _ in range(3):
            pbx.publish(
                told("bob", ringing("bad")),
                AgentPresence(agent="nobody", state=AgentState.AWAY),
                told("alice", ringing("good")),
            )
    await alice.poll()
    await bob.poll()
    assert list(alice.calls) == ["good"]
    assert bob.calls == {}
    assert len(caplog.records) == 1, "said once, not each time"
    assert theirs.publish().next == theirs.next


async def test_names_of_agents_are_compared_without_case() -> None:
    world = World()
    pbx, page = world.connector("Alice@Acme.example").up(), world.page("alice@acme.example")
    pbx.call("ALICE@acme.example", ringing())
    await page.poll()
    assert list(page.calls) == ["pbx-1"]


async def test_a_silent_connector_is_lost_and_its_calls_stay_as_they_are() -> None:
    world = World()
    pbx, page = world.connector("alice").up(("alice", ringing())), world.page()
    await page.poll()
    world.pass_time(14)
    assert (await page.poll()).events == ()
    world.pass_time(2)
    answer = await page.poll()
    assert [type(event) for event in answer.events] == [LinkChanged]
    assert (page.link.reachable, page.link.reason, page.link.connector) == (False, "connector_lost", "pbx")
    assert page.calls == {"pbx-1": ringing()}
    with pytest.raises(Refused) as refused:
        pbx.publish()
    assert refused.value.error_id is ErrorId.NOT_ATTACHED
    pbx.attach()
    assert not pbx.publish().resync, "nothing was lost in between, as its sequence shows"
    await page.poll()
    assert page.link.reachable


async def test_calls_of_a_connector_that_stays_away_are_dropped_not_ended() -> None:
    world = World()
    world.connector("alice").up(("alice", ringing()))
    page = world.page()
    await page.poll()
    world.pass_time(800)
    await page.poll()
    assert list(page.calls) == ["pbx-1"]
    world.pass_time(800)
    fresh = world.page()
    await fresh.poll()
    assert fresh.calls == {}
    assert fresh.link.reason == "no_connector"


async def test_heartbeats_keep_a_connector() -> None:
    world = World()
    pbx, page = world.connector("alice").up(), world.page()
    await page.poll()
    world.pass_time(60, pbx)
    assert (await page.poll()).events == ()


async def test_the_phone_system_out_of_reach_is_told_to_each_agent_once() -> None:
    world = World()
    pbx, page = world.connector("alice", "bob").up(), world.page()
    await page.poll()
    for _ in range(2):
        pbx.publish(SystemLink(reachable=False, reason="phone_system_unreachable"))
    assert len((await page.poll()).events) == 1
    assert page.link.reason == "phone_system_unreachable"


async def test_presence_is_told_and_kept() -> None:
    world = World()
    pbx, page = world.connector("alice").up(), world.page()
    await page.poll()
    pbx.publish(AgentPresence(agent="alice", state=AgentState.AWAY))
    pbx.publish(AgentPresence(agent="alice", state=AgentState.AWAY))
    assert len((await page.poll()).events) == 1
    later = world.page()
    await later.poll()
    assert later.presence is AgentState.AWAY


def test_an_agent_has_one_phone_at_a_time() -> None:
    world = World()
    world.connector("alice", name="first").up()
    with pytest.raises(Refused) as refused:
        world.connector("alice", name="second").attach()
    assert refused.value.error_id is ErrorId.WRONG_CONNECTOR
    world.pass_time(16)
    world.connector("alice", name="second").attach()


def test_two_lines_for_one_agent_are_refused() -> None:
    world = World()
    lines = (Line(agent="alice", extension="101"), Line(agent="ALICE", extension="102"))
    with pytest.raises(Refused) as refused:
        world.relay.attach("acme", Hello(connector="pbx", kind="fake", boot="boot-xxxx", lines=lines))
    assert refused.value.error_id is ErrorId.OUT_OF_RANGE
    assert refused.value.field == "lines"


async def test_a_line_that_is_taken_away_takes_its_calls_along() -> None:
    world = World()
    pbx, page = world.connector("alice", "bob").up(("bob", ringing())), world.page("bob")
    await page.poll()
    pbx.lines = pbx.lines[:1]
    pbx.attach()
    await page.poll()
    assert page.calls == {}
    assert page.link.reason == "no_connector"


def test_an_old_run_of_a_connector_has_nothing_to_say() -> None:
    world = World()
    old, _ = world.connector("alice").up(), world.connector("alice").up()
    with pytest.raises(Refused) as refused:
        old.call("alice", ringing())
    assert refused.value.error_id is ErrorId.NOT_ATTACHED


async def test_more_calls_than_an_agent_can_have_are_left_out(caplog: pytest.LogCaptureFixture) -> None:
    world = World(calls_per_agent=3)
    pbx, page = world.connector("alice").up(), world.page()
    for number in range(10):
        pbx.call("alice", ringing(f"call-{number}"))
    await page.poll()
    assert len(page.calls) == 3
    assert len(caplog.records) == 1


async def test_no_number_stays_behind_30_s_after_the_end_was_delivered() -> None:
    world = World()
    pbx, page = world.connector("alice").up(), world.page()
    await page.poll()
    ring = replace(ringing(), caller=Party(number="+49301234567890"))
    pbx.call("alice", ring)
    await page.poll()
    pbx.call("alice", hung_up(ring))
    await page.poll()
    await page.poll()
    assert "+49301234567890" in everything(world.relay), "the search finds what is there"
    world.pass_time(29, pbx)
    assert "+49301234567890" in everything(world.relay)
    world.pass_time(4, pbx)
    assert "+49301234567890" not in everything(world.relay)


def everything(root: Any) -> str:
    """The texts of all objects that can be reached from ``root`` without leaving this package's data."""
    import gc

    texts, seen, todo = [], set(), [root]
    while todo:
        thing = todo.pop()
        if id(thing) in seen or isinstance(thing, type) or callable(thing):
            continue
        seen.add(id(thing))
        if isinstance(thing, str | bytes):
            texts.append(str(thing))
        todo.extend(gc.get_referents(thing))
    return "\n".join(texts)


async def test_the_gateway_speaks_the_words_of_the_port() -> None:
    world = World()
    gateway = InProcessGateway(world.relay, "acme")
    pbx = world.connector("alice")
    with pytest.raises(NotAttached):
        await gateway.publish(pbx.batch())
    hello = Hello(connector="pbx", kind="fake", boot=pbx.boot, lines=pbx.lines)
    assert (await gateway.attach(hello)).lease_s == 15
    assert (await gateway.publish(pbx.batch())).resync
    with pytest.raises(RelayRefused):
        await gateway.attach(replace(hello, connector="other"))
    world.relay.drain()
    with pytest.raises(RelayUnavailable):
        await gateway.attach(hello)


@given(
    st.lists(
        st.tuples(st.sampled_from(["send", "double", "lose", "restart", "relay_forgets"]), st.integers(1, 4)),
        max_size=40,
    )
)
@settings(max_examples=200, deadline=None)
async def test_whatever_gets_lost_a_snapshot_repairs_it(steps: list[tuple[str, int]]) -> None:
    world = World()
    page = world.page()
    pbx = world.connector("alice").up()
    truth: dict[str, Any] = {}
    last: Any = None
    ended = Counter[int]()
    for what, number in steps:
        # Ids are unique for all time: after its end a number stands for a new call.
        call_id = f"pbx-{number}.{ended[number]}"
        known = truth.get(call_id)
        following = ringing(call_id) if known is None else hung_up(known) if known.answered_at else answered(known)
        event = told("alice", following)
        if what in ("send", "lose"):
            truth[call_id] = following
            ended[number] += following.ended
            pbx.publish(event) if what == "send" else pbx.lose(event)
            last = pbx.batch(event, first=pbx.next - 1) if what == "send" else None
        elif what == "double" and last is not None:
            world.relay.publish("acme", last)
        elif what == "restart":
            pbx = world.connector("alice").attach()
            truth = {key: replace(call, revision=1) for key, call in truth.items()}
            last = None
        elif what == "relay_forgets":
            world = World()
            page, last = world.page(), None
            pbx.relay = world.relay
            pbx.attach()
        truth = {key: call for key, call in truth.items() if not call.ended}
        await page.poll()
    world.clock.advance(2)
    if pbx.publish().resync:
        assert not pbx.snapshot(*(("alice", call) for call in truth.values())).resync
    await page.poll()
    assert {key: call for key, call in page.calls.items() if not call.ended} == truth


ANNA = RecordRef(id="003000000000001AAA", type="Contact", name="Anna")


def work_of(page: FakePage) -> list[CallWork]:
    return [event.work for event in page.seen if isinstance(event, WorkChanged)]


async def test_a_transferred_call_takes_record_and_notes_along() -> None:
    world = World()
    pbx, alice, bob = world.connector("alice", "bob").up(), world.page("alice"), world.page("bob")
    await bob.poll()
    call = answered(ringing())
    pbx.call("alice", call)
    world.relay.work(
        alice.bearer, WorkPatch(call=call.id, notes="Wants a quote", record=ANNA, subject="mine", disposition="Sold")
    )
    rings = replace(ringing("pbx-2", extension="102"), transferred_from=Party(number="101"))
    pbx.call("bob", rings)
    await bob.poll()
    assert work_of(bob) == [CallWork(call="pbx-2", notes="Wants a quote", record=ANNA)], (
        "not what Alice logs for herself"
    )
    pbx.call("bob", answered(rings))
    await bob.poll()
    assert len(work_of(bob)) == 1, "told once"


@pytest.mark.parametrize(
    ("number", "by"),
    [("+4930999999", "101"), ("+4930111222", "103"), ("", "101")],
    ids=["another party", "another colleague", "withheld"],
)
async def test_nothing_is_taken_along_from_another_call(number: str, by: str) -> None:
    world = World()
    pbx, alice, bob = world.connector("alice", "bob").up(), world.page("alice"), world.page("bob")
    await bob.poll()
    pbx.call("alice", ringing())
    world.relay.work(alice.bearer, WorkPatch(call="pbx-1", notes="Wants a quote"))
    pbx.call("bob", replace(ringing("pbx-2", number, "102"), transferred_from=Party(number=by)))
    await bob.poll()
    assert work_of(bob) == []


async def test_nothing_is_taken_along_from_another_organization() -> None:
    world = World()
    ours, theirs = world.connector("alice").up(), world.connector("bob", name="other", org="other").up()
    alice, bob = world.page("alice"), world.page("bob", org="other")
    await bob.poll()
    ours.call("alice", ringing())
    world.relay.work(alice.bearer, WorkPatch(call="pbx-1", notes="Wants a quote"))
    theirs.call("bob", replace(ringing("pbx-2", extension="101"), transferred_from=Party(number="101")))
    await bob.poll()
    assert work_of(bob) == []
