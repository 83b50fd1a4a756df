"""Forwarding and voicemail as Asterisk keeps them, and the numbers that may be shown. No I/O.

Asterisk itself knows no call forwarding: dial plans keep it in Asterisk's database, FreePBX in the families CF
(always), CFB (busy) and CFU (no answer) with the extension as key. No event tells of the database, so it is read now
and then. Voicemail tells by the AMI event MessageWaiting; at the beginning it is asked (MailboxCount).
"""

from collections.abc import Iterable, Mapping

from ...domain.features import Forwarding, LineFeatures, OutboundNumber, Voicemail
from ...protocols.ami.messages import Message, text
from .settings import AsteriskSettings

#: Device states (reference: Asterisk, device states) in which no phone can be rung, and in which nobody knows.
UNREGISTERED, UNKNOWN = ("UNAVAILABLE", "INVALID"), ("UNKNOWN", "")
DO_NOT_DISTURB = "do_not_disturb"


class Features:
    """What the lines of ``extensions`` offer, and how each is set."""

    def __init__(self, settings: AsteriskSettings, extensions: Iterable[str]) -> None:
        self._settings = settings
        self._extensions = frozenset(extensions)
        self._devices = {settings.device(extension): extension for extension in self._extensions}
        self._entries: dict[tuple[str, str], str] = {}
        self._messages: dict[str, tuple[int, int]] = {}
        self._registered: dict[str, bool | None] = {}
        self._shown = tuple(OutboundNumber(number=n, name=name) for n, name in settings.outbound_numbers.items())

    @property
    def families(self) -> Mapping[str, str]:
        """Family of Asterisk's database for each kind of forwarding that this site has, and for do-not-disturb."""
        found = {str(kind): family for kind, family in self._settings.forwarding.items()}
        return found | ({DO_NOT_DISTURB: self._settings.do_not_disturb} if self._settings.do_not_disturb else {})

    def mailboxes(self) -> Mapping[str, str]:
        """Extension -> mailbox, where this site has voicemail."""
        if not self._settings.voicemail_number:
            return {}
        return {e: f"{e}@{self._settings.voicemail_context}" for e in self._extensions}

    def of(self, extension: str) -> LineFeatures:
        """The features of one line."""
        new, old = self._messages.get(extension, (0, 0))
        number = self._settings.voicemail_number
        return LineFeatures(
            registered=self._registered.get(extension),
            forwarding=tuple(
                Forwarding(kind=kind, number=self._entries.get((kind, extension), ""))
                for kind in self._settings.forwarding
            ),
            voicemail=Voicemail(new=new, old=old, number=number) if number else None,
            outbound_numbers=self._shown,
        )

    def do_not_disturb(self, extension: str) -> bool:
        """Whether nothing rings there."""
        return bool(self._entries.get((DO_NOT_DISTURB, extension)))

    def note_entry(self, name: str, extension: str, value: str) -> None:
        """What the database has of one line now; ``name`` as in ``families``, an empty value: nothing."""
        self._entries[name, extension] = value[:64]

    def note_tree(self, name: str, rows: Iterable[Message]) -> None:
        """All entries of a family (list events of DBGetTree): their keys are ``/CF/101``."""
        told = {text(row, "Key").rpartition("/")[2]: text(row, "Val") for row in rows}
        for extension in self._extensions:
            self.note_entry(name, extension, told.get(extension, ""))

    def note_device(self, message: Message) -> str:
        """Take in DeviceStateChange; gives the extension that it is about, or nothing."""
        extension = self._devices.get(text(message, "Device"), "")
        if extension:
            state = text(message, "State").upper()
            self._registered[extension] = None if state in UNKNOWN else state not in UNREGISTERED
        return extension

    def note_messages(self, message: Message) -> str:
        """Take in MessageWaiting, or the answer to MailboxCount; gives the extension that it is about, or nothing."""
        extension, _, context = text(message, "Mailbox").partition("@")
        mine = extension in self._extensions and context == self._settings.voicemail_context
        if not mine or not self._settings.voicemail_number:
            return ""
        new, old = (text(message, short) or text(message, f"{short}Messages") for short in ("New", "Old"))
        self._messages[extension] = (_count(new), _count(old))
        return extension


def _count(said: str) -> int:
    return min(int(said), 9999) if said.isascii() and said.isdigit() else 0
