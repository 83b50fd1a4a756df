"""Forwarding and voicemail as Asterisk keeps them, and the numbers that may be shown. No I/O.

Asterisk itself knows no call forwarding: dial plans keep it in Asterisk's database, FreePBX in the families CF
(always), CFB (busy) and CFU (no answer) with the extension as key. No event tells of the database, so it is read now
and then. Voicemail tells by the AMI event MessageWaiting; at the beginning it is asked (MailboxCount).
"""

from collections.abc import Iterable, Mapping

from ...domain.features import Forwarding, ForwardingKind, LineFeatures, OutboundNumber, Voicemail
from ...protocols.ami.messages import Message, text
from .settings import AsteriskSettings


class Features:
    """What the lines of ``extensions`` offer, and how each is set."""

    def __init__(self, settings: AsteriskSettings, extensions: Iterable[str]) -> None:
        self._settings = settings
        self._extensions = frozenset(extensions)
        self._forwarded: dict[tuple[ForwardingKind, str], str] = {}
        self._messages: dict[str, tuple[int, int]] = {}
        self._shown = tuple(OutboundNumber(number=n, name=name) for n, name in settings.outbound_numbers.items())

    @property
    def families(self) -> Mapping[ForwardingKind, str]:
        """Family of Asterisk's database for each kind of forwarding that this site has."""
        return self._settings.forwarding

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
            forwarding=tuple(
                Forwarding(kind=kind, number=self._forwarded.get((kind, extension), "")) for kind in self.families
            ),
            voicemail=Voicemail(new=new, old=old, number=number) if number else None,
            outbound_numbers=self._shown,
        )

    def note_forwarding(self, kind: ForwardingKind, extension: str, number: str) -> None:
        """One line's calls go to ``number``; empty: they do not."""
        self._forwarded[kind, extension] = number[:64]

    def note_tree(self, kind: ForwardingKind, rows: Iterable[Message]) -> None:
        """All entries of the kind's family (list events of DBGetTree): their keys are ``/CF/101``."""
        told = {text(row, "Key").rpartition("/")[2]: text(row, "Val") for row in rows}
        for extension in self._extensions:
            self.note_forwarding(kind, extension, told.get(extension, ""))

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
