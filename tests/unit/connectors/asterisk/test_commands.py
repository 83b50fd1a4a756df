"""Every command as the AMI actions that it becomes, and what is made of Asterisk's answers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from cti_adapter.application.ports import OutcomeUnknown
from cti_adapter.connectors.asterisk import remote_control
from cti_adapter.connectors.asterisk.connector import NEVER, NOT_PARKED, NOT_RECORDED
from cti_adapter.domain.agent import AgentState
from cti_adapter.domain.commands import (
    AnswerCall,
    ClearConnection,
    CommandRefused,
    GenerateDigits,
    HoldCall,
    MakeCall,
    RetrieveCall,
    SetAgentState,
    SetMicrophoneMute,
    SetQueueMembership,
    SetRecording,
    SingleStepTransferCall,
)
from fakes.asterisk_world import ALICE, BOB, AsteriskWorld

ERIKA = "+4930111222"


@pytest.fixture
async def world() -> AsyncIterator[AsteriskWorld]:
    async with AsteriskWorld() as world:
        await world.sink.up()
        yield world


def asked(world: AsteriskWorld) -> list[dict[str, str]]:
    """What was asked for besides lists; without the ids."""
    actions = [action for action in world.server.actions if action["Action"] not in world.server.rows]
    return [{key: value for key, value in action.items() if key != "ActionID"} for action in actions]


async def refused(world: AsteriskWorld, kind: Callable[..., Any], **fields: Any) -> str:
    with pytest.raises(CommandRefused) as caught:
        await world.execute(kind, **fields)
    return caught.value.error_id


# --- MakeCall ---


async def test_dialling_rings_the_own_phone_first(world: AsteriskWorld) -> None:
    await world.execute(MakeCall, number=ERIKA, name="Erika Muster")
    (action,) = asked(world)
    channel_id = action.pop("ChannelId")
    assert action == {
        "Action": "Originate",
        "Channel": "PJSIP/101",
        "Context": "internal",
        "Exten": ERIKA,
        "Priority": "1",
        "Timeout": "30000",
        "CallerID": f'"Erika Muster" <{ERIKA}>',
        "Variable": "__CTI_COMMAND=command-1",
        "Async": "true",
    }
    call = world.sink.last(ALICE)
    assert (call.state, call.direction, call.role, call.command) == ("initiated", "outbound", "caller", "command-1")
    own = world.script.make("PJSIP/101", state=0, uid=channel_id)
    world.script.dial(None, own)
    world.script.state(own, 6)
    await world.play()
    await world.server.event("UserEvent", UserEvent="mark")
    assert {call.id for _, call in world.connector.live_calls()} == {call.id}, "never an incoming call"
    assert world.sink.names(ALICE)[0] == "Originated"


async def test_number_is_shown_where_there_is_no_name(world: AsteriskWorld) -> None:
    await world.execute(MakeCall, number="102")
    assert asked(world)[0]["CallerID"] == '"102" <102>'
    assert world.sink.last(ALICE).direction == "internal"


async def test_a_name_cannot_break_out_of_the_caller_id(world: AsteriskWorld) -> None:
    await world.execute(MakeCall, number="102", name='x" <999>\r\nAction: Command')
    (action,) = asked(world)
    assert action["Action"] == "Originate"
    assert action["CallerID"] == '"x 999Action: Command" <102>'


@pytest.mark.parametrize(
    "number",
    [
        "1\r\n\r\nAction: Command\r\nCommand: core stop now",
        "1\nVariable: x=y",
        "102&PJSIP/103",
        "102,30,g",
        "PJSIP/102",
        "${SHELL(reboot)}",
        "102@evil.example",
        "1 2",
        "١٢٣",
    ],
)
@pytest.mark.parametrize("kind", [MakeCall, SingleStepTransferCall])
async def test_what_a_dial_plan_would_misunderstand_is_not_dialled(
    world: AsteriskWorld, kind: Callable[..., Any], number: str
) -> None:
    fields = {"call": await world.talking()} if kind is SingleStepTransferCall else {}
    told = len(world.sink.events)
    assert await refused(world, kind, number=number, **fields) == "not_dialable"
    assert asked(world) == []
    assert len(world.sink.events) == told


async def test_number_without_an_extension(world: AsteriskWorld) -> None:
    world.server.answers["Originate"] = {"Response": "Error", "Message": "Extension does not exist."}
    assert await refused(world, MakeCall, number="555") == "unknown_number"
    assert (world.sink.names(ALICE)[0], world.sink.names(ALICE)[-1]) == ("Originated", "ConnectionCleared")
    assert world.sink.last(ALICE).cause == "unreachable"
    assert world.connector.live_calls() == []


async def test_phone_that_is_not_registered(world: AsteriskWorld) -> None:
    await world.execute(MakeCall, number=ERIKA)
    (action,) = asked(world)
    failure = {"Response": "Failure", "Reason": "0", "Channel": "PJSIP/101", "Exten": ERIKA}
    await world.server.event("OriginateResponse", **failure, Uniqueid=action["ChannelId"])
    call = await world.sink.state(ALICE, "cleared")
    assert call.cause == "unreachable"


async def test_no_answer_to_a_dial_means_that_nobody_knows() -> None:
    async with AsteriskWorld(answer_timeout_s=0.05) as world:
        await world.sink.up()
        world.server.answers["Originate"] = None
        with pytest.raises(OutcomeUnknown, match="no answer to Originate within 0.05 s"):
            await world.execute(MakeCall, number=ERIKA)
        assert len(world.server.named("Originate")) == 1, "never dialled twice"


# --- answer, hold, retrieve ---


@pytest.mark.parametrize(
    ("kind", "before", "event"),
    [(AnswerCall, "ringing", "talk"), (HoldCall, "talking", "hold"), (RetrieveCall, "held", "talk")],
)
async def test_the_phone_obeys(world: AsteriskWorld, kind: Callable[..., Any], before: str, event: str) -> None:
    call = await getattr(world, before)()
    command = asyncio.create_task(world.execute(kind, call=call))
    action = await world.server.wait_action("PJSIPNotify")
    assert (action["Channel"], action["Variable"]) == (world.phone.name, f"Event={event}")
    if before == "ringing":
        world.script.answer(world.caller, world.phone, "bridge-1")
    else:
        world.script.hold(world.phone, before == "talking")
    assert not command.done(), "only the event confirms"
    await world.play()
    await command
    assert world.sink.last(ALICE).unsupported == NEVER | NOT_RECORDED | NOT_PARKED


async def test_a_phone_that_does_not_obey_is_not_asked_again(
    world: AsteriskWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_control, "OBEY_S", 0.05)
    call = await world.ringing()
    assert await refused(world, AnswerCall, call=call) == "not_supported_by_phone"
    reason = "phone_without_remote_control"
    unsupported = {"AnswerCall": reason, "HoldCall": reason, "RetrieveCall": reason}
    assert world.sink.last(ALICE).unsupported == NEVER | NOT_RECORDED | NOT_PARKED | unsupported
    assert [known.unsupported for _, known in world.connector.live_calls()] == [
        NEVER | NOT_RECORDED | NOT_PARKED | unsupported
    ]
    assert await refused(world, AnswerCall, call=call) == "not_supported_by_phone"
    assert len(world.server.named("PJSIPNotify")) == 1
    # A new phone, or the same with new settings, registers: it may try.
    await world.server.event("ContactStatus", ContactStatus="NonQualified", EndpointName="101")
    await world.sink.until(
        lambda: world.sink.last(ALICE).unsupported == NEVER | NOT_RECORDED | NOT_PARKED, "the second chance"
    )


async def test_a_click_that_is_quicker_than_the_sip_dialog(world: AsteriskWorld) -> None:
    tries = iter(["Channel not found", "Channel not found", ""])

    def answer(_: dict[str, str]) -> dict[str, str]:
        problem = next(tries)
        return {"Response": "Error", "Message": problem} if problem else {"Response": "Success"}

    world.server.answers["PJSIPNotify"] = answer
    command = asyncio.create_task(world.execute(AnswerCall, call=await world.ringing()))
    await world.server.wait_action("PJSIPNotify", 3)
    world.script.answer(world.caller, world.phone, "bridge-1")
    await world.play()
    await command


async def test_a_channel_that_is_really_gone(world: AsteriskWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_control, "RETRY_S", (0.001, 0.001))
    world.server.answers["PJSIPNotify"] = {"Response": "Error", "Message": "Channel not found"}
    assert await refused(world, AnswerCall, call=await world.ringing()) == "call_gone"
    assert len(world.server.named("PJSIPNotify")) == 3


async def test_a_caller_who_gives_up_meanwhile_is_not_the_phones_fault(world: AsteriskWorld) -> None:
    call = await world.ringing()
    command = asyncio.create_task(world.execute(AnswerCall, call=call))
    await world.server.wait_action("PJSIPNotify")
    world.script.ask_hangup(world.caller, 127, 487)
    world.script.hangup(world.phone, world.caller, cause=127, tech=487)
    await world.play()
    with pytest.raises(CommandRefused, match="ended meanwhile"):
        await command
    await world.ringing()
    assert world.sink.last(ALICE).unsupported == NEVER | NOT_RECORDED | NOT_PARKED


@pytest.mark.parametrize(("kind", "before"), [(HoldCall, "held"), (RetrieveCall, "talking"), (AnswerCall, "talking")])
async def test_a_state_that_is_reached_needs_no_action(
    world: AsteriskWorld, kind: Callable[..., Any], before: str
) -> None:
    await world.execute(kind, call=await getattr(world, before)())
    assert asked(world) == []


@pytest.mark.parametrize(("kind", "before"), [(HoldCall, "ringing"), (RetrieveCall, "ringing"), (AnswerCall, "held")])
async def test_wrong_state(world: AsteriskWorld, kind: Callable[..., Any], before: str) -> None:
    call = await getattr(world, before)()
    assert await refused(world, kind, call=call) == "wrong_call_state"
    assert asked(world) == []


async def test_remote_control_switched_off() -> None:
    async with AsteriskWorld(remote_control="off") as world:
        await world.sink.up()
        call = await world.ringing()
        assert set(world.sink.last(ALICE).unsupported) == {
            "AnswerCall",
            "HoldCall",
            "RetrieveCall",
            *NEVER,
            *NOT_PARKED,
            *NOT_RECORDED,
        }
        assert await refused(world, AnswerCall, call=call) == "not_supported_by_phone"
        assert asked(world) == []


# --- hang up, transfer, mute, digits ---


@pytest.mark.parametrize(("before", "cause"), [("ringing", "17"), ("talking", "16"), ("held", "16")])
async def test_hang_up_or_decline(world: AsteriskWorld, before: str, cause: str) -> None:
    await world.execute(ClearConnection, call=await getattr(world, before)())
    assert asked(world) == [{"Action": "Hangup", "Channel": world.phone.name, "Cause": cause}]


async def test_giving_up_before_the_own_phone_has_a_channel(world: AsteriskWorld) -> None:
    await world.execute(MakeCall, number=ERIKA)
    await world.execute(ClearConnection, call=world.sink.last(ALICE).id)
    originate, hangup = asked(world)
    assert (hangup["Channel"], hangup["Cause"]) == (originate["ChannelId"], "17")


@pytest.mark.parametrize(
    ("action", "kind", "sentence", "fields"),
    [
        ("Hangup", ClearConnection, "No such channel", {}),
        ("BlindTransfer", SingleStepTransferCall, "Channel specified does not exist", {"number": "102"}),
        ("PlayDTMF", GenerateDigits, "Channel not found", {"digits": "1"}),
        ("MuteAudio", SetMicrophoneMute, "No such channel", {"muted": True}),
    ],
)
async def test_the_call_has_just_gone(
    world: AsteriskWorld, action: str, kind: Callable[..., Any], sentence: str, fields: dict[str, Any]
) -> None:
    world.server.answers[action] = {"Response": "Error", "Message": sentence}
    assert await refused(world, kind, call=await world.talking(), **fields) == "call_gone"


async def test_other_refusals_are_told_in_asterisks_words(world: AsteriskWorld) -> None:
    world.server.answers["Hangup"] = {"Response": "Error", "Message": "Permission denied"}
    with pytest.raises(CommandRefused, match="Asterisk: Permission denied") as caught:
        await world.execute(ClearConnection, call=await world.talking())
    assert caught.value.error_id == "refused_by_phone_system"


@pytest.mark.parametrize("known", ["1", ""])
async def test_blind_transfer(world: AsteriskWorld, known: str) -> None:
    world.server.answers["Getvar"] = {"Response": "Success", "Value": known}
    await world.execute(SingleStepTransferCall, call=await world.talking(), number="102")
    question, transfer = asked(world)
    assert question["Variable"] == "DIALPLAN_EXISTS(internal,102,1)"
    assert transfer == {
        "Action": "BlindTransfer",
        "Channel": world.phone.name,
        "Context": "internal",
        "Exten": "102",
    }


async def test_blind_transfer_to_nowhere_does_not_cut_the_customer_off(world: AsteriskWorld) -> None:
    world.server.answers["Getvar"] = {"Response": "Success", "Value": "0"}
    call = await world.talking()
    assert await refused(world, SingleStepTransferCall, call=call, number="555") == "unknown_number"
    assert world.server.named("BlindTransfer") == []


async def test_blind_transfer_where_getvar_is_not_allowed(world: AsteriskWorld) -> None:
    world.server.answers["Getvar"] = {"Response": "Error", "Message": "Permission denied"}
    await world.execute(SingleStepTransferCall, call=await world.talking(), number="102")
    assert len(world.server.named("BlindTransfer")) == 1


async def test_mute_is_shown_although_asterisk_tells_nothing(world: AsteriskWorld) -> None:
    call = await world.talking()
    for muted, state in ((True, "on"), (False, "off")):
        await world.execute(SetMicrophoneMute, call=call, muted=muted)
        assert asked(world)[-1] == {
            "Action": "MuteAudio",
            "Channel": world.phone.name,
            "Direction": "in",
            "State": state,
        }
        assert world.sink.last(ALICE).muted is muted


async def test_digits_go_to_the_other_side_one_after_the_other(world: AsteriskWorld) -> None:
    await world.execute(GenerateDigits, call=await world.talking(), digits="47#")
    assert [(action["Channel"], action["Digit"]) for action in asked(world)] == [
        (world.caller.name, digit) for digit in "47#"
    ]


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (GenerateDigits, {"digits": "1"}),
        (SetMicrophoneMute, {"muted": True}),
        (SingleStepTransferCall, {"number": "102"}),
    ],
)
async def test_nothing_of_that_before_the_call_is_answered(
    world: AsteriskWorld, kind: Callable[..., Any], fields: dict[str, Any]
) -> None:
    assert await refused(world, kind, call=await world.ringing(), **fields) == "wrong_call_state"
    assert asked(world) == []


# --- presence ---


def member(queue: str, interface: str, state_interface: str, paused: bool) -> dict[str, str]:
    return {
        "Event": "QueueMember",
        "Queue": queue,
        "Location": interface,
        "StateInterface": state_interface,
        "Paused": str(int(paused)),
    }


async def test_away_pauses_in_all_queues_by_the_names_they_know() -> None:
    world = AsteriskWorld()
    world.server.rows["QueueStatus"] = [
        member("support", "PJSIP/101", "PJSIP/101", False),
        member("sales", "Local/101@from-queue/n", "hint:101@ext-local", False),
        member("sales", "Local/102@from-queue/n", "hint:102@ext-local", True),
    ]
    async with world:
        await world.sink.up()
        assert {agent: told.state for agent, told in world.connector.presences().items()} == {
            ALICE: AgentState.AVAILABLE,
            BOB: AgentState.AWAY,
        }
        await world.execute(SetAgentState, state=AgentState.AWAY, reason="Lunch")
        assert asked(world) == [
            {"Action": "QueuePause", "Interface": interface, "Paused": "true", "Reason": "Lunch"}
            for interface in ("Local/101@from-queue/n", "PJSIP/101")
        ]
        assert world.sink.presences[-1] == (ALICE, AgentState.AWAY)
        await world.execute(SetAgentState, state=AgentState.AVAILABLE)
        assert asked(world)[-1]["Paused"] == "false"
        assert world.connector.presences()[ALICE].state is AgentState.AVAILABLE


async def test_a_supervisors_pause_is_shown(world: AsteriskWorld) -> None:
    await world.server.event(
        "QueueMemberPause", Queue="support", Interface="PJSIP/102", StateInterface="PJSIP/102", Paused="1"
    )
    await world.sink.until(lambda: world.sink.presences == [(BOB, AgentState.AWAY)], "Bob is away")


async def test_away_of_a_member_of_no_queue_is_true_as_it_is(world: AsteriskWorld) -> None:
    await world.execute(SetAgentState, state=AgentState.AWAY)
    assert asked(world) == []
    assert world.connector.presences()[ALICE].state is AgentState.AWAY


async def test_do_not_disturb_is_not_pretended(world: AsteriskWorld) -> None:
    assert await refused(world, SetAgentState, state=AgentState.DO_NOT_DISTURB) == "not_supported"
    assert world.connector.presences()[ALICE].state is AgentState.AVAILABLE


# --- who may what ---


async def test_calls_of_others_are_not_touched(world: AsteriskWorld) -> None:
    call = await world.talking()
    with pytest.raises(CommandRefused) as caught:
        await world.execute(ClearConnection, agent=BOB, call=call)
    assert caught.value.error_id == "call_gone"
    assert asked(world) == []


async def test_login_names_do_not_depend_on_case(world: AsteriskWorld) -> None:
    await world.execute(ClearConnection, agent="Alice@ACME.example", call=await world.talking())
    assert len(world.server.named("Hangup")) == 1


async def test_unknown_agent_and_unknown_call(world: AsteriskWorld) -> None:
    with pytest.raises(CommandRefused) as caught:
        await world.execute(MakeCall, agent="mallory@acme.example", number="102")
    assert caught.value.error_id == "unknown_line"
    assert await refused(world, ClearConnection, call="lab:nothing") == "call_gone"


async def test_without_a_connection_nothing_is_done(world: AsteriskWorld) -> None:
    await world.server.leave()
    await world.sink.lost()
    assert await refused(world, MakeCall, number=ERIKA) == "phone_system_unreachable"
    assert world.connector.live_calls() == []


# --- queues ---


async def test_logging_in_pausing_and_logging_out_of_a_queue() -> None:
    world = AsteriskWorld(queues=["billing"])
    async with world:
        await world.sink.up()
        await world.execute(SetQueueMembership, queue="billing", logged_in=True, paused=True)
        assert asked(world)[-1] == {
            "Action": "QueueAdd",
            "Queue": "billing",
            "Interface": "PJSIP/101",
            "StateInterface": "PJSIP/101",
            "Paused": "true",
        }
        added = {"Queue": "billing", "Interface": "PJSIP/101", "StateInterface": "PJSIP/101", "Paused": "1"}
        await world.server.event("QueueMemberAdded", **added, Membership="dynamic")
        await world.sink.until(lambda: world.connector.presences()[ALICE].queues[0].paused, "Alice is in the queue")
        await world.execute(SetQueueMembership, queue="billing", logged_in=True)
        assert (asked(world)[-1]["Action"], asked(world)[-1]["Paused"]) == ("QueuePause", "false")
        await world.execute(SetQueueMembership, queue="billing", logged_in=False)
        assert asked(world)[-1] == {"Action": "QueueRemove", "Queue": "billing", "Interface": "PJSIP/101"}


async def test_queues_of_the_configuration_and_those_of_others_are_refused() -> None:
    world = AsteriskWorld()
    world.server.rows["QueueStatus"] = [member("support", "PJSIP/101", "PJSIP/101", False) | {"Membership": "static"}]
    async with world:
        await world.sink.up()
        assert await refused(world, SetQueueMembership, queue="support", logged_in=False) == "fixed_membership"
        assert await refused(world, SetQueueMembership, queue="board", logged_in=True) == "unknown_queue"
        assert asked(world) == []


# --- recording ---


async def test_a_recording_is_begun_paused_and_ended_in_a_file_named_after_the_call() -> None:
    world = AsteriskWorld(recording_file="cti/{call}.wav")
    async with world:
        await world.sink.up()
        call = await world.talking()
        assert "SetRecording" not in world.sink.last(ALICE).unsupported
        for state in ("on", "paused", "on", "off"):
            await world.execute(SetRecording, call=call, state=state)
            assert world.sink.last(ALICE).recording == state
        begun, *others = [action for action in asked(world) if "MixMonitor" in action["Action"]]
        assert (begun["Action"], begun["File"]) == ("MixMonitor", f"cti/{call}.wav")
        assert [(each["Action"], each.get("State")) for each in others] == [
            ("MixMonitorMute", "1"),
            ("MixMonitorMute", "0"),
            ("StopMixMonitor", None),
        ]


async def test_without_a_file_nothing_is_recorded(world: AsteriskWorld) -> None:
    assert await refused(world, SetRecording, call=await world.talking(), state="on") == "not_supported"
    assert [action for action in asked(world) if "MixMonitor" in action["Action"]] == []
