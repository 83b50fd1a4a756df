"""Bytes to AMI messages: however they are cut, whatever they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_adapter.protocols.ami.framing import MAX_LINE, MAX_MESSAGE, Framer, RemoteProtocolError
from cti_adapter.protocols.ami.messages import Message

BANNER = b"Asterisk Call Manager/11.0.0\r\n"
# As Asterisk 22 sends it.
WIRE = (
    BANNER
    + b"Response: Success\r\nActionID: a-1\r\nMessage: Authentication accepted\r\n\r\n"
    + b"Event: FullyBooted\r\nPrivilege: system,all\r\nUptime: 5\r\nLastReload: 5\r\nStatus: Fully Booted\r\n\r\n"
    + b"Event: Newchannel\r\nPrivilege: call,all\r\nChannel: PJSIP/101-00000000\r\nChannelState: 0\r\n"
    + "CallerIDName: Erika Müster\r\nExten: \r\n".encode()
    + b"ChanVariable: A=1\r\nChanVariable: B=2\r\nChanVariable: C=\r\n\r\n"
)


def read(wire: bytes, cuts: list[int] | None = None) -> list[Message]:
    framer, found, start = Framer(), [], 0
    for end in [*sorted(cuts or []), len(wire)]:
        found += framer.feed(wire[start:end])
        start = end
    return found


@pytest.mark.parametrize(
    ("wire", "message"),
    [
        (b"Event: A\r\n\r\n", {"Event": "A"}),
        (b"Event: A\n\n", {"Event": "A"}),
        (b"\r\n\r\nEvent: A\r\n\r\n", {"Event": "A"}),
        (b"Event:A\r\n\r\n", {"Event": "A"}),
        (b"Event: A: b: c\r\n\r\n", {"Event": "A: b: c"}),
        (b"Exten: \r\n\r\n", {"Exten": ""}),
        (b"V: 1\r\nV: 2\r\nV: 3\r\n\r\n", {"V": ["1", "2", "3"]}),
        (b"Name: M\xfcller\r\n\r\n", {"Name": "M\ufffdller"}),
        (b"Name:  two blanks\r\n\r\n", {"Name": " two blanks"}),
        # Asterisk 13 and older answer a command so.
        (
            b"Response: Follows\r\nActionID: 1\r\nName/username  Host\r\n101            (Unspecified)\r\n\r\n",
            {"Response": "Follows", "ActionID": "1", "Output": ["Name/username  Host", "101            (Unspecified)"]},
        ),
        (b"Response: Success\r\nOutput: a\r\nOutput: b\r\n\r\n", {"Response": "Success", "Output": ["a", "b"]}),
    ],
)
def test_one_message(wire: bytes, message: Message) -> None:
    assert read(BANNER + wire) == [message]


def test_what_asterisk_sends_after_a_login() -> None:
    messages = read(WIRE)
    assert [m.get("Event") or m.get("Response") for m in messages] == ["Success", "FullyBooted", "Newchannel"]
    assert messages[2]["CallerIDName"] == "Erika Müster"
    assert messages[2]["ChanVariable"] == ["A=1", "B=2", "C="]


@given(st.lists(st.integers(0, len(WIRE))))
def test_however_the_bytes_are_cut(cuts: list[int]) -> None:
    assert read(WIRE, cuts) == read(WIRE)


def test_banner_is_kept() -> None:
    framer = Framer()
    assert framer.feed(BANNER[:10]) == []
    assert framer.banner is None
    framer.feed(BANNER[10:])
    assert framer.banner == "Asterisk Call Manager/11.0.0"


@pytest.mark.parametrize("banner", [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 400 Bad Request\r\n", b"\r\n"])
def test_other_servers_are_recognized(banner: bytes) -> None:
    with pytest.raises(RemoteProtocolError, match="not an Asterisk Manager Interface"):
        Framer().feed(banner)


@pytest.mark.parametrize("step", [1000, 10 * MAX_LINE])
def test_a_line_without_end_is_not_collected_for_ever(step: int) -> None:
    wire = BANNER + b"Event: " + b"x" * MAX_LINE
    with pytest.raises(RemoteProtocolError, match=f"line of more than {MAX_LINE} bytes"):
        read(wire, list(range(0, len(wire), step)))


def test_a_long_line_is_refused_although_it_came_whole() -> None:
    with pytest.raises(RemoteProtocolError, match="line of more"):
        read(BANNER + b"Event: " + b"x" * MAX_LINE + b"\r\n\r\n")
    assert len(read(BANNER + b"Event: " + b"x" * (MAX_LINE - 9) + b"\r\n\r\n")) == 1


def test_a_message_without_end_is_not_collected_for_ever() -> None:
    line = b"Output: " + b"x" * 1000 + b"\r\n"
    with pytest.raises(RemoteProtocolError, match=f"message of more than {MAX_MESSAGE} bytes"):
        read(BANNER + line * (MAX_MESSAGE // len(line) + 1))


def test_the_bound_counts_for_each_message_anew() -> None:
    message = b"Output: " + b"x" * 50_000 + b"\r\n\r\n"
    assert len(read(BANNER + message * 100)) == 100


@given(st.lists(st.binary(max_size=300), max_size=20), st.booleans())
def test_noise_is_never_worse_than_an_error_of_the_protocol(noise: list[bytes], greeted: bool) -> None:
    framer = Framer()
    try:
        if greeted:
            framer.feed(BANNER)
        for data in noise:
            for message in framer.feed(data):
                assert message
    except RemoteProtocolError:
        assert not greeted
