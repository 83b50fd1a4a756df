"""Who is a member of which queue, and paused there: the agents' presence as Asterisk keeps it. No I/O.

A queue calls a member by its ``Interface``; that is the phone (``PJSIP/101``) or, on FreePBX and where a queue has to
go through the dial plan, a Local channel (``Local/101@from-queue/n``) with the phone or its hint as ``StateInterface``.
Reference: Asterisk AMI events QueueMember (in QueueStatus), QueueMemberAdded, QueueMemberPause, QueueMemberRemoved.
"""

import re
from collections.abc import Iterable, Mapping

from ...domain.agent import AgentState
from ...protocols.ami.messages import Message, text

#: Events that tell of a member as it now is. ``QueueMemberStatus`` comes with every ring, and says the same.
_TELLING = frozenset({"QueueMember", "QueueMemberAdded", "QueueMemberPause"})
#: ``Local/101@from-queue/n`` and ``hint:101@ext-local`` name an extension.
_EXTENSION = re.compile(r"(?:Local/|hint:)(?P<extension>[^@/]+)@.*", re.IGNORECASE)


class Pauses:
    """Memberships of the phones in ``devices`` (device -> extension)."""

    def __init__(self, devices: Mapping[str, str]) -> None:
        self._devices = dict(devices)
        self._extensions = frozenset(devices.values())
        self._members: dict[str, dict[tuple[str, str], bool]] = {}
        """Extension -> (queue, interface) -> paused."""

    def restart(self, rows: Iterable[Message]) -> None:
        """Take the list events of ``QueueStatus`` for the whole truth."""
        self._members = {}
        for row in rows:
            self.feed(row)

    def feed(self, message: Message) -> str:
        """Take in an event; gives the extension whose presence it may have changed, else an empty text."""
        event = text(message, "Event")
        if event not in _TELLING and event != "QueueMemberRemoved":
            return ""
        interface = text(message, "Interface") or text(message, "Location")
        extension = self._extension(text(message, "StateInterface")) or self._extension(interface)
        if not extension:
            return ""
        members = self._members.setdefault(extension, {})
        if event == "QueueMemberRemoved":
            members.pop((text(message, "Queue"), interface), None)
        else:
            members[text(message, "Queue"), interface] = text(message, "Paused") == "1"
        return extension

    def state(self, extension: str) -> AgentState | None:
        """Away when paused in every queue, available when called by one; None for a member of none."""
        paused = self._members.get(extension)
        if not paused:
            return None
        return AgentState.AWAY if all(paused.values()) else AgentState.AVAILABLE

    def interfaces(self, extension: str) -> tuple[str, ...]:
        """By which names queues know the phone."""
        return tuple(sorted({interface for _, interface in self._members.get(extension, {})}))

    def _extension(self, interface: str) -> str:
        if interface in self._devices:
            return self._devices[interface]
        found = _EXTENSION.fullmatch(interface)
        return found["extension"] if found and found["extension"] in self._extensions else ""
