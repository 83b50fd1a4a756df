"""Calls of which there is no recording, written down as Asterisk would tell them."""

import pytest

from fakes.asterisk_events import BUSY, DOWN, RING, RINGING, UNKNOWN, UP, Chan, Script
from support.stories import events_of, stories

ERIKA = '+4930111222 "Erika Muster"'
RINGS = f'Delivered alerting inbound {ERIKA} > *101 "Alice"'
TALKS = f'Established connected inbound {ERIKA} > *101 "Alice"'
OVER = f'ConnectionCleared cleared inbound {ERIKA} > *101 "Alice" cause=normal'


def told(script: Script, agent: str = "101") -> list[list[str]]:
    return stories(events_of(script.messages).get(agent, []))


def talking(script: Script, bridge: str = "b1") -> tuple[Chan, Chan]:
    """Erika has called Alice, and they talk."""
    erika = script.outside()
    alice = script.ring(erika, "101")
    script.answer(erika, alice, bridge)
    return erika, alice


def outgoing(script: Script) -> tuple[Chan, Chan]:
    """Alice has dialled out, and it rings there."""
    alice = script.lifts("101", "0301234567")
    trunk = script.make("PJSIP/trunk", state=DOWN, of=alice, cid=("0301234567", UNKNOWN))
    script.dial(alice, trunk)
    return alice, trunk


# --- calls made by the agent -----------------------------------------------------------------------------------------


def test_outgoing_cancelled_by_the_agent() -> None:
    script = Script()
    alice, trunk = outgoing(script)
    script.ask_hangup(alice, 127, 487)
    script.dial_end(alice, trunk, "CANCEL")
    script.hangup(alice, cause=127, tech=487)
    script.hangup(trunk, cause=127, tech=500)

    assert told(script)[0][-1] == 'ConnectionCleared cleared outbound *101 "Alice" > 0301234567 cause=cancelled'
    assert len(told(script)[0]) == 3


def test_outgoing_not_answered_in_time() -> None:
    script = Script()
    alice, trunk = outgoing(script)
    script.wait(20)
    script.dial_end(alice, trunk, "NOANSWER")
    script.hangup(trunk, cause=0)
    script.hangup(alice, cause=16)

    assert told(script)[0][-1] == 'ConnectionCleared cleared outbound *101 "Alice" > 0301234567 cause=no_answer'


@pytest.mark.parametrize(
    ("status", "cause", "tech", "expected"),
    [
        ("NOANSWER", 21, 603, "declined"),
        ("BUSY", 17, 486, "busy"),
        ("CONGESTION", 34, 503, "unreachable"),
        ("CHANUNAVAIL", 1, 404, "unreachable"),
        ("NOANSWER", 1, 404, "unreachable"),
        ("CONGESTION", 21, 603, "declined"),
    ],
)
def test_outgoing_turned_away(status: str, cause: int, tech: int, expected: str) -> None:
    script = Script()
    alice, trunk = outgoing(script)
    script.ask_hangup(trunk, cause, tech)
    script.dial_end(alice, trunk, status)
    script.hangup(trunk, alice, cause=cause, tech=tech)

    assert told(script)[0][-2:] == [
        f'Failed failed outbound *101 "Alice" > 0301234567 cause={expected}',
        f'ConnectionCleared cleared outbound *101 "Alice" > 0301234567 cause={expected}',
    ]


@pytest.mark.parametrize(("seconds", "expected"), [(0.4, "unreachable"), (25.0, "no_answer")])
def test_480_means_nobody_there_at_once_and_nobody_answering_later(seconds: float, expected: str) -> None:
    script = Script()
    alice, trunk = outgoing(script)
    script.wait(seconds)
    script.ask_hangup(trunk, 19, 480)
    script.dial_end(alice, trunk, "NOANSWER")
    script.hangup(trunk, alice, cause=19, tech=480)

    assert told(script)[0][-1].endswith(f"cause={expected}")


def test_second_trunk_is_tried_before_the_call_fails() -> None:
    script = Script()
    alice = script.lifts("101", "0301234567")
    first = script.make("PJSIP/trunk", state=DOWN, of=alice, cid=("0301234567", UNKNOWN))
    script.dial(alice, first, rings=False)
    script.dial_end(alice, first, "CONGESTION")
    script.hangup(first, cause=34, tech=503)
    second = script.make("PJSIP/backup", state=DOWN, of=alice, cid=("0301234567", UNKNOWN))
    script.dial(alice, second)
    script.answer(alice, second, "b1")
    script.finish("b1", alice, second)

    assert [line.split()[0] for line in told(script)[0]] == [
        "Originated",
        "Delivered",
        "Established",
        "ConnectionCleared",
    ]


