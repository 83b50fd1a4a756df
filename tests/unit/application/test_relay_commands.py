"""Commands: once for each id, never late, with an outcome as an event; and claims."""

import asyncio

import pytest

from cti_adapter.application.connector_messages import CommandOutcome
from cti_adapter.application.messages import CommandChanged, Dialing
from cti_adapter.application.refusals import ErrorId, Refused
from cti_adapter.domain.agent import Line
from cti_adapter.domain.commands import (
    AnswerCall,
    ClearConnection,
    Command,
    CommandState,
    HoldCall,
    MakeCall,
    Outcome,
    SetAgentState,
    SingleStepTransferCall,
)
from fakes.relay_world import FakeConnector, FakePage, World, answered, dial, hung_up, new_id, ringing

SETTINGS = {"/reqDialingOptions/reqOutsidePrefix": "0", "/reqDialingOptions/reqInternationalPrefix": "00"}


def refused_with(error_id: ErrorId, page: FakePage, command: Command, dialing: Dialing | None = None) -> Refused:
    with pytest.raises(Refused) as refused:
        page.command(command, dialing)
    assert refused.value.error_id is error_id
    return refused.value


def outcomes(page: FakePage) -> list[tuple[str, str | None]]:
    return [(e.outcome.state, e.outcome.error_id) for e in page.seen if isinstance(e, CommandChanged)]


async def scene(**settings: float) -> tuple[World, FakeConnector, FakePage]:
    world = World(**settings)
    pbx, page = world.connector("alice", "bob").up(), world.page()
    await page.poll()
    return world, pbx, page


def report(pbx: FakeConnector, command_id: str, state: CommandState, agent: str = "alice") -> None:
    pbx.publish(CommandOutcome(agent=agent, outcome=Outcome(id=command_id, state=state)))


async def test_accepted_taken_done() -> None:
    _, pbx, page = await scene()
    command = dial()
    assert page.command(command).state is CommandState.ACCEPTED
    batch = await pbx.commands()
    assert [(given.agent, given.command) for given in batch.commands] == [("alice", command)]
    assert batch.commands[0].expires_in_ms == 5000
    report(pbx, command.id, CommandState.DONE)
    await page.poll()
    assert outcomes(page) == [("taken", None), ("done", None)]
    assert (await pbx.commands()).commands == ()


async def test_a_waiting_connector_gets_a_command_at_once() -> None:
    _, pbx, page = await scene()
    waiting = asyncio.create_task(pbx.commands(20))
    await asyncio.sleep(0)
    page.command(dial())
    assert len((await waiting).commands) == 1


async def test_the_same_command_twice_acts_once_and_gets_the_same_answer() -> None:
    _, pbx, page = await scene()
    command = dial()
    first = page.command(command)
    assert [page.command(command) for _ in range(50)] == [first] * 50
    assert len((await pbx.commands()).commands) == 1
    report(pbx, command.id, CommandState.DONE)
    assert page.command(command) == first
    assert (await pbx.commands()).commands == ()


async def test_the_same_id_with_another_body_is_refused() -> None:
    _, pbx, page = await scene()
    command = dial("+4930111")
    page.command(command)
    refused_with(ErrorId.COMMAND_ID_REUSED, page, dial("+4930112", command.id))
    refused_with(ErrorId.COMMAND_ID_REUSED, page, command, Dialing(raw=True))
    assert len((await pbx.commands()).commands) == 1


async def test_ids_belong_to_an_agent_and_another_session_of_it_repeats_too() -> None:
    world, pbx, page = await scene()
    command = dial()
    page.command(command)
    world.page("alice").command(command)
    world.page("bob").command(command)
    assert [given.agent for given in (await pbx.commands()).commands] == ["alice", "bob"]


async def test_an_id_is_free_again_after_five_minutes() -> None:
    world, pbx, page = await scene()
    command = dial()
    page.command(command)
    world.pass_time(301, pbx)
    page.command(command)
    assert len((await pbx.commands()).commands) == 1


