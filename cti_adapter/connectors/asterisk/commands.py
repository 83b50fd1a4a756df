"""Commands of agents as AMI actions, and the wait for what confirms them. Knows no socket and no reconnecting."""

import contextlib
import re
import secrets
import time
from collections.abc import Callable, Sequence

from ...application.ports import OutcomeUnknown
from ...domain.call import Call, CallState, RecordingState
from ...domain.commands import (
    AnswerCall,
    ClearConnection,
    Command,
    CommandRefused,
    ConferenceCall,
    ConsultationCall,
    GenerateDigits,
    HoldCall,
    MakeCall,
    ParkCall,
    RetrieveCall,
    SetAgentState,
    SetForwarding,
    SetMicrophoneMute,
    SetQueueMembership,
    SetRecording,
    SingleStepTransferCall,
    TransferCall,
)
from ...protocols.ami.messages import Fields, LocalProtocolError, text
from .errors import ActionRefused, AsteriskUnreachable, NotSent
from .feature_reader import Ask
from .features import Features
from .line_commands import LineCommands, dialable
from .memberships import Memberships
from .remote_control import RemoteControl
from .settings import AsteriskSettings
from .translate import Leg, Told, Tracker
from .waiting import Changes

#: Causes of the Hangup action (Q.850): normal clearing, user busy.
NORMAL_CLEARING, USER_BUSY = "16", "17"
#: Longest wait for the event that names the place of a parked call, in seconds; it comes with the action's answer.
PARKED_S = 2.0
TALKING = frozenset({CallState.CONNECTED, CallState.HELD})
#: What Asterisk answers when the channel has just gone (Hangup, MuteAudio; PlayDTMF, PJSIPNotify; BlindTransfer).
_GONE = frozenset({"No such channel", "Channel not found", "Channel specified does not exist"})
#: What it answers to an Originate or transfer into nothing.
_NOWHERE = "Extension does not exist."