def test_busy_tone_fails_the_call_while_the_agent_still_hears_it() -> None:
    script = Script()
    alice, trunk = outgoing(script)
    script.dial_end(alice, trunk, "BUSY")
    script.hangup(trunk, cause=17, tech=486)
    script.state(alice, BUSY)
    heard = told(script)[0][-1]
    script.wait(10)
    script.ask_hangup(alice, 127, 487)
    script.hangup(alice, cause=127, tech=487)

    assert heard == 'Failed failed outbound *101 "Alice" > 0301234567 cause=busy'
    assert told(script)[0][-1] == 'ConnectionCleared cleared outbound *101 "Alice" > 0301234567 cause=busy'
    assert len(told(script)[0]) == 4


def test_unknown_number_that_makes_no_channel_tells_nothing() -> None:
    script = Script()
    script.event("ChallengeSent", {}, Service="PJSIP", AccountID="101")
    script.event("SuccessfulAuth", {}, Service="PJSIP", AccountID="101")

    assert events_of(script.messages) == {}


def test_unknown_number_that_the_dial_plan_refuses() -> None:
    script = Script()
    alice = script.lifts("101", "0999")
    script.hangup(alice, cause=1)

    assert told(script) == [
        [
            'Originated initiated outbound *101 "Alice" > 0999',
            'Failed failed outbound *101 "Alice" > 0999 cause=unreachable',
            'ConnectionCleared cleared outbound *101 "Alice" > 0999 cause=unreachable',
        ]
    ]


def test_voicemail_or_echo_test_is_no_talk_with_anybody() -> None:
    script = Script()
    alice = script.lifts("101", "600")
    script.state(alice, UP)
    script.ask_hangup(alice)
    script.hangup(alice)

    assert [line.split()[0] for line in told(script)[0]] == ["Originated", "ConnectionCleared"]
    assert told(script)[0][-1].endswith("cause=normal")


def test_agent_waits_in_a_queue() -> None:
    script = Script()
    alice = script.lifts("101", "700")
    script.state(alice, UP)
    script.event("QueueCallerJoin", alice.headers(), Queue="support", Position="1", Count="1")
    bob = script.make("PJSIP/102", state=DOWN, of=alice)
    script.dial(alice, bob)
    script.state(bob, UP)
    script.dial_end(alice, bob, "ANSWER")
    script.event("QueueCallerLeave", alice.headers(), Queue="support", Position="1", Count="0")
    script.enter("b1", bob, alice)
    script.finish("b1", alice, bob)

    assert told(script) == [
        [
            'Originated initiated outbound *101 "Alice" > 700',
            'Queued queued internal *101 "Alice" > 700 queue=support',
            'Delivered initiated internal *101 "Alice" > 700 queue=support',
            'Established connected internal *101 "Alice" > 700 queue=support',
            'ConnectionCleared cleared internal *101 "Alice" > 700 queue=support cause=normal',
        ]
    ]
    assert told(script, "102")[0][0] == 'Delivered alerting internal 101 "Alice" > *102 "Bob" queue=support'


# --- click-to-dial ---------------------------------------------------------------------------------------------------


def originated(script: Script, **given: str) -> Chan:
    """An Originate rings Alice's own phone."""
    alice = script.make("PJSIP/101", state=DOWN, **given)
    alice.number, alice.label, alice.connected = "0301234567", "0301234567", ("0301234567", "0301234567")
    script.event("NewCallerid", alice.headers(), **{"CID-CallingPres": "0 (Presentation Allowed, Not Screened)"})
    script.dial(None, alice)
    return alice


def test_originate_not_answered_by_the_agent() -> None:
    script = Script()
    alice = originated(script)
    script.wait(12)
    script.dial_end(None, alice, "NOANSWER")
    script.hangup(alice, cause=0)
    script.event("OriginateResponse", {"Channel": alice.name, "Uniqueid": alice.uid}, Response="Failure", Reason="3")

    assert told(script) == [
        [
            'Originated initiated outbound *101 "Alice" > 0301234567',
            'ConnectionCleared cleared outbound *101 "Alice" > 0301234567 cause=no_answer',
        ]
    ]


def test_originate_given_up_by_its_timer_is_not_answered() -> None:
    script = Script()
    alice = originated(script)
    script.wait(12)
    script.dial_end(None, alice, "CANCEL")
    script.hangup(alice, cause=0)

    assert told(script)[0][-1].endswith("cause=no_answer")


def test_originate_hung_up_while_the_own_phone_rings_is_cancelled() -> None:
    script = Script()
    alice = originated(script)
    script.dial_end(None, alice, "CANCEL")
    script.hangup(alice, cause=16)

    assert told(script)[0][-1].endswith("cause=cancelled")


