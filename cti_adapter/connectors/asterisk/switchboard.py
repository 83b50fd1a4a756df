"""The facts: which channels exist, which share a bridge, who dialled whom. Asterisk's view, without any idea of agents.

Facts are laid down so that the order of messages matters as little as possible: a channel is created by whatever event
names it first, its state only ever advances, leaving a bridge that it is no longer in changes nothing, and what has
ended does not come back (``buried``).
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ...domain.call import Party
from .channels import Channel, Dial, Origin
from .parties import NOBODY, Directory, clean_party

#: For how long facts of a channel that has ended are kept, in seconds: events of it may still come.
KEEP_S = 30.0
#: From how many parties on nobody keeps track of who has met whom.
MANY = 8
#: How many ids of ended channels are remembered, so that a late event does not revive them.
BURIED = 20_000


@dataclass(slots=True)
class Switchboard:
    """All channels, bridges and dials."""

    channels: dict[str, Channel] = field(default_factory=dict)
    bridges: dict[str, dict[str, None]] = field(default_factory=dict)
    holding: set[str] = field(default_factory=set)
    """Bridges whose members do not hear each other: parking lots and waiting rooms."""
    dials: dict[str, Dial] = field(default_factory=dict)
    outgoing: dict[str, dict[str, None]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    buried: OrderedDict[str, None] = field(default_factory=OrderedDict)
    fading: OrderedDict[str, float] = field(default_factory=OrderedDict)
    step: int = 0

    # --- changes -----------------------------------------------------------------------------------------------------

    def add(self, uid: str, name: str, at: float) -> Channel | None:
        """The channel ``uid``, made if it is new; None when it has ended already."""
        if uid in self.buried or not uid or not name:
            return None
        channel = self.channels.get(uid)
        if channel is None:
            channel = self.channels[uid] = Channel(uid=uid, name=name, born_at=at)
        if channel.name != name or name not in self.names:
            self.rename(channel, name)
        return channel

    def rename(self, channel: Channel, name: str) -> None:
        """Give ``channel`` another name (masquerade)."""
        self._forget_name(channel)
        channel.name = name
        self.names[name] = channel.uid

    def _forget_name(self, channel: Channel) -> None:
        if self.names.get(channel.name) == channel.uid:
            del self.names[channel.name]

    def enter(self, channel: Channel, bridge: str) -> None:
        """Put ``channel`` into ``bridge``, out of any other."""
        if channel.bridge != bridge:
            self.leave(channel, channel.bridge)
            channel.bridge, channel.exten_in_bridge, channel.sent_on = bridge, channel.exten, False
            self.bridges.setdefault(bridge, {})[channel.uid] = None
            self._meet(channel)
        channel.leaving = False

    def _meet(self, channel: Channel) -> None:
        """Note who hears whom for the first time; large conferences are left out."""
        together = [*([channel] if channel.real else []), *self.parties(channel)]
        if len(together) > MANY:
            return
        self.step += 1
        for one in together:
            for other in together:
                if one is not other:
                    one.met.setdefault(other.uid, self.step)

    def leave(self, channel: Channel, bridge: str) -> None:
        """Take ``channel`` out of ``bridge``; nothing happens when it is elsewhere by now."""
        if not bridge or channel.bridge != bridge:
            return
        channel.bridge, channel.left = "", bridge
        channel.sent_on = channel.exten != channel.exten_in_bridge
        members = self.bridges.get(bridge, {})
        members.pop(channel.uid, None)
        if not members:
            self.bridges.pop(bridge, None)
            self.holding.discard(bridge)

    def dial(self, caller: str, dest: str) -> Dial:
        """The dial that made ``dest`` ring, made or handed over to ``caller`` (empty: keep the one known)."""
        self.step += 1
        dial = self.dials.get(dest)
        if dial is None:
            dial = self.dials[dest] = Dial(caller=caller, dest=dest, began=self.step)
        elif caller and caller != dial.caller:
            self.outgoing.get(dial.caller, {}).pop(dest, None)
            dial.caller = caller
        if dial.caller:
            self.outgoing.setdefault(dial.caller, {})[dest] = None
        return dial

    def end_dial(self, dial: Dial, status: str, forward: str) -> None:
        """Note how ``dial`` ended; the first answer stands."""
        dial.forward = forward or dial.forward
        if not dial.status and status:
            self.step += 1
            dial.status, dial.ended = status, self.step

    def bury(self, channel: Channel, at: float) -> None:
        """``channel`` has ended. Its facts fade after a while, its id stays known."""
        self.leave(channel, channel.bridge)
        channel.gone_at = at
        if not channel.local:  # the pair of a Local channel is told by its name, also when one end is gone already
            self._forget_name(channel)
        self.fading[channel.uid] = at
        self.buried[channel.uid] = None
        while len(self.buried) > BURIED:
            self.buried.popitem(last=False)

    def unbury(self, uid: str) -> None:
        """``uid`` lives after all: forget that it has ended, and everything that was known of it."""
        self.buried.pop(uid, None)
        if self.fading.pop(uid, None) is not None:
            self.channels.pop(uid, None)

    def prune(self, at: float) -> None:
        """Forget the facts of channels that ended more than ``KEEP_S`` before ``at``."""
        while self.fading:
            uid, gone_at = next(iter(self.fading.items()))
            if at - gone_at < KEEP_S and len(self.fading) < BURIED:
                return
            del self.fading[uid]
            channel = self.channels.pop(uid, None)
            if channel:
                self._forget_name(channel)
            for dest in self.outgoing.pop(uid, {}):
                self.dials.pop(dest, None)
            dial = self.dials.pop(uid, None)
            if dial:
                self.outgoing.get(dial.caller, {}).pop(uid, None)

    # --- questions ---------------------------------------------------------------------------------------------------

    def get(self, uid: str) -> Channel | None:
        """The channel ``uid``, also one that has just ended."""
        return self.channels.get(uid)

    def live(self, uid: str) -> Channel | None:
        """The channel ``uid`` unless it has ended or was never seen."""
        channel = self.channels.get(uid)
        return None if channel is None or channel.gone else channel

    def by_name(self, name: str) -> Channel | None:
        """The live channel called ``name``."""
        return self.channels.get(self.names.get(name, ""))

    def other_half(self, channel: Channel) -> Channel | None:
        """The other end of a Local pair: ``;1`` for ``;2`` and the reverse. They differ in the last character only."""
        if not channel.local or channel.name[-2:] not in (";1", ";2"):
            return None
        name = channel.name[:-1] + ("2" if channel.name.endswith("1") else "1")
        return self.by_name(name)

    def mates(self, channel: Channel) -> list[Channel]:
        """The others in the same bridge."""
        if not channel.bridge or channel.bridge in self.holding:
            return []
        return [self.channels[uid] for uid in self.bridges.get(channel.bridge, {}) if uid != channel.uid]

    def parties(self, channel: Channel, *, without: str = "") -> list[Channel]:
        """Everybody whom ``channel`` hears, seen through Local channels; ``without`` bars the way by that channel."""
        seen, todo, found = {channel.uid, without}, [channel], []
        while todo:
            here = todo.pop(0)
            half = self.other_half(here)
            for near in [*self.mates(here), *([half] if half else [])]:
                if near.uid not in seen:
                    seen.add(near.uid)
                    todo.append(near)
                    if near.real and not near.leaving:
                        found.append(near)
        return found

    def origin(self, uid: str) -> Origin:
        """Who calls the dialled channel ``uid``: up the dials and through Local pairs to a real party."""
        chain, here = [uid], uid
        for _ in range(16):  # loops cannot be ruled out in what comes off the wire
            dial = self.dials.get(here)
            if dial is None:
                return Origin(chain=tuple(chain))
            caller = self.channels.get(dial.caller)
            if caller is None:
                return Origin(originated=not dial.caller, chain=tuple(chain))
            chain.append(caller.uid)
            if not caller.local:
                return Origin(channel=caller, chain=tuple(chain))
            half = self.other_half(caller)
            if half is None:
                return Origin(hint=caller, chain=tuple(chain))
            chain.append(half.uid)
            heard = [party for party in self.parties(half, without=caller.uid) if party.uid != uid]
            if heard and half.uid not in self.dials:
                return Origin(channel=heard[0], chain=tuple(chain))
            dial = self.dials.get(half.uid)
            if dial is None or not dial.caller:
                # Nobody dialled the pair and nobody waits behind it: an Originate made it, and the channel that was
                # the first of its call has its own id as Linkedid. (An AMI Atxfer also makes one, inside a call.)
                first = half.linkedid == half.uid or half.originated
                return Origin(originated=first, hint=caller, chain=tuple(chain))
            here = half.uid
        return Origin(chain=tuple(chain))

    def dests(self, channel: Channel) -> list[tuple[Dial, Channel | None]]:
        """The real phones that ring or rang because of ``channel``, through Local channels, in the order dialled."""
        found: list[tuple[Dial, Channel | None]] = []
        seen, todo = {channel.uid}, [channel.uid]
        for mate in self.mates(channel):  # a call that was originated through a Local channel dials behind it
            half = self.other_half(mate)
            todo += [half.uid] if half else []
        while todo:
            for dest in self.outgoing.get(todo.pop(0), {}):
                made = self.channels.get(dest)
                if dest in seen or dest not in self.dials:
                    continue
                seen.add(dest)
                half = self.other_half(made) if made else None
                if half:
                    seen.add(half.uid)
                    todo.append(half.uid)
                else:
                    found.append((self.dials[dest], made))
        return found

    def hold(self, channel: Channel, on: bool) -> None:
        """The phone of ``channel`` puts those whom it hears on hold, or takes them back."""
        if on and not channel.held:
            channel.holds = frozenset(party.uid for party in self.parties(channel))
        channel.held = on

    def is_held_by(self, channel: Channel, holder: Channel) -> bool:
        """Whether ``holder`` has ``channel`` on hold.

        An AMI Atxfer moves the one leg of a phone that holds to somebody else: that party is not on hold.
        """
        if not holder.held or holder.gone:
            return False
        return channel.uid in holder.holds or not any(self.live(uid) for uid in holder.holds)

    def neighbourhood(self, uids: Iterable[str]) -> Iterator[Channel]:
        """Every channel whose call may look different when something about ``uids`` has changed."""
        seen: set[str] = set()
        todo = list(uids)
        while todo:
            uid = todo.pop()
            if uid in seen:
                continue
            seen.add(uid)
            channel = self.channels.get(uid)
            dial = self.dials.get(uid)
            todo += self.outgoing.get(uid, {})
            todo += [dial.caller] if dial and dial.caller else []
            if channel:
                half = self.other_half(channel)
                todo += [half.uid] if half else []
                todo += self.bridges.get(channel.bridge, {})
                yield channel


def party_of(board: Switchboard, directory: Directory, channel: Channel) -> Party:
    """The person at ``channel``: a phone of the site by its extension, others by their caller id.

    For a Local channel it is whoever is behind it.
    """
    if channel.local:
        half = board.other_half(channel)
        behind = board.parties(half, without=channel.uid) if half else []
        if behind:
            return party_of(board, directory, behind[0])
    extension = directory.extension(channel.name)
    if extension:
        return directory.inside(extension)
    if channel.restricted:
        return NOBODY
    return clean_party(channel.number, channel.label)