class Commands:
    """Carries out commands by ``ask``; ``publish`` takes what the tracker tells on the way."""

    def __init__(
        self,
        settings: AsteriskSettings,
        tracker: Tracker,
        memberships: Memberships,
        features: Features,
        ask: Ask,
        publish: Callable[[list[Told]], None],
        changes: Changes,
    ) -> None:
        self._settings = settings
        self._tracker = tracker
        self._line = LineCommands(settings, memberships, features, ask)
        self._ask = ask
        self._publish = publish
        self._changes = changes
        self.remote_control = RemoteControl(settings.remote_control == "auto", tracker, ask, publish, changes)

    async def execute(self, extension: str, agent: str, command: Command) -> None:
        """Carry out ``command`` of ``agent`` at the phone ``extension``. Raises ``CommandRefused`` or
        ``OutcomeUnknown``.
        """
        try:
            await self._dispatch(extension, agent, command)
        except LocalProtocolError as error:
            raise CommandRefused("not_dialable", str(error)) from None
        except ActionRefused as error:
            raise _refusal(error) from None
        except NotSent:
            raise CommandRefused("phone_system_unreachable", "Asterisk is out of reach; nothing was done") from None
        except AsteriskUnreachable as error:
            raise OutcomeUnknown(str(error)) from None

    async def _dispatch(self, extension: str, agent: str, command: Command) -> None:
        if (parked := self._parked(agent, command)) is not None:
            await self._with_parked(extension, agent, command, parked)
            return
        match command:
            case MakeCall():
                await self._make_call(extension, agent, command)
            case SetAgentState(state=state, reason=reason):
                await self._line.set_presence(extension, state, reason)
            case SetQueueMembership():
                await self._line.set_membership(extension, command)
            case SetForwarding():
                await self._line.forward(extension, command)
            case ParkCall(call=call):
                await self._park(agent, call)
            case AnswerCall() | HoldCall() | RetrieveCall():
                leg = self._leg(agent, command.call)
                await self.remote_control.obey(type(command), extension, command.call, leg)
            case ClearConnection():
                await self._clear(self._call(agent, command.call), self._leg(agent, command.call))
            case SingleStepTransferCall():
                await self._transfer(self._leg(agent, command.call), command.number)
            case ConsultationCall():
                await self._consult(extension, agent, command)
            case TransferCall(call=call, consultation=consultation):
                await self._connect(self._leg(agent, call), self._leg(agent, consultation))
            case ConferenceCall():
                raise CommandRefused("not_supported", "Asterisk has conferences at the phone or in the dial plan only")
            case SetMicrophoneMute():
                await self._mute(self._leg(agent, command.call), command.call, command.muted)
            case SetRecording(call=call, state=state):
                await self._record(self._call(agent, call), self._leg(agent, call), state)
            case GenerateDigits():
                await self._digits(self._leg(agent, command.call), command.digits)

    async def _make_call(self, extension: str, agent: str, command: MakeCall) -> None:
        """Originate: the agent's own phone rings first, showing the number; lifted, it dials.

        Our ChannelId becomes the Uniqueid of the agent's leg, by which the call is known from its first event on. What
        comes of it is told by the call: unless the number or the phone is wrong at once, it is just beginning.
        """
        number, channel_id = dialable(command.number), f"cti-{secrets.token_hex(8)}"
        variables = [f"__CTI_COMMAND={command.id}"]
        if shown := command.outbound_number:
            if shown not in self._settings.outbound_numbers:
                raise CommandRefused("unknown_outbound_number", "this number is not one of outbound_numbers")
            variables.append(f"__{self._settings.outbound_number_variable}={shown}")
        fields = self._originate(extension, number, command.name, channel_id, variables)
        self._publish(self._tracker.expect_originate(channel_id, command.id, agent, number, command.name, time.time()))
        try:
            await self._ask("Originate", fields)
        except (ActionRefused, LocalProtocolError, NotSent):
            self._publish(self._tracker.originate_failed(channel_id, "unreachable", time.time()))
            raise

    def _originate(self, extension: str, number: str, name: str, channel_id: str, variables: Sequence[str]) -> Fields:
        return [
            ("Channel", self._settings.device(extension)),
            ("Context", self._settings.context),
            ("Exten", number),
            ("Priority", "1"),
            ("Timeout", str(self._settings.dial_timeout_s * 1000)),
            ("CallerID", f'"{_quoted(name or number)}" <{number}>'),
            *(("Variable", variable) for variable in variables),
            ("ChannelId", channel_id),
            ("Async", "true"),
        ]

    # --- parking ---

    def _parked(self, agent: str, command: Command) -> Call | None:
        """The call that ``command`` is about, where it is parked."""
        call_id = getattr(command, "call", "")
        return next(
            (c for whose, c in self._tracker.live_calls() if (whose, c.id) == (agent, call_id) and c.parked_at), None
        )

    async def _with_parked(self, extension: str, agent: str, command: Command, call: Call) -> None:
        match command:
            case ParkCall():
                return
            case RetrieveCall():
                await self._take_back(extension, call)
            case ClearConnection():
                peer = self._leg(agent, call.id).peer_channel
                await self._ask("Hangup", [("Channel", peer or ""), ("Cause", NORMAL_CLEARING)])
            case _:
                raise CommandRefused("wrong_call_state", "the call is parked; take it back first")

    async def _park(self, agent: str, call_id: str) -> None:
        """Park: the other side goes to a place of the lot, which the event ParkedCall names.

        The agent's channel is named so that Asterisk knows whom to ring when the caller has waited for too long. It
        would announce the place there for some seconds; the panel shows it, and the phone is free at once.
        """
        if not self._settings.parking_lot:
            raise CommandRefused("not_supported", "no parking lot is set up (connector's key parking_lot)")
        leg = self._leg(agent, call_id)
        _only_in(TALKING, leg)
        if not leg.peer_channel:
            raise CommandRefused("wrong_call_state", "the call is not with exactly one party")
        lot = ("Parkinglot", self._settings.parking_lot)
        await self._ask("Park", [("Channel", leg.peer_channel), ("TimeoutChannel", leg.channel), lot])
        await self._changes.until(lambda: self._place(agent, call_id) is not None, PARKED_S)
        with contextlib.suppress(ActionRefused):
            await self._ask("Hangup", [("Channel", leg.channel), ("Cause", NORMAL_CLEARING)])

    def _place(self, agent: str, call_id: str) -> str | None:
        return next((c.parked_at for whose, c in self._tracker.live_calls() if (whose, c.id) == (agent, call_id)), None)

    async def _take_back(self, extension: str, call: Call) -> None:
        """The own phone rings and, lifted, dials the place: it is the same call again."""
        channel_id, place = f"cti-{secrets.token_hex(8)}", dialable(call.parked_at or "")
        self._tracker.expect_retrieval(channel_id, call.id)
        try:
            await self._ask("Originate", self._originate(extension, place, call.other.name, channel_id, ()))
        except (ActionRefused, LocalProtocolError, NotSent):
            self._tracker.originate_failed(channel_id, "unreachable", time.time())
            raise

    async def _consult(self, extension: str, agent: str, command: ConsultationCall) -> None:
        """Hold, and dial as by click. A phone that cannot be told to hold does so when its second call is lifted.

        The call is then known as a consultation because the same agent holds another (``telling``).
        """
        leg = self._leg(agent, command.call)
        _only_in(TALKING, leg)
        if not self.remote_control.missing(extension):
            with contextlib.suppress(CommandRefused):
                await self.remote_control.obey(HoldCall, extension, command.call, leg)
        await self._make_call(extension, agent, MakeCall(id=command.id, number=command.number))

    async def _connect(self, one: Leg, other: Leg) -> None:
        """Bridge takes the two other sides out of their bridges and into a new one; the agent's legs end thereby.

        It needs no feature code, and both calls may have come about in any way (Asterisk AMI, Bridge).
        """
        if one.channel == other.channel:
            raise CommandRefused("wrong_call_state", "two different calls are needed")
        for leg in (one, other):
            _only_in(TALKING, leg)
            if not leg.peer_channel:
                raise CommandRefused("wrong_call_state", "one of the calls is not with exactly one party")
        fields = [("Channel1", one.peer_channel or ""), ("Channel2", other.peer_channel or ""), ("Tone", "no")]
        await self._ask("Bridge", fields)

    async def _clear(self, call: Call, leg: Leg) -> None:
        # A ringing phone that hangs up declines. Cause 17 lets the caller hear busy, and a queue goes on to the next.
        # The own phone that rings because of a click is declined likewise; with 16 that would look like no answer.
        clicked = call.state is CallState.INITIATED and call.command is not None
        cause = USER_BUSY if clicked or call.state is CallState.ALERTING else NORMAL_CLEARING
        await self._ask("Hangup", [("Channel", leg.channel or leg.uniqueid), ("Cause", cause)])

    async def _transfer(self, leg: Leg, number: str) -> None:
        _only_in(TALKING, leg)
        number = dialable(number)
        # BlindTransfer succeeds for a number that does not exist, too: the customer would be cut off.
        if await self._exists(number) is False:
            raise CommandRefused("unknown_number", "there is no such number; the call was not handed over")
        context = self._settings.context
        await self._ask("BlindTransfer", [("Channel", leg.channel), ("Context", context), ("Exten", number)])

    async def _exists(self, number: str) -> bool | None:
        """Whether the dial plan has ``number``; None where this Asterisk does not tell (no module func_dialplan)."""
        try:
            answer = await self._ask("Getvar", [("Variable", f"DIALPLAN_EXISTS({self._settings.context},{number},1)")])
        except ActionRefused:
            return None
        return {"0": False, "1": True}.get(text(answer.response, "Value"))

    async def _mute(self, leg: Leg, call_id: str, muted: bool) -> None:
        _only_in(TALKING, leg)
        fields = [("Channel", leg.channel), ("Direction", "in"), ("State", "on" if muted else "off")]
        await self._ask("MuteAudio", fields)
        # No event comes for it: what Asterisk has confirmed is the event.
        self._publish(self._tracker.note_mute(call_id, muted, time.time()))

    async def _record(self, call: Call, leg: Leg, wanted: RecordingState) -> None:
        """MixMonitor writes both directions into one file on Asterisk's disk; a pause is silence in it.

        What Asterisk has confirmed is the event, as for mute: MixMonitor's own events came late (18) and differ.
        """
        if not self._settings.recording_file:
            raise CommandRefused("not_supported", "no file for recordings is set up (connector's key recording_file)")
        _only_in(TALKING, leg)
        channel = ("Channel", leg.channel)
        if call.recording == "off" and wanted != "off":
            file = self._settings.recording_file.replace("{call}", re.sub(r"[^\w.-]", "_", call.id))
            await self._ask("MixMonitor", [channel, ("File", file), ("Options", "a")])
        if wanted == "off" and call.recording != "off":
            await self._ask("StopMixMonitor", [channel])
        elif (wanted == "paused") != (call.recording == "paused"):
            state = "1" if wanted == "paused" else "0"
            await self._ask("MixMonitorMute", [channel, ("Direction", "both"), ("State", state)])
        self._publish(self._tracker.note_recording(call.id, wanted, time.time()))

    async def _digits(self, leg: Leg, digits: str) -> None:
        """PlayDTMF answers when the tone is over, so they come one after the other."""
        if leg.state is not CallState.CONNECTED or not leg.peer_channel:
            raise CommandRefused("wrong_call_state", "nobody is there to hear the digits")
        for digit in digits:
            await self._ask("PlayDTMF", [("Channel", leg.peer_channel), ("Digit", digit)])

    def _call(self, agent: str, call_id: str) -> Call:
        """One of the agent's own calls, whatever the relay let through."""
        for whose, call in self._tracker.live_calls():
            if (whose, call.id) == (agent, call_id):
                return call
        raise CommandRefused("call_gone", "there is no such call (any more)")

    def _leg(self, agent: str, call_id: str) -> Leg:
        """Where it is in Asterisk now."""
        leg = self._tracker.leg(self._call(agent, call_id).id)
        if leg is None:
            raise CommandRefused("call_gone", "there is no such call (any more)")
        return leg


def _refusal(error: ActionRefused) -> CommandRefused:
    sentence = str(error)
    if sentence in _GONE:
        return CommandRefused("call_gone", "there is no such call (any more)")
    if sentence == _NOWHERE:
        return CommandRefused("unknown_number", "there is no such number in Asterisk's dial plan")
    return CommandRefused("refused_by_phone_system", f"Asterisk: {sentence}")


def _only_in(states: frozenset[CallState], leg: Leg) -> None:
    if leg.state not in states:
        raise CommandRefused("wrong_call_state", f"the call is {leg.state}")


def _quoted(name: str) -> str:
    """What may stand between the quotes of a CallerID; as long as a name there may be (80 characters)."""
    return "".join(character for character in name if character.isprintable() and character not in '"\\<>')[:80]
