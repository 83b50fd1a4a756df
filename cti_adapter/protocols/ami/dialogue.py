"""Which answer belongs to which action: gives out ids, and puts the response and the list of an id together."""

from dataclasses import dataclass, field

from .framing import RemoteProtocolError
from .messages import Fields, Message, action, text

#: Most events of one list. A PBX with more channels than this has other troubles, and half a list would be a lie.
MAX_LIST = 50_000
_ACCEPTED = frozenset({"Success", "Goodbye", "Follows", "Pong"})


@dataclass
class Answer:
    """What came for one action."""

    id: str
    response: Message = field(default_factory=dict)
    events: list[Message] = field(default_factory=list)

    @property
    def success(self) -> bool:
        """Whether Asterisk accepted the action."""
        return self.response.get("Response") in _ACCEPTED

    @property
    def message(self) -> str:
        """Asterisk's sentence about it."""
        return text(self.response, "Message")


class Dialogue:
    """The open actions of one connection. ``prefix`` keeps their ids apart from those of others on the same account."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._count = 0
        self._open: dict[str, Answer] = {}

    def action(self, name: str, fields: Fields = ()) -> tuple[str, bytes]:
        """Id and bytes of an action. Raises ``LocalProtocolError``; then nothing is open."""
        action_id = f"{self._prefix}-{self._count}"
        data = action(name, fields, action_id)
        self._count += 1
        self._open[action_id] = Answer(action_id)
        return action_id, data

    def give_up(self, action_id: str) -> None:
        """Nobody waits for this answer any more; what still comes of it is dropped."""
        self._open.pop(action_id, None)

    def receive(self, message: Message) -> Answer | Message | None:
        """What ``message`` is: the completed answer to an action, an event (the message itself), or part of an answer.

        A list is complete with the event that says ``EventList: Complete``. ``OriginateResponse`` carries the id of its
        action but is an event, since the action was answered before. Raises ``RemoteProtocolError``.
        """
        action_id = message.get("ActionID")
        answer = self._open.get(action_id) if isinstance(action_id, str) else None
        if "Event" not in message:
            return self._response(answer, message) if answer and "Response" in message else None
        if answer is None or not answer.response:
            return None if self._left_over(message) else message
        if message.get("EventList") == "Complete":
            return self._close(answer)
        if len(answer.events) >= MAX_LIST:
            raise RemoteProtocolError(f"a list of more than {MAX_LIST} events")
        answer.events.append(message)
        return None

    def _response(self, answer: Answer, message: Message) -> Answer | None:
        answer.response = message
        return None if message.get("EventList") == "start" else self._close(answer)

    def _left_over(self, message: Message) -> bool:
        """Part of a list that nobody waits for any more: an old picture, not news."""
        ours = text(message, "ActionID").startswith(f"{self._prefix}-")
        return ours and message.get("Event") != "OriginateResponse"

    def _close(self, answer: Answer) -> Answer:
        del self._open[answer.id]
        return answer
