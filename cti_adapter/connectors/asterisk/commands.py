"""Commands of agents as AMI actions, and the wait for what confirms them. Knows no socket and no reconnecting."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence

from ...application.ports import OutcomeUnknown
from ...domain.agent import AgentState
from ...domain.call import CallState
from ...domain.commands import (
    AnswerCall,
    ClearConnection,
    Command,
    CommandRefused,
    GenerateDigits,
    HoldCall,
    MakeCall,
    RetrieveCall,
    SetAgentState,
    SetMicrophoneMute,
    SingleStepTransferCall,
)
from ...protocols.ami.dialogue import Answer
from ...protocols.ami.framing import LocalProtocolError
from .errors import ActionRefused, AsteriskUnreachable
from .settings import AsteriskSettings
from .translate import Leg, Told, Tracker

#: Sends one action.
Ask = Callable[[str, Sequence[tuple[str, str]]], Awaitable[Answer]]
#: How long a phone may take to obey a NOTIFY, in seconds; it answers within some hundred milliseconds or never.
OBEY_S = 2.0
#: Causes of the Hangup action (Q.850): 16 normal clearing, 17 user busy, 21 call rejected.
NORMAL_CLEARING, USER_BUSY, CALL_REJECTED = "16", "17", "21"
NO_REMOTE_CONTROL = "phone_without_remote_control"
#: Commands that need a phone which obeys NOTIFY.
REMOTE_CONTROLLED = ("AnswerCall", "HoldCall", "RetrieveCall")


class Commands:
    """Carries out commands over ``ask``; ``publish`` takes what the tracker tells on the way."""

    def __init__(
        self,
        settings: AsteriskSettings,
        tracker: Tracker,
        ask: Ask,
        publish: Callable[[list[Told]], None],
        changed: asyncio.Condition,
    ) -> None:
        self._settings = settings
        self._tracker = tracker
        self._ask = ask
        self._publish = publish
        self._changed = changed
        self._deaf: set[str] = set()

    def new_connection(self) -> None:
        """Phones get exchanged and updated: with a new connection each of them may try again."""
        self._deaf.clear()

    def remote_control_missing(self, extension: str) -> str:
        """Why the phone of ``extension`` cannot answer, hold and retrieve from here (reason code); empty: it may."""
        if self._settings.remote_control == "off":
            return "not_supported_by_phone"
        return NO_REMOTE_CONTROL if extension in self._deaf else ""

    async def execute(self, extension: str, agent: str, command: Command) -> None:
        """Carry out ``command``. Raises ``CommandRefused`` or ``OutcomeUnknown``."""
        try:
            await self._dispatch(extension, agent, command)
        except LocalProtocolError as error:
            raise CommandRefused("not_dialable", str(error)) from None
        except ActionRefused as error:
            raise CommandRefused("refused_by_phone_system", f"Asterisk: {error}") from None
        except AsteriskUnreachable as error:
            raise OutcomeUnknown(str(error)) from None

    async def _dispatch(self, extension: str, agent: str, command: Command) -> None:
        match command:
            case MakeCall():
                await self._make_call(extension, agent, command)
            case AnswerCall(call=call):
                await self._obey(extension, call, "talk", {CallState.ALERTING}, CallState.CONNECTED)
            case HoldCall(call=call):
                await self._obey(extension, call, "hold", {CallState.CONNECTED}, CallState.HELD)
            case RetrieveCall(call=call):
                await self._obey(extension, call, "talk", {CallState.HELD}, CallState.CONNECTED)
            case ClearConnection(call=call):
                await self._clear(call)
            case SingleStepTransferCall(call=call, number=number):
                await self._transfer(call, number)
            case SetMicrophoneMute(call=call, muted=muted):
                await self._mute(call, muted)
            case GenerateDigits(call=call, digits=digits):
                await self._digits(call, digits)
            case SetAgentState(state=state):
                await self._presence(extension, state)

    async def _make_call(self, extension: str, agent: str, command: MakeCall) -> None:
        """Originate: the agent's own phone rings first, showing the number; lifted, it dials.

        Our ChannelId becomes the Uniqueid of the agent's leg, by which the call is known from its first event on.
        """
        channel_id = f"cti-{secrets.token_hex(8)}"
        fields = [
            ("Channel", self._settings.device(extension)),
            ("Context", self._settings.context),
            ("Exten", command.number),
            ("Priority", "1"),
            ("Timeout", str(self._settings.dial_timeout_s * 1000)),
            ("CallerID", f'"{_quoted(command.name or command.number)}" <{command.number}>'),
            ("ChannelId", channel_id),
            ("Async", "true"),
        ]
        self._publish(
            self._tracker.expect_originate(channel_id, command.id, agent, command.number, command.name, time.time())
        )
        try:
            await self._ask("Originate", fields)
        except (ActionRefused, LocalProtocolError):
            self._publish(self._tracker.originate_failed(channel_id, "unreachable", time.time()))
            raise

    async def _obey(self, extension: str, call_id: str, event: str, before: set[CallState], after: CallState) -> None:
        """Ask the phone to answer, hold or retrieve, and wait until it has done so.

        BroadSoft's remote control packages: an in-dialog NOTIFY with ``Event: talk`` or ``hold``, which Snom, Yealink,
        Polycom, Grandstream and others obey when they advertise it (Allow-Events). Asterisk reports the NOTIFY as sent
        whatever the phone does, so only the change of the call counts.
        """
        leg = self._leg(call_id)
        if leg.state is after:
            return
        if leg.state not in before:
            raise CommandRefused("wrong_call_state", f"the call is {leg.state}")
        if self.remote_control_missing(extension):
            raise CommandRefused("not_supported_by_phone", "this phone cannot be controlled from the panel")
        await self._ask("PJSIPNotify", [("Channel", leg.channel), ("Variable", f"Event={event}")])
        if not await self._reached(call_id, after):
            self._deaf.add(extension)
            self._publish(self._tracker.touch(extension, time.time()))
            raise CommandRefused("not_supported_by_phone", "the phone did not obey; use its own keys")

    async def _reached(self, call_id: str, state: CallState) -> bool:
        """Whether the call gets into ``state`` in time."""

        def there() -> bool:
            leg = self._tracker.leg(call_id)
            return leg is None or leg.state is state

        async with self._changed:
            try:
                await asyncio.wait_for(self._changed.wait_for(there), OBEY_S)
            except TimeoutError:
                return False
        leg = self._tracker.leg(call_id)
        return leg is not None and leg.state is state

    async def _clear(self, call_id: str) -> None:
        leg = self._leg(call_id)
        # A ringing phone that hangs up declines. Cause 17 lets the caller hear busy, and a queue goes on to the next.
        cause = USER_BUSY if leg.state is CallState.ALERTING else NORMAL_CLEARING
        await self._ask("Hangup", [("Channel", leg.channel or leg.uniqueid), ("Cause", cause)])

    async def _transfer(self, call_id: str, number: str) -> None:
        leg = self._leg(call_id)
        if leg.state not in (CallState.CONNECTED, CallState.HELD):
            raise CommandRefused("wrong_call_state", f"the call is {leg.state}")
        fields = [("Channel", leg.channel), ("Context", self._settings.context), ("Exten", number)]
        await self._ask("BlindTransfer", fields)

    async def _mute(self, call_id: str, muted: bool) -> None:
        leg = self._leg(call_id)
        if leg.state not in (CallState.CONNECTED, CallState.HELD):
            raise CommandRefused("wrong_call_state", f"the call is {leg.state}")
        fields = [("Channel", leg.channel), ("Direction", "in"), ("State", "on" if muted else "off")]
        await self._ask("MuteAudio", fields)
        # No event comes for it: what Asterisk has confirmed is the event.
        self._publish(self._tracker.note_mute(call_id, muted, time.time()))

    async def _digits(self, call_id: str, digits: str) -> None:
        leg = self._leg(call_id)
        if leg.state is not CallState.CONNECTED or not leg.peer_channel:
            raise CommandRefused("wrong_call_state", "nobody is there to hear the digits")
        for digit in digits:
            await self._ask("PlayDTMF", [("Channel", leg.peer_channel), ("Digit", digit)])

    async def _presence(self, extension: str, state: AgentState) -> None:
        """Away and do-not-disturb pause the agent in all queues; direct calls are the phone's own affair."""
        if state is AgentState.DO_NOT_DISTURB:
            raise CommandRefused("not_supported_by_phone_system", "Asterisk has no do-not-disturb; set it at the phone")
        paused = "true" if state is AgentState.AWAY else "false"
        fields = [("Interface", self._settings.device(extension)), ("Paused", paused), ("Reason", state.value)]
        try:
            await self._ask("QueuePause", fields)
        except ActionRefused:
            # In no queue: there is nothing to be paused in.
            if state is AgentState.AWAY:
                raise

    def _leg(self, call_id: str) -> Leg:
        leg = self._tracker.leg(call_id)
        if leg is None:
            raise CommandRefused("call_gone", "there is no such call (any more)")
        return leg


def _quoted(text: str) -> str:
    """What may stand between the quotes of a CallerID."""
    return "".join(character for character in text if character.isprintable() and character not in '"\\<>')[:80]
