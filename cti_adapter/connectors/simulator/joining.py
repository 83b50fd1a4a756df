"""Two calls of one phone become one: attended transfer and conference, and what is left when somebody leaves. Pure."""

from ...domain.call import Call, CallState, Cause, Direction, EventName, Party
from ...domain.commands import CommandRefused
from .switch import TALKS, Conversation, Switch, Told


class Joining(Switch):
    """What a phone with two calls can do."""

    def join(self, extension: str, now: float) -> Told:
        """Attended transfer: connect the other ends of the two calls that this phone talks in, and leave both."""
        (kept, mine), (gone, consulted) = self._two(extension)
        told = [
            self._clear(c, extension, now, Cause.TRANSFERRED, EventName.TRANSFERRED, transferred_to=call.other)
            for c, call in ((kept, consulted), (gone, mine))
        ]
        self._forget(gone)
        if kept.outside is not None and gone.outside is not None:
            self._forget(kept)  # Both are outside: the public network keeps them together, nobody here sees it.
            return told
        # Whoever talks with somebody outside from now on has a call from (or to) outside, as the one had who leaves.
        outside = mine if kept.outside is not None else consulted
        direction = outside.direction if kept.outside or gone.outside else Direction.INTERNAL
        moved = self._merge(kept, gone)
        kept.data = kept.data or gone.data
        by = self._phone(extension).party
        for other in kept.up():
            far = consulted.other if other not in moved else mine.other
            told.append(
                self._meet(
                    kept,
                    other,
                    EventName.TRANSFERRED,
                    far,
                    now,
                    transferred_from=by,
                    direction=direction,
                    data=kept.data,
                )
            )
        return told

    def conference(self, extension: str, now: float) -> Told:
        """Everybody of the two calls in one. The later call of this phone ends, the earlier goes on."""
        (kept, _), (gone, _) = self._two(extension)
        if kept.outside is not None and gone.outside is not None:
            raise CommandRefused("not_supported", "this PBX has conferences with one person outside only")
        told = [self._clear(gone, extension, now, Cause.CONFERENCED)]
        self._forget(gone)
        self._merge(kept, gone)
        if kept.outside is not None:
            kept.outside.state = CallState.CONNECTED
        return told + self._tell_parties(kept, now)

    def has_two(self, extension: str, one: str, other: str) -> None:
        """Refuse unless ``one`` and ``other`` are the two calls of this phone."""
        for call_id in (one, other):
            self._call(extension, call_id)
        if one == other:
            raise CommandRefused("wrong_call_state", "two different calls are needed")

    def _two(self, extension: str) -> list[tuple[Conversation, Call]]:
        """The two calls that this phone talks in, the earlier one first."""
        talks = [call for call in self.calls_of(extension) if call.state in TALKS]
        if len(talks) != 2 or any(call.parties for call in talks):
            raise CommandRefused("wrong_call_state", "two calls of two are needed, one of them on hold")
        two = [self._call(extension, call.id) for call in talks]
        (first, _), (second, _) = two
        if set(first.others(extension)) & set(second.others(extension)):
            raise CommandRefused("wrong_call_state", "both calls are with the same phone")
        return two

    def _merge(self, kept: Conversation, gone: Conversation) -> list[str]:
        """Let those who are left in ``gone`` take part in ``kept``; returns their extensions."""
        moved = gone.up()
        for other in moved:
            kept.calls[other] = gone.calls[other]
        kept.outside = kept.outside or gone.outside
        return moved

    def _go_on_without(self, conversation: Conversation, now: float, refusal: Cause | None = None) -> Told:
        """Somebody has left. Two who are left go on talking, one alone does not."""
        if len(self._ends(conversation)) >= 2 and any(conversation.calls[e].parties for e in conversation.up()):
            return self._tell_parties(conversation, now)
        told = self._end_all(conversation, conversation.up(), now, refusal)
        self._forget(conversation)
        return told

    def _ends(self, conversation: Conversation) -> dict[str, Party]:
        """Everybody who takes part: extension, or empty for outside."""
        ends = {extension: self.phones[extension].party for extension in conversation.up()}
        return ends | ({"": conversation.outside.party} if conversation.outside is not None else {})

    def _tell_parties(self, conversation: Conversation, now: float) -> Told:
        """Each of them sees all the others."""
        ends = self._ends(conversation)
        told: Told = []
        for extension in conversation.up():
            others = {end: party for end, party in ends.items() if end != extension}
            if len(others) > 1:
                event, state, parties = EventName.CONFERENCED, CallState.CONNECTED, tuple(others.values())
                told.append(self._move(conversation, extension, event, now, state, parties=parties, remote_hold=False))
                continue
            ((end, party),) = others.items()
            told.append(self._meet(conversation, extension, EventName.CALL_INFORMATION, party, now, parties=()))
            if self._holds(conversation, end):
                told += self._hold_seen(conversation, [extension], True, now)
        return told

    def _holds(self, conversation: Conversation, end: str) -> bool:
        part = conversation.calls[end] if end else conversation.outside
        return part is not None and part.state is CallState.HELD
