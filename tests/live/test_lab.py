"""Proves the laboratory: Asterisk boots, phones call each other, remote control works; not a test of the product."""

from __future__ import annotations

import ssl
from collections.abc import Callable

import pytest

from .ami_cable import Cable
from .ami_probe import AmiProbe, AmiRefused
from .asterisk_lab import HOST, AsteriskLab
from .sip_phones import PhoneFailed, SipPhones
from .talk_phone import TalkPhone

# What a client asks after its login to learn what is going on.
SNAPSHOT = ("CoreShowChannels", "Status", "BridgeList", "CoreSettings", "CoreStatus", "QueueStatus")
STATES = ("ExtensionStateList", "DeviceStateList", "PresenceStateList", "PJSIPShowEndpoints", "PJSIPShowContacts")


def product_account(lab: AsteriskLab, port: int | None = None, tls: ssl.SSLContext | None = None) -> AmiProbe:
    return AmiProbe(lab.ami_host, port or lab.ami_port, lab.ami_user, lab.ami_secret, tls=tls)


def channel_of(probe: AmiProbe, phone: str) -> str:
    """The channel of the only call at this phone, such as PJSIP/101-00000003."""
    channels = [row["Channel"] for row in probe.action("CoreShowChannels")[1:-1]]
    return next(channel for channel in channels if channel.startswith(f"PJSIP/{phone}-"))


def test_boots_without_an_error_in_its_log_beside_another_one(asterisk: AsteriskLab) -> None:
    with AsteriskLab() as lab:
        ports = {lab.sip_port, lab.ami_port, lab.ami_tls_port}
        assert ports.isdisjoint({asterisk.sip_port, asterisk.ami_port, asterisk.ami_tls_port})
        with lab.probe() as probe:
            assert probe.banner.startswith("Asterisk Call Manager/")
        assert f"Asterisk {lab.major}." in lab.cli("core show version")
        assert [line for line in lab.log_tail(10_000).splitlines() if "ERROR" in line] == []
        folder = lab.folder
    assert not folder.exists()


def test_phones_register(asterisk: AsteriskLab, phones: SipPhones) -> None:
    assert all(phones.registered(name) for name in ("101", "102", "103", "trunk"))
    with asterisk.probe() as probe:
        contacts = probe.action("PJSIPShowContacts")[1:-1]
    assert sorted(contact["Endpoint"] for contact in contacts) == ["101", "102", "103", "trunk"]


def test_call_from_the_public_network_rings_is_answered_and_ended(phones: SipPhones) -> None:
    out = phones.dial("trunk", "49891101", display_name="Erika Müster", asserted_identity="+4930111222")
    call = phones.wait_incoming("101")
    phones.wait_state(out, "EARLY")
    assert phones.seen(call).remote.startswith('"Erika Müster" <sip:+4930111222@')
    phones.answer(call)
    phones.wait_state(out, "CONFIRMED")
    phones.hangup(call)
    phones.wait_state(out, "DISCONNECTED")


def test_refused_call_tells_the_caller_that_it_is_busy(phones: SipPhones) -> None:
    out = phones.dial("103", "101")
    phones.hangup(phones.wait_incoming("101"), 486)
    phones.wait_state(out, "DISCONNECTED")
    assert phones.seen(out).code == 486


def test_hold_by_the_phone_is_told_by_the_manager_interface(asterisk: AsteriskLab, phones: SipPhones) -> None:
    phones.dial("trunk", "49891101")
    call = phones.wait_incoming("101")
    phones.answer(call)
    with product_account(asterisk) as probe:
        phones.hold(call)
        channel = probe.wait_event("Hold")["Channel"]
        assert channel.startswith("PJSIP/101-")
        phones.resume(call)
        probe.wait_event("Unhold", Channel=channel)


def test_busy_lamp_of_a_ringing_and_talking_phone(asterisk: AsteriskLab, phones: SipPhones) -> None:
    with product_account(asterisk) as probe:
        phones.dial("103", "101")
        call = phones.wait_incoming("101")
        probe.wait_event("ExtensionStatus", Exten="101", StatusText="Ringing")
        phones.answer(call)
        probe.wait_event("ExtensionStatus", Exten="101", StatusText="InUse")


def test_keys_are_heard_by_the_other_side(phones: SipPhones) -> None:
    out = phones.dial("102", "101")
    phones.answer(phones.wait_incoming("101"))
    phones.wait_media(out, "ACTIVE")
    phones.send_dtmf(out, "4#")
    phones.wait_dtmf("101", "4#")


