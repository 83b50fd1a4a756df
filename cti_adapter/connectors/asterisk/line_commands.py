"""Commands about the agent's line and no call, as AMI actions: presence, queues, forwarding."""

import contextlib
import re

from ...domain.agent import AgentState
from ...domain.commands import CommandRefused, SetForwarding, SetQueueMembership
from ...protocols.ami.messages import Fields
from .errors import ActionRefused
from .feature_reader import Ask
from .features import Features
from .memberships import Memberships
from .settings import AsteriskSettings

#: What may go into a dial plan: digits, keys, a plus, and names of SIP users. Not ``&``, ``,``, ``/``, ``$``, ``(``: a
#: dial plan that puts the number into Dial() would take them for more destinations, options or functions (Asterisk,
#: README-SERIOUSLY.bestpractices).
_DIALABLE = re.compile(r"[0-9A-Za-z+*#._-]{1,64}")


class LineCommands:
    """Carries them out by ``ask``. Raises as ``ask`` and ``CommandRefused``."""

    def __init__(self, settings: AsteriskSettings, memberships: Memberships, features: Features, ask: Ask) -> None:
        self._settings = settings
        self._memberships = memberships
        self._features = features
        self._ask = ask

    async def set_presence(self, extension: str, state: AgentState, reason: str) -> None:
        """Away pauses the agent in all queues. Direct calls are the phone's own affair, which Asterisk cannot stop."""
        if state is AgentState.DO_NOT_DISTURB:
            raise CommandRefused("not_supported", "Asterisk has no do-not-disturb; set it at the phone")
        paused = "true" if state is AgentState.AWAY else "false"
        # A member of no queue has nothing to be paused in: no queue calls them, whatever the state.
        for interface in self._memberships.interfaces(extension):
            await self._ask("QueuePause", [("Interface", interface), ("Paused", paused), *_reason(reason)])

    async def set_membership(self, extension: str, command: SetQueueMembership) -> None:
        """QueueAdd, QueueRemove and QueuePause; what the queue then tells is what the agent sees."""
        queue = ("Queue", command.queue)
        interfaces = self._memberships.interfaces(extension, command.queue)
        if not command.logged_in:
            if self._memberships.is_fixed(extension, command.queue):
                raise CommandRefused("fixed_membership", "Asterisk's configuration says who is a member of this queue")
            for interface in interfaces:
                await self._ask("QueueRemove", [queue, ("Interface", interface)])
            return
        paused = ("Paused", "true" if command.paused else "false")
        for interface in interfaces:
            await self._ask("QueuePause", [queue, ("Interface", interface), paused])
        if not interfaces:
            if not self._memberships.may_join(command.queue):
                raise CommandRefused("unknown_queue", "agents cannot log in to this queue (connector's key queues)")
            device = self._settings.device(extension)
            await self._ask("QueueAdd", [queue, ("Interface", device), ("StateInterface", device), paused])

    async def forward(self, extension: str, command: SetForwarding) -> None:
        """DBPut and DBDel; the dial plan looks there before it rings the phone."""
        family = self._features.families.get(command.kind)
        if family is None:
            raise CommandRefused("not_supported", "this kind of forwarding is not set up (connector's key forwarding)")
        entry = [("Family", family), ("Key", extension)]
        if command.number:
            await self._ask("DBPut", [*entry, ("Val", dialable(command.number))])
        else:
            with contextlib.suppress(ActionRefused):  # there was none
                await self._ask("DBDel", entry)
        self._features.note_forwarding(command.kind, extension, command.number)


def dialable(number: str) -> str:
    """``number``, where a dial plan can take it for nothing else. Raises ``CommandRefused``."""
    if not _DIALABLE.fullmatch(number):
        raise CommandRefused("not_dialable", "number: only digits, letters and + * # . _ - can be dialled")
    return number


def _reason(reason: str) -> Fields:
    printable = "".join(character for character in reason if character.isprintable())
    return [("Reason", printable)] if printable else []
