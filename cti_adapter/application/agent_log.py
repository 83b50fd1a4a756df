"""What one agent's softphones may still have to learn: live calls, presence, link, and the latest events. Pure.

A reader holds a cursor, ``epoch.sequence``. With a cursor of this epoch that the ring still covers it gets the events
that follow, without a gap. With any other it gets the whole state and the reason; never a part of the events. The
epoch is random, and new whenever the state could not be reached by applying events (a connector that started anew
tells of a call with a lower revision, for instance), so that a reader replaces its copy instead of merging.

``now`` is seconds on a clock that never jumps, passed in by the caller.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from ..domain.agent import AgentKey, Presence
from ..domain.call import Call, CallId, Cause, Direction, EventName, Instant
from ..domain.features import LineFeatures
from .call_claims import CallClaims, ClaimState, Purpose
from .changes import AgentCopy, CallCopy, Claimed
from .messages import (
    AgentEvent,
    AgentSnapshot,
    CallHappened,
    CallWork,
    FeaturesChanged,
    Link,
    LinkChanged,
    PresenceChanged,
    WorkChanged,
)

#: Forgotten calls of one agent whose hash is kept; a call that comes back does so soon or never.
_MAX_GONE = 200
Reason = Literal["start", "epoch", "gap", "expired"]


@dataclass(frozen=True)
class LogLimits:
    """Bounds of one log: events, seconds, calls; see ``RelaySettings`` for the reasons."""

    events: int = 200
    age_s: float = 120.0
    calls: int = 100
    forget_after_s: float = 30.0
    forget_undelivered_s: float = 120.0
    keep_unlogged_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Reading:
    """``events`` after a reader's cursor, or the ``state`` with the reason; ``cursor`` is for next time."""

    cursor: str
    events: tuple[AgentEvent, ...] = ()
    state: AgentSnapshot | None = None
    resync: Reason | None = None

    @property
    def news(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.events) or self.state is not None


@dataclass(slots=True)
class _Kept:
    """A call with what is needed to forget it in time, and who was granted what for it."""

    call: Call
    last: int
    """Sequence of its latest event."""
    ended_at: float | None = None
    delivered_at: float | None = None
    claims: CallClaims = field(default_factory=CallClaims)
    work: CallWork | None = None


