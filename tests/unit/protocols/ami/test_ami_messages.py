"""Actions as bytes: nothing that would become another header or another action is ever sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_adapter.protocols.ami.framing import Framer
from cti_adapter.protocols.ami.messages import MAX_VALUE, LocalProtocolError, action, text


def test_an_action() -> None:
    fields = [("Channel", "PJSIP/101"), ("Variable", "A=1"), ("Variable", "B=ü")]
    assert action("Originate", fields, "x-7") == (
        "Action: Originate\r\nChannel: PJSIP/101\r\nVariable: A=1\r\nVariable: B=ü\r\nActionID: x-7\r\n\r\n".encode()
    )


@pytest.mark.parametrize(
    ("name", "fields", "action_id", "named"),
    [
        ("Originate", [("Exten", "1\r\n\r\nAction: Command\r\nCommand: core stop now")], "1", "Exten"),
        ("Originate", [("Exten", "1\nApplication: System")], "1", "Exten"),
        ("Originate", [("Exten", "1\rX: y")], "1", "Exten"),
        ("Originate", [("CallerID", "a\0b")], "1", "CallerID"),
        ("Originate", [("CallerID", "\ud800")], "1", "CallerID"),
        ("Originate", [("Variable", "é" * MAX_VALUE)], "1", "Variable"),
        ("Originate", [("Channel: x\r\nExten", "1")], "1", "Exten"),
        ("Originate", [("", "1")], "1", "''"),
        ("Ping\r\nSecret: x", [], "1", "Action"),
        ("Ping", [], "1\r\n", "ActionID"),
    ],
)
def test_what_would_break_out_of_its_line_is_refused(
    name: str, fields: list[tuple[str, str]], action_id: str, named: str
) -> None:
    with pytest.raises(LocalProtocolError, match=named):
        action(name, fields, action_id)


def test_the_error_does_not_repeat_the_value() -> None:
    with pytest.raises(LocalProtocolError) as caught:
        action("Originate", [("Exten", "+4930111222\r\n")], "1")
    assert "111222" not in str(caught.value)


@given(st.text(), st.text(), st.text())
def test_whatever_goes_out_is_exactly_one_message_of_three_headers(name: str, key: str, value: str) -> None:
    try:
        data = action(name, [(key, value)], "id")
    except LocalProtocolError:
        return
    framer = Framer()
    framer.feed(b"Asterisk Call Manager/1\r\n")
    (message,) = framer.feed(data)
    read = [value for held in message.values() for value in ([held] if isinstance(held, str) else held)]
    assert sorted(read) == sorted([name, value, "id"])


def test_text_of_a_header() -> None:
    message = {"A": "1", "B": ["1", "2"]}
    assert (text(message, "A"), text(message, "B"), text(message, "C")) == ("1", "1\n2", "")