def test_blind_transfer(asterisk: AsteriskLab, phones: SipPhones) -> None:
    out = phones.dial("trunk", "49891101")
    call = phones.wait_incoming("101")
    phones.answer(call)
    asterisk.wait_talking("101")
    phones.blind_transfer(call, "102")
    colleague = phones.wait_incoming("102")
    phones.answer(colleague)
    phones.wait_state(call, "DISCONNECTED")
    assert phones.calls("trunk") == [out]
    assert phones.calls("102") == [colleague]


def test_transfer_to_nowhere_is_refused(asterisk: AsteriskLab, phones: SipPhones) -> None:
    phones.dial("trunk", "49891101")
    call = phones.wait_incoming("101")
    phones.answer(call)
    asterisk.wait_talking("101")
    with pytest.raises(PhoneFailed, match=r"transfer of 101/\d+ refused with 404"):
        phones.blind_transfer(call, "555")


def test_attended_transfer(asterisk: AsteriskLab, phones: SipPhones) -> None:
    out = phones.dial("trunk", "49891101")
    call = phones.wait_incoming("101")
    phones.answer(call)
    asterisk.wait_talking("101")
    phones.hold(call)
    consultation = phones.dial("101", "102")
    colleague = phones.wait_incoming("102")
    phones.answer(colleague)
    asterisk.wait_talking("102")
    phones.attended_transfer(call, consultation)
    phones.wait_state(call, "DISCONNECTED")
    phones.wait_state(consultation, "DISCONNECTED")
    assert (phones.calls("trunk"), phones.calls("102")) == ([out], [colleague])


@pytest.mark.parametrize("number", ["49891700", "49891800"])
def test_queue_and_group_ring_two_phones(phones: SipPhones, number: str) -> None:
    phones.dial("trunk", number)
    taken, lost = phones.wait_incoming("101"), phones.wait_incoming("102")
    phones.answer(taken)
    phones.wait_state(lost, "DISCONNECTED")
    assert phones.seen(lost).code == 487


def test_internal_group_rings_two_phones(phones: SipPhones) -> None:
    phones.dial("103", "199")
    phones.wait_incoming("101")
    phones.answer(phones.wait_incoming("102"))


def test_queue_through_local_channels(asterisk: AsteriskLab, phones: SipPhones) -> None:
    phones.dial("trunk", "49891701")
    phones.answer(phones.wait_incoming("101"))
    asterisk.wait_talking("101")
    with asterisk.probe() as probe:
        names = [row["Channel"].split("-")[0] for row in probe.action("CoreShowChannels")[1:-1]]
    assert sorted(set(names)) == ["Local/101@agents", "PJSIP/101", "PJSIP/trunk"]


def test_outside_line_pickup_and_forwarding(phones: SipPhones) -> None:
    phones.dial("103", "0301234567")
    phones.answer(phones.wait_incoming("trunk"))
    phones.dial("103", "101")
    ringing = phones.wait_incoming("101")
    pickup = phones.dial("102", "*8101")
    phones.wait_state(pickup, "CONFIRMED")
    phones.wait_state(ringing, "DISCONNECTED")
    phones.dial("103", "101")
    phones.forward(phones.wait_incoming("101"), "102")
    phones.wait_incoming("102")


@pytest.mark.usefixtures("asterisk")  # skips where there can be no laboratory
def test_nobody_answers() -> None:
    with AsteriskLab(ring_seconds=1) as lab, SipPhones(lab.passwords, lab.host, lab.sip_port) as phones:
        out = phones.dial("trunk", "49891101")
        missed = phones.wait_incoming("101")
        phones.wait_state(missed, "DISCONNECTED")
        phones.wait_state(out, "DISCONNECTED")


def test_attended_transfer_by_the_manager_interface(asterisk: AsteriskLab, phones: SipPhones) -> None:
    phones.dial("trunk", "49891101")
    call = phones.wait_incoming("101")
    phones.answer(call)
    asterisk.wait_talking("101")
    with product_account(asterisk) as probe:
        probe.action("Atxfer", Channel=channel_of(probe, "101"), Context="internal", Exten="102")
        phones.answer(phones.wait_incoming("102"))
        phones.hangup(call)
        probe.wait_event("AttendedTransfer", Result="Success")


