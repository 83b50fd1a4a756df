"""Channel variables as data of the call: whose they are, when they come, what of them is taken over.

Asterisk 22 sends each variable that manager.conf names in channelvars as a header of its own, empty ones too:
``ChanVariable: CASE_NUMBER=00001026``, ``ChanVariable: OTHER=``; ``DestChanVariable`` in dials, and the plain one in
CoreShowChannels.
"""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from cti_adapter.connectors.asterisk.parties import Directory
from cti_adapter.connectors.asterisk.reading import channel_in
from cti_adapter.connectors.asterisk.switchboard import Switchboard
from cti_adapter.connectors.asterisk.translate import Options, Told, Tracker
from cti_adapter.domain.call import Call, EventName
from fakes.asterisk_events import DOWN, UP, Chan, Script
from support.stories import LINES

OPTIONS = Options(call_data=("CASE_NUMBER", "LANGUAGE"))
CASE = {"CASE_NUMBER": "00001026"}
ENTERED = ["CASE_NUMBER=00001026", "LANGUAGE=", "OTHER=not asked for"]


def entered(script: Script, *variables: str) -> Chan:
    """Somebody calls in from outside, and the dial plan asks them."""
    erika = script.outside()
    erika.variables = list(variables) or ENTERED
    return erika


def talking(script: Script, *variables: str) -> tuple[Chan, Chan]:
    erika = entered(script, *variables)
    alice = script.ring(erika, "101")
    alice.variables = ["CASE_NUMBER=", "LANGUAGE="]
    script.answer(erika, alice, "b1")
    return erika, alice


def told(script: Script, tracker: Tracker | None = None) -> list[Told]:
    tracker = tracker or Tracker("pbx", LINES, OPTIONS)
    return [one for at, message in script.messages for one in tracker.feed(message, at)]


def of(agent: str, script: Script) -> list[tuple[EventName, dict[str, str]]]:
    return [(event.event, event.call.data) for whose, event in told(script) if whose == agent]


def test_the_agent_is_told_what_the_caller_has_entered() -> None:
    script = Script()
    talking(script)
    assert of("101", script) == [(EventName.DELIVERED, CASE), (EventName.ESTABLISHED, CASE)]


def test_without_the_key_nothing_is_taken_over() -> None:
    script = Script()
    talking(script)
    assert {tuple(event.call.data) for _, event in told(script, Tracker("pbx", LINES))} == {()}


def test_through_a_local_channel_of_a_queue_it_is_the_callers() -> None:
    script = Script()
    erika = entered(script)
    one, two = script.local("101", of=erika, carries=erika)
    one.variables = two.variables = ["CASE_NUMBER=", "LANGUAGE="]
    script.dial(erika, one)
    alice = script.make("PJSIP/101", state=DOWN, of=erika)
    alice.variables = ["CASE_NUMBER=", "LANGUAGE="]
    script.dial(two, alice)
    assert of("101", script) == [(EventName.DELIVERED, CASE)]


def test_what_is_found_out_in_mid_call_is_call_information() -> None:
    script = Script()
    erika, _ = talking(script, "CASE_NUMBER=", "LANGUAGE=")
    for variables in (["CASE_NUMBER=00001026", "LANGUAGE="], ["CASE_NUMBER=00001026", "LANGUAGE=de"]):
        erika.variables = variables
        script.state(erika, UP)
        script.state(erika, UP)
    assert of("101", script) == [
        (EventName.DELIVERED, {}),
        (EventName.ESTABLISHED, {}),
        (EventName.CALL_INFORMATION, CASE),
        (EventName.CALL_INFORMATION, CASE | {"LANGUAGE": "de"}),
    ]


def test_the_dial_tells_what_the_called_side_has() -> None:
    script = Script()
    alice = script.lifts("101", "0301234567")
    trunk = script.make("PJSIP/trunk", state=DOWN, of=alice, cid=("0301234567", ""))
    trunk.variables = ENTERED
    script.event("DialBegin", alice.headers(), trunk.headers("Dest"), DialString="trunk")
    script.answer(alice, trunk, "b1")
    assert of("101", script)[-1] == (EventName.ESTABLISHED, CASE)


def test_a_list_of_channels_has_them_too() -> None:
    script = Script()
    erika, alice = talking(script)
    rows = [
        {**chan.headers(), "Event": "CoreShowChannel", "Application": application, "Duration": "00:00:40"}
        | {"BridgeId": "b1"}
        for chan, application in ((erika, "Queue"), (alice, "AppQueue"))
    ]
    tracker = Tracker("pbx", LINES, OPTIONS)
    tracker.snapshot(rows, 5000.0)
    assert [call.data for _, call in tracker.live_calls()] == [CASE]
    erika.variables = ["CASE_NUMBER=00002000"]
    rows[0] |= erika.headers()
    assert [(event.event, event.call.data) for _, event in tracker.snapshot(rows, 5060.0)] == [
        (EventName.CALL_INFORMATION, {"CASE_NUMBER": "00002000"})
    ]


@given(st.lists(st.tuples(st.sampled_from(["CASE_NUMBER", "LANGUAGE", "OTHER", ""]), st.text(max_size=300))))
def test_whatever_comes_the_record_is_one_that_travels(variables: list[tuple[str, str]]) -> None:
    script = Script()
    talking(script, *(f"{name}={value}" for name, value in variables))
    for _, event in told(script):
        assert msgspec.json.decode(msgspec.json.encode(event.call), type=Call) == event.call
        assert set(event.call.data) <= set(OPTIONS.call_data)


def test_what_is_remembered_is_bounded_by_the_names_of_the_key() -> None:
    board, directory = Switchboard(), Directory(LINES, OPTIONS)
    for number in range(100):
        erika = Chan("PJSIP/trunk-1", "1.1", "1.1", UP, "", "", "s", variables=[f"N{number}=1", f"LANGUAGE={number}"])
        channel_in(board, directory, erika.headers(), "", 1.0)
    assert board.channels["1.1"].data == {"LANGUAGE": "99"}


def test_control_characters_go_and_long_values_are_cut() -> None:
    script = Script()
    talking(script, f"CASE_NUMBER= 1\t2\x7f{'3' * 400}", "LANGUAGE=a=b")
    (_, data), *_ = of("101", script)
    assert data == {"CASE_NUMBER": ("12" + "3" * 400)[:255], "LANGUAGE": "a=b"}
