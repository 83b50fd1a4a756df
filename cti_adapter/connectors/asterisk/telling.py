"""What happened: the difference between the record told last and the call as it is, as legal moves of the state table.

Nothing here follows events step by step. Whatever came, in whatever order, the record is led to what the facts show;
when they show the same as before, nothing is told.
"""

from typing import Any

from ...domain.call import Call, CallEvent, CallState, Cause, Direction, EventName, Party, advance, begin
from .channels import BUSY, Channel
from .legs import TALKING, Look, Role, look
from .parties import Directory
from .stories import Elsewhere, Story
from .switchboard import Switchboard

S, E = CallState, EventName
#: A phone that transfers takes the held call back from hold just before it hands it over. While the agent is engaged in
#: another call, taking one back is therefore told only when it lasts this long, in seconds.
SETTLE_S = 0.4


class Teller:
    """Tells the events of one call at one moment; a fresh one for each look."""

    def __init__(self, story: Story, at: float) -> None:
        self.story = story
        self.at = at
        self.events: list[CallEvent] = []

    def say(self, event: EventName, state: CallState, **changes: Any) -> None:
        """Move the call on. Raises ``UnexpectedEvent`` when the state table does not have the move."""
        call = self.story.call
        if call is not None:
            self._keep(advance(call, event, self.at, state, **changes))

    def start(self, call: Call) -> None:
        """Begin the call."""
        event = E.DELIVERED if call.state is S.ALERTING else E.ORIGINATED
        self._keep(begin(call, event, self.at))

    def _keep(self, event: CallEvent) -> None:
        self.story.call = event.call
        self.events.append(event)


def tell(story: Story, board: Switchboard, directory: Directory, elsewhere: Elsewhere, at: float) -> list[CallEvent]:
    """Lead the record of ``story`` to what the facts show at ``at``.

    Raises ``UnexpectedEvent`` (a surprise: nothing of this look is told).
    """
    teller = Teller(story, at)
    leg = board.get(story.main)
    if leg is None or (story.call and story.call.ended):
        return []
    seen = look(story, board, directory, leg)
    if seen is None:
        return []
    if story.call is None:
        story.own_first = seen.role == "caller" and not leg.called_in
        teller.start(_first(story, seen, elsewhere.held, leg.born_at if story.seen_late else at))
    _follow(teller, seen, leg, elsewhere)
    return teller.events


def _first(story: Story, seen: Look, held: str | None, at: float) -> Call:
    """The record that a call begins with."""
    caller, called = _sides(seen.role, seen)
    return Call(
        id=story.id,
        revision=1,
        device=story.extension[:64],
        direction=seen.direction,
        role=seen.role,
        state=S.INITIATED if seen.role == "caller" else S.ALERTING,
        caller=caller,
        called=called,
        queue=seen.queue,
        queued_at=seen.queued_at if seen.queue else None,
        data=seen.data,
        started_at=at,
        transferred_from=seen.transferred_from,
        consultation_of=held if seen.role == "caller" else None,
        command=story.command,
    )


def _sides(role: Role, seen: Look) -> tuple[Party, Party]:
    return (seen.own, seen.other) if role == "caller" else (seen.other, seen.own)


def _changes(call: Call, seen: Look, held: str | None) -> dict[str, Any]:
    """Fields of the record, other than those that go with a state, that have become different."""
    caller, called = _sides(seen.role, seen)
    wanted: dict[str, Any] = {
        "role": seen.role,
        "direction": seen.direction,
        "caller": caller,
        "called": called,
        "queue": seen.queue,
        "queued_at": seen.queued_at if seen.queue else None,
        "transferred_from": seen.transferred_from,
        "data": seen.data,
    }
    if call.state is S.INITIATED and call.consultation_of is None and held and not call.answered_at:
        wanted["consultation_of"] = held
    return {name: value for name, value in wanted.items() if getattr(call, name) != value}