async def test_a_stale_command_is_never_executed() -> None:
    world, pbx, page = await scene()
    page.command(dial())
    world.clock.advance(5.0)
    assert (await pbx.commands()).commands == (), "even before anybody swept"
    world.relay.sweep()
    await page.poll()
    assert outcomes(page) == [("expired", "command_expired")]


async def test_a_command_whose_handing_over_was_lost_is_handed_over_again_with_less_time() -> None:
    world, pbx, page = await scene()
    page.command(dial())
    after = pbx.after
    first = await pbx.commands()
    pbx.after = after
    world.clock.advance(2.0)
    second = await pbx.commands()
    assert [given.command for given in second.commands] == [given.command for given in first.commands]
    assert second.commands[0].expires_in_ms == 3000
    await page.poll()
    assert outcomes(page) == [("taken", None)], "told once"


async def test_a_new_relay_does_not_take_an_old_cursor_for_an_acknowledgement() -> None:
    _, pbx, page = await scene()
    pbx.after = 1000
    page.command(dial())
    assert len((await pbx.commands()).commands) == 1


async def test_a_command_taken_by_a_connector_that_is_lost_is_unknown_and_not_repeated() -> None:
    world, pbx, page = await scene()
    page.command(dial())
    await pbx.commands()
    world.pass_time(16)
    await page.poll()
    assert outcomes(page) == [("taken", None), ("unknown", None)]
    pbx.attach()
    assert (await pbx.commands()).commands == ()


async def test_a_connector_that_never_reports_leaves_the_command_unknown_after_20_s() -> None:
    world, pbx, page = await scene()
    command = dial()
    page.command(command)
    await pbx.commands()
    world.pass_time(22, pbx)
    report(pbx, command.id, CommandState.DONE)
    await page.poll()
    assert outcomes(page) == [("taken", None), ("unknown", None)], "the last word has been said"


async def test_a_restarted_connector_gets_what_nobody_took_and_not_what_was_taken() -> None:
    world, pbx, page = await scene()
    taken, waiting = dial("+4930111"), dial("+4930112")
    page.command(taken)
    await pbx.commands()
    page.command(waiting)
    again = world.connector("alice", "bob").up()
    assert [given.command for given in (await again.commands()).commands] == [waiting]
    await page.poll()
    assert outcomes(page)[1] == ("unknown", None)


async def test_the_outcome_of_a_command_that_a_former_relay_took_passes() -> None:
    _, pbx, page = await scene()
    report(pbx, "command-of-before", CommandState.DONE)
    await page.poll()
    assert outcomes(page) == [("done", None)]


async def test_an_outcome_reaches_only_its_agent() -> None:
    world, pbx, page = await scene()
    bob = world.page("bob")
    await bob.poll()
    command = dial()
    page.command(command)
    await pbx.commands()
    report(pbx, command.id, CommandState.DONE, agent="bob")
    await page.poll()
    assert outcomes(page) == [("taken", None)]


async def test_without_a_connector_there_is_no_dialling() -> None:
    world = World()
    page = world.page()
    assert refused_with(ErrorId.NO_CONNECTOR, page, dial()).retry_after_s == 5
    world.connector("alice").up()
    page.command(dial())
    world.pass_time(16)
    refused_with(ErrorId.NO_CONNECTOR, page, dial())


async def test_a_refused_command_may_be_sent_again_with_its_id() -> None:
    world = World()
    page, command = world.page(), dial()
    refused_with(ErrorId.NO_CONNECTOR, page, command)
    world.connector("alice").up()
    page.command(command)


async def test_a_command_for_an_unknown_or_ended_call_is_refused() -> None:
    _, pbx, page = await scene()
    refused_with(ErrorId.UNKNOWN_CALL, page, HoldCall(id=new_id(), call="nonsense"))
    ring = ringing()
    pbx.call("alice", ring)
    pbx.call("alice", hung_up(ring))
    refused_with(ErrorId.CALL_GONE, page, ClearConnection(id=new_id(), call=ring.id))


