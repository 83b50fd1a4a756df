"""What is known of one channel and one dial. Records only; ``switchboard`` relates them to each other.

Words: a *channel* is one leg, from Asterisk to one device. A *Local channel* is a pair of two channels ``;1`` and
``;2`` that are joined like the two ends of a pipe; it is no party. Channels in one *bridge* hear each other. A *dial*
leads from the channel that asked for it (none: an Originate) to the channel that was made for it.
"""

from dataclasses import dataclass, field

from ...domain.call import Party

#: Channel states (reference: Asterisk, ``enum ast_channel_state``), and how far along a call's life each one is.
DOWN, RING, RINGING, UP, BUSY = 0, 4, 5, 6, 7
_PROGRESS = {0: 0, 1: 1, 2: 1, 3: 2, 4: 3, 5: 4, 7: 5, 6: 6}

#: Technologies that are no party: pipes, announcers, recorders, and husks used while channels change places.
PSEUDO = ("Local/", "CBAnn/", "CBRec/", "Announcer/", "Recorder/", "Snoop/", "Surrogate/", "AsyncGoto/", "Message/")


@dataclass(slots=True, eq=False)
class Channel:
    """One channel, as far as events have told."""

    uid: str
    name: str
    born_at: float
    told_at: float = 0.0
    """When an event last said something about it."""
    linkedid: str = ""
    state: int = DOWN
    called_in: bool | None = None
    """It called Asterisk (True), Asterisk called it (False), or its beginning was missed (None)."""
    rang_at: float | None = None
    refused_at: float | None = None
    """When a code came for why it cannot go on, or its hangup."""
    number: str = ""
    label: str = ""
    restricted: bool = False
    connected_number: str = ""
    connected_label: str = ""
    data: dict[str, str] = field(default_factory=dict)
    """Variables of the dial plan that belong to the call (``Options.call_data``)."""
    dialled: str = ""
    """First extension it was in: what the caller dialled."""
    exten: str = ""
    bridge: str = ""
    left: str = ""
    """The bridge it was in last."""
    exten_in_bridge: str = ""
    sent_on: bool = False
    """It left the bridge for another extension (a Redirect, rather than the end of the talk)."""
    held: bool = False
    """The phone of this channel holds the other side."""
    holds: frozenset[str] = frozenset()
    """Channels of the parties that it put on hold."""
    met: dict[str, int] = field(default_factory=dict)
    """Parties that it has heard, with the step at which it first did."""
    leaving: bool = False
    """A hangup was asked for: by the phone's BYE or CANCEL, or by Asterisk."""
    said_bye: bool = False
    """The device itself asked for it."""
    queue: str = ""
    """It waits in this queue, or came through it."""
    queued_at: float | None = None
    """When it came into the queue."""
    waits: bool = False
    originated: bool = False
    picked_up: str = ""
    """Uid of the ringing or parked channel whose call it took."""
    parked_at: str = ""
    """Where it is parked."""
    transferred_by: Party | None = None
    transferred_to: Party | None = None
    over: bool = False
    """The call that it rang for has ended, though the channel itself has not yet."""
    gone_at: float | None = None
    cause: int = 0
    tech_cause: int = 0

    @property
    def real(self) -> bool:
        """Whether a device is at the other end of it."""
        return not self.name.startswith(PSEUDO)

    @property
    def local(self) -> bool:
        """Whether it is one end of a Local pair."""
        return self.name.startswith("Local/")

    @property
    def up(self) -> bool:
        """Whether it was answered."""
        return self.state == UP

    @property
    def gone(self) -> bool:
        """Whether it has been hung up."""
        return self.gone_at is not None

    @property
    def rang(self) -> bool:
        """Whether the device said that it rings."""
        return self.rang_at is not None

    def advance(self, state: int, at: float) -> None:
        """Take over a state unless it lies behind the one already known."""
        if _PROGRESS.get(state, -1) > _PROGRESS[self.state]:
            self.state = state
        if state == RING:
            self.called_in = True
        if state == RINGING:
            self.rings(at)

    def rings(self, at: float) -> None:
        """The device said that it rings."""
        self.rang_at = at if self.rang_at is None else self.rang_at


@dataclass(slots=True, eq=False)
class Dial:
    """``dest`` was made to ring for ``caller`` (empty: an Originate)."""

    caller: str
    dest: str
    began: int
    status: str = ""
    """How it ended: ANSWER, BUSY, NOANSWER, CANCEL, CONGESTION, CHANUNAVAIL; empty while it rings."""
    ended: int = 0
    forward: str = ""
    """Where the phone sent the caller (SIP 302), as a channel such as ``Local/102@internal``."""


@dataclass(slots=True)
class Origin:
    """Where a dialled channel's call comes from, seen through all Local channels."""

    channel: Channel | None = None
    """The party that calls."""
    originated: bool = False
    """An Originate rings this phone first; its owner is the one who calls."""
    hint: Channel | None = None
    """Where the party is unknown: the Local channel that carries its number."""
    chain: tuple[str, ...] = ()
