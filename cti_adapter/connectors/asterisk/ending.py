"""How a call ends: by exactly one event with state cleared, once the agent's last leg is gone."""

from ...domain.call import CallEvent, CallState, Cause, EventName, Party
from . import causes
from .channels import Channel
from .parties import Directory
from .stories import Story
from .switchboard import Switchboard, party_of
from .telling import SETTLE_S, Teller

S, E = CallState, EventName
#: Causes of an outgoing call that failed, in the sense that the other side's network or phone turned it away.
FAILURES = (Cause.BUSY, Cause.DECLINED, Cause.UNREACHABLE)
#: States from which the agent can hand a call over.
TRANSFERABLE = (S.INITIATED, S.CONNECTED, S.HELD)


def end(story: Story, board: Switchboard, directory: Directory, at: float) -> list[CallEvent] | None:
    """The agent's last leg is gone: tell why, or None while that may still become clear.

    A transfer takes the transferer's leg down before all else, and the event that tells of it may come after the
    hangup. So when nobody asked for the hangup and the other side's channel lives on, its next move is waited for:
    it hangs up, too, in the same moment, or it was handed over. After ``SETTLE_S`` the call ends as it stands.
    """
    leg, call = board.get(story.main), story.call
    if leg is None or call is None or call.ended:
        return []
    gone_at = at if leg.gone_at is None else leg.gone_at
    teller = Teller(story, gone_at)
    patient = at - gone_at < SETTLE_S
    told_now = call.state in TRANSFERABLE and not (patient and _is_parked(story, board))
    to = handed_over(story, board, directory, leg) if told_now else None
    if to is not None:
        teller.say(E.TRANSFERRED, S.CLEARED, cause=Cause.TRANSFERRED, transferred_to=to)
    elif patient and (_is_parked(story, board) or _may_be_handed_over(story, board, leg)):
        return None
    elif call.answered_at is not None:
        teller.say(E.CONNECTION_CLEARED, S.CLEARED, cause=Cause.NORMAL)
    elif call.role == "called":
        _end_ringing(teller, board, leg)
    elif _still_rings(board, leg):
        # The phone that the agent dialled rings on without the agent: a blonde transfer. (No event told to whom.)
        teller.say(E.TRANSFERRED, S.CLEARED, cause=Cause.TRANSFERRED)
    else:
        _end_dialling(teller, board, leg)
    return teller.events


def lost(story: Story, at: float) -> list[CallEvent]:
    """The call was gone when a snapshot was taken; how it ended is not known."""
    teller = Teller(story, at)
    teller.say(E.CONNECTION_CLEARED, S.CLEARED, cause=Cause.LOST)
    return teller.events


def fail(teller: Teller, cause: Cause) -> None:
    """End an outgoing call that nobody answered; one that was turned away has failed first."""
    call = teller.story.call
    if call and cause in FAILURES and call.state is not S.FAILED:
        teller.say(E.FAILED, S.FAILED, cause=cause)
    teller.say(E.CONNECTION_CLEARED, S.CLEARED, cause=cause)


def _end_ringing(teller: Teller, board: Switchboard, leg: Channel) -> None:
    cause = Cause.NORMAL if leg.up else causes.missed(leg, board.dials.get(leg.uid), taken_elsewhere=_taken(board, leg))
    diverted = cause in (Cause.FORWARDED, Cause.ANSWERED_ELSEWHERE)
    teller.say(E.DIVERTED if diverted else E.CONNECTION_CLEARED, S.CLEARED, cause=cause)


def _end_dialling(teller: Teller, board: Switchboard, leg: Channel) -> None:
    story, call = teller.story, teller.story.call
    dial = board.dials.get(leg.uid)
    if story.own_first and dial and not leg.up:
        cause = causes.own_phone(leg, dial)
    else:
        cause = causes.unanswered(leg, board.dests(leg), queued=story.queued)
    if call and call.state is S.FAILED:
        cause = call.cause or cause
    fail(teller, cause)


def _taken(board: Switchboard, leg: Channel) -> bool:
    """Whether somebody else answered the call that rang at ``leg``: another dial of the same caller, begun no earlier
    than ours ended, has the answer."""
    source, dial = board.origin(leg.uid), board.dials.get(leg.uid)
    if source.channel is None or dial is None:
        return False
    mine = set(source.chain)
    siblings = (board.dials[dest] for dest in board.outgoing.get(source.channel.uid, {}) if dest in board.dials)
    return any(other.status == "ANSWER" and other.ended > dial.began and other.dest not in mine for other in siblings)


def handed_over(story: Story, board: Switchboard, directory: Directory, leg: Channel) -> Party | None:
    """To whom the agent's call went on when the agent's leg ended; None when it simply ended.

    A transfer event says so. Without one (AMI Redirect, AMI Bridge, or the event has not come yet) the other side's
    channel shows it: it is alive, nobody hangs it up, and it talks to somebody new, is parked, or was sent on to
    another extension.
    """
    if leg.transferred_to is not None:
        return leg.transferred_to
    peer = _survivor(story, board)
    if peer is None:
        return None
    # Somebody whom the other side had talked to before us is no successor: it has gone back to them.
    together_since = leg.met.get(peer.uid, 0)
    heard = [party for party in board.parties(peer) if party is not leg]
    partners = [party for party in heard if peer.met.get(party.uid, 0) > together_since]
    if partners:
        to = party_of(board, directory, partners[0])
    elif heard or leg.leaving:
        return None
    elif peer.bridge in board.holding:  # parked
        to = Party()
    elif peer.sent_on:
        to = directory.dialled(peer.exten)
    else:
        return None
    peer.transferred_by = directory.inside(story.extension)
    return to


def _survivor(story: Story, board: Switchboard) -> Channel | None:
    """The channel of the other side, where it was the only one and is not about to end as well."""
    if story.call is None or story.call.parties or len(story.peers) != 1:
        return None
    peer = board.live(story.peers[0])
    return None if peer is None or peer.leaving else peer


def _is_parked(story: Story, board: Switchboard) -> bool:
    """Whether the other side waits in a place of which the event ParkedCall is still to tell (``parking``)."""
    peer = _survivor(story, board)
    return peer is not None and peer.bridge in board.holding


def _may_be_handed_over(story: Story, board: Switchboard, leg: Channel) -> bool:
    """Whether a transfer event may yet come. Not when the agent's own phone said BYE."""
    if leg.said_bye:
        return False
    peer = _survivor(story, board)
    return _still_rings(board, leg) if peer is None else not board.parties(peer)


def _still_rings(board: Switchboard, leg: Channel) -> bool:
    """Whether what the agent dialled rings on although the agent is gone, and not because the agent gave up."""
    if leg.said_bye or leg.tech_cause:
        return False
    return any(
        not dial.status and dest is not None and not (dest.gone or dest.leaving) for dial, dest in board.dests(leg)
    )
