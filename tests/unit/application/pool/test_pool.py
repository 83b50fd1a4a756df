"""Several nodes as one: any of them serves any agent and any connector, whatever becomes of the others."""

import asyncio

import pytest

from cti_adapter.application.messages import ColleaguesQuery, CommandRequest, WorkPatch
from cti_adapter.application.pool import messages
from cti_adapter.application.pool.messages import CodeLeft, WordUsed
from cti_adapter.application.refusals import ErrorId, Refused
from cti_adapter.application.sign_in_messages import Handoff
from fakes.pool_world import PoolConnector, PoolPage, PoolWorld
from fakes.relay_world import answered, dial, hung_up, ringing


@pytest.fixture
async def world() -> PoolWorld:
    world = PoolWorld("a", "b", "c")
    await world.pass_time(2)
    return world


@pytest.fixture
async def connector(world: PoolWorld) -> PoolConnector:
    return await PoolConnector(world, ("alice", "bob")).up("a")


async def test_a_call_told_to_one_node_rings_at_all(world: PoolWorld, connector: PoolConnector) -> None:
    pages = {node: PoolPage(world, "alice", node) for node in "abc"}
    await connector.call("a", "alice", ringing("c1"))
    await world.settle()
    for node, page in pages.items():
        await page.poll(node)
        assert list(page.live()) == ["c1"]
        assert page.link.reachable
    await connector.call("a", "alice", hung_up(ringing("c1")))
    await world.settle()
    for node, page in pages.items():
        await page.poll(node)
        assert page.live() == {}
        assert page.resyncs == ["start"], "an event is enough"


async def test_a_parked_poll_is_answered_wherever_it_is_parked(world: PoolWorld, connector: PoolConnector) -> None:
    page = PoolPage(world, "alice", "b")
    await page.poll("b")
    parked = asyncio.ensure_future(page.poll("b", wait=20))
    await asyncio.sleep(0)
    await connector.call("c", "alice", ringing("c1"))
    await world.waiting(parked)
    assert list(page.live()) == ["c1"]


async def test_a_connector_may_speak_to_any_node(world: PoolWorld, connector: PoolConnector) -> None:
    page = PoolPage(world, "alice", "c")
    call = ringing("c1")
    for node, each in zip("bca", (call, answered(call), hung_up(answered(call))), strict=True):
        assert await connector.call(node, "alice", each) is not None
        await world.settle()
        await page.poll("c")
        assert page.calls["c1"].state is each.state
    assert [node for node in "abc" if world.nodes[node].relay.has_connector(page.key)] == ["a"], "its home stays"


async def test_a_page_may_poll_any_node_with_the_session_of_one(world: PoolWorld, connector: PoolConnector) -> None:
    page = PoolPage(world, "alice", "a")
    await world.settle()
    await connector.call("a", "alice", ringing("c1"))
    await world.settle()
    for node in "bcab":
        await page.poll(node)
        assert list(page.live()) == ["c1"]
    world.nodes["c"].sign_out(page.bearer)
    await world.settle()
    for node in "abc":
        with pytest.raises(Refused, match="sign in again"):
            await page.poll(node)


async def test_a_node_that_began_later_knows_calls_and_sessions(world: PoolWorld, connector: PoolConnector) -> None:
    page = PoolPage(world, "alice", "a")
    await connector.call("a", "alice", ringing("c1"))
    assert (await page.claim("b", "c1", "pop")).granted
    world.start("d")
    assert not world.nodes["d"].ready
    await world.pass_time(2)
    assert world.nodes["d"].ready
    await page.poll("d")
    assert list(page.live()) == ["c1"]
    assert page.link.reachable
    other = PoolPage(world, "alice", "d")
    assert not (await other.claim("d", "c1", "pop")).granted, "granted already"


async def test_one_session_alone_may_pop_and_log_wherever_it_asks(world: PoolWorld, connector: PoolConnector) -> None:
    pages = {node: PoolPage(world, "alice", node) for node in "abc"}
    await connector.call("a", "alice", ringing("c1"))
    await connector.call("a", "alice", hung_up(ringing("c1")))
    await world.settle()
    for purpose in ("pop", "log"):
        assert [(await pages[node].claim(node, "c1", purpose)).granted for node in "bac"] == [True, False, False]
    assert (await pages["b"].claim("c", "c1", "log", done=True)).settled
    assert (await pages["c"].claim("c", "c1", "log")).settled


async def test_what_was_granted_stays_so_with_another_home(world: PoolWorld, connector: PoolConnector) -> None:
    here, there = PoolPage(world, "alice", "b"), PoolPage(world, "alice", "c")
    await connector.call("a", "alice", ringing("c1"))
    assert (await here.claim("b", "c1", "log")).granted
    await world.settle()
    world.kill("a")
    assert await connector.attach("c")
    await connector.beat("c")
    await world.settle()
    assert not (await there.claim("c", "c1", "log")).granted
    assert (await here.claim("b", "c1", "log")).granted


