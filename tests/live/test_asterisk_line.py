"""The line at a real Asterisk: its voicemail, its database, its trunk; and parked calls that nobody takes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cti_adapter.domain.agent import AgentState
from cti_adapter.domain.commands import MakeCall, ParkCall, SetAgentState, SingleStepTransferCall
from cti_adapter.domain.features import Voicemail

from .asterisk_connector import ALICE, BOB, LiveConnector
from .asterisk_lab import AsteriskLab
from .sip_phones import SipPhones

ERIKA = "+4930111222"
OUTSIDE = "030111222"  # 0 is the outside line
OWN = "+498912345"
SITE = {
    "parking_lot": "default",
    "forwarding": {"immediate": "CF"},
    "do_not_disturb": "DND",
    "voicemail_number": "*97",
    "outbound_numbers": {OWN: "Head office"},
    "call_data": ["CASE_NUMBER"],
    "resync_s": 5,
}


@pytest.fixture
def live(asterisk: AsteriskLab, phones: SipPhones) -> Iterator[LiveConnector]:
    with LiveConnector(asterisk, **SITE) as live:
        live.up()
        yield live


def voicemail(live: LiveConnector) -> Voicemail | None:
    return live.connector.features()[ALICE].voicemail


def parked(live: LiveConnector, phones: SipPhones, asterisk: AsteriskLab) -> tuple[str, str, str]:
    """Erika waits at a place: her call at the trunk, Alice's call, and the place."""
    out = phones.dial("trunk", "49891101", asserted_identity=ERIKA)
    phones.answer(phones.wait_incoming("101"))
    asterisk.wait_talking("101")
    call = live.state("connected").id
    live.execute(ParkCall, call=call)
    place = live.state("held").parked_at
    assert place
    return out, call, place


def test_a_message_that_is_left_is_told(live: LiveConnector, phones: SipPhones, asterisk: AsteriskLab) -> None:
    assert voicemail(live) == Voicemail(new=0, old=0, number="*97")
    leaving = phones.dial("102", "*98101")
    phones.wait_state(leaving, "CONFIRMED")
    phones.hangup(leaving)
    live.until(lambda: voicemail(live) == Voicemail(new=1, old=0, number="*97"), "the message to be told")
    with LiveConnector(asterisk, **SITE) as another:
        another.up()
        another.until(lambda: voicemail(another) == Voicemail(new=1, old=0, number="*97"), "it to be known at once")


def test_forwarding_that_a_feature_code_has_set_is_seen(live: LiveConnector, asterisk: AsteriskLab) -> None:
    def to() -> str:
        return live.connector.features()[ALICE].forwarding[0].number

    asterisk.cli("database put CF 101 103")
    live.until(lambda: to() == "103", "Alice's forwarding")
    asterisk.cli("database del CF 101")
    live.until(lambda: to() == "", "its end")


def test_the_called_side_sees_the_number_that_was_chosen(live: LiveConnector, phones: SipPhones) -> None:
    live.execute(MakeCall, number=OUTSIDE, outbound_number=OWN)
    phones.answer(phones.wait_incoming("101"))
    called = phones.wait_incoming("trunk")
    assert OWN in phones.seen(called).remote + phones.seen(called).asserted


def test_a_parked_caller_rings_back_and_it_is_the_same_call(phones: SipPhones) -> None:
    """Nobody takes the call in time. It rings at who has parked it, as Asterisk does it, and goes on there."""
    del phones  # this laboratory has phones of its own
    with (
        AsteriskLab(parking_seconds=2) as lab,
        SipPhones(lab.passwords, lab.host, lab.sip_port) as own,
        LiveConnector(lab, **SITE) as live,
    ):
        live.up()
        _, call, _ = parked(live, own, lab)
        own.answer(own.wait_incoming("101"))
        live.until(lambda: live.sink.calls[ALICE, call].state == "connected", "Alice to have Erika again")
        others = [known for (whose, id_), known in live.sink.calls.items() if whose == ALICE and id_ != call]
        assert [(known.state, known.cause, known.answered_at) for known in others] == [("cleared", "conferenced", None)]