def _follow(teller: Teller, seen: Look, leg: Channel, elsewhere: Elsewhere) -> None:
    """All moves from the present record to ``seen``, one after the other."""
    story = teller.story
    if story.call is None or story.call.state is S.FAILED:
        return
    changes = _changes(story.call, seen, elsewhere.held)
    if _forward(teller, seen, leg, changes):
        changes = {}
    call = story.call
    if changes and not _may_wait(story, seen, changes):
        movable = seen.replaced and call.state in (S.ALERTING, *TALKING)
        teller.say(E.TRANSFERRED if movable else E.CALL_INFORMATION, call.state, **changes)
    story.other = seen.other_uid
    if seen.connected:
        _conference(teller, seen)
        _hold(teller, seen, leg, elsewhere)
        story.peers = seen.peers or story.peers
    elif leg.state == BUSY and story.call.state is S.INITIATED:
        teller.say(E.FAILED, S.FAILED, cause=Cause.BUSY if leg.cause in (0, 17) else Cause.UNREACHABLE)


def _forward(teller: Teller, seen: Look, leg: Channel, changes: dict[str, Any]) -> bool:
    """Moves towards being connected; True when one was told (it took ``changes`` along)."""
    story, call = teller.story, teller.story.call
    told = len(teller.events)
    if call is None:
        return False
    if seen.connected:
        if call.state in (S.INITIATED, S.ALERTING, S.QUEUED):
            since = min(leg.born_at, teller.at) if story.seen_late else teller.at
            teller.say(E.ESTABLISHED, S.CONNECTED, answered_at=since, **changes)
    elif seen.waits and not story.queued and call.state is S.INITIATED:
        story.queued = True
        teller.say(E.QUEUED, S.QUEUED, **changes)
    elif seen.rung and not story.rung and call.state in (S.INITIATED, S.QUEUED):
        story.rung = True
        teller.say(E.DELIVERED, S.INITIATED, **changes)
    return len(teller.events) > told


def _conference(teller: Teller, seen: Look) -> None:
    """Three or more real parties hear each other, or no longer do."""
    call = teller.story.call
    if call is None or call.state is not S.CONNECTED or call.parties == seen.parties or not seen.peers:
        return
    teller.say(E.CONFERENCED if seen.parties else E.CALL_INFORMATION, S.CONNECTED, parties=seen.parties)


def _may_wait(story: Story, seen: Look, changes: dict[str, Any]) -> bool:
    """Whether nothing but the name of the dialled number has become known: the next event takes it along."""
    call = story.call
    if call is None or call.state is not S.INITIATED or story.rung:
        return False
    return set(changes) == {"called"} and call.called.number == seen.other.number


def _hold(teller: Teller, seen: Look, leg: Channel, elsewhere: Elsewhere) -> None:
    """Hold by the agent is a state; hold by the other side is a mark on the record."""
    call = teller.story.call
    if seen.held:
        teller.story.unheld_at = None
    if call and seen.held and call.state is S.CONNECTED:
        teller.say(E.HELD, S.HELD)
    elif call and not seen.held and call.state is S.HELD:
        _retrieve(teller, leg, elsewhere)
    call = teller.story.call
    if call and call.remote_hold != seen.remote_hold:
        teller.say(E.HELD if seen.remote_hold else E.RETRIEVED, call.state, remote_hold=seen.remote_hold)


def _retrieve(teller: Teller, leg: Channel, elsewhere: Elsewhere) -> None:
    story, now = teller.story, teller.at
    since = now if story.unheld_at is None else story.unheld_at
    if leg.transferred_to is not None or (elsewhere.engaged and now - since < SETTLE_S):
        story.unheld_at = since
        return
    story.unheld_at, teller.at = None, since
    teller.say(E.RETRIEVED, S.CONNECTED)
    teller.at = now


def announce(story: Story, directory: Directory, held: str | None, at: float) -> list[CallEvent]:
    """Begin a call by click-to-dial before Asterisk has heard of it."""
    teller = Teller(story, at)
    story.own_first = True
    to = directory.dialled(story.number, story.label)
    teller.start(
        Call(
            id=story.id,
            revision=1,
            device=story.extension[:64],
            direction=Direction.INTERNAL if directory.is_internal(to.number) else Direction.OUTBOUND,
            role="caller",
            state=S.INITIATED,
            caller=directory.inside(story.extension),
            called=to,
            started_at=at,
            consultation_of=held,
            command=story.command,
        )
    )
    return teller.events