def test_originate_refused_at_the_own_phone_is_cancelled() -> None:
    script = Script()
    alice = originated(script)
    script.ask_hangup(alice, 21, 603)
    script.dial_end(None, alice, "NOANSWER")
    script.hangup(alice, cause=21, tech=603)

    assert told(script)[0][-1].endswith("cause=cancelled")


def test_originate_whose_called_side_is_busy() -> None:
    script = Script()
    alice = originated(script)
    script.state(alice, UP)
    script.dial_end(None, alice, "ANSWER")
    alice.exten = "0301234567"
    trunk = script.make("PJSIP/trunk", state=DOWN, of=alice, cid=("0301234567", UNKNOWN))
    script.dial(alice, trunk)
    script.ask_hangup(trunk, 17, 486)
    script.dial_end(alice, trunk, "BUSY")
    script.hangup(trunk, alice, cause=17, tech=486)

    assert [line.rsplit(" ", 1)[-1] for line in told(script)[0][-2:]] == ["cause=busy", "cause=busy"]


def test_originate_through_a_local_channel_does_not_pop_as_incoming() -> None:
    """The way of FreePBX: Originate calls Local/101, whose other end rings the phone."""
    script = Script()
    one, two = script.local("101", of=None)
    one.linkedid = two.linkedid = one.uid
    two.number, two.label = "0301234567", UNKNOWN
    script.dial(None, one, rings=False)
    alice = script.make("PJSIP/101", state=DOWN, of=one)
    script.dial(two, alice)
    script.answer(two, alice, "b1")
    one.exten = "0301234567"
    trunk = script.make("PJSIP/trunk", state=DOWN, of=one, cid=("0301234567", UNKNOWN))
    script.dial(one, trunk)
    script.answer(one, trunk, "b2")
    script.finish("b1", alice, two)
    script.hangup(one, trunk)

    assert told(script) == [
        [
            'Originated initiated outbound *101 "Alice" > 0301234567',
            'Delivered initiated outbound *101 "Alice" > 0301234567',
            'Established connected outbound *101 "Alice" > 0301234567',
            'ConnectionCleared cleared outbound *101 "Alice" > 0301234567 cause=normal',
        ]
    ]


def test_originate_of_a_dialler_rings_the_agent_with_the_party_called_first() -> None:
    script = Script()
    one, two = script.local("0301234567", of=None)
    one.linkedid = two.linkedid = one.uid
    script.dial(None, one, rings=False)
    trunk = script.make("PJSIP/trunk", state=DOWN, of=one, cid=("0301234567", UNKNOWN))
    script.dial(two, trunk)
    script.answer(two, trunk, "b1")
    alice = script.ring(one, "101")
    script.answer(one, alice, "b2")

    assert told(script) == [
        [
            'Delivered alerting outbound 0301234567 > *101 "Alice"',
            'Established connected outbound 0301234567 > *101 "Alice"',
        ]
    ]


# --- hold ------------------------------------------------------------------------------------------------------------


def test_hold_by_the_other_side() -> None:
    script = Script()
    erika, alice = talking(script)
    script.hold(erika)
    script.hold(erika, on=False)
    script.hold(erika, on=False)
    script.finish("b1", erika, alice)

    assert told(script) == [
        [
            RINGS,
            TALKS,
            f'Held connected inbound {ERIKA} > *101 "Alice" remote_hold',
            f'Retrieved connected inbound {ERIKA} > *101 "Alice"',
            OVER,
        ]
    ]


def test_both_sides_hold() -> None:
    script = Script()
    erika, alice = talking(script)
    script.hold(alice)
    script.hold(erika)
    script.hold(alice, on=False)
    script.hold(erika, on=False)

    assert told(script)[0][2:] == [
        f'Held held inbound {ERIKA} > *101 "Alice"',
        f'Held held inbound {ERIKA} > *101 "Alice" remote_hold',
        f'Retrieved connected inbound {ERIKA} > *101 "Alice" remote_hold',
        f'Retrieved connected inbound {ERIKA} > *101 "Alice"',
    ]


def test_unhold_without_hold_tells_nothing() -> None:
    script = Script()
    _, alice = talking(script)
    script.hold(alice, on=False)

    assert told(script) == [[RINGS, TALKS]]


def test_hold_between_colleagues_is_seen_by_both() -> None:
    script = Script()
    alice = script.lifts("101", "102")
    bob = script.ring(alice, "102")
    script.answer(alice, bob, "b1")
    script.hold(alice)

    assert told(script)[0][-1] == 'Held held internal *101 "Alice" > 102 "Bob"'
    assert told(script, "102")[0][-1] == 'Held connected internal 101 "Alice" > *102 "Bob" remote_hold'


