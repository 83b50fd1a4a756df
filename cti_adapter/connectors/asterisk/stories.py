"""The calls that are not over, and which legs belong to them. No telephony decisions beyond that.

A leg is one channel of an agent's phone. A call mostly has one; it has several while it rings at more than one device
of the agent. Calls are keyed by the Uniqueid of their first leg, never by Linkedid: transfers and merges change that.
"""

import re
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256

from ...domain.call import Call, CallState
from .parties import Directory
from .switchboard import BURIED, Switchboard

_NOT_IN_ID = re.compile(r"[^\x21-\x7e]")


@dataclass(slots=True, eq=False)
class Story:
    """One call of one phone, from its first sign to its end."""

    owners: tuple[str, ...]
    """Agents of the phone."""
    extension: str
    id: str
    legs: list[str]
    """Channels of the agent's devices; several, where a call rings at more than one device of an extension."""
    main: str
    """The leg that was answered, or the one that is looked at."""
    call: Call | None = None
    """The record as it was told last."""
    command: str | None = None
    number: str = ""
    """What click-to-dial is to reach."""
    label: str = ""
    expected_at: float = 0.0
    """When an Originate for it was announced; 0 when nobody announced it."""
    own_first: bool = False
    """The agent's own phone is rung first (Originate)."""
    other: str = ""
    """Channel of the party that is shown as the other side."""
    peers: tuple[str, ...] = ()
    """Channels of the parties that were heard last."""
    rung: bool = False
    queued: bool = False
    parked: str = ""
    """Channel of the other side while it is parked by this phone; the call has no leg then."""
    consulting: bool = False
    """The one leg was taken from the held party's bridge to somebody else's (AMI Atxfer)."""
    unheld_at: float | None = None
    """When the phone took the call back from hold, while that is not told yet (see ``telling.SETTLE_S``)."""
    ending: bool = False
    """The leg is gone, and whether the call went on without the agent is not clear yet."""
    seen_late: bool = False
    """A snapshot showed it; its beginning was missed."""

    @property
    def unsettled(self) -> bool:
        """Whether something has happened that is not told yet."""
        return self.ending or self.unheld_at is not None


@dataclass(slots=True)
class Elsewhere:
    """What the same agent does in other calls."""

    held: str | None = None
    """Id of a call that is on hold."""
    engaged: bool = False
    """A call is talked in, or being dialled."""


class Stories:
    """All calls of one connector that are not over."""

    def __init__(self, prefix: str, board: Switchboard, directory: Directory) -> None:
        self._prefix, self._board, self._directory = prefix, board, directory
        self._by_leg: dict[str, Story] = {}
        self._lives: OrderedDict[str, int] = OrderedDict()
        """How often a channel's call has been told as ended; more than once only if that was a mistake."""

    def of_leg(self, uid: str) -> Story | None:
        """The call that the channel ``uid`` is a leg of."""
        return self._by_leg.get(uid)

    def begin(self, uid: str, extension: str, *, late: bool = False) -> Story:
        owners = self._directory.agents(extension)
        story = Story(owners=owners, extension=extension, id=self._call_id(uid), legs=[uid], main=uid)
        story.seen_late = late
        self._by_leg[uid] = story
        return story

    def choose_leg(self, story: Story) -> None:
        """Of several devices that ring for one call, the one that was answered, else one that still rings."""
        if len(story.legs) < 2 or (story.call and story.call.answered_at):
            return
        alive = [channel for channel in map(self._board.live, story.legs) if channel]
        best = next((channel for channel in alive if channel.up), None)
        if best or (alive and not self._board.live(story.main)):
            story.main = (best or alive[0]).uid

    def join(self, story: Story) -> bool:
        """Whether a new leg belongs to a call that already rings for the same agent from the same caller."""
        source = self._board.origin(story.main).channel
        if source is None or story.expected_at:
            return False
        for other in self.all():
            call = other.call
            if other is story or other.owners != story.owners or call is None or call.state is not CallState.ALERTING:
                continue
            if self._board.origin(other.main).channel is source and self._board.live(other.main):
                other.legs.append(story.main)
                self._by_leg[story.main] = other
                return True
        return False

    def elsewhere(self, story: Story) -> Elsewhere:
        """What the same agent does in other calls."""
        states = [
            (other.call.state, other.call.id)
            for other in self.all()
            if other is not story and other.owners == story.owners and other.call and not other.parked
        ]
        held = [call_id for state, call_id in states if state is CallState.HELD]
        engaged = any(state in (CallState.CONNECTED, CallState.INITIATED) for state, _ in states)
        return Elsewhere(held=held[-1] if held else None, engaged=engaged)

    def all(self) -> list[Story]:
        """Every story once, in order of beginning."""
        return [story for uid, story in self._by_leg.items() if uid == story.legs[0]]

    def by_call(self, call_id: str) -> Story | None:
        return next((story for story in self.all() if story.id == call_id), None)

    def parked_with(self, uid: str) -> Story | None:
        """The call of which the channel ``uid`` is the parked party."""
        return next((story for story in self.all() if story.parked == uid), None)

    def expect(self, story: Story, uid: str) -> None:
        """The channel ``uid``, when it comes, is a leg by which a parked call is taken back."""
        story.legs.append(uid)
        self._by_leg[uid] = story

    def forget_leg(self, story: Story, uid: str) -> None:
        """That leg did not come."""
        story.legs.remove(uid)
        self._by_leg.pop(uid, None)

    def take_leg(self, story: Story, uid: str) -> Story | None:
        """The parked call goes on by the leg ``uid``; returns the call that this leg had begun, which is no more."""
        begun = self._by_leg.get(uid)
        if begun is not None and begun is not story:
            begun.unheld_at, begun.ending = None, False
            for leg in begun.legs:
                self._by_leg[leg] = story
            story.legs += begun.legs
        story.main, story.parked = uid, ""
        return begun if begun is not story else None

    def drop(self, story: Story) -> None:
        """The call is over. Other devices of the agent may still be about to stop ringing: that is no new call."""
        story.unheld_at, story.ending = None, False
        for uid in story.legs:
            self._by_leg.pop(uid, None)
            self._lives[uid] = self._lives.get(uid, 0) + 1
            channel = self._board.live(uid)
            if channel:
                channel.over = True
            else:
                self._board.buried[uid] = None
        while len(self._lives) > BURIED:
            self._lives.popitem(last=False)

    def _call_id(self, uid: str) -> str:
        """Unique for all time: Asterisk's Uniqueid (boot time and number) below the connector's name."""
        again = f".{self._lives[uid]}" if uid in self._lives else ""
        name = _NOT_IN_ID.sub("_", f"{self._prefix}.{uid}{again}")
        return name if len(name) <= 120 else f"{name[:100]}.{sha256(name.encode()).hexdigest()[:16]}"