class AgentLog:
    """One agent's log. ``new_epoch`` gives a random word of letters, digits, ``-`` and ``_``."""

    __slots__ = (
        "_calls",
        "_floor",
        "_gone",
        "_limits",
        "_new_epoch",
        "_readers",
        "_ring",
        "epoch",
        "extension",
        "features",
        "link",
        "owner",
        "presence",
        "sequence",
    )

    def __init__(
        self, owner: AgentKey, new_epoch: Callable[[], str], limits: LogLimits, link: Link, extension: str = ""
    ) -> None:
        self.owner = owner
        self._new_epoch = new_epoch
        self._limits = limits
        self._calls: dict[CallId, _Kept] = {}
        self._ring: deque[tuple[int, float, AgentEvent]] = deque()
        self._readers: dict[str, int] = {}
        self._gone: dict[int, None] = {}
        self.epoch = new_epoch()
        self.sequence = 0
        self._floor = 0
        self.presence = Presence()
        self.features = LineFeatures()
        self.link = link
        self.extension = extension

    # --- writing ---

    def push(self, event: AgentEvent, now: float) -> bool:
        """Take ``event`` in; False when it tells nothing new (old revision, same presence or link) or is too much.

        A call's record replaces the known one only with a higher revision.
        """
        match event:
            case CallHappened(call=call):
                if not self._newer(call):
                    return False
                if hash(call.id) in self._gone:
                    return self._back_again(call, now)
            case PresenceChanged(state=state, reason=reason, queues=queues):
                told = Presence(state=state, reason=reason, queues=queues)
                if told == self.presence:
                    return False
                self.presence = told
            case FeaturesChanged(features=features):
                if features == self.features:
                    return False
                self.features = features
            case LinkChanged(link=link):
                if link == self.link:
                    return False
                self.link = link
            case WorkChanged(work=work):
                if not self._note(work):
                    return False
        self._append(event, now)
        if isinstance(event, CallHappened):
            self._keep(event.call, now)
        return True

    def _note(self, work: CallWork) -> bool:
        kept = self._calls.get(work.call)
        if kept is None or (kept.work or CallWork(call=work.call)) == work:
            return False
        kept.work = work
        # With the call goes every event that mentions it, so it lasts as long as its latest.
        kept.last, kept.delivered_at = self.sequence + 1, None
        return True

    def correct(self, call: Call, event: EventName, at: Instant, now: float) -> bool:
        """Take over ``call`` from its connector's snapshot, which is right whatever was known. True when it changed.

        A record that is not newer than the known one and yet differs comes from a connector that has started anew:
        no event could teach it to a reader, so the epoch changes.
        """
        known = self._calls.get(call.id)
        if known is None or call.revision > known.call.revision:
            return self.push(CallHappened(event=event, at=at, call=call), now)
        if known.call == call:
            return False
        self.restart()
        self._keep(call, now)
        return True

    def _back_again(self, call: Call, now: float) -> bool:
        # A reader may still hold the ended record, with a higher revision, and would not believe an event.
        del self._gone[hash(call.id)]
        self.restart()
        self._keep(call, now)
        return True

    def restart(self) -> None:
        """Begin a new epoch: every reader gets the whole state at its next poll, and replaces its copy."""
        self.epoch = self._new_epoch()
        self.sequence += 1
        self._ring.clear()
        self._floor = self.sequence
        self._readers = dict.fromkeys(self._readers, -1)
        for kept in self._calls.values():
            kept.last = self.sequence

    def describe(self, link: Link, extension: str) -> bool:
        """Set link and extension without an event (another connector took the agent over); True when it changed."""
        if (link, extension) == (self.link, self.extension):
            return False
        self.link, self.extension, self.features = link, extension, LineFeatures()
        self.restart()
        return True

    def copy(self) -> AgentCopy:
        """Everything, for a node that has to begin."""
        calls = tuple(
            CallCopy(call=kept.call, claims=kept.claims.told(kept.call.id), work=kept.work)
            for kept in self._calls.values()
        )
        return AgentCopy(
            agent=self.owner.agent,
            link=self.link,
            extension=self.extension,
            presence=self.presence,
            features=self.features,
            calls=calls,
        )

    def adopt(self, copy: AgentCopy, now: float) -> bool:
        """Take ``copy`` over, but for calls that are forgotten here; True when readers have to learn something."""
        wanted = [each for each in copy.calls if not each.call.ended or hash(each.call.id) not in self._gone]
        here = (self.link, self.extension, self.presence, self.features, *self._records())
        there = (copy.link, copy.extension, copy.presence, copy.features, *((c.call, c.work) for c in wanted))
        changed = here != there
        if changed:
            self.link, self.extension = copy.link, copy.extension
            self.presence, self.features = copy.presence, copy.features
            self._replace_calls(wanted, now)
            self.restart()
        for each in wanted:
            self.adopt_claims(each.claims)
        return changed

    def _records(self) -> list[tuple[Call, CallWork | None]]:
        return [(kept.call, kept.work) for kept in self._calls.values()]

    def _replace_calls(self, wanted: list[CallCopy], now: float) -> None:
        former, self._calls = self._calls, {}
        for each in wanted:
            self._gone.pop(hash(each.call.id), None)
            self._keep(each.call, now)
            kept, before = self._calls[each.call.id], former.pop(each.call.id, None)
            kept.work = each.work
            if before is not None and before.ended_at is not None and kept.ended_at is not None:
                kept.ended_at = before.ended_at
        for call_id in former:
            self._remember_gone(call_id)

    def _newer(self, call: Call) -> bool:
        known = self._calls.get(call.id)
        if known is None:
            return not self.full or self._made_room()
        return call.revision > known.call.revision

    def _made_room(self) -> bool:
        """A call that is going on counts for more than the oldest that only waits to be logged."""
        ended = [kept for kept in self._calls.values() if kept.ended_at is not None]
        if not ended:
            return False
        self._drop(min(ended, key=lambda kept: kept.ended_at or 0.0).call.id)
        return True

    def _append(self, event: AgentEvent, now: float) -> None:
        self.sequence += 1
        self._ring.append((self.sequence, now, event))
        while len(self._ring) > self._limits.events:
            self._floor = self._ring.popleft()[0]

    def _keep(self, call: Call, now: float) -> None:
        kept = self._calls.setdefault(call.id, _Kept(call, self.sequence))
        kept.call, kept.last = call, self.sequence
        kept.delivered_at = None
        if not call.ended:
            kept.ended_at = None
        elif kept.ended_at is None:
            kept.ended_at = now

    # --- reading ---

    @property
    def cursor(self) -> str:
        """Cursor of a reader that knows everything."""
        return f"{self.epoch}.{self.sequence}"

    def state(self) -> AgentSnapshot:
        """Everything known now."""
        calls = tuple(kept.call for kept in self._calls.values())
        work = tuple(kept.work for kept in self._calls.values() if kept.work is not None)
        return AgentSnapshot(
            presence=self.presence.state,
            away_reason=self.presence.reason,
            queues=self.presence.queues,
            features=self.features,
            link=self.link,
            extension=self.extension,
            calls=calls,
            work=work,
        )

    def since(self, cursor: str | None) -> Reading:
        """What a reader at ``cursor`` (as in ``messages.Cursor``) does not know yet."""
        reason = self._why_not(cursor)
        if cursor is None or reason is not None:
            return Reading(self.cursor, state=self.state(), resync=reason)
        known = _sequence(cursor)
        return Reading(self.cursor, events=tuple(event for number, _, event in self._ring if number > known))

    def _why_not(self, cursor: str | None) -> Reason | None:
        if cursor is None:
            return "start"
        if _epoch(cursor) != self.epoch:
            return "epoch"
        if _sequence(cursor) > self.sequence:
            return "gap"
        return "expired" if _sequence(cursor) < self._floor else None

    def acknowledge(self, reader: str, cursor: str | None) -> None:
        """``reader`` (a session) lives, and knows everything up to ``cursor``."""
        known = -1
        if cursor is not None and _epoch(cursor) == self.epoch and _sequence(cursor) <= self.sequence:
            known = _sequence(cursor)
        self._readers[reader] = max(known, self._readers.get(reader, -1))

    def leave(self, reader: str) -> bool:
        """``reader`` is gone (signed out, expired, or silent for long); nothing waits for it any more.

        True when a claim has become free by that.
        """
        self._readers.pop(reader, None)
        return any([kept.claims.leave(reader) for kept in self._calls.values()])

    def call(self, call_id: CallId) -> Call | None:
        """The record of a call that is not forgotten yet."""
        kept = self._calls.get(call_id)
        return kept.call if kept else None

    def work(self, call_id: CallId) -> CallWork | None:
        """What was written about a call."""
        kept = self._calls.get(call_id)
        return kept.work if kept else None

    def calls(self) -> tuple[Call, ...]:
        """Calls that are not forgotten, in the order in which they were first told."""
        return tuple(kept.call for kept in self._calls.values())

    def live_calls(self) -> tuple[Call, ...]:
        """Calls that have not ended."""
        return tuple(kept.call for kept in self._calls.values() if not kept.call.ended)

    def unlogged(self, ended_before: float) -> tuple[Call, ...]:
        """Calls that ended before that time, shall be logged, and are not."""
        return tuple(
            kept.call
            for kept in self._calls.values()
            if kept.ended_at is not None
            and kept.ended_at <= ended_before
            and not kept.claims.settled
            and _is_wanted(kept)
        )

    def claim(self, call_id: CallId, purpose: Purpose, session: str, *, done: bool = False) -> ClaimState:
        """``session`` asks for a known call, or says that it is ``done``: logged, or in no need of it."""
        claims = self._calls[call_id].claims
        return claims.settle() if done and purpose == "log" else claims.ask(purpose, session)

    def claims(self, call_id: CallId) -> Claimed:
        """Who was granted what for a known call."""
        return self._calls[call_id].claims.told(call_id)

    def adopt_claims(self, told: Claimed) -> None:
        """What another node has granted counts."""
        kept = self._calls.get(told.call)
        if kept is not None:
            kept.claims.adopt(told)

    def release(self, call_id: CallId, session: str) -> None:
        """``session`` does not log the call, and leaves that to who asks next."""
        kept = self._calls.get(call_id)
        if kept is not None:
            kept.claims.leave(session)

    @property
    def full(self) -> bool:
        """Whether a call that is not known yet would be one too many."""
        return len(self._calls) >= self._limits.calls

    @property
    def idle(self) -> bool:
        """Whether nothing would be lost by dropping the log."""
        return not self._calls and not self._readers

    # --- forgetting ---

    def forget(self, now: float) -> list[CallId]:
        """Drop events that are too old, and calls whose time has come, with every event that mentions them.

        Returns calls whose end was delivered: nobody else needs them any more either.
        """
        while self._ring and self._ring[0][1] <= now - self._limits.age_s:
            self._floor = self._ring.popleft()[0]
        due = [(call_id, kept) for call_id, kept in self._calls.items() if self._due(kept, now)]
        for call_id, _ in due:
            self._drop(call_id)
        return [call_id for call_id, kept in due if kept.delivered_at is not None]

    def forget_delivered(self, call_id: CallId) -> None:
        """Another node has delivered the end of a call; whoever reads it here gets it first."""
        kept = self._calls.get(call_id)
        if (
            kept is not None
            and kept.ended_at is not None
            and all(known >= kept.last for known in self._readers.values())
        ):
            self._drop(call_id)

    def drop_calls(self) -> bool:
        """Forget all calls without telling of an end that nobody knows; True when there were any."""
        if not self._calls:
            return False
        for call_id in self._calls:
            self._remember_gone(call_id)
        self._calls.clear()
        self.restart()
        return True

    def _due(self, kept: _Kept, now: float) -> bool:
        if kept.ended_at is None:
            return False
        if not kept.claims.settled and _is_wanted(kept) and now < kept.ended_at + self._limits.keep_unlogged_s:
            return False
        if kept.delivered_at is None and self._readers and min(self._readers.values()) >= kept.last:
            kept.delivered_at = now
        if kept.delivered_at is not None and now >= kept.delivered_at + self._limits.forget_after_s:
            return True
        return now >= kept.ended_at + self._limits.forget_undelivered_s

    def _drop(self, call_id: CallId) -> None:
        # Events from the beginning up to the call's last one go: who has not read them yet gets the whole state.
        last = self._calls.pop(call_id).last
        self._remember_gone(call_id)
        while self._ring and self._ring[0][0] <= last:
            self._floor = self._ring.popleft()[0]

    def _remember_gone(self, call_id: CallId) -> None:
        # Only a salted hash (of this process) stays of a call, so that one which comes back is noticed.
        self._gone[hash(call_id)] = None
        while len(self._gone) > _MAX_GONE:
            del self._gone[next(iter(self._gone))]


def _is_wanted(kept: _Kept) -> bool:
    """Whether it shall be logged: the agent may have said so, or the contrary."""
    said = kept.work.log if kept.work is not None else None
    return needs_log(kept.call) if said is None else said


def needs_log(call: Call) -> bool:
    """Whether Salesforce wants to hear of it: not of internal calls, nor of one that a colleague has taken, nor of one
    that only rang until it went on as another call of the agent (a parked caller who rang back).
    """
    if call.cause is Cause.CONFERENCED and call.answered_at is None:
        return False
    return call.direction is not Direction.INTERNAL and call.cause is not Cause.ANSWERED_ELSEWHERE


def _epoch(cursor: str) -> str:
    return cursor.rpartition(".")[0]


def _sequence(cursor: str) -> int:
    return int(cursor.rpartition(".")[2])
