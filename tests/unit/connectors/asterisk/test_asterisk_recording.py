"""Reading recordings: both formats, their times, and what is refused."""

import json
from collections.abc import Iterator

import pytest

from cti_adapter.connectors.asterisk.recording import Timed, Unreadable, extensions, read_recording, replay
from cti_adapter.domain.agent import Line


def read(text: str) -> list[Timed]:
    return list(read_recording(iter(text.splitlines(keepends=True))))


def test_json_lines_with_times() -> None:
    text = '{"t": 12.5, "Event": "Hold", "Variable": ["a=1", "b=2"]}\n\n{"t": 13, "Event": "Unhold"}\n'

    assert read(text) == [(12.5, {"Event": "Hold", "Variable": ["a=1", "b=2"]}), (13.0, {"Event": "Unhold"})]


def test_json_lines_without_times_use_the_timestamp_header_or_the_order() -> None:
    text = '{"Event": "A", "Timestamp": "100.25"}\n{"Event": "B"}\n{"Event": "C", "Timestamp": "x"}\n'

    assert [at for at, _ in read(text)] == pytest.approx([100.25, 100.251, 100.252])


def test_raw_ami() -> None:
    text = (
        "Asterisk Call Manager/11.0.0\r\n"
        "Event: Newchannel\r\nTimestamp: 100.5\r\nChannel: PJSIP/101-00000001\r\nEmpty:\r\n\r\n"
        "Response: Success\r\nVariable: a\r\nVariable: b\r\nVariable: c\r\n\r\n\r\n"
        "Event: Hangup\r\n"
    )

    assert read(text) == [
        (100.5, {"Event": "Newchannel", "Timestamp": "100.5", "Channel": "PJSIP/101-00000001", "Empty": ""}),
        (pytest.approx(100.501), {"Response": "Success", "Variable": ["a", "b", "c"]}),
        (pytest.approx(100.502), {"Event": "Hangup"}),
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("hello world\n", "line 1: neither JSON nor AMI"),
        ('{"Event": "A"}\n{"Event": \n', "line 2: not a JSON object"),
        ('{"Event": "A"}\n\n[1]\n', "line 3: a JSON object with AMI headers was expected"),
        ('{"t": "now", "Event": "A"}\n', "line 1: field t is not a time"),
        ('{"t": true, "Event": "A"}\n', "line 1: field t is not a time"),
        ('{"t": NaN, "Event": "A"}\n', "line 1: field t is not a time"),
        ('{"t": 1' + "0" * 400 + ', "Event": "A"}\n', "line 1: field t is not a time"),
        ("[" * 100_000 + "\n", "line 1: neither JSON nor AMI"),
        ('{"a":' * 100_000 + "\n", "line 1: not a JSON object"),
        ("x" * 1_000_002 + "\n", "line 1: longer than 1000000 characters"),
        ("{" + "x" * 1_000_002 + "\n", "line 1: longer than 1000000 characters"),
    ],
)
def test_what_is_no_recording_is_refused_with_its_line(text: str, says: str) -> None:
    with pytest.raises(Unreadable, match="^" + says):
        read(text)


def test_headers_that_are_no_texts_are_left_out() -> None:
    assert read('{"t": 1, "Event": "A", "n": 5, "o": {"p": 1}, "q": null}\n') == [(1.0, {"Event": "A"})]


def test_extensions_are_numeric_endpoints_of_two_to_five_digits() -> None:
    names = ["PJSIP/101-1", "SIP/20-2", "PJSIP/trunk-3", "PJSIP/1234567-4", "Local/103@x-5;1", "PJSIP/1-6", "junk"]

    assert extensions([(0.0, {"Channel": name}) for name in names]) == ["101", "20"]
    assert extensions([(0.0, {"DestChannel": "PJSIP/300-1"})]) == ["300"]


def test_channel_lists_in_a_recording_are_snapshots() -> None:
    def messages() -> Iterator[Timed]:
        for name, uid, state, app in (("PJSIP/trunk-1", "1.1", "6", "Dial"), ("PJSIP/101-2", "1.2", "6", "AppDial")):
            yield (
                5.0,
                {
                    "Event": "CoreShowChannel",
                    "Channel": name,
                    "Uniqueid": uid,
                    "Linkedid": "1.1",
                    "ChannelState": state,
                    "Application": app,
                    "BridgeId": "b",
                    "CallerIDNum": "0301",
                },
            )
        yield 5.0, {"Event": "CoreShowChannelsComplete"}
        yield 6.0, {"Event": "CoreShowChannelsComplete"}

    told = list(replay("pbx", [Line(agent="101", extension="101")], messages()))
    assert [(event.event, event.call.cause) for _, event in told] == [
        ("Delivered", None),
        ("Established", None),
        ("ConnectionCleared", "lost"),
    ]


def test_json_of_a_recording_survives_the_round_trip() -> None:
    message = {"t": 1.5, "Event": "Newchannel", "CallerIDName": "Jürgen 🎧", "Variable": ["a", "b"]}

    assert read(json.dumps(message)) == [(1.5, {key: value for key, value in message.items() if key != "t"})]
