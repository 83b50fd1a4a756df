"""A whole AMI session without a socket: login, answers, lists, events, and mistakes of both sides."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_adapter.protocols.ami import dialogue
from cti_adapter.protocols.ami.dialogue import Answer
from cti_adapter.protocols.ami.framing import RemoteProtocolError
from cti_adapter.protocols.ami.messages import LocalProtocolError, Message
from cti_adapter.protocols.ami.session import Happening, Milestone, Session, State

BANNER = b"Asterisk Call Manager/11.0.0\r\n"


def wire(**headers: str) -> bytes:
    return "".join(f"{key}: {value}\r\n" for key, value in headers.items()).encode() + b"\r\n"


def sent(session: Session) -> list[dict[str, str]]:
    blocks = session.data_to_send().decode().split("\r\n\r\n")
    return [dict(line.split(": ", 1) for line in block.split("\r\n")) for block in blocks if block]


def new(**options: bool) -> Session:
    return Session("cti", "secret", events="call,agent", prefix="p", **options)


def ready() -> Session:
    session = new()
    session.receive(BANNER)
    session.receive(wire(Response="Success", ActionID="p-0", Challenge="77"))
    session.receive(wire(Response="Success", ActionID="p-1") + wire(Event="FullyBooted"))
    assert session.state is State.READY
    session.data_to_send()
    return session


def test_login_by_challenge_does_not_show_the_secret() -> None:
    session = new()
    assert session.data_to_send() == b""
    assert session.receive(BANNER) == []
    assert session.banner == "Asterisk Call Manager/11.0.0"
    assert sent(session) == [{"Action": "Challenge", "AuthType": "MD5", "ActionID": "p-0"}]
    assert session.receive(wire(Response="Success", ActionID="p-0", Challenge="77")) == []
    key = hashlib.md5(b"77secret", usedforsecurity=False).hexdigest()
    proof = {"Username": "cti", "AuthType": "MD5", "Key": key}
    assert sent(session) == [{"Action": "Login", **proof, "Events": "call,agent", "ActionID": "p-1"}]
    assert session.receive(wire(Response="Success", ActionID="p-1")) == [Milestone.LOGGED_IN]
    assert session.state is State.BOOTING
    assert session.receive(wire(Event="FullyBooted", Status="Fully Booted")) == [Milestone.BOOTED]
    assert session.state is State.READY


def test_a_later_fully_booted_is_news() -> None:
    assert ready().receive(wire(Event="FullyBooted")) == [{"Event": "FullyBooted"}]


def test_wrong_password() -> None:
    session = new()
    session.receive(BANNER)
    session.receive(wire(Response="Success", ActionID="p-0", Challenge="77"))
    refusal = wire(Response="Error", ActionID="p-1", Message="Authentication failed")
    assert session.receive(refusal) == [Milestone.LOGIN_REFUSED]
    with pytest.raises(LocalProtocolError, match=r"Ping: not logged in \(refused\)"):
        session.action("Ping")


@pytest.mark.parametrize("asked", [0, 1])
def test_an_asterisk_that_stops_is_no_wrong_password(asked: int) -> None:
    session = new()
    session.receive(BANNER)
    if asked:
        session.receive(wire(Response="Success", ActionID="p-0", Challenge="77"))
    refusal = wire(Response="Error", ActionID=f"p-{asked}", Message="Asterisk is shutting down")
    assert session.receive(refusal) == [Milestone.GOING_AWAY]


def test_without_a_challenge_the_secret_goes_out_only_where_that_is_allowed() -> None:
    no_challenge = wire(Response="Error", ActionID="p-0", Message="Must specify AuthType")
    careful, plain = new(), new(plain=True)
    for session in (careful, plain):
        session.receive(BANNER)
        session.data_to_send()
    assert careful.receive(no_challenge) == [Milestone.LOGIN_REFUSED]
    assert careful.data_to_send() == b""
    assert plain.receive(no_challenge) == []
    assert sent(plain)[0]["Secret"] == "secret"


def test_no_action_before_the_login() -> None:
    session = new()
    session.receive(BANNER)
    session.data_to_send()
    with pytest.raises(LocalProtocolError, match="not logged in"):
        session.action("CoreShowChannels")
    assert session.data_to_send() == b""


def row(number: int, action_id: str = "p-2") -> bytes:
    return wire(Event="CoreShowChannel", ActionID=action_id, Channel=f"PJSIP/10{number}-1")


LIST_START = wire(Response="Success", ActionID="p-2", EventList="start")
LIST_END = wire(Event="CoreShowChannelsComplete", ActionID="p-2", EventList="Complete")
NEWS = wire(Event="Newstate", Channel="PJSIP/103-1")


def names(happenings: list[Happening]) -> list[object]:
    return [
        (h.id, h.success, len(h.events)) if isinstance(h, Answer) else h["Event"]
        for h in happenings
        if not isinstance(h, Milestone)
    ]


@pytest.mark.parametrize(
    ("came", "happened"),
    [
        ([wire(Response="Success", ActionID="p-2")], [("p-2", True, 0)]),
        ([wire(Response="Error", ActionID="p-2", Message="No such channel")], [("p-2", False, 0)]),
        ([wire(Response="Pong", ActionID="p-2")], [("p-2", True, 0)]),
        ([wire(Response="Goodbye", ActionID="p-2")], [("p-2", True, 0)]),
        ([LIST_START, LIST_END], [("p-2", True, 0)]),
        ([LIST_START, row(1), row(2), LIST_END], [("p-2", True, 2)]),
        ([LIST_START, row(1), NEWS, row(2), LIST_END], ["Newstate", ("p-2", True, 2)]),
        ([NEWS, LIST_START, LIST_END, NEWS], ["Newstate", ("p-2", True, 0), "Newstate"]),
        # not ours: another program on the same account, or nobody's
        ([wire(Response="Success", ActionID="q-9")], []),
        ([wire(Response="Success")], []),
        ([wire(Event="CoreShowChannel", ActionID="q-9")], ["CoreShowChannel"]),
        ([wire(Nothing="at all")], []),
        # an Originate is answered, and its outcome is an event with the same id
        (
            [
                wire(Response="Success", ActionID="p-2"),
                wire(Event="OriginateResponse", ActionID="p-2", Response="Failure"),
            ],
            [("p-2", True, 0), "OriginateResponse"],
        ),
        (
            [
                wire(Event="OriginateResponse", ActionID="p-2", Response="Failure"),
                wire(Response="Success", ActionID="p-2"),
            ],
            ["OriginateResponse", ("p-2", True, 0)],
        ),
    ],
)
def test_what_belongs_to_an_action(came: list[bytes], happened: list[object]) -> None:
    session = ready()
    assert session.action("Something", [("Channel", "x")]) == "p-2"
    assert sent(session) == [{"Action": "Something", "Channel": "x", "ActionID": "p-2"}]
    assert names([h for data in came for h in session.receive(data)]) == happened


def test_two_lists_at_the_same_time() -> None:
    session = ready()
    first, second = session.action("A"), session.action("B")
    start = wire(Response="Success", ActionID=second, EventList="start")
    end = wire(Event="X", ActionID=second, EventList="Complete")
    assert names(session.receive(LIST_START + start + row(1, second) + row(1, first) + end)) == [("p-3", True, 1)]
    assert names(session.receive(LIST_END)) == [("p-2", True, 1)]


def test_the_rest_of_a_list_that_nobody_waits_for_is_no_news() -> None:
    session = ready()
    session.give_up(session.action("CoreShowChannels"))
    assert session.receive(LIST_START + row(1) + LIST_END + NEWS) == [{"Event": "Newstate", "Channel": "PJSIP/103-1"}]


def test_asterisks_sentence() -> None:
    session = ready()
    session.action("Hangup")
    (answer,) = session.receive(wire(Response="Error", ActionID="p-2", Message="No such channel"))
    assert isinstance(answer, Answer)
    assert answer.message == "No such channel"


def test_our_own_mistake_sends_nothing_and_the_session_lives_on() -> None:
    session = ready()
    with pytest.raises(LocalProtocolError, match="Exten"):
        session.action("Originate", [("Exten", "1\r\n\r\nAction: Command")])
    assert session.data_to_send() == b""
    session.action("Ping")
    assert names(session.receive(wire(Response="Success", ActionID="p-2"))) == [("p-2", True, 0)]


def test_after_a_mistake_of_the_other_side_the_session_is_over() -> None:
    session = new()
    with pytest.raises(RemoteProtocolError, match="first line"):
        session.receive(b"HTTP/1.1 400 Bad Request\r\n")
    assert session.state is State.OVER
    with pytest.raises(RemoteProtocolError, match="over"):
        session.receive(BANNER)
    with pytest.raises(LocalProtocolError):
        session.action("Ping")


def test_half_a_list_is_never_taken_for_a_whole_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialogue, "MAX_LIST", 2)
    session = ready()
    session.action("CoreShowChannels")
    with pytest.raises(RemoteProtocolError, match="more than 2 events"):
        session.receive(LIST_START + row(1) + row(2) + row(3) + LIST_END)


CONVERSATION = LIST_START + row(1) + NEWS + row(2) + LIST_END + wire(Response="Error", ActionID="p-3") + NEWS


@given(st.lists(st.integers(0, len(CONVERSATION))))
def test_however_the_bytes_are_cut(cuts: list[int]) -> None:
    def happened(at: list[int]) -> list[object]:
        session, start, found = ready(), 0, []
        session.action("A")
        session.action("B")
        for end in [*sorted(at), len(CONVERSATION)]:
            found += session.receive(CONVERSATION[start:end])
            start = end
        return names(found)

    assert happened(cuts) == happened([])


HEADERS = st.dictionaries(
    st.sampled_from(["Event", "Response", "ActionID", "EventList", "Challenge", "Message", "", "ä"]),
    st.sampled_from(["p-0", "p-1", "p-2", "start", "Complete", "Success", "Error", "FullyBooted", "", "\ufffd"]),
)


@given(st.lists(HEADERS), st.booleans())
def test_nonsense_is_never_worse_than_an_error_of_the_protocol(messages: list[Message], logged_in: bool) -> None:
    session = ready() if logged_in else new()
    if not logged_in:
        session.receive(BANNER)
    for message in messages:
        session.receive(wire(**{key: str(value) for key, value in message.items()}))
