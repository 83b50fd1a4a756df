"""Calls as they happen on a floor, at a real Asterisk with real phones; nobody clicks unless a story says so.

Single commands and the connection have their tests in test_asterisk_connector.py.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from cti_adapter.domain.call import Call
from cti_adapter.domain.commands import MakeCall

from .ami_cable import Cable
from .asterisk_connector import ALICE, BOB, LiveConnector
from .asterisk_lab import AsteriskLab
from .sip_phones import SipPhones

ERIKA = "+4930111222"
OUTSIDE = "030111222"  # 0 is the outside line


@pytest.fixture
def live(asterisk: AsteriskLab, phones: SipPhones) -> Iterator[LiveConnector]:
    """Runs from before the test until after it; the phones are quiet at the beginning."""
    with LiveConnector(asterisk) as live:
        live.up()
        yield live


def talk(live: LiveConnector, phones: SipPhones, asterisk: AsteriskLab) -> tuple[str, str, str]:
    """Erika talks to Alice: Erika's call, the one at the phone 101, and the id that Alice is told."""
    out = phones.dial("trunk", "49891101", asserted_identity=ERIKA)
    own = phones.wait_incoming("101")
    phones.answer(own)
    asterisk.wait_talking("101")
    return out, own, live.state("connected").id


def of(live: LiveConnector, call: str) -> Call:
    """The newest record of this call of Alice's."""
    return live.sink.calls[ALICE, call]


def handed_over(live: LiveConnector, call: str) -> None:
    """Alice is out of it, and Bob talks to Erika."""
    live.until(lambda: of(live, call).state == "cleared", "the end of Alice's call")
    assert of(live, call).cause == "transferred"
    live.until(lambda: live.sink.last(BOB).other.number == ERIKA, "Bob sees Erika")
    live.state("connected", BOB)


@pytest.mark.parametrize(("number", "queue"), [("49891700", "support"), ("49891800", None)])
def test_the_one_who_did_not_answer_has_missed_nothing(
    live: LiveConnector, phones: SipPhones, number: str, queue: str | None
) -> None:
    phones.dial("trunk", number, asserted_identity=ERIKA)
    live.state("alerting")
    live.state("alerting", BOB)
    phones.answer(phones.wait_incoming("102"))
    loser, winner = live.state("cleared"), live.state("connected", BOB)
    assert loser.cause == "answered_elsewhere"
    assert (loser.queue, winner.queue) == (queue, queue)
    assert (winner.queued_at is not None) is (queue is not None)
    assert winner.caller.number == ERIKA
    assert loser.id != winner.id


def test_queue_whose_member_is_a_local_channel(live: LiveConnector, phones: SipPhones) -> None:
    out = phones.dial("trunk", "49891701", asserted_identity=ERIKA)
    phones.answer(phones.wait_incoming("101"))
    call = live.state("connected")
    assert (call.queue, call.caller.number, call.device) == ("viaLocal", ERIKA, "101")
    assert call.queued_at is not None
    phones.hangup(out)
    live.state("cleared")
    assert live.names() == ["Delivered", "Established", "ConnectionCleared"]


def test_picked_up_by_a_colleague(live: LiveConnector, phones: SipPhones) -> None:
    phones.dial("trunk", "49891101", asserted_identity=ERIKA)
    live.state("alerting")
    phones.wait_state(phones.dial("102", "*8101"), "CONFIRMED")
    assert live.state("cleared").cause == "answered_elsewhere"
    call = live.state("connected", BOB)
    assert (call.role, call.direction, call.other.number) == ("called", "inbound", ERIKA)
    # Bob dialled the pickup code and got a call to somebody else: the one time that the role of a call changes.
    # Whether dialling is told before depends on which of Asterisk's threads is quicker.
    assert set(live.sink.broken) <= {f"Established of {call.id}: role, device or beginning changed"}
    live.sink.broken.clear()


def test_dialled_at_the_phone(live: LiveConnector, phones: SipPhones) -> None:
    phones.dial("101", OUTSIDE)
    phones.answer(phones.wait_incoming("trunk"))
    call = live.state("connected")
    assert (call.direction, call.role, call.called.number, call.command) == ("outbound", "caller", OUTSIDE, None)
    assert live.names() == ["Originated", "Delivered", "Established"]


