"""Answer, hold and retrieve at the phone itself, and which phones turned out not to allow it.

BroadSoft's remote control packages: a NOTIFY within the call with ``Event: talk`` or ``hold``, which phones obey that
announce it (``Allow-Events: talk, hold``) and are told to. Asterisk reports the NOTIFY as sent whatever the phone makes
of it, so only the change of the call counts. Reference: Asterisk AMI PJSIPNotify, parameter Channel.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from ...domain.call import CallState
from ...domain.commands import AnswerCall, CommandRefused, HoldCall, RetrieveCall
from ...protocols.ami.dialogue import Answer
from ...protocols.ami.messages import Fields
from .errors import ActionRefused
from .translate import Leg, Told, Tracker
from .waiting import Changes

#: How long a phone may take to obey, in seconds; it does so within some hundred milliseconds or never.
OBEY_S = 2.0
#: Pauses between tries to send the NOTIFY, in seconds.
RETRY_S = (0.05, 0.1, 0.2)
#: What Asterisk answers while (or when) a channel has no SIP dialog.
_NO_DIALOG = "Channel not found"
#: Reason codes in ``Call.unsupported``.
SWITCHED_OFF, NO_REMOTE_CONTROL = "not_supported_by_phone", "phone_without_remote_control"

Verb = type[AnswerCall] | type[HoldCall] | type[RetrieveCall]
#: verb -> event of the NOTIFY, state the call must be in, state it gets into
_NOTIFY: dict[Verb, tuple[str, CallState, CallState]] = {
    AnswerCall: ("talk", CallState.ALERTING, CallState.CONNECTED),
    HoldCall: ("hold", CallState.CONNECTED, CallState.HELD),
    RetrieveCall: ("talk", CallState.HELD, CallState.CONNECTED),
}
#: Names of the commands that a phone has to allow.
VERBS = tuple(verb.__name__ for verb in _NOTIFY)


class RemoteControl:
    """Sends the NOTIFY, waits for the phone, and remembers the phones that did not obey."""

    def __init__(
        self,
        switched_on: bool,
        tracker: Tracker,
        ask: Callable[[str, Fields], Awaitable[Answer]],
        publish: Callable[[list[Told]], None],
        changes: Changes,
    ) -> None:
        self._switched_on = switched_on
        self._tracker = tracker
        self._ask = ask
        self._publish = publish
        self._changes = changes
        self._deaf: set[str] = set()

    def missing(self, extension: str) -> str:
        """Why the phone of ``extension`` cannot be controlled (reason code); empty: it may be able to."""
        if not self._switched_on:
            return SWITCHED_OFF
        return NO_REMOTE_CONTROL if extension in self._deaf else ""

    def forget(self, extension: str | None = None) -> None:
        """Phones get exchanged and set up anew: this one, or all, may show again what they can."""
        deaf = self._deaf & {extension} if extension else set(self._deaf)
        self._deaf -= deaf
        for each in deaf:
            self._publish(self._tracker.touch(each, time.time()))

    async def obey(self, verb: Verb, extension: str, call_id: str, leg: Leg) -> None:
        """Bring the call where ``verb`` wants it. Raises ``CommandRefused``."""
        event, before, after = _NOTIFY[verb]
        if leg.state is after:
            return  # a state to reach, and reached: a click came twice, or the phone's own key was quicker
        if leg.state is not before:
            raise CommandRefused("wrong_call_state", f"the call is {leg.state}")
        if self.missing(extension):
            raise CommandRefused("not_supported_by_phone", "this phone cannot be controlled from here")
        await self._notify(leg.channel, event, lambda: self._state(call_id) is before)
        await self._changes.until(lambda: self._state(call_id) is not before, OBEY_S)
        state = self._state(call_id)
        if state is None:
            raise CommandRefused("call_gone", "the call ended meanwhile")
        if state is before:
            self._deaf.add(extension)
            self._publish(self._tracker.touch(extension, time.time()))
            raise CommandRefused("not_supported_by_phone", "the phone did not obey; use its own keys")

    async def _notify(self, channel: str, event: str, sensible: Callable[[], bool]) -> None:
        """Send the NOTIFY. A channel is told of some milliseconds before its SIP dialog can be found: try again."""
        fields = [("Channel", channel), ("Variable", f"Event={event}")]
        for pause in RETRY_S:
            try:
                await self._ask("PJSIPNotify", fields)
            except ActionRefused as error:
                if str(error) != _NO_DIALOG:
                    raise
            else:
                return
            await asyncio.sleep(pause)
            if not sensible():
                return
        await self._ask("PJSIPNotify", fields)

    def _state(self, call_id: str) -> CallState | None:
        leg = self._tracker.leg(call_id)
        return leg.state if leg else None