def test_two_calls_swapped_on_one_phone() -> None:
    script = Script()
    _, alice = talking(script)
    second = script.make("PJSIP/trunk", state=RING, exten="49891101", cid=("+49405555", UNKNOWN))
    waiting = script.ring(second, "101")
    script.hold(alice)
    script.answer(second, waiting, "b2")
    script.hold(waiting)
    script.hold(alice, on=False)

    first, other = told(script)
    assert [line.split()[1] for line in first] == ["alerting", "connected", "held", "connected"]
    assert [line.split()[1] for line in other] == ["alerting", "connected", "held"]


def test_phone_that_takes_a_call_back_before_it_holds_the_other() -> None:
    """Resume first, hold second: both are told, at the times they happened."""
    script = Script()
    _, alice = talking(script)
    script.hold(alice)
    bob_leg = script.lifts("101", "102")
    bob = script.ring(bob_leg, "102")
    script.answer(bob_leg, bob, "b2")
    taken_back = script.now
    script.hold(alice, on=False)
    script.hold(bob_leg)
    script.wait(1)
    script.event("DTMFEnd", alice.headers(), Digit="1")

    events = [event for event in events_of(script.messages)["101"] if event.event == "Retrieved"]
    assert [event.at for event in events] == [taken_back]


# --- transfers -------------------------------------------------------------------------------------------------------


def blind(script: Script, alice: Chan, erika: Chan, to: str) -> None:
    """Alice hands Erika over to ``to``."""
    script.hold(alice, on=False)
    script.event(
        "BlindTransfer",
        alice.headers("Transferer"),
        erika.headers("Transferee"),
        Result="Success",
        Extension=to,
        IsExternal="Yes",
        BridgeUniqueid="b1",
    )
    erika.exten = to
    script.leave("b1", alice)
    script.hangup(alice)
    script.leave("b1", erika)


def test_blind_transfer_not_answered() -> None:
    script = Script()
    erika, alice = talking(script)
    blind(script, alice, erika, "102")
    bob = script.ring(erika, "102")
    script.wait(12)
    script.dial_end(erika, bob, "NOANSWER")
    script.hangup(bob, cause=0)
    script.hangup(erika, cause=16)

    assert told(script) == [
        [RINGS, TALKS, f'Transferred cleared inbound {ERIKA} > *101 "Alice" cause=transferred to=102']
    ]
    assert told(script, "102") == [
        [
            f'Delivered alerting inbound {ERIKA} > *102 "Bob" from=101 "Alice"',
            f'ConnectionCleared cleared inbound {ERIKA} > *102 "Bob" cause=missed from=101 "Alice"',
        ]
    ]


def test_blind_transfer_outside() -> None:
    script = Script()
    erika, alice = talking(script)
    blind(script, alice, erika, "0401111")

    assert told(script)[0][-1].endswith("cause=transferred to=0401111")


def test_failed_blind_transfer_changes_nothing() -> None:
    script = Script()
    erika, alice = talking(script)
    script.event(
        "BlindTransfer",
        alice.headers("Transferer"),
        erika.headers("Transferee"),
        Result="Invalid",
        Extension="999",
    )
    script.finish("b1", alice, erika)

    assert told(script) == [[RINGS, TALKS, OVER]]


def blonde(script: Script, *, tell: bool = True) -> None:
    """Alice hands Erika over to Bob while his phone still rings; Bob answers."""
    erika, alice = talking(script)
    script.hold(alice)
    second = script.lifts("101", "102")
    bob = script.ring(second, "102")
    script.hold(alice, on=False)
    script.leave("b1", erika)
    if tell:
        script.event(
            "AttendedTransfer",
            alice.headers("OrigTransferer"),
            second.headers("SecondTransferer"),
            erika.headers("Transferee"),
            Result="Success",
            DestType="App",
            DestApp="Dial",
        )
    second_husk = second.headers() | {"Channel": second.name + "<ZOMBIE>"}
    script.event("Hangup", second_husk, Cause="16")
    script.leave("b1", alice)
    script.hangup(alice)
    script.wait(1)
    script.state(bob, UP)
    script.dial_end(erika, bob, "ANSWER")
    script.enter("b2", bob, erika)
    script.finish("b2", erika, bob)


