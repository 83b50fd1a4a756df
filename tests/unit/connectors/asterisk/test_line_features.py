"""Forwarding and voicemail of many lines, as Asterisk answers about them."""

from collections.abc import Iterable

import pytest

from cti_adapter.connectors.asterisk.errors import ActionRefused
from cti_adapter.connectors.asterisk.feature_reader import FeatureReader
from cti_adapter.connectors.asterisk.features import Features
from cti_adapter.connectors.asterisk.settings import asterisk_settings
from cti_adapter.domain.features import ForwardingKind, LineFeatures, Voicemail
from cti_adapter.protocols.ami.dialogue import Answer
from cti_adapter.protocols.ami.messages import Fields, Message

SITE = {
    "host": "pbx",
    "username": "cti",
    "secret": "secret",
    "forwarding": {"immediate": "CF", "busy": "CFB"},
    "voicemail_number": "*97",
}


class Database:
    """Asterisk's answers; ``tree``: it knows DBGetTree (from Asterisk 18 on)."""

    def __init__(self, *, tree: bool) -> None:
        self.tree = tree
        self.entries: dict[tuple[str, str], str] = {}
        self.boxes: dict[str, tuple[str, str]] | None = {}
        self.asked: list[str] = []

    async def ask(self, name: str, fields: Fields) -> Answer:
        self.asked.append(name)
        given = dict(fields)
        if name == "MailboxCount":
            return self._mailbox(given["Mailbox"])
        if name == "DBGetTree" and self.tree:
            return answer(
                {"Event": "DBGetTreeResponse", "Key": f"/{family}/{key}", "Val": value}
                for (family, key), value in self.entries.items()
                if family == given["Family"]
            )
        if name == "DBGet" and (given["Family"], given["Key"]) in self.entries:
            return answer([{"Event": "DBGetResponse", "Val": self.entries[given["Family"], given["Key"]]}])
        raise ActionRefused("Invalid/unknown command" if name == "DBGetTree" else "Database entry not found")

    def _mailbox(self, mailbox: str) -> Answer:
        if self.boxes is None:
            raise ActionRefused("Invalid/unknown command")
        new, old = self.boxes.get(mailbox, ("0", "0"))
        return answer((), {"Mailbox": mailbox, "NewMessages": new, "OldMessages": old})


def answer(events: Iterable[Message], response: Message | None = None) -> Answer:
    return Answer("1", {"Response": "Success", **(response or {})}, list(events))


def reader(database: Database) -> tuple[FeatureReader, list[tuple[str, LineFeatures]]]:
    told: list[tuple[str, LineFeatures]] = []
    features = Features(asterisk_settings(SITE), ["101", "102"])
    return FeatureReader(features, ["101", "102"], database.ask, lambda *news: told.append(news)), told


def forwarded(features: LineFeatures) -> dict[ForwardingKind, str]:
    return {each.kind: each.number for each in features.forwarding}


@pytest.mark.parametrize("tree", [True, False])
async def test_what_stands_in_the_database_is_told_once(tree: bool) -> None:
    database = Database(tree=tree)
    database.entries = {("CF", "101"): "0171234", ("CFB", "102"): "101", ("CF", "999"): "1", ("CFU", "101"): "5"}
    reading, told = reader(database)
    await reading.begin()
    await reading.compare()
    assert [extension for extension, _ in told] == ["101", "102"]
    assert forwarded(told[0][1]) == {ForwardingKind.IMMEDIATE: "0171234", ForwardingKind.BUSY: ""}
    assert forwarded(told[1][1]) == {ForwardingKind.IMMEDIATE: "", ForwardingKind.BUSY: "101"}
    del database.entries["CF", "101"]
    await reading.compare()
    assert forwarded(reading.told()["101"])[ForwardingKind.IMMEDIATE] == ""
    assert len(told) == 3


async def test_messages_are_counted_at_the_beginning_and_by_events() -> None:
    database = Database(tree=True)
    database.boxes = {"102@default": ("2", "7")}
    reading, told = reader(database)
    await reading.begin()
    assert reading.told()["102"].voicemail == Voicemail(new=2, old=7, number="*97")
    reading.feed({"Event": "MessageWaiting", "Mailbox": "101@default", "Waiting": "1", "New": "1", "Old": "0"})
    assert told[-1][0] == "101"
    assert told[-1][1].voicemail == Voicemail(new=1, old=0, number="*97")


@pytest.mark.parametrize(
    "strange",
    [
        {"Mailbox": "101@sales", "New": "3"},
        {"Mailbox": "999@default", "New": "3"},
        {"New": "3"},
        {"Mailbox": "101@default", "New": "many", "Old": "-1"},
        {"Mailbox": "101@default", "New": "999999999999"},
    ],
)
async def test_strange_news_of_mailboxes_break_nothing(strange: Message) -> None:
    reading, _ = reader(Database(tree=True))
    reading.feed({"Event": "MessageWaiting", **strange})
    known = reading.told()["101"].voicemail
    assert known is not None
    assert known.new in (0, 9999)


async def test_an_asterisk_without_voicemail_is_not_asked_for_every_line() -> None:
    database = Database(tree=True)
    database.boxes = None
    reading, _ = reader(database)
    await reading.begin()
    assert database.asked.count("MailboxCount") == 1
