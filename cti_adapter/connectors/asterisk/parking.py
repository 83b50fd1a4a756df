"""Parked calls: the other side waits where anybody can take it, and whoever parked it still sees it. Pure.

The agent's leg ends soon after the call was parked, and the call goes on without a leg until somebody takes it: the
agent, by whose new leg it is the same call again, or a colleague, to whom it is then handed over.
"""

from collections.abc import Sequence

from ...domain.call import CallEvent, CallState, Cause, EventName
from .channels import Channel
from .legs import TALKING
from .parties import Directory
from .stories import Story
from .switchboard import Switchboard, party_of
from .telling import Teller

S, E = CallState, EventName


def parked_peer(story: Story, board: Switchboard) -> Channel | None:
    """The other side of a call that is talked in, where it has just been parked."""
    if story.parked or story.call is None or story.call.state not in TALKING or len(story.peers) != 1:
        return None
    peer = board.live(story.peers[0])
    return peer if peer is not None and peer.parked_at else None


def park(story: Story, peer: Channel, at: float) -> list[CallEvent]:
    """The call waits at its place from now on."""
    story.parked, story.ending = peer.uid, False
    teller = Teller(story, at)
    teller.say(E.HELD, S.HELD, parked_at=peer.parked_at[:64])
    return teller.events


def takers(story: Story, board: Switchboard) -> Sequence[Channel]:
    """Who talks to the parked party by now; nobody while it waits, or rings back at who has parked it.

    The bridges tell, and not the event UnParkedCall, which may come later. The leg from which it was parked does not
    count: it shares a bridge with the parked party for a moment still.
    """
    parkee = board.live(story.parked)
    if parkee is None:
        return ()
    found = [channel for channel in board.parties(parkee) if channel.uid != story.main]
    if found:
        parkee.parked_at = ""
    return found


def end(story: Story, board: Switchboard, directory: Directory, taker: Channel | None, at: float) -> list[CallEvent]:
    """A colleague has taken the call, or (no ``taker``) the other side has hung up."""
    teller = Teller(story, at)
    parkee = board.live(story.parked)
    if taker is None or parkee is None:
        teller.say(E.CONNECTION_CLEARED, S.CLEARED, cause=Cause.NORMAL)
    else:
        parkee.transferred_by = directory.inside(story.extension)
        to = party_of(board, directory, taker)
        teller.say(E.TRANSFERRED, S.CLEARED, cause=Cause.TRANSFERRED, transferred_to=to)
    return teller.events


def absorbed(story: Story, at: float) -> list[CallEvent]:
    """The call by which the agent has taken a parked one back: it goes on as that one."""
    teller = Teller(story, at)
    teller.say(E.CONNECTION_CLEARED, S.CLEARED, cause=Cause.CONFERENCED)
    return teller.events