def test_blonde_transfer() -> None:
    script = Script()
    blonde(script)

    assert told(script) == [
        [
            RINGS,
            TALKS,
            f'Held held inbound {ERIKA} > *101 "Alice"',
            f'Transferred cleared inbound {ERIKA} > *101 "Alice" cause=transferred to=102 "Bob"',
        ],
        [
            'Originated initiated internal *101 "Alice" > 102 consultation',
            'Delivered initiated internal *101 "Alice" > 102 "Bob" consultation',
            f'Transferred cleared internal *101 "Alice" > 102 "Bob" cause=transferred to={ERIKA} consultation',
        ],
    ]
    assert told(script, "102") == [
        [
            'Delivered alerting internal 101 "Alice" > *102 "Bob"',
            f'Transferred alerting inbound {ERIKA} > *102 "Bob" from=101 "Alice"',
            f'Established connected inbound {ERIKA} > *102 "Bob" from=101 "Alice"',
            f'ConnectionCleared cleared inbound {ERIKA} > *102 "Bob" cause=normal from=101 "Alice"',
        ]
    ]


def test_blonde_transfer_whose_event_was_lost_still_shows_the_real_caller() -> None:
    script = Script()
    blonde(script, tell=False)

    assert told(script, "102")[0][-2].startswith("Established connected inbound")
    assert told(script, "102")[0][-2].endswith(f'{ERIKA} > *102 "Bob" from=101 "Alice"')


def test_attended_transfer_cancelled_by_ami_goes_back_to_the_caller() -> None:
    script = Script()
    erika, alice = talking(script)
    script.event("Hold", alice.headers())
    one, two = script.local("102", of=erika, carries=alice)
    script.enter("b2", one)
    script.leave("b1", alice)
    script.enter("b2", alice)
    bob = script.make("PJSIP/102", state=DOWN, of=erika)
    script.dial(two, bob)
    script.answer(two, bob, "b3")
    script.leave("b2", alice)
    script.enter("b1", alice)
    script.leave("b2", one)
    script.leave("b3", two, bob)
    script.hangup(one, two, bob)
    script.finish("b1", erika, alice)

    assert told(script) == [
        [
            RINGS,
            TALKS,
            f'Held held inbound {ERIKA} > *101 "Alice"',
            f'Retrieved connected inbound {ERIKA} > *101 "Alice"',
            OVER,
        ]
    ]
    assert told(script, "102") == [
        [
            'Delivered alerting internal 101 "Alice" > *102 "Bob"',
            'Established connected internal 101 "Alice" > *102 "Bob"',
            'ConnectionCleared cleared internal 101 "Alice" > *102 "Bob" cause=normal',
        ]
    ]


def test_agent_is_transferred_by_a_colleague() -> None:
    """Carol calls Alice and hands her over to Bob: Alice's call goes on, with another party."""
    script = Script()
    carol = script.lifts("103", "101")
    alice = script.ring(carol, "101")
    script.answer(carol, alice, "b1")
    script.event(
        "BlindTransfer",
        carol.headers("Transferer"),
        alice.headers("Transferee"),
        Result="Success",
        Extension="102",
    )
    script.leave("b1", carol, alice)
    script.hangup(carol)
    alice.exten = "102"
    bob = script.ring(alice, "102")
    script.answer(alice, bob, "b2")
    script.finish("b2", alice, bob)

    assert told(script)[0][2:] == [
        'Transferred connected internal 102 "Bob" > *101 "Alice" from=103 "Carol"',
        'ConnectionCleared cleared internal 102 "Bob" > *101 "Alice" cause=normal from=103 "Carol"',
    ]
    assert told(script, "103")[0][-1].endswith("cause=transferred to=102")


def test_hangup_by_ami_of_a_call_through_a_local_channel_is_no_transfer() -> None:
    """Nobody says BYE: the agent's channel ends first, and the caller's follows in the same moment."""
    script = Script()
    erika = script.outside()
    one, two = script.local("101", of=erika, option="No", carries=erika)
    script.dial(erika, one, rings=False)
    alice = script.make("PJSIP/101", state=DOWN, of=erika)
    script.dial(two, alice)
    script.answer(two, alice, "b1")
    script.enter("b2", one, erika)
    script.leave("b1", alice)
    ended = script.now
    script.hangup(alice)
    script.leave("b1", two)
    script.leave("b2", one, erika)
    script.hangup(two, one, erika)

    assert told(script) == [[RINGS, TALKS, OVER]]
    assert events_of(script.messages)["101"][-1].call.ended_at == ended


