"""The contract that every connector keeps, as tests. Subclasses give the fixture ``harness``."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count, groupby
from typing import ClassVar

import pytest

from cti_adapter.domain.agent import AgentState
from cti_adapter.domain.call import Call, CallEvent, CallState, Cause, Direction, EventName
from cti_adapter.domain.commands import (
    AnswerCall,
    ClearConnection,
    Command,
    CommandRefused,
    ConferenceCall,
    ConsultationCall,
    GenerateDigits,
    HoldCall,
    MakeCall,
    ParkCall,
    RetrieveCall,
    SetAgentState,
    SetForwarding,
    SetMicrophoneMute,
    SetQueueMembership,
    SetRecording,
    SingleStepTransferCall,
    TransferCall,
)
from cti_adapter.domain.features import ForwardingKind, LineFeatures
from fakes.recording_sink import RecordingSink

from .harness import ALICE, BOB, Harness

_ids = count(1)


def new_id() -> str:
    """An id for a command."""
    return f"contract-{next(_ids):05}"


def on_call(call_id: str) -> list[Command]:
    """One command of each kind that is about a call."""
    return [
        AnswerCall(id=new_id(), call=call_id),
        ClearConnection(id=new_id(), call=call_id),
        HoldCall(id=new_id(), call=call_id),
        RetrieveCall(id=new_id(), call=call_id),
        ParkCall(id=new_id(), call=call_id),
        SetMicrophoneMute(id=new_id(), call=call_id, muted=True),
        GenerateDigits(id=new_id(), call=call_id, digits="12#"),
        SetRecording(id=new_id(), call=call_id, state="on"),
        SingleStepTransferCall(id=new_id(), call=call_id, number="102"),
        ConsultationCall(id=new_id(), call=call_id, number="102"),
        TransferCall(id=new_id(), call=call_id, consultation=call_id),
        ConferenceCall(id=new_id(), call=call_id, consultation=call_id),
    ]


@dataclass
class Desk:
    """A phone system, its connector at work, and what it tells."""

    harness: Harness
    sink: RecordingSink
    running: asyncio.Task[None]

    async def execute(self, command: Command, agent: str = ALICE) -> None:
        async with asyncio.timeout(self.harness.patience_s + 10):
            await self.harness.connector.execute(agent, command)

    async def refused(self, command: Command, agent: str = ALICE) -> CommandRefused:
        with pytest.raises(CommandRefused) as caught:
            await self.execute(command, agent)
        assert caught.value.error_id
        assert caught.value.detail
        return caught.value

    async def call(self, *states: CallState, agent: str = ALICE, event: EventName | None = None) -> Call:
        """The one call of ``agent`` that is up, as soon as it is in one of ``states``."""

        def found() -> Call | None:
            calls = [call for (whose, _), call in self.sink.live().items() if whose == agent]
            return calls[0] if len(calls) == 1 and calls[0].state in states else None

        call = await self.sink.until(found, f"one call of {agent}: {', '.join(states)}")
        if event is not None:
            assert event in [e.event for e in self.of(call)]
        self.matches()
        return call

    async def ended(self, call: Call) -> Call:
        """The call's last record."""

        def found() -> Call | None:
            last = self.sink.calls.get((ALICE, call.id)) or self.sink.calls.get((BOB, call.id))
            return last if last is not None and last.ended else None

        last = await self.sink.until(found, f"the end of {call.id}")
        self.matches()
        return last

    def of(self, call: Call) -> list[CallEvent]:
        return [event for _, event in self.sink.events if event.call.id == call.id]

    def matches(self) -> None:
        """What the connector would tell in a snapshot is what its events have told."""
        snapshot = {(agent, call.id): call for agent, call in self.harness.connector.live_calls()}
        assert snapshot == self.sink.live()

    async def talking(self) -> Call:
        """Alice talks with somebody who rang her."""
        await self.harness.ring_agent()
        await self.call(CallState.ALERTING)
        await self.harness.agent_answers_on_phone()
        return await self.call(CallState.CONNECTED)


