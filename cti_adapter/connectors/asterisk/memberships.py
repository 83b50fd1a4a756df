"""Who is a member of which queue, and paused there: the agents' presence as Asterisk keeps it. No I/O.

A queue calls a member by its ``Interface``; that is the phone (``PJSIP/101``) or, on FreePBX and where a queue has to
go through the dial plan, a Local channel (``Local/101@from-queue/n``) with the phone or its hint as ``StateInterface``.
Reference: Asterisk AMI events QueueMember (in QueueStatus), QueueMemberAdded, QueueMemberPause, QueueMemberRemoved.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ...domain.agent import AgentState, Presence, QueueMembership
from ...protocols.ami.messages import Message, text

#: Events that tell of a member as it now is. ``QueueMemberStatus`` comes with every ring, and says the same.
_TELLING = frozenset({"QueueMember", "QueueMemberAdded", "QueueMemberPause"})
#: ``Local/101@from-queue/n`` and ``hint:101@ext-local`` name an extension.
_EXTENSION = re.compile(r"(?:Local/|hint:)(?P<extension>[^@/]+)@.*", re.IGNORECASE)


@dataclass(frozen=True)
class Member:
    """A phone under one of its names in one queue."""

    paused: bool
    reason: str = ""
    fixed: bool = False
    """Named in queues.conf: it can be paused, not removed."""


class Memberships:
    """Memberships of the phones in ``devices`` (device -> extension); ``open_queues``: those that anybody may join."""

    def __init__(self, devices: Mapping[str, str], open_queues: Iterable[str] = ()) -> None:
        self._devices = dict(devices)
        self._extensions = frozenset(devices.values())
        self._open = tuple(open_queues)
        self._members: dict[str, dict[tuple[str, str], Member]] = {}
        """Extension -> (queue, interface) -> how it is there."""

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
            members[text(message, "Queue"), interface] = Member(
                paused=text(message, "Paused") == "1",
                reason=text(message, "PausedReason")[:80],
                fixed=text(message, "Membership") == "static",
            )
        return extension

    def presence(self, extension: str) -> Presence | None:
        """Away when paused in every queue, available when called by one; None for who is and can be in none."""
        members = self._members.get(extension, {})
        if not members and not self._open:
            return None
        away = bool(members) and all(member.paused for member in members.values())
        reasons = [member.reason for member in members.values() if member.reason] if away else []
        return Presence(
            state=AgentState.AWAY if away else AgentState.AVAILABLE,
            reason=reasons[0] if reasons else "",
            queues=tuple(self._queue(name, extension) for name in self._names(extension)),
        )

    def interfaces(self, extension: str, queue: str | None = None) -> tuple[str, ...]:
        """By which names queues, or one of them, know the phone."""
        members = self._members.get(extension, {})
        return tuple(sorted({interface for name, interface in members if queue in (None, name)}))

    def is_fixed(self, extension: str, queue: str) -> bool:
        """Whether only Asterisk's configuration can take the phone out of the queue."""
        members = self._members.get(extension, {})
        return any(member.fixed for (name, _), member in members.items() if name == queue)

    def may_join(self, queue: str) -> bool:
        """Whether agents may log in to ``queue``."""
        return queue in self._open

    def _names(self, extension: str) -> list[str]:
        return sorted({name for name, _ in self._members.get(extension, {}) if name} | set(self._open))[:100]

    def _queue(self, name: str, extension: str) -> QueueMembership:
        mine = [member for (queue, _), member in self._members.get(extension, {}).items() if queue == name]
        return QueueMembership(
            queue=name[:80],
            logged_in=bool(mine),
            paused=bool(mine) and all(member.paused for member in mine),
            reason=next((member.reason for member in mine if member.paused and member.reason), ""),
            fixed=self.is_fixed(extension, name),
        )

    def _extension(self, interface: str) -> str:
        if interface in self._devices:
            return self._devices[interface]
        found = _EXTENSION.fullmatch(interface)
        return found["extension"] if found and found["extension"] in self._extensions else ""