def test_attended_transfer_told_after_the_hangups() -> None:
    """Hangup and AttendedTransfer come from different threads of Asterisk."""
    script = Script()
    erika, alice = talking(script)
    script.hold(alice)
    second = script.lifts("101", "102")
    bob = script.ring(second, "102")
    script.hold(alice, on=False)
    script.leave("b1", erika, alice)
    script.hangup(second, alice)
    script.event(
        "AttendedTransfer",
        alice.headers("OrigTransferer"),
        second.headers("SecondTransferer"),
        erika.headers("Transferee"),
        Result="Success",
        DestType="App",
    )
    script.wait(2)
    script.state(bob, UP)
    script.dial_end(erika, bob, "ANSWER")
    script.enter("b2", bob, erika)

    assert [call[-1].split(" consultation")[0] for call in told(script)] == [
        f'Transferred cleared inbound {ERIKA} > *101 "Alice" cause=transferred to=102 "Bob"',
        f'Transferred cleared internal *101 "Alice" > 102 "Bob" cause=transferred to={ERIKA}',
    ]


# --- calls that the agent does not take ------------------------------------------------------------------------------


def test_phone_that_is_engaged_says_busy_before_it_rings() -> None:
    script = Script()
    erika = script.outside()
    alice = script.ring(erika, "101", rings=False)
    script.ask_hangup(alice, 17, 486)
    script.dial_end(erika, alice, "BUSY")
    script.hangup(alice, erika, cause=17, tech=486)

    assert told(script) == [[RINGS, f'ConnectionCleared cleared inbound {ERIKA} > *101 "Alice" cause=busy']]


def test_phone_that_is_not_there() -> None:
    script = Script()
    erika = script.outside()
    alice = script.ring(erika, "101", rings=False)
    script.dial_end(erika, alice, "CHANUNAVAIL")
    script.hangup(alice, cause=20)

    assert told(script)[0][-1].endswith("cause=unreachable")


def test_forwarded_by_302() -> None:
    script = Script()
    erika = script.outside()
    alice = script.ring(erika, "101", rings=False)
    one, two = script.local("102", of=erika, carries=erika)
    script.dial_end(erika, alice, "CANCEL", forward="Local/102@internal")
    script.hangup(alice, cause=23, tech=302)
    script.dial(erika, one, rings=False)
    bob = script.make("PJSIP/102", state=DOWN, of=erika)
    script.dial(two, bob)
    script.answer(two, bob, "b2")
    script.enter("b1", one, erika)
    script.finish("b1", erika, one)
    script.hangup(two, bob)

    assert told(script) == [[RINGS, f'Diverted cleared inbound {ERIKA} > *101 "Alice" cause=forwarded']]
    assert told(script, "102") == [
        [
            f'Delivered alerting inbound {ERIKA} > *102 "Bob"',
            f'Established connected inbound {ERIKA} > *102 "Bob"',
            f'ConnectionCleared cleared inbound {ERIKA} > *102 "Bob" cause=normal',
        ]
    ]


@pytest.mark.parametrize("number", [UNKNOWN, "", "anonymous", "Anonymous"])
def test_withheld_number_is_empty(number: str) -> None:
    script = Script()
    erika = script.outside(cid=(number, "Anonymous"))
    script.ring(erika, "101")

    assert told(script) == [['Delivered alerting inbound - > *101 "Alice"']]


def test_restricted_number_that_asterisk_knows_is_not_shown() -> None:
    script = Script()
    erika = script.outside()
    script.event("NewCallerid", erika.headers(), **{"CID-CallingPres": "35 (Presentation Prohibited, Network Number)"})
    script.ring(erika, "101")

    assert told(script) == [['Delivered alerting inbound - > *101 "Alice"']]


# --- queues and groups -----------------------------------------------------------------------------------------------


def queued(script: Script) -> Chan:
    """Erika waits in the queue ``support``."""
    erika = script.outside("49891700")
    script.state(erika, UP)
    script.event("QueueCallerJoin", erika.headers(), Queue="support", Position="1", Count="1")
    return erika


def test_queue_caller_gives_up() -> None:
    script = Script()
    erika = queued(script)
    alice, bob = script.ring(erika, "101"), script.ring(erika, "102")
    script.ask_hangup(erika)
    script.dial_end(erika, alice, "CANCEL")
    script.dial_end(erika, bob, "CANCEL")
    script.event("QueueCallerAbandon", erika.headers(), Queue="support", Position="1", HoldTime="3")
    script.event("QueueCallerLeave", erika.headers(), Queue="support", Position="1", Count="0")
    script.hangup(alice, bob, cause=0)
    script.hangup(erika)

    assert told(script)[0][-1].endswith("queue=support cause=missed")
    assert told(script, "102")[0][-1].endswith("queue=support cause=missed")


def test_queue_rings_again_after_no_answer() -> None:
    script = Script()
    erika = queued(script)
    for _ in range(2):
        alice = script.ring(erika, "101")
        script.wait(8)
        script.dial_end(erika, alice, "NOANSWER")
        script.event("AgentRingNoAnswer", erika.headers(), alice.headers("Dest"), Queue="support", RingTime="8000")
        script.hangup(alice, cause=0)

    assert [call[-1].rsplit(" ", 1)[-1] for call in told(script)] == ["cause=missed", "cause=missed"]
    assert all(call[0] == f"{RINGS} queue=support" for call in told(script))


