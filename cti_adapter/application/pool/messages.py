"""What the nodes of a pool say to each other. In memory and on the bus only; nodes of two releases may meet."""

from typing import Any

import msgspec
from msgspec import Raw, Struct

from ...domain.agent import Line
from ..changes import AgentCopy, AnyChange
from ..connector_messages import Batch, CommandsRequest, Hello
from ..messages import ClaimRequest, CommandRequest, WorkPatch
from ..sessions import SessionCopy


class PoolMessage(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="m"):
    """Base of all; ``node`` has sent it."""

    node: str


# --- told to everybody ---


class Changes(PoolMessage, frozen=True, kw_only=True, tag="changes"):
    """What has happened at ``node``, numbered without a gap from ``first`` on. Empty: it lives."""

    first: int
    changes: tuple[Raw, ...] = ()
    """``Told``s, each by itself: one of a later release is passed over, and the others count."""
    draining: bool = False


class OfAgent(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="c", tag="agent"):
    """A change of one agent's log."""

    org: str
    agent: str
    change: Raw


class Home(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="c", tag="home"):
    """A connector is attached at the node that says so. Of two who do, the one with the higher ``term`` is right."""

    org: str
    connector: str
    boot: str
    term: int
    lines: tuple[Line, ...] = ()


class Homeless(Struct, frozen=True, kw_only=True, tag_field="c", tag="homeless"):
    """A connector is not attached there any more."""

    org: str
    connector: str
    term: int
    moved: bool = False
    """It is attached to another node, which says so itself."""


class SessionBegun(Struct, frozen=True, kw_only=True, tag_field="c", tag="session"):
    """Somebody has signed in, or renewed it."""

    session: SessionCopy


class SessionEnded(Struct, frozen=True, kw_only=True, tag_field="c", tag="session_end"):
    """Somebody has signed out."""

    session: str


class WordUsed(Struct, frozen=True, kw_only=True, tag_field="c", tag="word"):
    """A nonce or ticket is used up. ``digest``: SHA-256 in hexadecimal."""

    digest: str
    for_s: float


class CodeLeft(Struct, frozen=True, kw_only=True, tag_field="c", tag="code"):
    """A window has left a provider's code for the page that has opened it."""

    state: str
    code: str
    issuer: str | None = None


AnyTold = OfAgent | Home | Homeless | SessionBegun | SessionEnded | WordUsed | CodeLeft


# --- asked of one node ---


class Ask(PoolMessage, frozen=True, kw_only=True, tag="ask"):
    """A question; the answer has the same ``id``."""

    id: int
    what: "AnyQuestion"


class Question(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="q"):
    """Base of all."""


class DoCommand(Question, frozen=True, kw_only=True, tag="command"):
    """An agent's command."""

    org: str
    agent: str
    request: CommandRequest


class DoClaim(Question, frozen=True, kw_only=True, tag="claim"):
    """A session asks for the right to pop or log."""

    org: str
    agent: str
    session: str
    request: ClaimRequest


class DoWork(Question, frozen=True, kw_only=True, tag="work"):
    """An agent has written something about a call."""

    org: str
    agent: str
    changes: WorkPatch


class DoAttach(Question, frozen=True, kw_only=True, tag="attach"):
    """A connector announces itself."""

    org: str
    hello: Hello


class DoPublish(Question, frozen=True, kw_only=True, tag="publish"):
    """A connector's batch."""

    org: str
    batch: Batch


class DoTakeCommands(Question, frozen=True, kw_only=True, tag="take"):
    """A connector waits for commands."""

    org: str
    request: CommandsRequest


class FindSession(Question, frozen=True, kw_only=True, tag="session"):
    """Asked of everybody; only who knows it answers."""

    session: str


class TellAll(Question, frozen=True, kw_only=True, tag="everything"):
    """Tell everything of the connectors that are at home there, as ``Everything``."""


AnyQuestion = DoCommand | DoClaim | DoWork | DoAttach | DoPublish | DoTakeCommands | FindSession | TellAll


class Answer(PoolMessage, frozen=True, kw_only=True, tag="answer"):
    """``result`` in the form of the operation's answer, or why not (as ``Refused``)."""

    id: int
    result: Raw = Raw(b"\xc0")
    error_id: str = ""
    detail: str = ""
    field: str | None = None
    retry_after_s: int | None = None


class Everything(PoolMessage, frozen=True, kw_only=True, tag="everything"):
    """One part of the answer to ``TellAll``; all parts are of the moment before change ``next``."""

    id: int
    part: int
    parts: int
    next: int
    homes: tuple[Home, ...] = ()
    agents: tuple["OrgAgents", ...] = ()


class OrgAgents(Struct, frozen=True, kw_only=True):
    """Copies of agents of one organization."""

    org: str
    agents: tuple[AgentCopy, ...]


AnyMessage = Changes | Ask | Answer | Everything

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[AnyMessage] = msgspec.msgpack.Decoder(AnyMessage)
_change: msgspec.msgpack.Decoder[AnyChange] = msgspec.msgpack.Decoder(AnyChange)
_told: msgspec.msgpack.Decoder[AnyTold] = msgspec.msgpack.Decoder(AnyTold)


def encoded(message: object) -> bytes:
    """For the bus."""
    return _encoder.encode(message)


def raw(value: object) -> Raw:
    """A part of a message, encoded by itself."""
    return Raw(_encoder.encode(value))


def decoded(data: bytes) -> AnyMessage:
    """Raises ``msgspec.MsgspecError`` for what is no message of this release."""
    return _decoder.decode(data)


def told(part: Raw) -> AnyTold:
    """Raises ``msgspec.MsgspecError``."""
    return _told.decode(part)


def change(part: Raw) -> AnyChange:
    """Raises ``msgspec.MsgspecError``."""
    return _change.decode(part)


def result(part: Raw, kind: Any) -> Any:
    """Raises ``msgspec.MsgspecError``."""
    return msgspec.msgpack.decode(part, type=kind)
