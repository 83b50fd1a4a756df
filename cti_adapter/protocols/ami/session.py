"""One AMI connection from banner to end, without I/O: bytes in, happenings out, bytes to send out.

Two kinds of errors, as in the library h11: ``LocalProtocolError`` is our mistake (nothing was sent, the session lives
on), ``RemoteProtocolError`` is the other side's (the session is over).

Reference: Asterisk AMI actions Challenge and Login, event FullyBooted.
"""

import hashlib
from collections.abc import Callable
from enum import StrEnum

from .dialogue import Answer, Dialogue
from .framing import Framer, RemoteProtocolError
from .messages import Fields, LocalProtocolError, Message, text

#: What Asterisk answers to every action from the order to stop until its end (manager.c, process_message).
SHUTTING_DOWN = "Asterisk is shutting down"


class State(StrEnum):
    """How far a session is."""

    GREETING = "greeting"
    """Waits for the banner."""
    CHALLENGED = "challenged"
    """Asked for a challenge, so that the secret itself does not cross the network."""
    LOGGING_IN = "logging_in"
    BOOTING = "booting"
    """Logged in; Asterisk has not said yet that all its modules are up. Actions may be sent."""
    READY = "ready"
    REFUSED = "refused"
    """Asterisk refused the login."""
    OVER = "over"
    """The other side made a mistake."""


class Milestone(StrEnum):
    """A step of the session itself."""

    LOGGED_IN = "logged_in"
    BOOTED = "booted"
    LOGIN_REFUSED = "login_refused"
    GOING_AWAY = "going_away"
    """No login because Asterisk is about to end; username and secret may be right."""


#: What ``Session.receive`` gives: a step of the session, the answer to an action, or an event.
Happening = Milestone | Answer | Message


class Session:
    """``receive`` what came, send ``data_to_send``, give ``action``s once logged in."""

    def __init__(self, username: str, secret: str, *, events: str, prefix: str, plain: bool = False) -> None:
        """``events``: classes for the login (``call,agent``); ``prefix``: begins all action ids, best random.

        ``plain``: where Asterisk gives no challenge, send the secret itself; only right on an encrypted connection.
        """
        self.state = State.GREETING
        self._username, self._secret, self._events, self._plain = username, secret, events, plain
        self._framer = Framer()
        self._dialogue = Dialogue(prefix)
        self._to_send = bytearray()
        self._own = ""
        self._on_answer: dict[State, Callable[[Answer], Milestone | None]] = {
            State.CHALLENGED: self._challenge_came,
            State.LOGGING_IN: self._login_answered,
        }

    @property
    def banner(self) -> str:
        """Asterisk's first line, such as ``Asterisk Call Manager/11.0.0``; empty before it came."""
        return self._framer.banner or ""

    def data_to_send(self) -> bytes:
        """What has to be written now; each byte is given once."""
        data, self._to_send = bytes(self._to_send), bytearray()
        return data

    def action(self, name: str, fields: Fields = ()) -> str:
        """Put an action into ``data_to_send`` and give its id. Raises ``LocalProtocolError``."""
        if self.state not in (State.BOOTING, State.READY):
            raise LocalProtocolError(f"{name}: not logged in ({self.state})")
        return self._act(name, fields)

    def give_up(self, action_id: str) -> None:
        """Nobody waits for this answer any more."""
        self._dialogue.give_up(action_id)

    def receive(self, data: bytes) -> list[Happening]:
        """What the bytes bring, in order. Raises ``RemoteProtocolError``; then the session is over."""
        if self.state is State.OVER:
            raise RemoteProtocolError("the session is over")
        try:
            messages = self._framer.feed(data)
            if self.state is State.GREETING and self._framer.banner is not None:
                self.state = State.CHALLENGED
                self._own = self._act("Challenge", [("AuthType", "MD5")])
            return [happening for message in messages if (happening := self._take(message)) is not None]
        except RemoteProtocolError:
            self.state = State.OVER
            raise

    def _act(self, name: str, fields: Fields) -> str:
        action_id, data = self._dialogue.action(name, fields)
        self._to_send += data
        return action_id

    def _take(self, message: Message) -> Happening | None:
        received = self._dialogue.receive(message)
        if isinstance(received, Answer) and received.id == self._own:
            return self._on_answer[self.state](received)
        if self.state is State.BOOTING and message.get("Event") == "FullyBooted":
            self.state = State.READY
            return Milestone.BOOTED
        return received

    def _challenge_came(self, answer: Answer) -> Milestone | None:
        if answer.success:
            # MD5 is what AMI defines; encryption of the connection protects more.
            seed = (text(answer.response, "Challenge") + self._secret).encode()
            proof = [("AuthType", "MD5"), ("Key", hashlib.md5(seed, usedforsecurity=False).hexdigest())]
        elif self._plain:
            proof = [("Secret", self._secret)]
        else:
            return self._refused(answer)
        self.state = State.LOGGING_IN
        self._own = self._act("Login", [("Username", self._username), *proof, ("Events", self._events)])
        return None

    def _login_answered(self, answer: Answer) -> Milestone:
        if not answer.success:
            return self._refused(answer)
        self.state = State.BOOTING
        return Milestone.LOGGED_IN

    def _refused(self, answer: Answer) -> Milestone:
        self.state = State.REFUSED
        return Milestone.GOING_AWAY if answer.message == SHUTTING_DOWN else Milestone.LOGIN_REFUSED
