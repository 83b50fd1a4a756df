"""The Asterisk connector at a real Asterisk with real phones: what agents are told, and what their clicks do."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from cti_adapter.connectors.asterisk.connector import NEVER, NOT_PARKED, NOT_RECORDED
from cti_adapter.domain.agent import AgentState
from cti_adapter.domain.commands import (
    AnswerCall,
    ClearConnection,
    CommandRefused,
    ConsultationCall,
    GenerateDigits,
    HoldCall,
    MakeCall,
    RetrieveCall,
    SetAgentState,
    SetMicrophoneMute,
    SingleStepTransferCall,
    TransferCall,
)

from .ami_cable import Cable
from .ami_probe import AmiRefused
from .asterisk_connector import ALICE, BOB, LiveConnector, wait_ringing
from .asterisk_lab import AsteriskLab
from .sip_phones import SipPhones
from .talk_phone import TalkPhone

ERIKA = "+4930111222"
Talk = Callable[..., TalkPhone]


@pytest.fixture
def live(asterisk: AsteriskLab, phones: SipPhones) -> Iterator[LiveConnector]:
    # DIALPLAN_EXISTS: part of every usual Asterisk, but not among the laboratory's few modules.
    with asterisk.probe(events="off") as probe, contextlib.suppress(AmiRefused):  # refused: loaded before
        probe.action("ModuleLoad", Module="func_dialplan.so", LoadType="load")
    with LiveConnector(asterisk) as live:
        live.up()
        yield live


def ring(phones: SipPhones, number: str = "49891101") -> str:
    """Erika calls; gives her call."""
    return phones.dial("trunk", number, display_name="Erika Müster", asserted_identity=ERIKA)


def talk(live: LiveConnector, phones: SipPhones) -> tuple[str, str]:
    """Erika calls and Alice answers on her phone; gives Erika's call and the phone's."""
    out = ring(phones)
    own = phones.wait_incoming("101")
    phones.answer(own)
    live.state("connected")
    return out, own


# --- incoming ---


def test_incoming_answered(live: LiveConnector, phones: SipPhones) -> None:
    out, _ = talk(live, phones)
    call = live.live()[0]
    assert (call.direction, call.role, call.device) == ("inbound", "called", "101")
    assert (call.caller.number, call.caller.name) == (ERIKA, "Erika Müster")
    phones.hangup(out)
    ended = live.state("cleared")
    assert (ended.cause, ended.id) == ("normal", call.id)
    assert live.names() == ["Delivered", "Established", "ConnectionCleared"]
    assert live.live() == []


def test_missed(live: LiveConnector, phones: SipPhones) -> None:
    out = ring(phones)
    live.state("alerting")
    phones.hangup(out)
    assert live.state("cleared").cause == "missed"


def test_declined_by_a_click_is_busy_for_the_caller(
    live: LiveConnector, phones: SipPhones, asterisk: AsteriskLab
) -> None:
    out = ring(phones)
    call = live.state("alerting")
    wait_ringing(asterisk, "101")
    live.execute(ClearConnection, call=call.id)
    assert live.state("cleared").cause == "declined"
    phones.wait_state(out, "DISCONNECTED")
    assert phones.seen(out).code == 486


def test_hung_up_by_a_click(live: LiveConnector, phones: SipPhones) -> None:
    out, own = talk(live, phones)
    live.execute(ClearConnection, call=live.live()[0].id)
    phones.wait_state(own, "DISCONNECTED")
    phones.wait_state(out, "DISCONNECTED")
    assert live.state("cleared").cause == "normal"
    with pytest.raises(CommandRefused) as caught:
        live.execute(ClearConnection, call=live.sink.last(ALICE).id)
    assert caught.value.error_id == "call_gone"


def test_queue_with_a_winner_and_a_loser(live: LiveConnector, phones: SipPhones) -> None:
    out = ring(phones, "49891700")
    for agent in (ALICE, BOB):
        assert live.state("alerting", agent).queue == "support"
    phones.answer(phones.wait_incoming("101"))
    live.state("connected")
    assert live.state("cleared", BOB).cause == "answered_elsewhere"
    phones.hangup(out)
    assert live.state("cleared").cause == "normal"
    assert live.names(BOB) == ["Delivered", "Diverted"]


def test_hold_and_retrieve_at_the_phone(live: LiveConnector, phones: SipPhones) -> None:
    _, own = talk(live, phones)
    phones.hold(own)
    assert live.state("held").held_at is not None
    phones.resume(own)
    assert live.state("connected").held_at is None


def test_attended_transfer_by_clicks_with_a_phone_that_cannot_be_controlled(
    live: LiveConnector, phones: SipPhones
) -> None:
    """The phone puts Erika on hold itself when Alice lifts it for the second call, as desk phones do."""
    out, own = talk(live, phones)
    first = live.live()[0]
    live.execute(ConsultationCall, call=first.id, number="102")
    second = phones.wait_incoming("101")
    phones.hold(own)
    phones.answer(second)
    phones.answer(phones.wait_incoming("102"))
    live.state("connected", BOB)
    asked = next(call for call in live.live() if call.id != first.id)
    assert (asked.consultation_of, asked.called.number) == (first.id, "102")
    live.execute(TransferCall, call=first.id, consultation=asked.id)
    for call in (own, second):
        phones.wait_state(call, "DISCONNECTED")
    live.until(lambda: live.sink.last(BOB).other.number == ERIKA, "Bob to talk with Erika")
    phones.hangup(out)
    assert live.state("cleared", BOB).cause == "normal"


# --- click-to-dial ---


def test_click_to_dial_rings_the_own_phone_first_and_is_never_inbound(live: LiveConnector, phones: SipPhones) -> None:
    command = live.execute(MakeCall, number="030111222", name="Erika Müster")
    own = phones.wait_incoming("101")
    assert phones.no_incoming("trunk"), "the own phone first"
    assert "030111222" in phones.seen(own).remote
    phones.answer(own)
    far = phones.wait_incoming("trunk")
    phones.answer(far)
    call = live.state("connected")
    assert (call.direction, call.role, call.command) == ("outbound", "caller", command.id)
    assert call.called.number == "030111222"
    phones.hangup(far)
    live.state("cleared")
    assert live.names() == ["Originated", "Delivered", "Established", "ConnectionCleared"]
    assert {event.call.direction for event in live.sink.told(ALICE)} == {"outbound"}
    assert len({event.call.id for event in live.sink.told(ALICE)}) == 1


def test_click_to_dial_given_up_while_the_own_phone_rings(live: LiveConnector, phones: SipPhones) -> None:
    live.execute(MakeCall, number="030111222")
    own = phones.wait_incoming("101")
    live.execute(ClearConnection, call=live.live()[0].id)
    phones.wait_state(own, "DISCONNECTED")
    assert live.state("cleared").cause == "cancelled"


def test_click_to_dial_given_up_while_the_other_side_rings(live: LiveConnector, phones: SipPhones) -> None:
    live.execute(MakeCall, number="030111222")
    phones.answer(phones.wait_incoming("101"))
    far = phones.wait_incoming("trunk")
    live.event("Delivered")
    live.execute(ClearConnection, call=live.live()[0].id)
    phones.wait_state(far, "DISCONNECTED")
    assert live.state("cleared").cause == "cancelled"


def test_click_to_dial_without_a_phone(live: LiveConnector, phones: SipPhones) -> None:
    phones.unregister("101")
    live.execute(MakeCall, number="030111222")
    assert live.state("cleared").cause == "unreachable"


def test_unknown_number(live: LiveConnector, phones: SipPhones) -> None:
    with pytest.raises(CommandRefused) as caught:
        live.execute(MakeCall, number="555")
    assert caught.value.error_id == "unknown_number"
    assert live.state("cleared").cause == "unreachable"
    assert phones.no_incoming("101")


@pytest.mark.parametrize("number", ["102\r\n\r\nAction: Originate\r\nExten: 103", "102&103", "102,1,x"])
def test_a_number_is_never_more_than_a_number(live: LiveConnector, phones: SipPhones, number: str) -> None:
    with pytest.raises(CommandRefused) as caught:
        live.execute(MakeCall, number=number)
    assert caught.value.error_id == "not_dialable"
    live.execute(MakeCall, number="102", name='x" <999>\r\nAction: Hangup')
    assert phones.seen(phones.wait_incoming("101")).remote.startswith('"x 999Action: Hangup" <sip:102@')


# --- transfer ---


def test_blind_transfer_by_a_click(live: LiveConnector, phones: SipPhones) -> None:
    out, _ = talk(live, phones)
    live.execute(SingleStepTransferCall, call=live.live()[0].id, number="102")
    ended = live.state("cleared")
    assert (ended.cause, ended.transferred_to and ended.transferred_to.number) == ("transferred", "102")
    assert live.state("alerting", BOB).caller.number == ERIKA
    phones.answer(phones.wait_incoming("102"))
    live.state("connected", BOB)
    assert phones.calls("trunk") == [out]


def test_blind_transfer_to_nowhere_keeps_the_customer(live: LiveConnector, phones: SipPhones) -> None:
    out, _ = talk(live, phones)
    with pytest.raises(CommandRefused) as caught:
        live.execute(SingleStepTransferCall, call=live.live()[0].id, number="555")
    assert caught.value.error_id == "unknown_number"
    assert live.live()[0].state == "connected"
    assert phones.calls("trunk") == [out]


def test_attended_transfer_by_the_phone(live: LiveConnector, phones: SipPhones, asterisk: AsteriskLab) -> None:
    out, own = talk(live, phones)
    phones.hold(own)
    second = phones.dial("101", "102")
    phones.answer(phones.wait_incoming("102"))
    live.until(lambda: sorted(call.state.value for call in live.sink.live().values() if call.device == "101")
               == ["connected", "held"], "two calls of Alice")  # fmt: skip
    asterisk.wait_talking("102")
    phones.attended_transfer(own, second)
    live.until(lambda: all(event.call.ended for event in live.sink.told(ALICE)[-1:]) and not [
        call for call in live.sink.live().values() if call.device == "101"], "the end of both calls")  # fmt: skip
    live.until(lambda: live.sink.last(BOB).other.number == ERIKA, "Bob talks to Erika")
    assert live.sink.last(BOB).state == "connected"
    assert phones.calls("trunk") == [out]


# --- remote control ---


def test_answer_hold_and_retrieve_by_a_click(live: LiveConnector, phones: SipPhones, talk_phone: Talk) -> None:
    phone = talk_phone("101")
    ring(phones)
    call = live.state("alerting")
    phone.wait_state("ringing")
    live.execute(AnswerCall, call=call.id)
    assert live.sink.last(ALICE).state == "connected"
    phone.wait_state("connected")
    live.execute(HoldCall, call=call.id)
    assert live.sink.last(ALICE).state == "held"
    live.execute(HoldCall, call=call.id)
    live.execute(RetrieveCall, call=call.id)
    assert live.sink.last(ALICE).state == "connected"
    assert phone.notified == ["talk", "hold", "talk"], "a state that is reached needs no second order"
    assert live.sink.last(ALICE).unsupported == NEVER | NOT_PARKED | NOT_RECORDED


def test_a_phone_that_ignores_it_loses_the_buttons_until_it_is_changed(
    live: LiveConnector, phones: SipPhones, talk_phone: Talk
) -> None:
    deaf = talk_phone("101", obeys=False)
    out = ring(phones)
    call = live.state("alerting")
    with pytest.raises(CommandRefused, match="did not obey") as caught:
        live.execute(AnswerCall, call=call.id)
    assert caught.value.error_id == "not_supported_by_phone"
    assert deaf.notified == ["talk"]
    assert live.sink.last(ALICE).unsupported["AnswerCall"] == "phone_without_remote_control"
    phones.hangup(out)
    live.state("cleared")
    deaf.close()
    talk_phone("101")
    ring(phones)
    assert live.state("alerting").unsupported == NEVER | NOT_PARKED | NOT_RECORDED
    live.execute(AnswerCall, call=live.sink.last(ALICE).id)


# --- mute, digits, presence ---


def test_mute(live: LiveConnector, phones: SipPhones) -> None:
    talk(live, phones)
    call = live.live()[0].id
    for muted in (True, True, False):
        live.execute(SetMicrophoneMute, call=call, muted=muted)
        assert live.live()[0].muted is muted


def test_digits_are_heard_in_order(live: LiveConnector, phones: SipPhones) -> None:
    talk(live, phones)
    live.execute(GenerateDigits, call=live.live()[0].id, digits="4711#")
    phones.wait_dtmf("trunk", "4711#")
    assert phones.received_dtmf("101") == ""


def test_away_is_a_pause_in_all_queues(live: LiveConnector, phones: SipPhones, asterisk: AsteriskLab) -> None:
    live.execute(SetAgentState, state=AgentState.AWAY)
    try:
        with asterisk.probe() as probe:
            members = [row for row in probe.action("QueueStatus") if row.get("StateInterface") == "PJSIP/101"]
            assert sorted((row["Queue"], row["Paused"]) for row in members) == [("support", "1"), ("viaLocal", "1")]
        out = ring(phones, "49891700")
        phones.wait_incoming("102")
        assert phones.no_incoming("101")
        phones.hangup(out)
        with LiveConnector(asterisk) as another:
            another.up()
            assert another.connector.presences()[ALICE].state is AgentState.AWAY, "known again after a restart"
    finally:
        live.execute(SetAgentState, state=AgentState.AVAILABLE)


def test_a_supervisors_pause_is_seen(live: LiveConnector, asterisk: AsteriskLab) -> None:
    with asterisk.probe() as probe:
        for paused, state in (("true", AgentState.AWAY), ("false", AgentState.AVAILABLE)):
            probe.action("QueuePause", Interface="PJSIP/102", Paused=paused)
            live.until(lambda state=state: live.sink.presences[-1:] == [(BOB, state)], f"Bob is {state}")


def test_do_not_disturb_is_refused(live: LiveConnector) -> None:
    with pytest.raises(CommandRefused) as caught:
        live.execute(SetAgentState, state=AgentState.DO_NOT_DISTURB)
    assert caught.value.error_id == "not_supported"


# --- the connection ---


def test_connection_cut_in_mid_call(asterisk: AsteriskLab, phones: SipPhones) -> None:
    with Cable(asterisk.ami_port) as cable, LiveConnector(asterisk, port=cable.port) as live:
        live.up()
        out, _ = talk(live, phones)
        call, told = live.live()[0], live.names()
        cable.cut()
        live.lost()
        live.up(resyncs=2)
        assert [known.id for known in live.live()] == [call.id]
        assert (live.names(), live.live()[0].state) == (told, "connected"), "nothing doubled, nothing ended"
        phones.hangup(out)
        assert live.state("cleared").cause == "normal"


def test_what_happened_during_the_loss_is_known_afterwards(asterisk: AsteriskLab, phones: SipPhones) -> None:
    with Cable(asterisk.ami_port) as cable, LiveConnector(asterisk, port=cable.port) as live:
        live.up()
        out, own = talk(live, phones)
        first = live.live()[0].id
        cable.pull()
        live.lost()
        phones.hangup(out)
        phones.wait_state(own, "DISCONNECTED")
        again = ring(phones)
        phones.wait_incoming("101")
        cable.plug()
        live.up(resyncs=2)
        assert live.sink.calls[ALICE, first].state == "cleared"
        (second,) = live.live()
        assert (second.state, second.caller.number, second.id != first) == ("alerting", ERIKA, True)
        phones.hangup(again)
        live.state("cleared")


def test_silence_of_the_network_is_noticed(asterisk: AsteriskLab, phones: SipPhones) -> None:
    with Cable(asterisk.ami_port) as cable, LiveConnector(asterisk, port=cable.port, answer_timeout_s=1) as live:
        live.up()
        cable.freeze()
        live.lost()
        cable.plug()
        live.up(resyncs=2)


def test_tls(asterisk: AsteriskLab, phones: SipPhones) -> None:
    with LiveConnector(asterisk, port=asterisk.ami_tls_port, tls=True, tls_ca_file=str(asterisk.ca_file)) as live:
        live.up()
        ring(phones)
        live.state("alerting")


def test_tls_with_a_certificate_that_nobody_vouches_for(
    asterisk: AsteriskLab, caplog: pytest.LogCaptureFixture
) -> None:
    with LiveConnector(asterisk, port=asterisk.ami_tls_port, tls=True) as live:
        live.lost()
    assert "its certificate is not accepted: self-signed certificate" in caplog.text


def test_wrong_password(asterisk: AsteriskLab, caplog: pytest.LogCaptureFixture) -> None:
    with LiveConnector(asterisk, secret="wrong") as live:
        live.lost("login_refused")
    assert "check username and secret" in caplog.text


def test_asterisk_restarted_in_mid_call(phones: SipPhones) -> None:
    with AsteriskLab() as lab, LiveConnector(lab) as live:
        live.up()
        lab.restart(crash=True)
        live.up(resyncs=2)
        assert live.live() == []