async def test_who_was_to_log_and_goes_away_leaves_it_to_the_next(world: PoolWorld, connector: PoolConnector) -> None:
    here, there = PoolPage(world, "alice", "b"), PoolPage(world, "alice", "c")
    await connector.call("a", "alice", ringing("c1"))
    await connector.call("a", "alice", hung_up(ringing("c1")))
    assert (await here.claim("b", "c1", "log")).granted
    world.nodes["b"].sign_out(here.bearer)
    await world.settle()
    answer = await there.claim("c", "c1", "log")
    assert answer.granted
    assert answer.taken_over


async def test_a_command_reaches_the_connector_once_and_its_outcome_everybody(
    world: PoolWorld, connector: PoolConnector
) -> None:
    page = PoolPage(world, "alice", "b")
    await page.poll("b")
    request = CommandRequest(command=dial(command_id="command-1"))
    for node in "bcb":
        assert (await page.command(node, request)).id == "command-1"
    given = [each for node in "cab" for each in (await connector.commands(node)).commands]
    assert [each.command.id for each in given] == ["command-1"]
    await world.settle()
    answer = await page.poll("b")
    assert [event.outcome.state for event in answer.events] == ["taken"]  # type: ignore[union-attr]
    other = CommandRequest(command=dial("+49891", command_id="command-1"))
    with pytest.raises(Refused) as refused:
        await page.command("c", other)
    assert refused.value.error_id is ErrorId.COMMAND_ID_REUSED


async def test_what_is_written_about_a_call_is_everywhere(world: PoolWorld, connector: PoolConnector) -> None:
    here, there = PoolPage(world, "alice", "b"), PoolPage(world, "alice", "c")
    await connector.call("a", "alice", ringing("c1"))
    await world.settle()
    await there.poll("c")
    await world.waiting(world.nodes["b"].work(here.bearer, WorkPatch(call="c1", notes="wants a quote")))
    await world.settle()
    (event,) = (await there.poll("c")).events
    assert event.work.notes == "wants a quote"  # type: ignore[union-attr]


async def test_colleagues_of_another_node_are_found(world: PoolWorld, connector: PoolConnector) -> None:
    page = PoolPage(world, "alice", "c")
    (bob,) = world.nodes["c"].colleagues(page.bearer, ColleaguesQuery()).colleagues
    assert (bob.agent, bob.extension, bob.line) == ("bob", "102", "idle")


async def test_a_line_belongs_to_one_connector_of_all_nodes(world: PoolWorld, connector: PoolConnector) -> None:
    await world.settle()
    assert not await PoolConnector(world, ("alice",), name="other").attach("b")


async def test_used_words_and_codes_that_wait_are_known_to_all(world: PoolWorld) -> None:
    handoff = Handoff(state="s" * 43, code="code", issuer="https://id.example")
    world.nodes["a"].word_used(b"\x01\xff", 61.0)
    world.nodes["b"].code_left(handoff)
    await world.settle()
    word, code = WordUsed(digest="01ff", for_s=61.0), CodeLeft(state="s" * 43, code="code", issuer="https://id.example")
    assert world.told == {"a": [code], "b": [word], "c": [word, code]}


async def test_what_is_not_understood_is_passed_over(
    world: PoolWorld, connector: PoolConnector, caplog: pytest.LogCaptureFixture
) -> None:
    """A node of a later release tells of something new, and of a call."""
    page = PoolPage(world, "alice", "b")
    stream = world.nodes["a"]._stream
    for _ in range(3):
        stream._waiting.append(messages.raw({"c": "invention", "of": "a later release"}))
        stream.next += 1
    await connector.call("a", "alice", ringing("c1"))
    strange = (b"\xc1", messages.encoded({"m": "news", "node": "a"}))
    world.carrier.under_way += [("a", "b", data) for data in strange * 2]
    await world.settle()
    await page.poll("b")
    assert list(page.live()) == ["c1"]
    assert caplog.text.count("what this release does not know") == 2, "once by each that has heard it"
    assert caplog.text.count("a message is not understood") == 2, "each told once"


# --- what goes wrong ---


async def test_a_lost_message_is_noticed_and_all_is_right_again(world: PoolWorld, connector: PoolConnector) -> None:
    page = PoolPage(world, "alice", "b")
    await world.settle()
    await page.poll("b")
    world.carrier.cut = {"b"}
    await connector.call("a", "alice", ringing("c1"))
    await world.settle()
    world.carrier.cut = set()
    await page.poll("b")
    assert page.live() == {}
    await connector.call("a", "alice", ringing("c2"))
    await world.pass_time(3)
    await page.poll("b")
    assert set(page.live()) == {"c1", "c2"}