async def test_a_call_of_a_colleague_is_unknown() -> None:
    _, pbx, page = await scene()
    pbx.call("bob", ringing())
    refused_with(ErrorId.UNKNOWN_CALL, page, AnswerCall(id=new_id(), call="pbx-1"))


async def test_a_call_is_answered_once() -> None:
    world, pbx, page = await scene()
    other_tab = world.page()
    pbx.call("alice", ringing())
    first = AnswerCall(id=new_id(), call="pbx-1")
    page.command(first)
    refused_with(ErrorId.WRONG_CALL_STATE, other_tab, AnswerCall(id=new_id(), call="pbx-1"))
    await pbx.commands()
    refused_with(ErrorId.WRONG_CALL_STATE, other_tab, AnswerCall(id=new_id(), call="pbx-1"))
    pbx.call("alice", answered(ringing()))
    report(pbx, first.id, CommandState.DONE)
    refusal = refused_with(ErrorId.WRONG_CALL_STATE, other_tab, AnswerCall(id=new_id(), call="pbx-1"))
    assert "connected" in refusal.detail


async def test_after_a_failed_answer_it_may_be_tried_again() -> None:
    _, pbx, page = await scene()
    pbx.call("alice", ringing())
    first = AnswerCall(id=new_id(), call="pbx-1")
    page.command(first)
    await pbx.commands()
    report(pbx, first.id, CommandState.FAILED)
    page.command(AnswerCall(id=new_id(), call="pbx-1"))


async def test_too_many_commands_under_way_are_refused_and_only_of_this_agent() -> None:
    world, pbx, page = await scene(open_commands_per_agent=3)
    for _ in range(3):
        page.command(dial())
    refused_with(ErrorId.TOO_MANY_REQUESTS, page, dial())
    world.page("bob").command(dial())
    for given in (await pbx.commands()).commands:
        report(pbx, given.command.id, CommandState.DONE)
    page.command(dial())


async def test_ids_remembered_are_bounded() -> None:
    _, pbx, page = await scene(remembered_commands_per_agent=2)
    for _ in range(2):
        command = dial()
        page.command(command)
        await pbx.commands()
        report(pbx, command.id, CommandState.DONE)
    refused_with(ErrorId.TOO_MANY_REQUESTS, page, dial())


@pytest.mark.parametrize("number", ["112", "9-1-1", " 110"])
async def test_no_limit_applies_to_an_emergency_call(number: str) -> None:
    _, pbx, page = await scene(open_commands_per_agent=1, remembered_commands_per_agent=1)
    page.command(dial())
    refused_with(ErrorId.TOO_MANY_REQUESTS, page, dial())
    page.command(dial(number))
    given = [entry.command.number for entry in (await pbx.commands()).commands]
    assert given[-1] == "".join(filter(str.isdigit, number))


async def test_an_extension_that_the_phone_system_has_told_is_no_outside_number() -> None:
    _, pbx, page = await scene()
    pbx.lines = (Line(agent="alice", extension="101"), Line(agent="bob", extension="7654321"))
    pbx.attach()
    assert page.command(dial("7654321"), Dialing(settings=SETTINGS)).dialled == "7654321"
    assert page.command(dial("7654322"), Dialing(settings=SETTINGS)).dialled == "07654322"


async def test_no_command_is_taken_while_draining() -> None:
    world, _, page = await scene()
    world.relay.drain()
    refused_with(ErrorId.DRAINING, page, dial())


async def test_draining_sends_waiting_connectors_away() -> None:
    world, pbx, page = await scene()
    waiting = asyncio.create_task(pbx.commands(20))
    await asyncio.sleep(0)
    page.command(dial())
    world.relay.drain()
    assert len((await waiting).commands) == 1, "it was woken for a command before"
    later = await pbx.commands(20)
    assert later.reconnect
    assert 0 <= later.retry_ms <= 3000