def test_alice_dials_the_place_herself(live: LiveConnector, phones: SipPhones, asterisk: AsteriskLab) -> None:
    out, call, place = parked(live, phones, asterisk)
    phones.dial("101", place)
    back = live.state("connected")
    assert (back.id, back.other.number, back.parked_at) == (call, ERIKA, None)
    phones.hangup(out)
    live.until(lambda: live.sink.calls[ALICE, call].state == "cleared", "the end")
    assert live.sink.calls[ALICE, call].cause == "normal"


def test_only_who_saw_it_parked_knows_whose_it_is(
    live: LiveConnector, phones: SipPhones, asterisk: AsteriskLab
) -> None:
    _, call, place = parked(live, phones, asterisk)
    with LiveConnector(asterisk, **SITE) as another:
        another.up()
        assert another.live() == []
    phones.dial("102", place)
    live.until(lambda: live.sink.calls[ALICE, call].cause == "transferred", "Bob to have Erika")
    assert live.state("connected", BOB).other.number == ERIKA


def test_what_the_dial_plan_knows_goes_along_with_the_call(
    live: LiveConnector, phones: SipPhones, asterisk: AsteriskLab
) -> None:
    """Through a queue, over a loss of the connection, and to a colleague."""
    phones.dial("trunk", "49891700", asserted_identity=ERIKA)
    assert live.state("alerting").data == {"CASE_NUMBER": "00001026"}
    phones.answer(phones.wait_incoming("101"))
    asterisk.wait_talking("101")
    call = live.state("connected")
    assert call.data == {"CASE_NUMBER": "00001026"}
    with LiveConnector(asterisk, **SITE) as another:
        another.up()
        assert [known.data for known in another.live()] == [{"CASE_NUMBER": "00001026"}]
    live.execute(SingleStepTransferCall, call=call.id, number="102")
    phones.answer(phones.wait_incoming("102"))
    assert live.state("connected", BOB).data == {"CASE_NUMBER": "00001026"}


def test_what_the_dial_plan_finds_out_later_is_told_by_the_next_comparison(
    live: LiveConnector, phones: SipPhones, asterisk: AsteriskLab
) -> None:
    phones.dial("trunk", "49891700", asserted_identity=ERIKA)
    phones.answer(phones.wait_incoming("101"))
    asterisk.wait_talking("101")
    assert live.state("connected").data == {"CASE_NUMBER": "00001026"}
    with asterisk.probe(events="off") as probe:
        rows = probe.action("CoreShowChannels")[1:-1]
    (trunk,) = [row["Channel"] for row in rows if row["Channel"].startswith("PJSIP/trunk-")]
    asterisk.cli(f"dialplan set chanvar {trunk} CASE_NUMBER 00002000")
    live.until(lambda: live.sink.last(ALICE).data == {"CASE_NUMBER": "00002000"}, "the new value")
    assert live.sink.told(ALICE)[-1].event == "CallInformation"


def test_do_not_disturb_holds_at_the_phone_system_and_follows_feature_codes(
    live: LiveConnector, phones: SipPhones, asterisk: AsteriskLab
) -> None:
    def state() -> str:
        return live.connector.presences()[ALICE].state

    live.execute(SetAgentState, state=AgentState.DO_NOT_DISTURB)
    assert state() == "do_not_disturb"
    refused = phones.dial("trunk", "49891101", asserted_identity=ERIKA)
    phones.wait_state(refused, "DISCONNECTED")
    assert phones.seen(refused).code == 486
    assert phones.no_incoming("101")
    asterisk.cli("database del DND 101")
    live.until(lambda: state() == "away", "what a feature code has ended; the queues still pass her by")
    asterisk.cli("database put DND 101 YES")
    live.until(lambda: state() == "do_not_disturb", "what a feature code has set")
    live.execute(SetAgentState, state=AgentState.AVAILABLE)
    phones.dial("trunk", "49891101", asserted_identity=ERIKA)
    phones.wait_incoming("101")


def test_a_phone_that_is_not_registered_is_told(live: LiveConnector, phones: SipPhones) -> None:
    def registered() -> bool | None:
        return live.connector.features()[ALICE].registered

    live.until(lambda: registered() is True, "Alice's phone to be there")
    phones.unregister("101")
    live.until(lambda: registered() is False, "it to be gone")
    phones.register("101")
    live.until(lambda: registered() is True, "it to be back")
