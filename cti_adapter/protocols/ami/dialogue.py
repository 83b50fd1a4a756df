"""Actions and their answers: gives each action an id, and puts the response and the list events of that id together."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from .framing import LocalProtocolError, Message

#: Longest value of a header that Asterisk takes over whole (its line buffer has 1025 bytes).
MAX_VALUE = 900
#: Most events of one list that are kept; a PBX with more channels than this has other troubles.
MAX_LIST = 50_000
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_FORBIDDEN = re.compile(r"[\r\n\x00]")


def encode(fields: Sequence[tuple[str, str]]) -> bytes:
    """One block of headers as bytes.

    Raises ``LocalProtocolError`` for a key or value that would break out of its line: a number such as
    ``1\\r\\nAction: Command`` would be a second action.
    """
    for key, value in fields:
        if not _KEY.fullmatch(key):
            raise LocalProtocolError(f"{key!r} cannot be a header of AMI")
        if _FORBIDDEN.search(value):
            raise LocalProtocolError(f"{key}: a value may not hold line breaks or NUL")
        if len(value.encode()) > MAX_VALUE:
            raise LocalProtocolError(f"{key}: a value may have {MAX_VALUE} bytes")
    return "".join(f"{key}: {value}\r\n" for key, value in fields).encode() + b"\r\n"


@dataclass
class Answer:
    """What came for one action."""

    id: str
    response: Message = field(default_factory=dict)
    events: list[Message] = field(default_factory=list)

    @property
    def success(self) -> bool:
        """Whether Asterisk accepted the action."""
        return self.response.get("Response") in ("Success", "Goodbye", "Follows", "Pong")

    @property
    def message(self) -> str:
        """Asterisk's sentence about it."""
        text = self.response.get("Message", "")
        return text if isinstance(text, str) else " ".join(text)


class Dialogue:
    """One login's actions. ``prefix`` keeps its ids apart from those of others that use the same account."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._count = 0
        self._open: dict[str, Answer] = {}

    def action(self, name: str, fields: Sequence[tuple[str, str]] = ()) -> tuple[str, bytes]:
        """Id and bytes of an action. Raises ``LocalProtocolError``."""
        action_id = f"{self._prefix}-{self._count}"
        data = encode([("Action", name), *fields, ("ActionID", action_id)])
        self._count += 1
        self._open[action_id] = Answer(action_id)
        return action_id, data

    def give_up(self, action_id: str) -> None:
        """Nobody waits for this answer any more."""
        self._open.pop(action_id, None)

    def receive(self, message: Message) -> Answer | Message | None:
        """What ``message`` is: the completed answer to an action, an event (the message itself), or part of an answer.

        A list answer is complete with the event that says ``EventList: Complete``. ``OriginateResponse`` carries the
        id of its action but is an event, since the action was answered before.
        """
        action_id = message.get("ActionID")
        answer = self._open.get(action_id) if isinstance(action_id, str) else None
        if "Response" in message and "Event" not in message:
            return self._response(answer, message)
        if answer is None or not answer.response:
            return message if "Event" in message else None
        if message.get("EventList") == "Complete":
            return self._close(answer)
        if len(answer.events) < MAX_LIST:
            answer.events.append(message)
        return None

    def _response(self, answer: Answer | None, message: Message) -> Answer | None:
        if answer is None:
            return None
        answer.response = message
        return None if message.get("EventList") == "start" else self._close(answer)

    def _close(self, answer: Answer) -> Answer:
        del self._open[answer.id]
        return answer
