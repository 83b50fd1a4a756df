"""An agent's call as the facts show it at one moment: who is on the other side, in which direction, who holds.

The record that was told before is only read here; ``telling`` compares it with this picture and says what happened.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ...domain.call import Call, CallState, Direction, Party
from .channels import Channel
from .parties import NOBODY, Directory, clean_party
from .stories import Story
from .switchboard import Switchboard, party_of

Role = Literal["caller", "called"]
#: States in which the agent has talked to somebody.
TALKING = (CallState.CONNECTED, CallState.HELD)
MAX_PARTIES = 20


@dataclass(slots=True)
class Look:
    """What the record should say now."""

    role: Role
    direction: Direction
    own: Party
    other: Party
    other_uid: str
    queue: str | None
    queued_at: float | None
    transferred_from: Party | None
    data: dict[str, str]
    connected: bool
    held: bool
    remote_hold: bool
    parties: tuple[Party, ...] = ()
    peers: tuple[str, ...] = ()
    rung: bool = False
    waits: bool = False
    replaced: bool = False
    """Somebody else has taken the other side's place."""


def role_of(story: Story, board: Switchboard, leg: Channel) -> Role | None:
    """Which side of the call the agent is; None while that cannot be known yet.

    A channel that calls in is a phone that dials. One that Asterisk made rings, for somebody (called) or for its own
    owner (an Originate: the owner is the caller, whose phone is rung first).
    """
    if story.expected_at or leg.called_in:
        return "caller"
    dial = board.dials.get(leg.uid)
    if dial:
        return "caller" if not dial.caller or board.origin(leg.uid).originated else "called"
    if leg.up and board.parties(leg):
        return "caller" if leg.linkedid == leg.uid else "called"
    return None


def look(story: Story, board: Switchboard, directory: Directory, leg: Channel) -> Look | None:
    """The call as it is now; None while it is too early to say."""
    call = story.call
    peers = _peers(story, board, leg)
    connected = (leg.up and bool(peers)) or (call is not None and call.state in TALKING)
    role = call.role if call else role_of(story, board, leg)
    if connected and (call is None or call.answered_at is None) and _taken_over(board, leg):
        role = "called"
    if role is None:
        return None
    if connected:
        return _talking(story, board, directory, leg, role, peers)
    return _waiting(story, board, directory, leg, role)


def _taken_over(board: Switchboard, leg: Channel) -> bool:
    """Whether a phone that dialled has taken somebody else's call by pickup: then it is at the end of a dial."""
    return bool(leg.called_in) and (bool(leg.picked_up) or leg.uid in board.dials)


def _peers(story: Story, board: Switchboard, leg: Channel) -> list[Channel]:
    """The parties heard; while the agent holds, the party held, as long as it is there."""
    heard = board.parties(leg)
    if not leg.held and not story.consulting:
        return heard
    before = [channel for channel in map(board.live, story.peers) if channel]
    if any(channel.uid in story.peers for channel in heard):
        if story.consulting:  # back from the consultation that AMI's Atxfer had begun
            story.consulting = False
            board.hold(leg, False)
        return heard
    if leg.bridge and any(channel.bridge for channel in before):
        story.consulting = True
    return before or heard


def _talking(
    story: Story, board: Switchboard, directory: Directory, leg: Channel, role: Role, peers: list[Channel]
) -> Look:
    call = story.call
    heard = peers or [channel for channel in map(board.get, story.peers) if channel]
    partner = next((channel for channel in heard if channel.uid == story.other), heard[0] if heard else None)
    direction = _direction(role, directory, partner, call.direction if call else Direction.INBOUND)
    if role == "caller" and direction is Direction.INBOUND:
        role = "called"  # two calls were joined: the one outside had called in, and is the caller for everybody
    first_time = call is None or call.answered_at is None
    shown = call.other if call else NOBODY
    other, replaced = shown, False
    if partner and partner.uid != story.other:
        party = party_of(board, directory, partner)
        fresh = first_time and role == "caller"
        other = _reached(shown, party) if fresh else party
        replaced = len(story.peers) < 2 and (bool(story.other) or not first_time) and _differs(shown, other)
        if first_time and call is not None and call.role != role:  # pickup: the caller was not there before
            replaced = False
    elif partner and not (role == "caller" and shown.number):
        other = party_of(board, directory, partner)
    elif partner:
        other = _reached(shown, party_of(board, directory, partner))
    came_from = call.transferred_from if call else None
    if replaced:
        came_from = shown
    elif first_time and role == "called" and partner:
        came_from = came_from or partner.transferred_by
    return Look(
        role=role,
        direction=direction,
        own=directory.inside(story.extension),
        other=other,
        other_uid=partner.uid if partner else story.other,
        queue=(call.queue if call else None) or _queue(board, leg),
        queued_at=(call.queued_at if call else None) or _queued_at(board, leg),
        transferred_from=came_from,
        data=_data(call, [partner] if partner else []),
        connected=True,
        held=leg.held,
        remote_hold=len(heard) == 1 and board.is_held_by(leg, heard[0]),
        parties=_parties(board, directory, heard),
        peers=tuple(channel.uid for channel in heard),
        replaced=replaced,
    )