def test_caller_who_left_the_queue_unanswered_is_no_queue_call_any_more() -> None:
    script = Script()
    erika = queued(script)
    script.event("QueueCallerLeave", erika.headers(), Queue="support", Position="1", Count="0")
    script.ring(erika, "101")

    assert told(script) == [[RINGS]]


def group(script: Script, *, code: int = 26) -> None:
    """A group of two Local channels that are optimized away; Alice answers."""
    erika = script.outside("49891800")
    pairs = {}
    for extension in ("101", "102"):
        one, two = script.local(extension, of=erika, carries=erika)
        script.dial(erika, one, rings=False)
        phone = script.make(f"PJSIP/{extension}", state=DOWN, of=erika)
        script.dial(two, phone)
        pairs[extension] = (one, two, phone)
    (one, two, alice), (one_b, two_b, bob) = pairs["101"], pairs["102"]
    script.state(alice, UP)
    script.dial_end(two, alice, "ANSWER")
    script.enter("b1", alice, two)
    script.state(one, UP)
    script.dial_end(erika, one, "ANSWER")
    script.dial_end(erika, one_b, "CANCEL")
    script.state(erika, UP)
    script.hangup(one_b, cause=code)
    script.dial_end(two_b, bob, "CANCEL")
    script.hangup(two_b, cause=code)
    script.hangup(bob, cause=code)
    script.enter("b2", one, erika)
    # LocalOptimization: the caller takes the place of ;2 in the phone's bridge, the pair goes away
    script.event("LocalOptimizationBegin", one.headers("LocalOne"), two.headers("LocalTwo"), Id="1")
    script.leave("b2", erika)
    script.leave("b1", two)
    script.enter("b1", erika, swap=two)
    script.event("LocalOptimizationEnd", one.headers("LocalOne"), two.headers("LocalTwo"), Id="1", Success="Yes")
    script.leave("b2", one)
    script.hangup(one, two)
    script.finish("b1", erika, alice)


@pytest.mark.parametrize("code", [26, 0, 16])
def test_group_without_n_is_one_call_through_all_optimization(code: int) -> None:
    script = Script()
    group(script, code=code)

    assert told(script) == [[RINGS, TALKS, OVER]]
    assert told(script, "102") == [
        [
            f'Delivered alerting inbound {ERIKA} > *102 "Bob"',
            f'Diverted cleared inbound {ERIKA} > *102 "Bob" cause=answered_elsewhere',
        ]
    ]


def test_local_channel_that_stays() -> None:
    script = Script()
    erika = script.outside()
    one, two = script.local("101", of=erika, option="No", carries=erika)
    script.dial(erika, one, rings=False)
    alice = script.make("PJSIP/101", state=DOWN, of=erika)
    script.dial(two, alice)
    script.answer(two, alice, "b1")
    script.state(one, UP)
    script.enter("b2", one, erika)
    script.hold(erika)
    script.finish("b1", alice, two)
    script.hangup(one, erika)

    assert told(script) == [
        [
            RINGS,
            TALKS,
            f'Held connected inbound {ERIKA} > *101 "Alice" remote_hold',
            f'ConnectionCleared cleared inbound {ERIKA} > *101 "Alice" cause=normal remote_hold',
        ]
    ]


def test_two_devices_of_one_extension_are_one_call() -> None:
    script = Script()
    erika = script.outside()
    desk, soft = script.ring(erika, "101"), script.ring(erika, "101")
    script.state(soft, UP)
    script.dial_end(erika, soft, "ANSWER")
    script.state(erika, UP)
    script.enter("b1", soft, erika)
    script.dial_end(erika, desk, "CANCEL")
    script.hangup(desk, cause=26)
    script.hold(soft)
    script.finish("b1", erika, soft)

    assert told(script) == [
        [
            RINGS,
            TALKS,
            f'Held held inbound {ERIKA} > *101 "Alice"',
            OVER,
        ]
    ]


def test_one_of_two_devices_declines_the_other_rings_on() -> None:
    script = Script()
    erika = script.outside()
    desk, soft = script.ring(erika, "101"), script.ring(erika, "101")
    script.dial_end(erika, desk, "BUSY")
    script.hangup(desk, cause=17, tech=486)
    rings = told(script)
    script.dial_end(erika, soft, "NOANSWER")
    script.hangup(soft, cause=0)

    assert rings == [[RINGS]]
    assert told(script) == [[RINGS, f'ConnectionCleared cleared inbound {ERIKA} > *101 "Alice" cause=missed']]