def test_notify_talk_and_hold_control_a_phone_that_obeys(
    asterisk: AsteriskLab, phones: SipPhones, talk_phone: Callable[..., TalkPhone]
) -> None:
    desk = talk_phone("101")
    out = phones.dial("trunk", "49891101")
    desk.wait_state("ringing")
    with product_account(asterisk) as probe:
        channel = channel_of(probe, "101")
        probe.action("PJSIPNotify", Channel=channel, Variable="Event=talk")
        desk.wait_state("connected")
        phones.wait_media(out, "ACTIVE")
        probe.action("PJSIPNotify", Channel=channel, Variable="Event=hold")
        probe.wait_event("Hold", Channel=channel)
        assert desk.state == "held"
        probe.action("PJSIPNotify", Channel=channel, Variable="Event=talk")
        probe.wait_event("Unhold", Channel=channel)
    desk.hangup()
    phones.wait_state(out, "DISCONNECTED")


def test_notify_talk_does_nothing_at_a_phone_that_ignores_it(
    asterisk: AsteriskLab, phones: SipPhones, talk_phone: Callable[..., TalkPhone]
) -> None:
    desk = talk_phone("101", obeys=False)
    out = phones.dial("trunk", "49891101")
    desk.wait_state("ringing")
    with product_account(asterisk) as probe:
        probe.action("PJSIPNotify", Channel=channel_of(probe, "101"), Variable="Event=talk")
        desk.wait_notified("talk")
    assert desk.state == "ringing"
    desk.answer()
    phones.wait_state(out, "CONFIRMED")


def test_product_account_has_the_rights_it_needs_and_no_console(asterisk: AsteriskLab, phones: SipPhones) -> None:
    with product_account(asterisk) as product, asterisk.probe() as everything:
        for action in SNAPSHOT + STATES:
            assert product.action(action)[0]["Response"] == "Success"
        with pytest.raises(AmiRefused, match="Permission denied"):
            product.action("Command", Command="core show version")
        phones.hangup(phones.dial("103", "101"))
        everything.wait_event("CEL", EventName="HANGUP")
        product.wait_event("Hangup")
        # Asterisk keeps one queue of events for all connections: had the CEL passed the filter, it would be here.
        product.action("Ping")
        assert {"CEL", "VarSet", "Newexten"}.isdisjoint(event["Event"] for event in product.events)


def test_manager_interface_over_tls_and_with_a_wrong_password(asterisk: AsteriskLab) -> None:
    trust = ssl.create_default_context(cafile=asterisk.ca_file)
    with product_account(asterisk, asterisk.ami_tls_port, trust) as probe:
        assert probe.action("Ping")[0]["Ping"] == "Pong"
    with pytest.raises(AmiRefused, match="Authentication failed"):
        AmiProbe(HOST, asterisk.ami_port, asterisk.ami_user, "wrong")
    with pytest.raises(ssl.SSLCertVerificationError):
        product_account(asterisk, asterisk.ami_tls_port, ssl.create_default_context())


def test_cable_breaks_refuses_and_comes_back(asterisk: AsteriskLab) -> None:
    with Cable(asterisk.ami_port) as cable:
        with product_account(asterisk, cable.port) as probe:
            cable.pull()
            with pytest.raises(ConnectionError):
                probe.wait_event("NeverSent")
        with pytest.raises(ConnectionRefusedError):
            product_account(asterisk, cable.port)
        cable.plug()
        with product_account(asterisk, cable.port) as probe:
            cable.freeze()
            with pytest.raises(TimeoutError):
                probe.wait_event("NeverSent", 0.2)
            cable.plug()
            probe.action("Ping")
        assert cable.accepted == 2


@pytest.mark.parametrize("crash", [False, True])
def test_restart_ends_calls_and_keeps_registrations(asterisk: AsteriskLab, phones: SipPhones, crash: bool) -> None:
    out = phones.dial("trunk", "49891101")
    phones.answer(phones.wait_incoming("101"))
    port = asterisk.ami_port
    asterisk.restart(crash=crash)
    assert asterisk.ami_port == port
    asterisk.wait_idle()
    phones.reset()
    out = phones.dial("trunk", "49891101")
    phones.answer(phones.wait_incoming("101"))
    phones.wait_state(out, "CONFIRMED")


def test_errors_say_what_was_seen(phones: SipPhones) -> None:
    out = phones.dial("103", "101")
    ringing = phones.wait_incoming("101")
    with pytest.raises(TimeoutError, match=r"no CONFIRMED of 101/\d+ within 0\.05 s; seen: .* INCOMING .* EARLY"):
        phones.wait_state(ringing, "CONFIRMED", 0.05)
    phones.hangup(out)
    with pytest.raises(PhoneFailed, match="there is no phone 999, only 101 102 103 trunk"):
        phones.dial("999", "101")