def _waiting(story: Story, board: Switchboard, directory: Directory, leg: Channel, role: Role) -> Look | None:
    """The call before anybody talks: it rings at the agent, or the agent waits."""
    call = story.call
    shown = call.other if call else NOBODY
    came_from, replaced = call.transferred_from if call else None, False
    uid, rung, waits = story.other, False, False
    if role == "called":
        source = board.origin(leg.uid)
        other, partner = _caller(board, directory, leg, source.channel, source.hint)
        uid = partner.uid if partner else story.other
        replaced = bool(story.other) and uid != story.other and _differs(shown, other)
        came_from = shown if replaced else came_from or (partner.transferred_by if partner else None)
        direction = _direction(role, directory, partner, _by_number(directory, other.number, Direction.INBOUND))
    else:
        dests = board.dests(leg)
        other = _called(story, directory, leg, [dest for _, dest in dests if dest])
        partner = next((dest for _, dest in dests if dest and dest.real), None)
        rung = any(dest is not None and (dest.rang or dest.up) for _, dest in dests)
        waits = leg.waits
        inside = leg.waits or bool(leg.queue)
        guess = Direction.INTERNAL if inside else _by_number(directory, other.number, Direction.OUTBOUND)
        direction = _direction(role, directory, partner, guess)
        direction = Direction.OUTBOUND if direction is Direction.INBOUND else direction
    return Look(
        role=role,
        direction=direction,
        own=directory.inside(story.extension),
        other=other,
        other_uid=uid,
        queue=(call.queue if call else None) or _queue(board, leg),
        queued_at=(call.queued_at if call else None) or _queued_at(board, leg),
        transferred_from=came_from,
        data=_data(call, filter(None, map(board.get, board.origin(leg.uid).chain))),
        connected=False,
        held=False,
        remote_hold=False,
        rung=rung,
        waits=waits,
        replaced=replaced,
    )


def _caller(
    board: Switchboard, directory: Directory, leg: Channel, channel: Channel | None, hint: Channel | None
) -> tuple[Party, Channel | None]:
    """The real caller of a ringing phone; where nobody can be found, what the phone's display says."""
    if channel:
        party = party_of(board, directory, channel)
        if party.number or channel.restricted:
            return party, channel
    for number, name in ((hint.number, hint.label) if hint else ("", ""), (leg.connected_number, leg.connected_label)):
        party = clean_party(number, name)
        if party.number and not (channel and channel.restricted):
            return directory.dialled(party.number, party.name), channel
    return party_of(board, directory, channel) if channel else NOBODY, channel


def _called(story: Story, directory: Directory, leg: Channel, dests: Iterable[Channel]) -> Party:
    """Whom the agent calls: what was dialled, with the name that is known for it."""
    number, name = story.number, story.label
    if not number and leg.called_in is not False:
        number = leg.dialled
    if not number:  # somebody else's Originate puts the number to be called on the own phone's display
        number = clean_party(leg.connected_number, "").number or leg.dialled
    names = [clean_party(dest.number, dest.label) for dest in dests]
    names.append(clean_party(leg.connected_number, leg.connected_label))
    name = name or next((party.name for party in names if party.number == number), "")
    return directory.dialled(number, name)


def _reached(shown: Party, party: Party) -> Party:
    """Who answered a call that the agent made: the number stays as dialled, a name is gained when it is the same."""
    if not shown.number:
        return party
    return Party(number=shown.number, name=shown.name or (party.name if party.number == shown.number else ""))


def _direction(role: Role, directory: Directory, partner: Channel | None, guess: Direction) -> Direction:
    """Where the call comes from, seen by the organization: what counts is on whose side the outside is."""
    if partner is None:
        return guess
    if directory.extension(partner.name):
        return Direction.INTERNAL
    came_in = partner.called_in if partner.called_in is not None else role == "called"
    return Direction.INBOUND if came_in else Direction.OUTBOUND


def _by_number(directory: Directory, number: str, outside: Direction) -> Direction:
    return Direction.INTERNAL if number and directory.is_internal(number) else outside


def _data(call: Call | None, channels: Iterable[Channel]) -> dict[str, str]:
    """What is attached to the channel of the other side, or to one on the way from there; once known, it stays."""
    found = {name: value for channel in channels for name, value in channel.data.items() if value}
    return found or (call.data if call else {})


def _queue(board: Switchboard, leg: Channel) -> str | None:
    """The queue that made this phone ring, or in which the agent waits."""
    source = board.origin(leg.uid)
    for uid in source.chain:
        channel = board.get(uid)
        if channel and channel.queue and (channel.waits or channel is not source.channel):
            return channel.queue[:200]
    return None


def _queued_at(board: Switchboard, leg: Channel) -> float | None:
    """When the caller came into the queue that made this phone ring."""
    channels = (board.get(uid) for uid in board.origin(leg.uid).chain)
    return next((channel.queued_at for channel in channels if channel and channel.queued_at is not None), None)


def _parties(board: Switchboard, directory: Directory, heard: list[Channel]) -> tuple[Party, ...]:
    if len(heard) < 2:
        return ()
    parties = [party_of(board, directory, channel) for channel in heard]
    return tuple(sorted(parties, key=lambda party: (party.number, party.name))[:MAX_PARTIES])


def _differs(one: Party, other: Party) -> bool:
    """Whether these are two people, as far as numbers tell."""
    return one.number != other.number or not one.number
