"""Calls that wait: on hold at their phone, or parked where anybody can take them. Pure."""

from ...domain.call import CallState, Cause, EventName
from ...domain.commands import CommandRefused
from .joining import Joining
from .numbers import PARKING
from .switch import TALKS, Conversation, Told


class Holding(Joining):
    """What a phone can do with a call that is to wait, and with one that waits."""

    def hold(self, extension: str, call_id: str, held: bool, now: float) -> Told:
        """Put on hold or retrieve: a state to reach."""
        conversation, call = self._call(extension, call_id)
        wanted = CallState.HELD if held else CallState.CONNECTED
        if call.state is wanted:
            return []
        if call.state not in TALKS:
            raise CommandRefused("wrong_call_state", f"the call is {call.state}")
        told = [] if held else self._hold_talks(extension, now)
        event = EventName.HELD if held else EventName.RETRIEVED
        told.append(self._move(conversation, extension, event, now, wanted))
        if call.parties:
            return told  # the others go on talking to each other
        return told + self._hold_seen(conversation, conversation.others(extension), held, now)

    def park(self, extension: str, call_id: str, now: float) -> Told:
        """Let a call wait at the first place that is free. A state to reach."""
        conversation, call = self._call(extension, call_id)
        if call.parked_at is not None:
            return []
        if call.state not in TALKS or call.parties:
            raise CommandRefused("wrong_call_state", "a conference" if call.parties else f"the call is {call.state}")
        self._refuse_while_it_rings(conversation, extension)
        place = next((place for place in PARKING if self.parked(place) is None), None)
        if place is None:
            raise CommandRefused("busy", "calls are parked at every place")
        told = [self._move(conversation, extension, EventName.HELD, now, CallState.HELD, parked_at=place)]
        return told + self._hold_seen(conversation, conversation.others(extension), True, now)

    def take(self, extension: str, place: str, now: float) -> tuple[str, Told]:
        """Dial a place: whoever waits there is talked to. Returns the id of the call and the events."""
        found = self.parked(place)
        if found is None:
            raise CommandRefused("call_gone", "no call is parked there")
        conversation, keeper = found
        call = conversation.calls[keeper]
        if keeper == extension:
            told = self._hold_talks(extension, now)
            told.append(self._move(conversation, extension, EventName.RETRIEVED, now, CallState.CONNECTED))
            return call.id, told + self._hold_seen(conversation, conversation.others(extension), False, now)
        if extension in conversation.up():
            raise CommandRefused("wrong_call_state", "this phone takes part in that call already")
        self._refuse_one_more(extension)
        phone, by = self._phone(extension), self._phone(keeper).party
        told = [self._start_ringing(conversation, phone, call.other, call.direction, now, by)]
        told += self._establish(conversation, extension, now)
        ended = self._clear(
            conversation, keeper, now, Cause.TRANSFERRED, EventName.TRANSFERRED, transferred_to=phone.party
        )
        for other in conversation.others(extension):
            told.append(self._meet(conversation, other, EventName.TRANSFERRED, phone.party, now))
        return conversation.calls[extension].id, [*told, ended]

    # --- inside ---

    def _establish(self, conversation: Conversation, extension: str, now: float) -> Told:
        told = self._hold_talks(extension, now)
        return [*told, self._move(conversation, extension, EventName.ESTABLISHED, now, CallState.CONNECTED)]

    def _hold_talks(self, extension: str, now: float) -> Told:
        """Whoever takes up a call puts the one they are in on hold."""
        told: Told = []
        for call in self.calls_of(extension):
            if call.state is CallState.CONNECTED:
                told += self.hold(extension, call.id, True, now)
        return told
