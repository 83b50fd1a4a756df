"""A small PBX in memory: desk phones, an outside world, one queue. Pure: time comes in, events go out.

A conversation has two ends once it is answered; before that it has one caller and one or more ringing phones. Each desk
phone's part in it is a ``Call`` of the domain, moved by ``begin`` and ``advance`` only, so that whatever the simulator
tells is a legal story.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from ...domain.agent import AgentState
from ...domain.call import (
    Call,
    CallEvent,
    CallState,
    Cause,
    Direction,
    EventName,
    Party,
    advance,
    begin,
)
from ...domain.commands import CommandRefused

#: What a phone system tells: (extension, event).
Told = list[tuple[str, CallEvent]]
QUEUE = ("700", "support")
#: Numbers up to this length are extensions of this PBX.
LONGEST_EXTENSION = 5
#: Calls that one phone can have at a time, and conversations of the whole PBX.
MOST_CALLS = 4
MOST_CONVERSATIONS = 200


@dataclass
class Phone:
    """A desk phone."""

    extension: str
    name: str
    state: AgentState = AgentState.AVAILABLE


@dataclass
class Outside:
    """Somebody in the public network, as an end of a conversation."""

    party: Party
    state: CallState


@dataclass
class Conversation:
    """One call between ends: extension -> its record; at most one end is outside."""

    id: str
    calls: dict[str, Call] = field(default_factory=dict)
    outside: Outside | None = None
    queue: str | None = None
    answered: bool = False

    def up(self) -> list[str]:
        """Extensions that still take part."""
        return [extension for extension, call in self.calls.items() if not call.ended]


class Pbx:
    """The whole PBX. ``new_id`` makes ids that are unique for all time."""

    def __init__(self, phones: list[Phone], new_id: Callable[[], str]) -> None:
        self.phones = {phone.extension: phone for phone in phones}
        self.conversations: dict[str, Conversation] = {}
        self._new_id = new_id

    # --- what can be asked ---

    def live(self) -> list[tuple[str, Call]]:
        """All calls that are up, as (extension, record)."""
        return [
            (extension, call)
            for conversation in self.conversations.values()
            for extension, call in conversation.calls.items()
            if not call.ended
        ]

    def calls_of(self, extension: str) -> list[Call]:
        """Calls that are up at one phone, oldest first."""
        return [call for at, call in self.live() if at == extension]

    # --- the outside world ---

    def ring_from_outside(self, number: str, name: str, to: str, now: float) -> tuple[str, Told]:
        """Somebody outside rings ``to`` (an extension or the queue). Returns the conversation's id and the events."""
        conversation = self._begin()
        conversation.outside = Outside(Party(number=number, name=name), CallState.INITIATED)
        told = self._ring(conversation, to, conversation.outside.party, Direction.INBOUND, now)
        if not told:
            self._forget(conversation)
            raise CommandRefused("busy", f"nobody can be rung at {to}")
        return conversation.id, told

    def outside_answers(self, conversation_id: str, now: float) -> Told:
        """The called person outside lifts the receiver."""
        conversation = self._conversation(conversation_id)
        outside = self._outside(conversation)
        if outside.state is not CallState.ALERTING:
            raise CommandRefused("call_state", "this call does not ring outside")
        outside.state = CallState.CONNECTED
        conversation.answered = True
        return [self._move(conversation, e, EventName.ESTABLISHED, now, CallState.CONNECTED) for e in conversation.up()]

    def outside_holds(self, conversation_id: str, held: bool, now: float) -> Told:
        """The person outside puts the agent on hold, or comes back."""
        conversation = self._conversation(conversation_id)
        outside = self._outside(conversation)
        if not conversation.answered or (outside.state is CallState.HELD) is held:
            return []
        outside.state = CallState.HELD if held else CallState.CONNECTED
        event = EventName.HELD if held else EventName.RETRIEVED
        return [
            self._move(conversation, e, event, now, conversation.calls[e].state, remote_hold=held)
            for e in conversation.up()
        ]

    def outside_hangs_up(self, conversation_id: str, now: float) -> Told:
        """The person outside hangs up, or gives up waiting, or refuses."""
        conversation = self._conversation(conversation_id)
        outside = self._outside(conversation)
        called = outside.state is CallState.ALERTING
        outside.state = CallState.CLEARED
        told: Told = []
        for extension in conversation.up():
            call = conversation.calls[extension]
            if called:
                told.append(self._move(conversation, extension, EventName.FAILED, now, CallState.FAILED, Cause.BUSY))
            told.append(self._clear(conversation, extension, now, Cause.BUSY if called else _cause_of_end(call)))
        self._forget(conversation)
        return told

    # --- desk phones ---

    def dial(self, extension: str, number: str, now: float, command: str | None = None) -> tuple[str, Told]:
        """The phone at ``extension`` dials. Returns the id of its call and the events."""
        phone = self._phone(extension)
        self._hold_others(extension)
        conversation = self._begin()
        inside = len(number) <= LONGEST_EXTENSION
        call = Call(
            id=conversation.id + "." + extension,
            revision=1,
            device=extension,
            direction=Direction.INTERNAL if inside else Direction.OUTBOUND,
            role="caller",
            state=CallState.INITIATED,
            caller=Party(number=extension, name=phone.name),
            called=Party(number=number, name=self.phones[number].name if number in self.phones else ""),
            started_at=now,
            command=command,
        )
        conversation.calls[extension] = call
        told = self._hold_told(extension, conversation, now)
        told.append((extension, begin(call, EventName.ORIGINATED, now)))
        told += self._reach(conversation, extension, number, inside, now)
        return call.id, told

    def answer(self, extension: str, call_id: str, now: float) -> Told:
        """Lift the receiver for a ringing call; other calls of this phone go on hold."""
        conversation, call = self._call(extension, call_id)
        if call.state is not CallState.ALERTING:
            raise CommandRefused("call_state", f"the call is {call.state}, not ringing")
        told = self._hold_told(extension, conversation, now)
        told.append(self._move(conversation, extension, EventName.ESTABLISHED, now, CallState.CONNECTED))
        conversation.answered = True
        if conversation.outside is not None:
            conversation.outside.state = CallState.CONNECTED
        for other in conversation.up():
            if other == extension:
                continue
            if conversation.calls[other].state is CallState.ALERTING:
                told.append(self._clear(conversation, other, now, Cause.ANSWERED_ELSEWHERE, EventName.DIVERTED))
            elif conversation.calls[other].state is CallState.INITIATED:
                told.append(self._move(conversation, other, EventName.ESTABLISHED, now, CallState.CONNECTED))
        return told

    def hang_up(self, extension: str, call_id: str, now: float) -> Told:
        """Hang up, give up dialling, or decline a ringing call."""
        conversation, call = self._call(extension, call_id)
        if call.state is CallState.ALERTING:
            return self._decline(conversation, extension, now)
        told = [self._clear(conversation, extension, now, _cause_of_hang_up(call))]
        for other in conversation.up():
            ringing = conversation.calls[other].state is CallState.ALERTING
            told.append(self._clear(conversation, other, now, Cause.MISSED if ringing else Cause.NORMAL))
        self._forget(conversation)
        return told

    def hold(self, extension: str, call_id: str, held: bool, now: float) -> Told:
        """Put on hold or retrieve: a state to reach."""
        conversation, call = self._call(extension, call_id)
        wanted = CallState.HELD if held else CallState.CONNECTED
        if call.state is wanted:
            return []
        if call.state not in (CallState.CONNECTED, CallState.HELD):
            raise CommandRefused("call_state", f"the call is {call.state}")
        told = [] if held else self._hold_told(extension, conversation, now)
        event = EventName.HELD if held else EventName.RETRIEVED
        told.append(self._move(conversation, extension, event, now, wanted))
        told += [
            self._move(conversation, other, event, now, conversation.calls[other].state, remote_hold=held)
            for other in conversation.up()
            if other != extension and conversation.calls[other].remote_hold is not held
        ]
        return told

    def mute(self, extension: str, call_id: str, muted: bool, now: float) -> Told:
        """Mute the microphone or let it be heard: a state to reach."""
        conversation, call = self._call(extension, call_id)
        if call.state not in (CallState.CONNECTED, CallState.HELD):
            raise CommandRefused("call_state", f"the call is {call.state}")
        if call.muted is muted:
            return []
        return [self._move(conversation, extension, EventName.CALL_INFORMATION, now, call.state, muted=muted)]

    def send_digits(self, extension: str, call_id: str) -> None:
        """Tones need somebody who hears them."""
        _, call = self._call(extension, call_id)
        if call.state is not CallState.CONNECTED:
            raise CommandRefused("call_state", f"the call is {call.state}")

    def transfer(self, extension: str, call_id: str, number: str, now: float) -> Told:
        """Blind transfer of a call to another extension or the queue."""
        conversation, call = self._call(extension, call_id)
        if call.state not in (CallState.CONNECTED, CallState.HELD):
            raise CommandRefused("call_state", f"the call is {call.state}")
        target = number if len(number) <= LONGEST_EXTENSION else number[1:] if number[1:] in self.phones else number
        if not self._can_ring(target, without=extension):
            raise CommandRefused("unreachable", "the target cannot be rung")
        from_whom = Party(number=extension, name=self._phone(extension).name)
        told = [
            self._clear(
                conversation,
                extension,
                now,
                Cause.TRANSFERRED,
                EventName.TRANSFERRED,
                transferred_to=Party(number=target, name=self.phones[target].name if target in self.phones else ""),
            )
        ]
        conversation.answered = False
        caller, direction = self._remaining(conversation, call)
        return told + self._ring(conversation, target, caller, direction, now, transferred_from=from_whom)

    def set_state(self, extension: str, state: AgentState) -> None:
        """Presence of whoever sits at this phone."""
        self._phone(extension).state = state

    # --- inside ---

    def _begin(self) -> Conversation:
        if len(self.conversations) >= MOST_CONVERSATIONS:
            raise CommandRefused("busy", f"this PBX has {MOST_CONVERSATIONS} calls, and no more")
        conversation = Conversation(self._new_id())
        self.conversations[conversation.id] = conversation
        return conversation

    def _forget(self, conversation: Conversation) -> None:
        self.conversations.pop(conversation.id, None)

    def _conversation(self, conversation_id: str) -> Conversation:
        if conversation_id not in self.conversations:
            raise CommandRefused("call_gone", "there is no such call (any more)")
        return self.conversations[conversation_id]

    def _outside(self, conversation: Conversation) -> Outside:
        if conversation.outside is None:
            raise CommandRefused("call_state", "nobody outside takes part in this call")
        return conversation.outside

    def _phone(self, extension: str) -> Phone:
        if extension not in self.phones:
            raise CommandRefused("unknown_line", "there is no such extension")
        return self.phones[extension]

    def _call(self, extension: str, call_id: str) -> tuple[Conversation, Call]:
        for conversation in self.conversations.values():
            call = conversation.calls.get(extension)
            if call is not None and call.id == call_id and not call.ended:
                return conversation, call
        raise CommandRefused("call_gone", "there is no such call (any more)")

    def _can_ring(self, to: str, without: str = "") -> bool:
        return any(self._rings(extension, to) for extension in self._targets(to) if extension != without)

    def _targets(self, to: str) -> list[str]:
        return list(self.phones) if to == QUEUE[0] else [to] if to in self.phones else []

    def _rings(self, extension: str, to: str) -> bool:
        phone = self.phones[extension]
        if to == QUEUE[0]:
            # A queue passes by who is away or talking; a direct call rings as a second one (call waiting).
            return phone.state is AgentState.AVAILABLE and not self.calls_of(extension)
        return phone.state is not AgentState.DO_NOT_DISTURB and len(self.calls_of(extension)) < MOST_CALLS

    def _ring(
        self,
        conversation: Conversation,
        to: str,
        caller: Party,
        direction: Direction,
        now: float,
        transferred_from: Party | None = None,
    ) -> Told:
        conversation.queue = QUEUE[1] if to == QUEUE[0] else None
        told: Told = []
        for extension in self._targets(to):
            if not self._rings(extension, to) or extension in conversation.up():
                continue
            call = Call(
                id=f"{conversation.id}.{extension}" + (f".{len(conversation.calls)}" if transferred_from else ""),
                revision=1,
                device=extension,
                direction=direction,
                role="called",
                state=CallState.ALERTING,
                caller=caller,
                called=Party(number=extension, name=self.phones[extension].name),
                queue=conversation.queue,
                started_at=now,
                transferred_from=transferred_from,
            )
            conversation.calls[extension] = call
            told.append((extension, begin(call, EventName.DELIVERED, now)))
        return told

    def _reach(self, conversation: Conversation, extension: str, number: str, inside: bool, now: float) -> Told:
        """Let the dialled number ring, inside or outside; else the call fails."""
        if not inside:
            conversation.outside = Outside(Party(number=number), CallState.ALERTING)
            return [self._move(conversation, extension, EventName.DELIVERED, now, CallState.INITIATED)]
        caller = conversation.calls[extension].caller
        ringing = self._ring(conversation, number, caller, Direction.INTERNAL, now)
        if ringing:
            return [self._move(conversation, extension, EventName.DELIVERED, now, CallState.INITIATED), *ringing]
        cause = Cause.BUSY if number in self.phones or number == QUEUE[0] else Cause.UNREACHABLE
        told = [
            self._move(conversation, extension, EventName.FAILED, now, CallState.FAILED, cause),
            self._clear(conversation, extension, now, cause),
        ]
        self._forget(conversation)
        return told

    def _remaining(self, conversation: Conversation, call: Call) -> tuple[Party, Direction]:
        """Who is left after a transfer, as the caller of what rings next."""
        if conversation.outside is not None:
            conversation.outside.state = CallState.INITIATED
            return conversation.outside.party, Direction.INBOUND
        return call.other, Direction.INTERNAL

    def _decline(self, conversation: Conversation, extension: str, now: float) -> Told:
        told = [self._clear(conversation, extension, now, Cause.DECLINED)]
        if any(conversation.calls[other].state is CallState.ALERTING for other in conversation.up()):
            return told
        for other in conversation.up():
            told.append(self._move(conversation, other, EventName.FAILED, now, CallState.FAILED, Cause.DECLINED))
            told.append(self._clear(conversation, other, now, Cause.DECLINED))
        self._forget(conversation)
        return told

    def _hold_others(self, extension: str) -> None:
        if len(self.calls_of(extension)) >= MOST_CALLS:
            raise CommandRefused("busy", f"a phone has at most {MOST_CALLS} calls")

    def _hold_told(self, extension: str, but: Conversation, now: float) -> Told:
        """Whoever takes up a call puts the one they are in on hold."""
        told: Told = []
        for call in self.calls_of(extension):
            if call.state is CallState.CONNECTED and call is not but.calls.get(extension):
                told += self.hold(extension, call.id, True, now)
        return told

    def _move(
        self,
        conversation: Conversation,
        extension: str,
        event: EventName,
        now: float,
        state: CallState,
        cause: Cause | None = None,
        **changes: object,
    ) -> tuple[str, CallEvent]:
        if cause is not None:
            changes["cause"] = cause
        told = advance(conversation.calls[extension], event, now, state, **changes)
        conversation.calls[extension] = told.call
        return extension, told

    def _clear(
        self,
        conversation: Conversation,
        extension: str,
        now: float,
        cause: Cause,
        event: EventName = EventName.CONNECTION_CLEARED,
        **changes: object,
    ) -> tuple[str, CallEvent]:
        return self._move(conversation, extension, event, now, CallState.CLEARED, cause, **changes)


def _cause_of_end(call: Call) -> Cause:
    """Why the call ends for the agent when the other side leaves."""
    return Cause.NORMAL if call.answered_at is not None else Cause.MISSED


def _cause_of_hang_up(call: Call) -> Cause:
    if call.state is CallState.FAILED and call.cause is not None:
        return call.cause
    return Cause.NORMAL if call.answered_at is not None else Cause.CANCELLED
