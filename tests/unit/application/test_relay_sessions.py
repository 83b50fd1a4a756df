"""Sessions and parked polls: who may, for how long, and that nobody ever gets another agent's news."""

import asyncio

import pytest

from cti_adapter.application.messages import CallHappened, LinkChanged, PollAnswer, PollRequest
from cti_adapter.application.refusals import ErrorId, Refused
from cti_adapter.domain.agent import AgentKey
from fakes.relay_world import FakePage, World, answered, hung_up, ringing


async def parked(world: World, page: FakePage, wait: float = 20) -> "asyncio.Task[PollAnswer]":
    """A poll that waits, as its task."""
    before = world.relay.parked
    task = asyncio.create_task(page.poll(wait))
    while world.relay.parked <= before and not task.done():
        await asyncio.sleep(0)
    return task


async def test_an_event_reaches_a_parked_poll_and_the_next_poll_acknowledges_it() -> None:
    world = World()
    pbx, page = world.connector("alice").up(), world.page()
    await page.poll()
    waiting = await parked(world, page)
    pbx.call("alice", ringing())
    answer = await waiting
    assert [type(event) for event in answer.events] == [CallHappened]
    assert page.calls == {"pbx-1": ringing()}
    assert (await page.poll()).events == ()


async def test_several_events_of_one_batch_come_in_one_answer() -> None:
    world = World()
    pbx, page = world.connector("alice").up(), world.page()
    await page.poll()
    waiting = await parked(world, page)
    ring = ringing()
    pbx.call("alice", ring)
    pbx.call("alice", answered(ring))
    assert len((await waiting).events) == 2


async def test_a_second_poll_of_the_session_answers_the_first_with_superseded() -> None:
    world = World()
    page = world.page()
    await page.poll()
    first = await parked(world, page)
    second = asyncio.create_task(page.poll(20))
    answer = await first
    assert answer.superseded
    assert answer.events == ()
    assert world.relay.parked == 1
    world.relay.drain()
    assert not (await second).superseded


async def test_a_poll_that_its_page_has_given_up_and_that_arrives_late_disturbs_nobody() -> None:
    world = World()
    page = world.page()
    await page.poll()
    cursor = page.cursor
    later = world.relay.begin_poll(page.bearer, PollRequest(cursor=cursor, wait=20, turn=3))
    assert not isinstance(later, PollAnswer)
    for wait in (0, 20):
        late = world.relay.begin_poll(page.bearer, PollRequest(cursor=cursor, wait=wait, turn=2))
        assert isinstance(late, PollAnswer)
        assert late.superseded
    assert world.relay.parked == 1
    assert not later.bell.done()


async def test_a_poll_ends_without_news_between_four_fifths_of_its_time_and_the_whole() -> None:
    world = World()
    page = world.page()
    await page.poll()
    loop = asyncio.get_running_loop()
    begun = loop.time()
    answer = await page.poll(0.2)
    assert loop.time() - begun >= 0.159
    assert answer.events == ()
    assert not answer.superseded
    assert world.relay.parked == 0


async def test_more_than_eight_parked_polls_of_one_agent_are_refused_and_others_are_not_disturbed() -> None:
    world = World()
    pages = [world.page() for _ in range(9)]
    for page in pages:
        await page.poll()
    waiting = [await parked(world, page) for page in pages[:8]]
    with pytest.raises(Refused) as refused:
        await pages[8].poll(20)
    assert refused.value.error_id is ErrorId.TOO_MANY_REQUESTS
    world.relay.drain()
    assert all(answer.reconnect for answer in await asyncio.gather(*waiting))


