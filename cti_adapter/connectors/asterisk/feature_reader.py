"""Asks Asterisk how the lines' features are set, and tells what has changed. Knows no socket and no reconnecting."""

from collections.abc import Awaitable, Callable, Iterable, Mapping

from ...domain.features import LineFeatures
from ...protocols.ami.dialogue import Answer
from ...protocols.ami.messages import Fields, Message, text
from .errors import ActionRefused
from .features import Features

#: Sends one action. Raises ``ActionRefused``, ``AsteriskUnreachable``, ``NotSent``, ``LocalProtocolError``.
Ask = Callable[[str, Fields], Awaitable[Answer]]


class FeatureReader:
    """Reads by ``ask``; ``tell`` gets (extension, features) of each line that is set otherwise than before."""

    def __init__(
        self, features: Features, extensions: Iterable[str], ask: Ask, tell: Callable[[str, LineFeatures], None]
    ) -> None:
        self._features = features
        self._extensions = tuple(dict.fromkeys(extensions))
        self._ask = ask
        self._tell = tell
        self._told = {extension: features.of(extension) for extension in self._extensions}

    def told(self) -> Mapping[str, LineFeatures]:
        """Extension -> its features, as they were told last."""
        return self._told

    async def begin(self) -> None:
        """Everything anew, after (re)connecting. Raises as ``ask``, but for ``ActionRefused``."""
        for mailbox in self._features.mailboxes().values():
            try:
                self._features.note_messages((await self._ask("MailboxCount", [("Mailbox", mailbox)])).response)
            except ActionRefused:
                break  # no voicemail there, or no right to ask: events may still tell
        await self.compare()

    async def compare(self) -> None:
        """Forwarding and do-not-disturb, which are also switched by feature codes, and of which no event tells."""
        for name, family in self._features.families.items():
            try:
                rows = (await self._ask("DBGetTree", [("Family", family)])).events
                self._features.note_tree(name, rows)
            except ActionRefused:  # Asterisk 16 has no DBGetTree
                for extension in self._extensions:
                    self._features.note_entry(name, extension, await self._entry(family, extension))
        self.look(self._extensions)

    async def _entry(self, family: str, extension: str) -> str:
        try:
            answer = await self._ask("DBGet", [("Family", family), ("Key", extension)])
        except ActionRefused:  # there is none
            return ""
        return next((text(row, "Val") for row in answer.events), "")

    def feed(self, message: Message) -> None:
        """Take in an event, or a row of DeviceStateList."""
        if text(message, "Event") == "MessageWaiting":
            self.look([self._features.note_messages(message)])
        elif text(message, "Event") == "DeviceStateChange":
            self.look([self._features.note_device(message)])

    def look(self, extensions: Iterable[str]) -> None:
        """Tell of those that are set otherwise than they were told."""
        for extension in filter(None, extensions):
            features = self._features.of(extension)
            if self._told.get(extension) != features:
                self._told[extension] = features
                self._tell(extension, features)