async def test_a_second_request_for_commands_ends_the_first() -> None:
    _, pbx, page = await scene()
    first = asyncio.create_task(pbx.commands(20))
    await asyncio.sleep(0)
    second = asyncio.create_task(pbx.commands(20))
    assert (await first).commands == ()
    page.command(dial())
    assert len((await second).commands) == 1


async def test_a_cancelled_request_for_commands_loses_none() -> None:
    _, pbx, page = await scene()
    waiting = asyncio.create_task(pbx.commands(20))
    await asyncio.sleep(0)
    page.command(dial())
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert len((await pbx.commands()).commands) == 1


async def test_the_connector_gets_the_name_as_it_wrote_it() -> None:
    world = World()
    pbx = world.connector("Alice@Acme.example").up()
    world.page("alice@acme.example").command(SetAgentState(id=new_id(), state="away"))  # type: ignore[arg-type]
    assert (await pbx.commands()).commands[0].agent == "Alice@Acme.example"


async def test_the_settings_are_applied_to_what_is_dialled() -> None:
    _, pbx, page = await scene()
    answer = page.command(dial("+44 20 7946 0018"), Dialing(settings=SETTINGS))
    assert answer.dialled == "000442079460018"
    (given,) = (await pbx.commands()).commands
    assert isinstance(given.command, MakeCall)
    assert given.command.number == "000442079460018"


async def test_the_settings_are_applied_to_a_transfer() -> None:
    _, pbx, page = await scene()
    pbx.call("alice", answered(ringing()))
    transfer = SingleStepTransferCall(id=new_id(), call="pbx-1", number="102")
    assert page.command(transfer, Dialing(settings=SETTINGS)).dialled == "102"


async def test_raw_dials_what_was_typed() -> None:
    _, _, page = await scene()
    assert page.command(dial("+44 20 7946 0018"), Dialing(settings=SETTINGS, raw=True)).dialled == "+44 20 7946 0018"


async def test_wrong_settings_never_block_dialling() -> None:
    _, _, page = await scene()
    wrong = {"/reqDialingOptions/reqOutsidePrefix": "zero", "nonsense": "x"}
    assert page.command(dial("+442079460018"), Dialing(settings=wrong)).dialled is not None


@pytest.mark.parametrize("typed", ["   ", "()-", "\u200e"])
async def test_nothing_to_dial(typed: str) -> None:
    _, _, page = await scene()
    assert refused_with(ErrorId.NOTHING_TO_DIAL, page, dial(typed)).field == "command.number"


async def test_a_line_break_never_reaches_the_phone_system_even_raw() -> None:
    _, _, page = await scene()
    refused_with(ErrorId.OUT_OF_RANGE, page, dial("101\u2028Action: Originate"), Dialing(raw=True))


async def test_no_number_of_a_command_stays_after_its_outcome() -> None:
    from test_relay_connectors import everything

    world, pbx, page = await scene()
    command = dial("+49301234567890")
    page.command(command)
    assert "+49301234567890" in everything(world.relay)
    await pbx.commands()
    report(pbx, command.id, CommandState.DONE)
    await pbx.commands()
    assert "+49301234567890" not in everything(world.relay)


async def test_one_session_pops_and_one_logs() -> None:
    world, pbx, page = await scene()
    other = world.page()
    pbx.call("alice", ringing())
    assert other.claim("pbx-1")
    assert other.claim("pbx-1"), "asking again gives the same answer"
    assert not page.claim("pbx-1")
    assert page.claim("pbx-1", "log")
    assert not other.claim("pbx-1", "log")


async def test_a_claim_for_a_call_that_is_forgotten_is_refused() -> None:
    world, pbx, page = await scene()
    pbx.call("alice", ringing())
    page.claim("pbx-1")
    pbx.call("alice", hung_up(ringing()))
    assert page.claim("pbx-1", "log"), "an ended call is still to be logged"
    world.pass_time(125, pbx)
    with pytest.raises(Refused) as refused:
        page.claim("pbx-1", "log")
    assert refused.value.error_id is ErrorId.UNKNOWN_CALL