# --- conferences -----------------------------------------------------------------------------------------------------


def test_third_party_makes_it_a_conference() -> None:
    script = Script()
    erika, alice = talking(script)
    bob = script.lifts("102", "*3101")
    script.state(bob, UP)
    script.enter("b1", bob, technology="softmix")
    script.leave("b1", bob)
    script.hangup(bob)
    script.finish("b1", erika, alice)

    assert told(script) == [
        [
            RINGS,
            TALKS,
            f'Conferenced connected inbound {ERIKA} > *101 "Alice" with={ERIKA},102 "Bob"',
            f'CallInformation connected inbound {ERIKA} > *101 "Alice"',
            OVER,
        ]
    ]
    assert told(script, "102")[0][-1].startswith("ConnectionCleared cleared")


def test_conference_room() -> None:
    """ConfBridge: everybody dials in; an announcer is no party; who is alone is not talking to anybody."""
    script = Script()
    alice, bob = script.lifts("101", "800"), script.lifts("102", "800")
    for chan in (alice, bob):
        script.state(chan, UP)
    announcer = script.make("", state=UP, name="CBAnn/800-00000001;2", of=alice)
    script.enter("room", announcer, alice, technology="softmix")
    alone = told(script)
    script.enter("room", bob, technology="softmix")
    erika = script.outside("49891800")
    script.state(erika, UP)
    script.enter("room", erika, technology="softmix")
    script.ask_hangup(alice)
    script.leave("room", alice)
    script.hangup(alice)

    assert [line.split()[0] for line in alone[0]] == ["Originated"]
    assert [line.split()[0] for line in told(script)[0]] == [
        "Originated",
        "Established",
        "Conferenced",
        "ConnectionCleared",
    ]
    assert told(script)[0][-1].startswith('ConnectionCleared cleared internal *101 "Alice" > 800 cause=normal')


def test_parked_callers_do_not_hear_each_other() -> None:
    script = Script()
    erika, alice = talking(script)
    other = script.outside(cid=("+49405555", UNKNOWN))
    script.state(other, UP)
    script.enter("parking", other, technology="holding_bridge")
    script.leave("b1", erika)
    script.enter("parking", erika, technology="holding_bridge")
    script.leave("b1", alice)
    script.hangup(alice)

    assert told(script)[0][-1].startswith("Transferred cleared")


def test_three_way_conference_by_ami_atxfer() -> None:
    """The transferer comes back into the first bridge and stays (DestType Threeway)."""
    script = Script()
    erika, alice = talking(script)
    script.event("Hold", alice.headers())
    one, two = script.local("102", of=erika, carries=alice)
    script.enter("b2", one)
    script.leave("b1", alice)
    script.enter("b2", alice)
    bob = script.make("PJSIP/102", state=DOWN, of=erika)
    script.dial(two, bob)
    script.answer(two, bob, "b3")
    script.leave("b2", alice, one)
    script.enter("b1", alice)
    script.enter("b1", one, technology="softmix")
    script.event(
        "AttendedTransfer",
        alice.headers("OrigTransferer"),
        alice.headers("SecondTransferer"),
        erika.headers("Transferee"),
        one.headers("TransferTarget"),
        Result="Success",
        DestType="Threeway",
    )
    script.ask_hangup(alice)
    script.leave("b1", alice)
    script.hangup(alice)

    assert told(script)[0][2:] == [
        f'Held held inbound {ERIKA} > *101 "Alice"',
        f'Retrieved connected inbound {ERIKA} > *101 "Alice"',
        f'Conferenced connected inbound {ERIKA} > *101 "Alice" with={ERIKA},102 "Bob"',
        f'ConnectionCleared cleared inbound {ERIKA} > *101 "Alice" cause=normal with={ERIKA},102 "Bob"',
    ]


# --- several beginnings ----------------------------------------------------------------------------------------------


def test_ringing_may_come_before_the_dial() -> None:
    script = Script()
    erika = script.outside()
    alice = script.make("PJSIP/101", state=DOWN, of=erika)
    script.state(alice, RINGING)
    before = events_of(script.messages)
    script.dial(erika, alice, rings=False)

    assert before == {}
    assert told(script) == [[RINGS]]


def test_phone_that_is_not_named_like_its_extension_is_known_by_its_hint() -> None:
    script = Script()
    script.event("ExtensionStatus", {}, Exten="101", Hint="PJSIP/alice-desk&Custom:DND101", Status="0")
    erika = script.outside()
    desk = script.make("PJSIP/alice-desk", state=DOWN, of=erika, cid=("101", "Alice"))
    script.dial(erika, desk)

    assert told(script) == [[RINGS]]