async def test_a_session_slides_15_minutes_and_ends_after_12_hours() -> None:
    world = World()
    page = world.page()
    for _ in range(12 * 60 // 10 - 1):
        world.pass_time(600)
        await page.poll()
    world.pass_time(600)
    with pytest.raises(Refused) as refused:
        await page.poll()
    assert refused.value.error_id is ErrorId.SESSION_EXPIRED


async def test_an_unused_session_ends_after_15_minutes() -> None:
    world = World()
    page = world.page()
    world.clock.advance(15 * 60 - 1)
    await page.poll()
    world.clock.advance(15 * 60)
    with pytest.raises(Refused):
        await page.poll()


async def test_signing_out_answers_the_parked_poll_and_ends_the_session_at_once() -> None:
    world = World()
    page = world.page()
    await page.poll()
    waiting = await parked(world, page)
    world.relay.sign_out(page.bearer)
    with pytest.raises(Refused) as refused:
        await waiting
    assert refused.value.error_id is ErrorId.SESSION_EXPIRED
    with pytest.raises(Refused):
        await page.poll()


async def test_a_session_that_ends_while_news_arrives_gets_none() -> None:
    world = World()
    pbx, page = world.connector("alice").up(), world.page()
    await page.poll()
    waiting = await parked(world, page)
    pbx.call("alice", ringing())
    world.relay.sign_out(page.bearer)
    with pytest.raises(Refused):
        await waiting


async def test_the_session_longest_unused_makes_room() -> None:
    world = World(sessions_per_agent=2)
    first, second = world.page(), world.page()
    world.clock.advance(1)
    await first.poll()
    third = world.page()
    with pytest.raises(Refused):
        await second.poll()
    await first.poll()
    await third.poll()


def test_sessions_are_bounded() -> None:
    world = World(sessions=2)
    world.page("a"), world.page("b")
    with pytest.raises(Refused) as refused:
        world.page("c")
    assert refused.value.error_id is ErrorId.TOO_MANY_REQUESTS


def test_the_bearer_is_nowhere_in_the_relay() -> None:
    world = World()
    page = world.page()
    assert page.bearer not in repr(world.relay._sessions._by_id)
    assert len(page.bearer) >= 43


async def test_the_same_login_name_in_two_organizations_is_two_agents() -> None:
    world = World()
    ours, theirs = world.connector("alice").up(), world.connector("alice", org="other").up()
    page, stranger = world.page(), world.page(org="other")
    await page.poll()
    await stranger.poll()
    waiting, strangers = await parked(world, page), await parked(world, stranger)
    ours.call("alice", ringing("ours"))
    assert [event.call.id for event in (await waiting).events if isinstance(event, CallHappened)] == ["ours"]
    assert not strangers.done()
    theirs.call("alice", ringing("theirs"))
    await strangers
    assert list(stranger.calls) == ["theirs"]
    for wrong, call in ((stranger, "ours"), (page, "theirs")):
        with pytest.raises(Refused) as refused:
            wrong.claim(call)
        assert refused.value.error_id is ErrorId.UNKNOWN_CALL


async def test_a_cancelled_poll_hands_its_news_to_nobody_else_and_loses_none() -> None:
    world = World()
    pbx = world.connector("alice", "bob").up()
    alice, bob = world.page("alice"), world.page("bob")
    await alice.poll()
    await bob.poll()
    for turn in range(200):
        cut, other = await parked(world, alice), await parked(world, bob)
        if turn % 2:
            pbx.call("alice", ringing(f"call-{turn}"))
            cut.cancel()
        else:
            cut.cancel()
            pbx.call("alice", ringing(f"call-{turn}"))
        with pytest.raises(asyncio.CancelledError):
            await cut
        assert not other.done()
        await alice.poll()
        assert f"call-{turn}" in alice.calls
        pbx.call("alice", hung_up(ringing(f"call-{turn}")))
        await alice.poll()
        world.pass_time(40, pbx)
        await alice.poll()
        await bob.poll()
        await other
    assert bob.calls == {}
    assert world.relay.parked == 0


async def test_hanging_up_frees_the_place_of_a_poll() -> None:
    world = World()
    page = world.page()
    await page.poll()
    hang_ups = []
    request = PollRequest(cursor=page.cursor, wait=20)
    task = asyncio.create_task(world.relay.poll(page.bearer, request, hang_ups.append))
    while not hang_ups:
        await asyncio.sleep(0)
    hang_ups[0]()
    await task
    assert world.relay.parked == 0


async def test_draining_answers_every_poll_with_a_time_to_come_back() -> None:
    world = World()
    pages = [world.page(f"agent{n}") for n in range(50)]
    for page in pages:
        await page.poll()
    waiting = [await parked(world, page) for page in pages]
    assert world.relay.drain() == 50
    answers = await asyncio.gather(*waiting)
    assert all(answer.reconnect for answer in answers)
    assert all(0 <= answer.retry_ms <= 3000 for answer in answers)
    assert len({answer.retry_ms for answer in answers}) > 10
    assert (await pages[0].poll(20)).reconnect, "a poll during the drain is not parked any more"
    with pytest.raises(Refused) as refused:
        world.page("late")
    assert refused.value.error_id is ErrorId.DRAINING


async def test_news_come_along_with_the_answer_that_sends_away() -> None:
    world = World()
    pbx, page = world.connector("alice").up(), world.page()
    await page.poll()
    waiting = await parked(world, page)
    world.relay.drain()
    pbx.call("alice", ringing())
    answer = await waiting
    assert answer.reconnect
    assert len(answer.events) == 1


async def test_without_a_connector_the_page_learns_so_and_then_that_it_came() -> None:
    world = World()
    page = world.page()
    await page.poll()
    assert (page.link.reachable, page.link.reason) == (False, "no_connector")
    waiting = await parked(world, page)
    world.connector("alice").up()
    await waiting
    await page.poll()
    assert page.link.reachable
    answer = page.answers[-1]
    assert world.relay.log_of(AgentKey("acme", "alice")) is not None
    assert not any(isinstance(event, LinkChanged) and not event.link.reachable for event in answer.events)