async def test_a_node_dies_and_its_connector_goes_on_at_another(world: PoolWorld, connector: PoolConnector) -> None:
    page = PoolPage(world, "alice", "b")
    await connector.call("a", "alice", ringing("c1"))
    await world.settle()
    world.kill("a")
    connector.calls["c1"] = ("alice", answered(ringing("c1")))
    await connector.beat("b")
    await connector.beat("b")
    await world.settle()
    await page.poll("b")
    assert page.calls["c1"].answered_at
    assert page.link.reachable, "nobody noticed"
    await connector.call("c", "alice", hung_up(answered(ringing("c1"))))
    await world.settle()
    await page.poll("c")
    assert page.live() == {}


async def test_agents_of_a_node_that_stays_away_are_told_so(world: PoolWorld, connector: PoolConnector) -> None:
    page = PoolPage(world, "alice", "b")
    await connector.call("a", "alice", ringing("c1"))
    await world.settle()
    world.kill("a")
    await world.pass_time(10)
    await page.poll("b")
    assert page.link.reachable
    await world.pass_time(10)
    await page.poll("b")
    assert (page.link.reachable, page.link.reason) == (False, "connector_lost")
    assert list(page.live()) == ["c1"], "nothing is invented"
    await connector.beat("c")
    await connector.beat("c")
    await world.pass_time(1)
    await page.poll("b")
    assert page.link.reachable


async def test_two_homes_after_a_cut_become_one(world: PoolWorld, connector: PoolConnector) -> None:
    """The connector goes on at the other side of a cut; the one that it has left gives way when they meet again."""
    page = PoolPage(world, "alice", "a")
    await connector.call("a", "alice", ringing("c1"))
    await world.settle()
    world.carrier.cut = {"a"}
    await world.pass_time(3)
    assert await connector.attach("b")
    await connector.beat("b")
    await connector.call("b", "alice", hung_up(ringing("c1")))
    await connector.call("b", "alice", ringing("c2"))
    await page.poll("a")
    assert list(page.live()) == ["c1"], "the cut one shows what it knows"
    world.carrier.cut = set()
    await world.pass_time(4)
    assert [node for node in "abc" if world.nodes[node].relay.has_connector(page.key)] == ["b"]
    await page.poll("a")
    assert list(page.live()) == ["c2"]


async def test_a_draining_node_hands_its_connectors_over(world: PoolWorld, connector: PoolConnector) -> None:
    page = PoolPage(world, "alice", "b")
    await connector.call("a", "alice", ringing("c1"))
    await world.settle()
    world.nodes["a"].drain()
    await world.settle()
    await connector.beat("b")
    await connector.beat("b")
    world.kill("a")
    await world.pass_time(1)
    await page.poll("b")
    assert list(page.live()) == ["c1"]
    assert page.link.reachable


async def test_without_its_bus_a_node_goes_on_with_what_it_has(world: PoolWorld, connector: PoolConnector) -> None:
    page = PoolPage(world, "alice", "a")
    far = PoolPage(world, "alice", "b")
    await world.settle()
    for end in world.carrier.ends.values():
        end.up = False
    await connector.call("a", "alice", ringing("c1"))
    await world.pass_time(60)
    await page.poll("a")
    assert list(page.live()) == ["c1"]
    assert world.nodes["a"].health() == {"bus": "away", "nodes": 3}
    await far.poll("b")
    assert far.link.reachable, "nothing is said that nobody knows"
    for end in world.carrier.ends.values():
        end.up = True
    await connector.beat("a")
    await world.pass_time(3)
    await far.poll("b")
    assert list(far.live()) == ["c1"]


async def test_nothing_of_a_call_stays_at_any_node(world: PoolWorld, connector: PoolConnector) -> None:
    page = PoolPage(world, "alice", "b")
    await connector.call("a", "alice", ringing("c1"))
    await connector.call("a", "alice", hung_up(ringing("c1")))
    await world.settle()
    await page.claim("b", "c1", "log", done=True)
    for _ in range(8):
        await page.poll("b")
        await connector.beat("a")
        await world.pass_time(4.5)
    kept = {node: [call.id for call in world.nodes[node].relay.log_of(page.key).calls()] for node in "abc"}  # type: ignore[union-attr]
    assert kept == {"a": [], "b": [], "c": []}


async def test_a_node_begun_anew_is_a_home_although_the_dead_one_is_thought_to_be_there(
    world: PoolWorld, connector: PoolConnector
) -> None:
    world.kill("a")
    # Its name is lower than that of the dead node, which nobody misses yet, and it has never heard of that.
    world.start("A")
    assert await connector.call("A", "alice", ringing("c1")) is not None
    await connector.beat("A")
    await world.pass_time(4)
    for node in "bc":
        page = PoolPage(world, "alice", node)
        await page.poll(node)
        assert list(page.live()) == ["c1"]
        assert page.link.reachable
