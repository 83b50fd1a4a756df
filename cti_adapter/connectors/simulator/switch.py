"""The inside of the simulated PBX: phones, conversations, who rings, how a call moves. Pure; acts are in ``pbx``."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ...domain.agent import AgentState, Presence, QueueMembership
from ...domain.call import Call, CallEvent, CallState, Cause, Direction, EventName, Party, advance, begin
from ...domain.commands import CommandRefused
from ...domain.features import Forwarding, ForwardingKind, LineFeatures, OutboundNumber, Voicemail
from .numbers import GROUPS, OUTBOUND_NUMBERS, VOICEMAIL, Group

#: What a phone system tells: (extension, event).
Told = list[tuple[str, CallEvent]]
#: Calls that one phone can have at a time, and conversations of the whole PBX.
MOST_CALLS = 4
MOST_CONVERSATIONS = 200
TALKS = (CallState.CONNECTED, CallState.HELD)


@dataclass
class Phone:
    """A desk phone. ``forward_to``: where direct calls ring instead; ``ended``: why its last call ended."""

    extension: str
    name: str
    state: AgentState = AgentState.AVAILABLE
    reason: str = ""
    left: set[str] = field(default_factory=set)
    """Queues of which this phone is a member, but logged out."""
    paused: dict[str, str] = field(default_factory=dict)
    """Queues that pass this phone by, and why."""
    forward_to: str | None = None
    new_messages: int = 0
    old_messages: int = 0
    ended: Cause | None = None

    @property
    def presence(self) -> Presence:
        """As the phone system holds it. Away passes the phone by in all its queues."""
        queues = [group for group in GROUPS.values() if group.queue]
        mine = [group.name for group in queues if not group.members or self.extension in group.members]
        away = self.state is not AgentState.AVAILABLE
        return Presence(
            state=self.state,
            reason=self.reason,
            queues=tuple(
                QueueMembership(
                    queue=name,
                    logged_in=name not in self.left,
                    paused=name not in self.left and (away or name in self.paused),
                    reason="" if name in self.left else (self.reason or self.paused.get(name, "")),
                )
                for name in mine
            ),
        )

    @property
    def features(self) -> LineFeatures:
        """How the line is set, and what waits for it."""
        return LineFeatures(
            registered=True,
            forwarding=(Forwarding(kind=ForwardingKind.IMMEDIATE, number=self.forward_to or ""),),
            voicemail=Voicemail(new=min(self.new_messages, 99), old=min(self.old_messages, 99), number=VOICEMAIL),
            outbound_numbers=tuple(OutboundNumber(number=n, name=name) for n, name in OUTBOUND_NUMBERS.items()),
        )

    @property
    def party(self) -> Party:
        """As others see it."""
        return Party(number=self.extension, name=self.name)


@dataclass
class Outside:
    """Somebody in the public network, as an end of a conversation."""

    party: Party
    state: CallState
    answered_at: float | None = None
    sees: str = ""
    """Which of the organization's numbers it is shown."""


@dataclass
class Conversation:
    """One call between ends: extension -> its record; at most one end is outside."""

    id: str
    calls: dict[str, Call] = field(default_factory=dict)
    outside: Outside | None = None
    queue: str | None = None
    queued_at: float | None = None
    data: dict[str, str] = field(default_factory=dict)
    """What the caller has entered before anybody answered."""
    parts: int = 0

    def up(self) -> list[str]:
        """Extensions that still take part."""
        return [extension for extension, call in self.calls.items() if not call.ended]

    def others(self, extension: str) -> list[str]:
        """Extensions that still take part, but ``extension``."""
        return [other for other in self.up() if other != extension]

    def new_call_id(self, extension: str) -> str:
        """Never the same twice, also when a call comes back to a phone that had it before."""
        self.parts += 1
        return f"{self.id}.{extension}.{self.parts}"