def test_click_calls_a_colleague(live: LiveConnector, phones: SipPhones) -> None:
    live.execute(MakeCall, number="102")
    phones.answer(phones.wait_incoming("101"))
    phones.answer(phones.wait_incoming("102"))
    hers, his = live.state("connected"), live.state("connected", BOB)
    assert (hers.direction, hers.role, hers.called.number) == ("internal", "caller", "102")
    assert (his.direction, his.role, his.caller.number) == ("internal", "called", "101")


@pytest.mark.parametrize(("code", "cause"), [(486, "busy"), (603, "declined"), (404, "unreachable")])
def test_the_other_side_does_not_want(live: LiveConnector, phones: SipPhones, code: int, cause: str) -> None:
    live.execute(MakeCall, number=OUTSIDE)
    phones.answer(phones.wait_incoming("101"))
    phones.hangup(phones.wait_incoming("trunk"), code)
    assert live.state("cleared").cause == cause


def test_a_colleague_who_is_put_on_hold_sees_it(live: LiveConnector, phones: SipPhones) -> None:
    out = phones.dial("101", "102")
    phones.answer(phones.wait_incoming("102"))
    live.state("connected", BOB)
    phones.hold(out)
    live.state("held")
    live.until(lambda: live.sink.last(BOB).remote_hold, "Bob is held by Alice")
    assert live.sink.last(BOB).state == "connected"
    phones.resume(out)
    live.until(lambda: not live.sink.last(BOB).remote_hold, "Bob is taken back")
    assert live.state("connected").held_at is None


def test_blind_transfer_at_the_phone(live: LiveConnector, phones: SipPhones, asterisk: AsteriskLab) -> None:
    out, own, call = talk(live, phones, asterisk)
    phones.blind_transfer(own, "102")
    phones.answer(phones.wait_incoming("102"))
    handed_over(live, call)
    phones.hangup(out)
    assert live.state("cleared", BOB).cause == "normal"


def test_consultation_then_attended_transfer(live: LiveConnector, phones: SipPhones, asterisk: AsteriskLab) -> None:
    _, own, call = talk(live, phones, asterisk)
    phones.hold(own)
    second = phones.dial("101", "102")
    phones.answer(phones.wait_incoming("102"))
    asterisk.wait_talking("102")
    consultation = live.state("connected")
    assert (consultation.consultation_of, of(live, call).state) == (call, "held")
    phones.attended_transfer(own, second)
    handed_over(live, call)
    live.until(lambda: of(live, consultation.id).ended, "the end of the consultation")
    assert live.live() == []
    assert live.sink.last(BOB).caller.number == ERIKA


@pytest.mark.parametrize("crash", [False, True])
def test_asterisk_restarts_in_mid_call(asterisk: AsteriskLab, phones: SipPhones, crash: bool) -> None:
    with LiveConnector(asterisk) as live:
        live.up()
        call = talk(live, phones, asterisk)[2]
        asterisk.restart(crash=crash)
        live.up(resyncs=2)
        live.until(lambda: of(live, call).ended, "the end of what Asterisk has forgotten")
        assert live.live() == []
        phones.reset()
        assert talk(live, phones, asterisk)[2] != call


def test_held_while_the_connection_was_lost(asterisk: AsteriskLab, phones: SipPhones) -> None:
    with Cable(asterisk.ami_port) as cable, LiveConnector(asterisk, port=cable.port) as live:
        live.up()
        _, own, call = talk(live, phones, asterisk)
        cable.pull()
        live.lost()
        phones.hold(own)
        cable.plug()
        live.up(resyncs=2)
        assert live.state("held").id == call
        phones.resume(own)
        live.state("connected")
        assert live.names() == ["Delivered", "Established", "Held", "Retrieved"]


def test_tls_where_asterisk_speaks_none(asterisk: AsteriskLab, caplog: pytest.LogCaptureFixture) -> None:
    with LiveConnector(asterisk, tls=True, tls_ca_file=str(asterisk.ca_file), connect_timeout_s=1) as live:
        live.lost()
    assert "trying again" in caplog.text