class ConnectorContract:
    """All tests of the contract. A connector whose harness does not support a command runs only its refusal.

    ``harness_class`` says which; tests marked ``needs`` are left out by conftest.py where that is missing.
    """

    harness_class: ClassVar[type[Harness]]

    @pytest.fixture
    async def desk(self, harness: Harness, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Desk]:
        caplog.set_level(logging.DEBUG, "cti")
        await harness.start()
        sink = RecordingSink(harness.patience_s)
        sink.connector = harness.connector
        before = asyncio.all_tasks()
        running = asyncio.create_task(harness.connector.run(sink))
        desk = Desk(harness, sink, running)
        try:
            await sink.until(lambda: sink.resyncs, "the first snapshot")
            yield desk
        finally:
            await harness.stop()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        assert sink.broken == []
        await asyncio.sleep(0)  # A cancelled task needs one turn of the loop to be gone.
        left = {task for task in asyncio.all_tasks() - before - {asyncio.current_task()} if not task.done()}
        assert not left, "a connector that was stopped leaves no task behind"
        said = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("cti"))
        for secret in (*harness.secrets, harness.far_number[1:], harness.dialled[1:], *harness.data.values()):
            assert secret not in said, "no secret, no full number and nothing of a call's data in a log line"

    # --- calls that come ---

    async def test_incoming_call_is_answered_and_the_caller_hangs_up(self, desk: Desk) -> None:
        await desk.harness.ring_agent()
        ringing = await desk.call(CallState.ALERTING, event=EventName.DELIVERED)
        assert (ringing.role, ringing.direction, ringing.device) == ("called", Direction.INBOUND, "101")
        assert ringing.caller.number == desk.harness.far_number
        await desk.harness.agent_answers_on_phone()
        talking = await desk.call(CallState.CONNECTED, event=EventName.ESTABLISHED)
        assert talking.id == ringing.id
        assert talking.answered_at is not None
        await desk.harness.far_end_hangs_up()
        assert (await desk.ended(talking)).cause is Cause.NORMAL

    async def test_what_the_caller_has_entered_is_there_from_the_first_ring_to_the_end(self, desk: Desk) -> None:
        call = await desk.talking()
        await desk.harness.far_end_hangs_up()
        await desk.ended(call)
        assert [event.call.data for event in desk.of(call)] == [desk.harness.data] * len(desk.of(call))

    async def test_missed_call(self, desk: Desk) -> None:
        await desk.harness.ring_agent()
        ringing = await desk.call(CallState.ALERTING)
        await desk.harness.far_end_hangs_up()
        last = await desk.ended(ringing)
        assert (last.cause, last.answered_at) == (Cause.MISSED, None)

    async def test_agent_hangs_up_on_the_phone(self, desk: Desk) -> None:
        call = await desk.talking()
        await desk.harness.agent_hangs_up_on_phone()
        assert (await desk.ended(call)).cause is Cause.NORMAL

    async def test_every_call_begins_once_and_ends_once(self, desk: Desk) -> None:
        for _ in range(2):
            call = await desk.talking()
            await desk.harness.far_end_hangs_up()
            await desk.ended(call)
        calls = {event.call.id for _, event in desk.sink.events}
        assert len(calls) == 2, "an id is never used again"
        for call_id in calls:
            states = [event.call.state for _, event in desk.sink.events if event.call.id == call_id]
            assert states.count(CallState.CLEARED) == 1
            assert states[-1] is CallState.CLEARED

    # --- commands ---

    @pytest.mark.needs("MakeCall")
    async def test_make_call_is_outbound_and_carries_its_command(self, desk: Desk) -> None:
        command = MakeCall(id=new_id(), number=desk.harness.dialled, name="Erika Muster")
        making = asyncio.create_task(desk.execute(command))
        if desk.harness.rings_first:
            await desk.harness.lift_own_phone()
        await making
        call = await desk.call(CallState.INITIATED, CallState.CONNECTED)
        assert (call.direction, call.role, call.command) == (Direction.OUTBOUND, "caller", command.id)
        await desk.harness.far_end_answers()
        call = await desk.call(CallState.CONNECTED)
        assert desk.of(call)[0].event is EventName.ORIGINATED
        assert {event.call.direction for _, event in desk.sink.events} == {Direction.OUTBOUND}, "never seen as incoming"
        await desk.harness.far_end_hangs_up()
        assert (await desk.ended(call)).cause is Cause.NORMAL

    @pytest.mark.needs("AnswerCall")
    async def test_answer(self, desk: Desk) -> None:
        await desk.harness.ring_agent()
        call = await desk.call(CallState.ALERTING)
        await desk.execute(AnswerCall(id=new_id(), call=call.id))
        await desk.call(CallState.CONNECTED)

    @pytest.mark.needs("HoldCall", "RetrieveCall")
    async def test_hold_and_retrieve_are_states_to_reach(self, desk: Desk) -> None:
        call = await desk.talking()
        for _ in range(2):
            await desk.execute(HoldCall(id=new_id(), call=call.id))
        assert (await desk.call(CallState.HELD, event=EventName.HELD)).held_at is not None
        for _ in range(2):
            await desk.execute(RetrieveCall(id=new_id(), call=call.id))
        assert (await desk.call(CallState.CONNECTED, event=EventName.RETRIEVED)).held_at is None
        assert [e.event for e in desk.of(call)].count(EventName.HELD) == 1

    @pytest.mark.needs("ClearConnection")
    async def test_decline_is_not_missed(self, desk: Desk) -> None:
        await desk.harness.ring_agent()
        call = await desk.call(CallState.ALERTING)
        await desk.execute(ClearConnection(id=new_id(), call=call.id))
        assert (await desk.ended(call)).cause is Cause.DECLINED

    @pytest.mark.needs("ClearConnection")
    async def test_clear(self, desk: Desk) -> None:
        call = await desk.talking()
        await desk.execute(ClearConnection(id=new_id(), call=call.id))
        assert (await desk.ended(call)).cause is Cause.NORMAL

    @pytest.mark.needs("SetMicrophoneMute")
    async def test_mute_is_a_state_to_reach(self, desk: Desk) -> None:
        call = await desk.talking()
        for muted in (True, True, False):
            await desk.execute(SetMicrophoneMute(id=new_id(), call=call.id, muted=muted))
            await desk.sink.until(lambda m=muted: desk.sink.calls[ALICE, call.id].muted is m, f"muted={muted}")
        assert desk.sink.calls[ALICE, call.id].state is CallState.CONNECTED

    @pytest.mark.needs("GenerateDigits")
    async def test_digits_need_somebody_who_hears_them(self, desk: Desk) -> None:
        await desk.harness.ring_agent()
        call = await desk.call(CallState.ALERTING)
        assert (await desk.refused(GenerateDigits(id=new_id(), call=call.id, digits="1"))).error_id
        await desk.harness.agent_answers_on_phone()
        await desk.call(CallState.CONNECTED)
        await desk.execute(GenerateDigits(id=new_id(), call=call.id, digits="12#"))

    @pytest.mark.needs("SingleStepTransferCall")
    async def test_blind_transfer_ends_one_call_and_begins_another(self, desk: Desk) -> None:
        call = await desk.talking()
        await desk.execute(SingleStepTransferCall(id=new_id(), call=call.id, number="102"))
        last = await desk.ended(call)
        assert last.cause is Cause.TRANSFERRED
        assert desk.of(call)[-1].event is EventName.TRANSFERRED
        ringing = await desk.call(CallState.ALERTING, agent=BOB)
        assert (ringing.caller.number, ringing.data) == (desk.harness.far_number, desk.harness.data)
        await desk.harness.colleague_answers_on_phone()
        await desk.call(CallState.CONNECTED, agent=BOB)
        await desk.harness.far_end_hangs_up()
        await desk.ended(ringing)

    async def _consulting(self, desk: Desk) -> tuple[Call, Call]:
        """Alice has put the far end on hold and talks with Bob. Returns both calls."""
        call = await desk.talking()
        command = ConsultationCall(id=new_id(), call=call.id, number="102")
        await desk.execute(command)
        if desk.harness.rings_first:
            await desk.harness.lift_own_phone()
        await desk.call(CallState.ALERTING, agent=BOB)
        await desk.harness.colleague_answers_on_phone()

        def asking() -> Call | None:
            of_alice = [call for (whose, _), call in desk.sink.live().items() if whose == ALICE]
            states = {call.id: call.state for call in of_alice}
            asked = [call for call in of_alice if call.command == command.id and call.state is CallState.CONNECTED]
            return asked[0] if asked and states.get(call.id) is CallState.HELD else None

        consultation = await desk.sink.until(asking, "one call on hold, the other talked in")
        assert consultation.consultation_of == call.id
        desk.matches()
        return call, consultation

    @pytest.mark.needs("ConsultationCall", "TransferCall")
    async def test_attended_transfer_connects_the_two_others(self, desk: Desk) -> None:
        call, consultation = await self._consulting(desk)
        await desk.execute(TransferCall(id=new_id(), call=call.id, consultation=consultation.id))
        for mine in (call, consultation):
            assert (await desk.ended(mine)).cause is Cause.TRANSFERRED

        def handed() -> Call | None:
            calls = [c for (whose, _), c in desk.sink.live().items() if whose == BOB]
            return calls[0] if len(calls) == 1 and calls[0].other.number == desk.harness.far_number else None

        taken = await desk.sink.until(handed, "Bob to talk with the far end")
        assert taken.transferred_from is not None
        assert taken.transferred_from.number == "101"
        assert (taken.direction, taken.data) == (Direction.INBOUND, desk.harness.data)
        await desk.harness.far_end_hangs_up()
        await desk.ended(taken)

    @pytest.mark.needs("ConsultationCall", "ConferenceCall")
    async def test_conference_and_what_is_left_of_it(self, desk: Desk) -> None:
        call, consultation = await self._consulting(desk)
        await desk.execute(ConferenceCall(id=new_id(), call=call.id, consultation=consultation.id))
        assert (await desk.ended(consultation)).cause is Cause.CONFERENCED
        joined = await desk.call(CallState.CONNECTED, event=EventName.CONFERENCED)
        assert sorted(party.number for party in joined.parties) == sorted(["102", desk.harness.far_number])
        assert len((await desk.call(CallState.CONNECTED, agent=BOB)).parties) == 2
        await desk.execute(ClearConnection(id=new_id(), call=joined.id))
        left = await desk.call(CallState.CONNECTED, agent=BOB)
        assert (left.parties, left.other.number) == ((), desk.harness.far_number)

    @pytest.mark.needs("SetAgentState")
    async def test_presence(self, desk: Desk) -> None:
        for state in (AgentState.AWAY, AgentState.DO_NOT_DISTURB, AgentState.AVAILABLE):
            await desk.execute(SetAgentState(id=new_id(), state=state))
            await desk.sink.until(lambda s=state: desk.sink.presences[-1:] == [(ALICE, s)], f"Alice {state}")
            assert desk.harness.connector.presences()[ALICE].state is state

    @pytest.mark.needs("SetRecording")
    async def test_recording_is_a_state_to_reach(self, desk: Desk) -> None:
        call = await desk.talking()
        for state in ("on", "on", "paused", "on", "off", "on", "off"):
            await desk.execute(SetRecording(id=new_id(), call=call.id, state=state))
            known = await desk.call(CallState.CONNECTED)
            assert known.recording == state

    @pytest.mark.needs("SetQueueMembership")
    async def test_queues(self, desk: Desk) -> None:
        queue = desk.harness.queue

        def memberships() -> list[tuple[bool, bool]]:
            known = desk.harness.connector.presences()[ALICE].queues
            return [(each.logged_in, each.paused) for each in known if each.queue == queue]

        for logged_in, paused in ((True, False), (True, True), (True, False), (False, False)):
            await desk.execute(SetQueueMembership(id=new_id(), queue=queue, logged_in=logged_in, paused=paused))
            await desk.sink.until(
                lambda m=(logged_in, paused): memberships() == [m], f"Alice to be {logged_in, paused}"
            )
        assert queue in {each.queue for _, told in desk.sink.duties for each in told.queues}
        await desk.execute(
            SetQueueMembership(id=new_id(), queue=queue, logged_in=True, paused=True, reason="Lunch"),
        )
        await desk.sink.until(
            lambda: "Lunch" in [q.reason for q in desk.harness.connector.presences()[ALICE].queues], "the reason"
        )
        await desk.execute(SetQueueMembership(id=new_id(), queue=queue, logged_in=False))

    @pytest.mark.needs("SetAgentState")
    async def test_the_reason_of_an_away_is_kept(self, desk: Desk) -> None:
        await desk.execute(SetAgentState(id=new_id(), state=AgentState.AWAY, reason="Lunch"))
        await desk.sink.until(lambda: desk.harness.connector.presences()[ALICE].reason == "Lunch", "the reason")
        await desk.execute(SetAgentState(id=new_id(), state=AgentState.AVAILABLE))
        await desk.sink.until(lambda: desk.harness.connector.presences()[ALICE].reason == "", "no reason")

    @pytest.mark.needs("ParkCall", "RetrieveCall")
    async def test_a_parked_call_is_taken_back_as_the_same_call(self, desk: Desk) -> None:
        call = await desk.talking()
        await desk.execute(ParkCall(id=new_id(), call=call.id))
        parked = await desk.call(CallState.HELD, event=EventName.HELD)
        assert parked.parked_at
        await desk.execute(ParkCall(id=new_id(), call=call.id))
        refusal = await desk.refused(SetMicrophoneMute(id=new_id(), call=call.id, muted=True))
        assert refusal.error_id == "wrong_call_state" or "SetMicrophoneMute" not in desk.harness.supported
        await desk.execute(RetrieveCall(id=new_id(), call=call.id))
        await desk.harness.lift_own_phone()
        back = await desk.call(CallState.CONNECTED)
        assert (back.id, back.parked_at, back.answered_at) == (call.id, None, call.answered_at)
        assert back.other.number == desk.harness.far_number
        await desk.execute(ClearConnection(id=new_id(), call=call.id))
        assert (await desk.ended(call)).cause is Cause.NORMAL

    @pytest.mark.needs("ParkCall")
    async def test_a_colleague_takes_a_parked_call(self, desk: Desk) -> None:
        call = await desk.talking()
        await desk.execute(ParkCall(id=new_id(), call=call.id))
        place = (await desk.call(CallState.HELD)).parked_at
        assert place
        await desk.harness.colleague_dials(place)
        ended = await desk.ended(call)
        assert ended.cause is Cause.TRANSFERRED
        assert ended.transferred_to is not None
        assert ended.transferred_to.number == "102"
        taken = await desk.call(CallState.CONNECTED, agent=BOB)
        assert taken.other.number == desk.harness.far_number
        assert (taken.direction, taken.role) == (Direction.INBOUND, "called")
        assert taken.transferred_from is not None
        assert taken.transferred_from.number == "101"

    @pytest.mark.needs("ParkCall")
    async def test_a_parked_caller_gives_up(self, desk: Desk) -> None:
        call = await desk.talking()
        await desk.execute(ParkCall(id=new_id(), call=call.id))
        await desk.call(CallState.HELD)
        await desk.harness.far_end_hangs_up()
        assert (await desk.ended(call)).cause is Cause.NORMAL

    @pytest.mark.needs("SetForwarding")
    async def test_calls_are_forwarded(self, desk: Desk) -> None:
        def told() -> LineFeatures:
            return desk.harness.connector.features()[ALICE]

        assert [each.number for each in told().forwarding if each.kind is ForwardingKind.IMMEDIATE] == [""]
        for number in ("102", "102", ""):
            await desk.execute(SetForwarding(id=new_id(), kind=ForwardingKind.IMMEDIATE, number=number))
            assert [each.number for each in told().forwarding if each.kind is ForwardingKind.IMMEDIATE] == [number]
            if number:
                await desk.harness.ring_forwarded_agent()
                rings = await desk.call(CallState.ALERTING, agent=BOB)
                assert not [whose for whose, _ in desk.sink.live() if whose == ALICE], "it rings at Bob's only"
                await desk.harness.far_end_hangs_up()
                await desk.ended(rings)
        told_numbers = [features.forwarding[0].number for whose, features in desk.sink.features_told if whose == ALICE]
        assert [number for number, _ in groupby(told_numbers)][-2:] == ["102", ""]

    @pytest.mark.needs("MakeCall")
    async def test_a_number_that_is_not_the_lines_is_not_shown(self, desk: Desk) -> None:
        refusal = await desk.refused(MakeCall(id=new_id(), number=desk.harness.dialled, outbound_number="+15550100999"))
        assert refusal.error_id == "unknown_outbound_number"

    # --- commands that cannot be ---

    async def test_a_call_that_is_unknown_or_gone_is_refused(self, desk: Desk) -> None:
        call = await desk.talking()
        await desk.harness.far_end_hangs_up()
        await desk.ended(call)
        for call_id in (call.id, "nobody-knows-this-call"):
            for command in on_call(call_id):
                refusal = await desk.refused(command)
                if type(command).__name__ in desk.harness.supported:
                    assert refusal.error_id == "call_gone", command

    async def test_another_agents_call_is_refused(self, desk: Desk) -> None:
        call = await desk.talking()
        for command in on_call(call.id):
            await desk.refused(command, agent=BOB)
        await desk.call(CallState.CONNECTED)

    async def test_unsupported_commands_are_refused_with_a_reason(self, desk: Desk) -> None:
        call = await desk.talking()
        others: list[Command] = [
            MakeCall(id=new_id(), number=desk.harness.dialled),
            SetAgentState(id=new_id(), state=AgentState.AWAY),
            SetQueueMembership(id=new_id(), queue="support", logged_in=True),
            SetForwarding(id=new_id(), kind=ForwardingKind.NO_ANSWER, number="102"),
        ]
        missing = [c for c in [*on_call(call.id), *others] if type(c).__name__ not in desk.harness.supported]
        for command in missing:
            await desk.refused(command)
        told = desk.sink.calls[ALICE, call.id].unsupported
        of_calls = {type(command).__name__ for command in on_call(call.id)}
        assert set(told) == of_calls - desk.harness.supported, "the panel greys out exactly these"
        assert all(told.values())

    async def test_somebody_without_a_phone_here_is_refused(self, desk: Desk) -> None:
        command = MakeCall(id=new_id(), number=desk.harness.dialled)
        assert (await desk.refused(command, agent="stranger@acme.example")).error_id == "unknown_line"

    # --- lost and back ---

    async def test_link_lost_and_back_with_the_call_still_up(self, desk: Desk) -> None:
        if not desk.harness.can_lose_link:
            pytest.skip("the line of this phone system cannot be cut in this set-up")
        call = await desk.talking()
        assert desk.sink.links[-1][0] is True
        before = desk.sink.resyncs
        await desk.harness.lose_phone_system()
        await desk.sink.until(lambda: not desk.sink.links[-1][0], "the link to be lost")
        assert (await desk.refused(MakeCall(id=new_id(), number=desk.harness.dialled))).error_id
        await desk.harness.restore_phone_system()
        await desk.sink.until(lambda: desk.sink.resyncs > before, "a snapshot afterwards")
        assert desk.sink.links[-1][0] is True
        back = await desk.call(CallState.CONNECTED)
        assert (back.id, back.data) == (call.id, desk.harness.data)
        await desk.harness.far_end_hangs_up()
        assert (await desk.ended(call)).cause is Cause.NORMAL

    async def test_a_call_that_ends_while_the_link_is_lost_is_gone_afterwards(self, desk: Desk) -> None:
        if not desk.harness.can_lose_link:
            pytest.skip("the line of this phone system cannot be cut in this set-up")
        await desk.talking()
        before = desk.sink.resyncs
        await desk.harness.lose_phone_system()
        await desk.sink.until(lambda: not desk.sink.links[-1][0], "the link to be lost")
        await desk.harness.far_end_hangs_up()
        await desk.harness.restore_phone_system()
        await desk.sink.until(lambda: desk.sink.resyncs > before, "a snapshot afterwards")
        desk.matches()
        assert desk.sink.live() == {}

    async def test_stopping_in_mid_call_is_clean(self, desk: Desk) -> None:
        """What is left behind is looked at by the fixture."""
        await desk.talking()
        desk.running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await desk.running