class Switch:
    """Phones and conversations. ``new_id`` makes ids that are unique for all time."""

    def __init__(self, phones: list[Phone], new_id: Callable[[], str]) -> None:
        self.phones = {phone.extension: phone for phone in phones}
        self.conversations: dict[str, Conversation] = {}
        self._new_id = new_id

    # --- what can be asked ---

    def live(self) -> list[tuple[str, Call]]:
        """All calls that are up, as (extension, record)."""
        return [(e, c.calls[e]) for c in self.conversations.values() for e in c.up()]

    def calls_of(self, extension: str) -> list[Call]:
        """Calls that are up at one phone, oldest first; one that is parked is not at the phone any more."""
        return [call for at, call in self.live() if at == extension and call.parked_at is None]

    def parked(self, at: str) -> tuple[Conversation, str] | None:
        """The conversation that is parked there, and the extension that has parked it."""
        for conversation in self.conversations.values():
            for extension in conversation.up():
                if conversation.calls[extension].parked_at == at:
                    return conversation, extension
        return None

    # --- looking up ---

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
            raise CommandRefused("wrong_call_state", "nobody outside takes part in this call")
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

    def _party(self, number: str) -> Party:
        if number in self.phones:
            return self.phones[number].party
        if number == VOICEMAIL:
            return Party(number=number, name="Voicemail")
        return Party(number=number, name=GROUPS[number].name if number in GROUPS else "")

    def _refuse_one_more(self, extension: str) -> None:
        if len(self.calls_of(extension)) >= MOST_CALLS:
            raise CommandRefused("busy", f"a phone has at most {MOST_CALLS} calls")

    def _refuse_while_it_rings(self, conversation: Conversation, extension: str) -> None:
        """Who was just handed over has nobody to talk to until somebody answers, and cannot be sent on."""
        others = [conversation.calls[other].state for other in conversation.others(extension)]
        others += [conversation.outside.state] if conversation.outside is not None else []
        if CallState.ALERTING in others:
            raise CommandRefused("wrong_call_state", "the other side has not answered yet")

    # --- ringing ---

    def _ringable(self, to: str, conversation: Conversation | None = None) -> list[Phone]:
        """Phones that ring when ``to`` is called and do not take part in ``conversation`` already."""
        taking_part = conversation.up() if conversation is not None else []
        group = GROUPS.get(to)
        if group is None:
            phone = self.phones.get(to)
            phone = self.phones.get(phone.forward_to) if phone is not None and phone.forward_to else phone
            rung = [phone] if phone is not None else []
        else:
            rung = [p for p in self.phones.values() if not group.members or p.extension in group.members]
        return [p for p in rung if p.extension not in taking_part and self._rings(p, group)]

    def _rings(self, phone: Phone, group: Group | None) -> bool:
        if group is not None and group.queue:
            ready = group.name not in phone.left and group.name not in phone.paused
            return ready and phone.state is AgentState.AVAILABLE and not self.calls_of(phone.extension)
        # A second call rings as well (call waiting).
        return phone.state is not AgentState.DO_NOT_DISTURB and len(self.calls_of(phone.extension)) < MOST_CALLS

    def _ring(
        self,
        conversation: Conversation,
        to: str,
        caller: Party,
        direction: Direction,
        now: float,
        transferred_from: Party | None = None,
    ) -> Told:
        conversation.queue = GROUPS[to].name if to in GROUPS else None
        conversation.queued_at = now if to in GROUPS and GROUPS[to].queue else None
        phones = self._ringable(to, conversation)
        return [self._start_ringing(conversation, p, caller, direction, now, transferred_from) for p in phones]

    def _start_ringing(
        self,
        conversation: Conversation,
        phone: Phone,
        caller: Party,
        direction: Direction,
        now: float,
        transferred_from: Party | None,
    ) -> tuple[str, CallEvent]:
        call = Call(
            id=conversation.new_call_id(phone.extension),
            revision=1,
            device=phone.extension,
            direction=direction,
            role="called",
            state=CallState.ALERTING,
            caller=caller,
            called=phone.party,
            queue=conversation.queue,
            queued_at=conversation.queued_at,
            data=conversation.data,
            started_at=now,
            transferred_from=transferred_from,
        )
        conversation.calls[phone.extension] = call
        return phone.extension, begin(call, EventName.DELIVERED, now)

    # --- moving ---

    def _meet(
        self, conversation: Conversation, extension: str, event: EventName, far: Party, now: float, **changes: Any
    ) -> tuple[str, CallEvent]:
        """The phone at ``extension`` has ``far`` at the other end from now on; nobody holds it there any more."""
        call = conversation.calls[extension]
        changes |= {"called" if call.role == "caller" else "caller": far, "remote_hold": False}
        return self._move(conversation, extension, event, now, call.state, **changes)

    def _hold_seen(self, conversation: Conversation, extensions: list[str], held: bool, now: float) -> Told:
        """What those see whom the other side puts on hold, or takes back."""
        event = EventName.HELD if held else EventName.RETRIEVED
        return [
            self._move(conversation, extension, event, now, conversation.calls[extension].state, remote_hold=held)
            for extension in extensions
            if conversation.calls[extension].state in TALKS and conversation.calls[extension].remote_hold is not held
        ]

    def _end_all(self, conversation: Conversation, extensions: list[str], now: float, refusal: Cause | None) -> Told:
        """The other side is gone; ``refusal``: it did not take the call that these phones made."""
        told: Told = []
        for extension in extensions:
            call = conversation.calls[extension]
            if call.answered_at is None and refusal is not None:
                told += self._fail(conversation, extension, now, refusal)
            else:
                cause = Cause.NORMAL if call.answered_at is not None else Cause.MISSED
                told.append(self._clear(conversation, extension, now, cause))
        return told

    def _fail(self, conversation: Conversation, extension: str, now: float, cause: Cause) -> Told:
        """The call cannot be completed; nobody listens to the tone for long."""
        return [
            self._move(conversation, extension, EventName.FAILED, now, CallState.FAILED, cause=cause),
            self._clear(conversation, extension, now, cause),
        ]

    def _move(
        self,
        conversation: Conversation,
        extension: str,
        event: EventName,
        now: float,
        state: CallState,
        **changes: Any,
    ) -> tuple[str, CallEvent]:
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
        **changes: Any,
    ) -> tuple[str, CallEvent]:
        self.phones[extension].ended = cause
        changes |= {"cause": cause, "remote_hold": False}
        return self._move(conversation, extension, event, now, CallState.CLEARED, **changes)
