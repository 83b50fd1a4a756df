"""A small PBX in memory: desk phones, an outside world, groups. Pure: time comes in, events go out.

A conversation has two ends once it is answered; before that it has one caller and one or more ringing phones. Each desk
phone's part in it is a ``Call`` of the domain, moved by ``begin`` and ``advance`` only, so that whatever the simulator
tells is a legal story. Every act refuses before it changes anything.
"""

from ...domain.agent import AgentState
from ...domain.call import Call, CallState, Cause, Direction, EventName, Party, RecordingState, begin
from ...domain.commands import CommandRefused
from .holding import Holding
from .numbers import GROUPS, OUTBOUND_NUMBERS, PARKING, PICKUP, VOICEMAIL, Reaction, is_inside, reaction
from .switch import TALKS, Conversation, Outside, Phone, Told

__all__ = ["Conversation", "Outside", "Pbx", "Phone", "Told"]


class Pbx(Holding):
    """Everything that people can do at their phones. Events are told as (extension, event)."""

    # --- the outside world ---

    def ring_from_outside(
        self, number: str, name: str, to: str, now: float, data: dict[str, str] | None = None
    ) -> tuple[str, Told]:
        """Somebody outside rings ``to`` (an extension or a group). Returns the conversation's id and the events.

        ``data``: what an announcement has asked them for.
        """
        if not self._ringable(to):
            raise CommandRefused("busy", f"nobody can be rung at {to}")
        conversation = self._begin()
        conversation.outside = Outside(Party(number=number, name=name), CallState.INITIATED)
        conversation.data = dict(data or {})
        return conversation.id, self._ring(conversation, to, conversation.outside.party, Direction.INBOUND, now)

    def outside_answers(self, conversation_id: str, now: float) -> Told:
        """The called person outside lifts the receiver."""
        conversation = self._conversation(conversation_id)
        outside = self._outside(conversation)
        if outside.state is not CallState.ALERTING:
            raise CommandRefused("wrong_call_state", "this call does not ring outside")
        outside.state, outside.answered_at = CallState.CONNECTED, now
        return self._far_end_answered(conversation, conversation.up(), now)

    def outside_holds(self, conversation_id: str, held: bool, now: float) -> Told:
        """The person outside puts the agent on hold, or comes back."""
        conversation = self._conversation(conversation_id)
        outside = self._outside(conversation)
        if outside.state not in TALKS:
            raise CommandRefused("wrong_call_state", "nobody talks to this person now")
        if (outside.state is CallState.HELD) is held:
            return []
        outside.state = CallState.HELD if held else CallState.CONNECTED
        return self._hold_seen(conversation, conversation.up(), held, now)

    def outside_hangs_up(self, conversation_id: str, now: float, refusal: Cause = Cause.BUSY) -> Told:
        """The person outside hangs up, or gives up waiting, or refuses the call that rings there (``refusal``)."""
        conversation = self._conversation(conversation_id)
        called = self._outside(conversation).state is CallState.ALERTING
        conversation.outside = None
        return self._go_on_without(conversation, now, refusal if called else None)

    def outside_leaves_message(self, conversation_id: str, now: float) -> Told:
        """Nobody answers the person outside, who talks to the voicemail of the phone that rings, and hangs up."""
        conversation = self._conversation(conversation_id)
        rung = conversation.up()
        if len(rung) != 1 or conversation.calls[rung[0]].state is not CallState.ALERTING:
            raise CommandRefused("wrong_call_state", "this call does not ring at one phone")
        self.phones[rung[0]].new_messages += 1
        return self.outside_hangs_up(conversation_id, now)

    # --- desk phones ---

    def dial(
        self,
        extension: str,
        number: str,
        now: float,
        command: str | None = None,
        consultation_of: str | None = None,
        sees: str = "",
    ) -> tuple[str, Told]:
        """The phone at ``extension`` dials, perhaps to ask for the held call ``consultation_of``.

        ``sees``: which of the organization's numbers is shown outside. Returns the id of its call and the events.
        """
        phone = self._phone(extension)
        if sees and sees not in OUTBOUND_NUMBERS:
            raise CommandRefused("unknown_outbound_number", "this number is not one of the line's")
        if number.startswith(PICKUP):
            return self.pick_up(extension, number.removeprefix(PICKUP), now)
        if number in PARKING:
            return self.take(extension, number, now)
        self._refuse_one_more(extension)
        conversation = self._begin()
        told = self._hold_talks(extension, now)
        call = Call(
            id=conversation.new_call_id(extension),
            revision=1,
            device=extension,
            direction=Direction.INTERNAL if is_inside(number) else Direction.OUTBOUND,
            role="caller",
            state=CallState.INITIATED,
            caller=phone.party,
            called=self._party(number),
            started_at=now,
            command=command,
            consultation_of=consultation_of,
        )
        conversation.calls[extension] = call
        told.append((extension, begin(call, EventName.ORIGINATED, now)))
        told += self._reach(conversation, extension, number, now)
        if conversation.outside is not None:
            conversation.outside.sees = sees
        return call.id, told

    def consult(self, extension: str, call_id: str, number: str, now: float, command: str | None = None) -> Told:
        """Put a call on hold and dial ``number``, to ask there first."""
        _, call = self._call(extension, call_id)
        if call.state not in TALKS:
            raise CommandRefused("wrong_call_state", f"the call is {call.state}")
        return self.dial(extension, number, now, command, consultation_of=call_id)[1]

    def answer(self, extension: str, call_id: str, now: float) -> Told:
        """Lift the receiver for a ringing call; other calls of this phone go on hold."""
        conversation, call = self._call(extension, call_id)
        if call.state is not CallState.ALERTING:
            raise CommandRefused("wrong_call_state", f"the call is {call.state}, not ringing")
        told = self._establish(conversation, extension, now)
        if conversation.outside is not None:
            conversation.outside.state = CallState.CONNECTED
            conversation.outside.answered_at = conversation.outside.answered_at or now
        for other in conversation.others(extension):
            if conversation.calls[other].state is CallState.ALERTING:
                told.append(self._clear(conversation, other, now, Cause.ANSWERED_ELSEWHERE, EventName.DIVERTED))
        return told + self._far_end_answered(conversation, conversation.others(extension), now)

    def pick_up(self, extension: str, of: str, now: float) -> tuple[str, Told]:
        """Take the call that rings at the phone ``of``. Returns the id of the new call and the events."""
        phone = self._phone(extension)
        ringing = [call for call in self.calls_of(of) if call.state is CallState.ALERTING]
        if not ringing or of == extension:
            raise CommandRefused("call_gone", "no call rings there")
        conversation, call = self._call(of, ringing[0].id)
        if extension in conversation.up():
            raise CommandRefused("wrong_call_state", "this phone takes part in that call already")
        self._refuse_one_more(extension)
        told = [self._start_ringing(conversation, phone, call.caller, call.direction, now, call.transferred_from)]
        mine = conversation.calls[extension].id
        return mine, told + self.answer(extension, mine, now)

    def hang_up(self, extension: str, call_id: str, now: float) -> Told:
        """Hang up, give up dialling, or decline a ringing call."""
        conversation, call = self._call(extension, call_id)
        if call.state is CallState.ALERTING:
            return self._decline(conversation, extension, now)
        cause = Cause.NORMAL if call.answered_at is not None else Cause.CANCELLED
        told = [self._clear(conversation, extension, now, cause)]
        return told + self._go_on_without(conversation, now)

    def mute(self, extension: str, call_id: str, muted: bool, now: float) -> Told:
        """Switch the microphone of one phone: a state to reach."""
        conversation, call = self._call(extension, call_id)
        if call.state not in TALKS:
            raise CommandRefused("wrong_call_state", f"the call is {call.state}")
        if call.muted is muted:
            return []
        return [self._move(conversation, extension, EventName.CALL_INFORMATION, now, call.state, muted=muted)]

    def record(self, extension: str, call_id: str, state: RecordingState, now: float) -> Told:
        """Record a call, or not: a state to reach. Nothing is really recorded here."""
        conversation, call = self._call(extension, call_id)
        if call.state not in TALKS:
            raise CommandRefused("wrong_call_state", f"the call is {call.state}")
        if call.recording == state:
            return []
        return [self._move(conversation, extension, EventName.CALL_INFORMATION, now, call.state, recording=state)]

    def send_digits(self, extension: str, call_id: str) -> None:
        """Tones need somebody who hears them."""
        _, call = self._call(extension, call_id)
        if call.state is not CallState.CONNECTED:
            raise CommandRefused("wrong_call_state", f"the call is {call.state}")

    def transfer(self, extension: str, call_id: str, number: str, now: float) -> Told:
        """Blind transfer to an extension, a group or somebody outside."""
        conversation, call = self._call(extension, call_id)
        if call.state not in TALKS or call.parties:
            raise CommandRefused("wrong_call_state", "a conference" if call.parties else f"the call is {call.state}")
        self._refuse_while_it_rings(conversation, extension)
        return self._hand_over(extension, call_id, number, EventName.TRANSFERRED, Cause.TRANSFERRED, now)

    def deflect(self, extension: str, call_id: str, number: str, now: float) -> Told:
        """Send a ringing call elsewhere without taking it."""
        _, call = self._call(extension, call_id)
        if call.state is not CallState.ALERTING:
            raise CommandRefused("wrong_call_state", f"the call is {call.state}, not ringing")
        return self._hand_over(extension, call_id, number, EventName.DIVERTED, Cause.FORWARDED, now)

    def set_state(self, extension: str, state: AgentState, reason: str = "") -> None:
        """Presence of whoever sits at this phone. Ready again means ready in every queue."""
        phone = self._phone(extension)
        phone.state, phone.reason = state, reason
        if state is AgentState.AVAILABLE:
            phone.paused.clear()

    def set_membership(self, extension: str, queue: str, *, logged_in: bool, paused: bool, reason: str = "") -> None:
        """Log a phone in to one of its queues, out of it, or pause it there."""
        phone = self._phone(extension)
        if all(membership.queue != queue for membership in phone.presence.queues):
            raise CommandRefused("unknown_queue", "there is no such queue for this phone")
        (phone.left.discard if logged_in else phone.left.add)(queue)
        phone.paused.pop(queue, None)
        if logged_in and paused:
            phone.paused[queue] = reason

    def forward(self, extension: str, to: str | None) -> None:
        """Let direct calls to ``extension`` ring at another extension; None ends it."""
        phone = self._phone(extension)
        if to is not None and to not in self.phones:
            to = to[1:]  # the dial plan may have put an outside line before an extension
        if to is not None and (to not in self.phones or to == extension):
            raise CommandRefused("unreachable", "calls can be forwarded to another extension only")
        phone.forward_to = to

    # --- inside ---

    def _reach(self, conversation: Conversation, extension: str, number: str, now: float) -> Told:
        """Let the dialled number ring, inside or outside; else the call fails."""
        if number == VOICEMAIL:
            phone = self._phone(extension)
            phone.new_messages, phone.old_messages = 0, phone.old_messages + phone.new_messages
            conversation.outside = Outside(self._party(number), CallState.CONNECTED, now)
            return self._establish(conversation, extension, now)
        if is_inside(number):
            caller = conversation.calls[extension].caller
            ringing = self._ring(conversation, number, caller, Direction.INTERNAL, now)
            failure = Cause.BUSY if number in self.phones or number in GROUPS else Cause.UNREACHABLE
        else:
            ringing, failure = [], Cause.UNREACHABLE
            if reaction(number) is not Reaction.UNREACHABLE:
                conversation.outside = Outside(Party(number=number), CallState.ALERTING)
        if ringing or conversation.outside is not None:
            return [self._move(conversation, extension, EventName.DELIVERED, now, CallState.INITIATED), *ringing]
        told = self._fail(conversation, extension, now, failure)
        self._forget(conversation)
        return told

    def _hand_over(self, extension: str, call_id: str, number: str, event: EventName, cause: Cause, now: float) -> Told:
        conversation, call = self._call(extension, call_id)
        # The dial plan may have put an outside line before an extension.
        target = number if is_inside(number) or number[1:] not in self.phones else number[1:]
        inside = is_inside(target)
        if not self._ringable(target, conversation) if inside else reaction(target) is Reaction.UNREACHABLE:
            raise CommandRefused("unreachable", "the target cannot be rung")
        to, by = self._party(target), self._phone(extension).party
        told = [self._clear(conversation, extension, now, cause, event, transferred_to=to)]
        if not inside and conversation.outside is not None:
            # Two ends outside: the public network connects them, and nothing of it is seen here any more.
            told += self._end_all(conversation, conversation.up(), now, None)
            self._forget(conversation)
            return told
        for other in conversation.up():
            if conversation.calls[other].state is not CallState.ALERTING:
                waits = conversation.calls[other].state is CallState.INITIATED
                name = EventName.DELIVERED if waits else EventName.TRANSFERRED
                told.append(self._meet(conversation, other, name, to, now))
        if not inside:
            conversation.outside = Outside(to, CallState.ALERTING)
            return told
        if conversation.outside is not None:
            conversation.outside.state = CallState.INITIATED
            caller, direction = conversation.outside.party, Direction.INBOUND
        else:
            caller, direction = call.other, Direction.INTERNAL
        return told + self._ring(conversation, target, caller, direction, now, by)

    def _far_end_answered(self, conversation: Conversation, extensions: list[str], now: float) -> Told:
        """Those who have dialled are connected now."""
        told: Told = []
        for extension in extensions:
            if conversation.calls[extension].state is CallState.INITIATED:
                told += self._establish(conversation, extension, now)
        return told

    def _decline(self, conversation: Conversation, extension: str, now: float) -> Told:
        told = [self._clear(conversation, extension, now, Cause.DECLINED)]
        if any(conversation.calls[other].state is CallState.ALERTING for other in conversation.up()):
            return told
        told += self._end_all(conversation, conversation.up(), now, Cause.DECLINED)
        self._forget(conversation)
        return told
