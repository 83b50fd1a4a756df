"""Commands about the agent's line and no call, as AMI actions: presence, queues, forwarding."""

import contextlib
import re

from ...domain.agent import AgentState
from ...domain.commands import CommandRefused, SetForwarding, SetQueueMembership
from ...protocols.ami.messages import Fields
from .errors import ActionRefused
from .feature_reader import Ask
from .features import DO_NOT_DISTURB, Features
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
        """Away pauses the agent in all queues; a direct call still rings.

        Do-not-disturb is a matter of the dial plan, which looks into Asterisk's database before it rings the phone.
        """
        await self._set_do_not_disturb(extension, state is AgentState.DO_NOT_DISTURB)
        paused = "false" if state is AgentState.AVAILABLE else "true"
        # A member of no queue has nothing to be paused in: no queue calls them, whatever the state.
        for interface in self._memberships.interfaces(extension):
            await self._ask("QueuePause", [("Interface", interface), ("Paused", paused), *_reason(reason)])

    async def _set_do_not_disturb(self, extension: str, wanted: bool) -> None:
        family = self._settings.do_not_disturb
        if wanted and not family:
            raise CommandRefused("not_supported", "no do-not-disturb is set up (connector's key do_not_disturb)")
        if wanted != self._features.do_not_disturb(extension):
            await self._keep(DO_NOT_DISTURB, family, extension, "YES" if wanted else "")

    async def _keep(self, name: str, family: str, extension: str, value: str) -> None:
        """DBPut, and DBDel for an empty value."""
        entry = [("Family", family), ("Key", extension)]
        if value:
            await self._ask("DBPut", [*entry, ("Val", value)])
        else:
            with contextlib.suppress(ActionRefused):  # there was none
                await self._ask("DBDel", entry)
        self._features.note_entry(name, extension, value)

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
        if not interfaces:
            if not self._memberships.may_join(command.queue):
                raise CommandRefused("unknown_queue", "agents cannot log in to this queue (connector's key queues)")
            interfaces = (self._settings.device(extension),)
            added = [("Interface", interfaces[0]), ("StateInterface", interfaces[0]), paused]
            await self._ask("QueueAdd", [queue, *added])
            if not command.reason:
                return
        for interface in interfaces:
            await self._ask("QueuePause", [queue, ("Interface", interface), paused, *_reason(command.reason)])

    async def forward(self, extension: str, command: SetForwarding) -> None:
        """The dial plan looks into Asterisk's database before it rings the phone."""
        family = self._features.families.get(command.kind)
        if family is None:
            raise CommandRefused("not_supported", "this kind of forwarding is not set up (connector's key forwarding)")
        number = dialable(command.number) if command.number else ""
        await self._keep(command.kind, family, extension, number)


def dialable(number: str) -> str:
    """``number``, where a dial plan can take it for nothing else. Raises ``CommandRefused``."""
    if not _DIALABLE.fullmatch(number):
        raise CommandRefused("not_dialable", "number: only digits, letters and + * # . _ - can be dialled")
    return number


def _reason(reason: str) -> Fields:
    printable = "".join(character for character in reason if character.isprintable())
    return [("Reason", printable)] if printable else []
