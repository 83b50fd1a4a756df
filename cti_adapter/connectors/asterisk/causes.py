"""Why a call ended, from hangup codes and dial results. Pure decisions, no state.

Asterisk tells it in three places that do not always agree: ``Hangup.Cause`` (Q.850 code of the channel), ``TechCause``
(SIP status) and ``DialEnd.DialStatus``. A refusal by 603, for instance, is DialStatus NOANSWER and Cause 21; a caller
who gives up is DialStatus CANCEL and Cause 127 with SIP 487; a queue says NOANSWER for a member who refused.
"""

from collections.abc import Sequence

from ...domain.call import Cause
from .channels import Channel, Dial

#: Q.850 codes (ITU-T Q.850, 2.2.7) by what they mean for an agent.
BUSY_CODES = frozenset({17})
REFUSED = frozenset({21})
REDIRECTED = frozenset({23})
ELSEWHERE = frozenset({26})
SILENT = frozenset({18, 19})
"""No user responding, no answer from user."""
NOWHERE = frozenset(
    {1, 2, 3, 5, 20, 22, 25, 27, 28, 29, 34, 38, 41, 42, 44, 47, 50, 52, 55, 57, 58, 63, 65, 66, 69, 79, 88, 102}
)
"""Unallocated number, no route, not registered, out of order, congestion, not permitted, …"""

#: SIP 480 and 408 stand for two things (RFC 3398, 8.2.6.1): nobody answered in time, or the phone is not there. The
#: first takes longer than this, in seconds.
SHORT_RING_S = 5.0


def _by_code(code: int, tech: int) -> Cause | None:
    """What a code says by itself about the side that was called."""
    if code in BUSY_CODES or tech in (486, 600):
        return Cause.BUSY
    if code in REFUSED or tech == 603:
        return Cause.DECLINED
    if code in SILENT:
        return Cause.NO_ANSWER
    return Cause.UNREACHABLE if code in NOWHERE else None


def missed(leg: Channel, dial: Dial | None, *, taken_elsewhere: bool) -> Cause:
    """Why a call that rang at an agent ended without being answered there.

    486 (busy) from a phone that was ringing is the agent's Decline key: a phone that is engaged says so at once,
    before it rings. The same is true of an AMI Hangup with cause 17, which is how the softphone declines.
    """
    if leg.cause in ELSEWHERE or taken_elsewhere:
        return Cause.ANSWERED_ELSEWHERE
    if leg.cause in REDIRECTED or (dial and dial.forward):
        return Cause.FORWARDED
    said = _by_code(leg.cause, leg.tech_cause)
    if said is Cause.DECLINED:
        return said
    if said is Cause.BUSY:
        # Declined from the panel before Asterisk has heard the phone ring is still declined, not engaged.
        return Cause.DECLINED if leg.rang or (leg.leaving and not leg.said_bye) else Cause.BUSY
    if said is Cause.UNREACHABLE and not leg.rang:
        return said
    return Cause.MISSED


def own_phone(leg: Channel, dial: Dial) -> Cause:
    """Why a click-to-dial ended while the agent's own phone still rang (an Originate calls it first)."""
    if dial.status in ("CHANUNAVAIL", "CONGESTION"):
        return Cause.UNREACHABLE
    said = _by_code(leg.cause, leg.tech_cause)
    if said in (Cause.BUSY, Cause.DECLINED) or dial.status == "BUSY":
        return Cause.CANCELLED
    if said is Cause.UNREACHABLE and not leg.rang:
        return said
    # A timer of Asterisk leaves no code behind; whoever hangs up on purpose does.
    by_timer = dial.status == "NOANSWER" or leg.cause == 0 or said is Cause.NO_ANSWER
    return Cause.NO_ANSWER if by_timer else Cause.CANCELLED


def unanswered(leg: Channel, attempts: Sequence[tuple[Dial, Channel | None]], *, queued: bool) -> Cause:
    """Why a call that the agent made ended without anybody answering. ``leg`` is the agent's own channel."""
    if leg.tech_cause == 487 or (attempts and attempts[-1][0].status == "CANCEL") or (queued and leg.leaving):
        return Cause.CANCELLED
    results = {_attempt(dial, dest, leg) for dial, dest in attempts}
    for cause in (Cause.DECLINED, Cause.BUSY, Cause.NO_ANSWER, Cause.UNREACHABLE):
        if cause in results:
            return cause
    said = _by_code(leg.cause, leg.tech_cause)
    if said and not leg.up:
        return said
    if results or queued:  # it still rang when the agent's own leg went away
        return Cause.CANCELLED
    if leg.up:  # an announcement, voicemail or other feature of the phone system answered
        return Cause.NORMAL
    return Cause.CANCELLED if leg.leaving else Cause.UNREACHABLE


def _attempt(dial: Dial, dest: Channel | None, leg: Channel) -> Cause | None:
    """How one dial of the agent's call came out; None when it was still ringing or was given up."""
    if not dial.status or dial.status in ("ANSWER", "CANCEL"):
        return None
    if dial.status == "BUSY":
        return Cause.BUSY
    # DialStatus cannot tell a refusal from silence; the code of the called channel can, and is handed on to the caller
    said = (_by_code(dest.cause, dest.tech_cause) if dest else None) or _by_code(leg.cause, leg.tech_cause)
    if dial.status in ("CHANUNAVAIL", "CONGESTION"):
        return said if said in (Cause.BUSY, Cause.DECLINED) else Cause.UNREACHABLE
    if said is Cause.NO_ANSWER and dest and dest.tech_cause in (408, 480) and _rang_for(dest) < SHORT_RING_S:
        return Cause.UNREACHABLE
    return said or Cause.NO_ANSWER


def _rang_for(channel: Channel) -> float:
    """For how long it rang, in seconds."""
    if channel.rang_at is None or channel.refused_at is None:
        return 0.0
    return channel.refused_at - channel.rang_at


def refused_originate(reason: str) -> Cause:
    """What ``OriginateResponse.Reason`` means (the last frame seen: 1 hangup, 3 ringing, 5 busy, 8 congestion).

    ``reason`` may also be one of our own causes, such as ``no_answer``.
    """
    known = {"1": Cause.CANCELLED, "3": Cause.NO_ANSWER, "5": Cause.CANCELLED}
    return known.get(reason) or (Cause(reason) if reason in set(Cause) else Cause.UNREACHABLE)
