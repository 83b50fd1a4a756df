"""The stand-in's org in memory: records, tasks, users; safe to use from several threads. Plays the CRM: keeps tasks."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from .ids import full_id, object_of, record_id
from .saving import SaveRefused, checked_fields
from .schema import OBJECTS, ObjectType, Value, object_type
from .seed import ORGANIZATION_ID, USERS, User, seed_records

MAX_TASKS = 500  # the oldest goes first: an afternoon of demonstrations, not an archive
MAX_RECORDS = 300  # per object other than Task; a new one is refused beyond

SAVE_LOG_ERROR = (
    "An error occurred while calling the saveLog() API method. Review the Details field in the error section."
)


@dataclass(frozen=True)
class Record:
    """One record. ``modified`` is ISO 8601 in UTC; ``fields`` holds values by API name, absent = null."""

    id: str
    object_name: str
    fields: Mapping[str, Value]
    modified: str

    @property
    def name(self) -> str:
        """What a page calls this record: a person's full name, a case's number, a task's subject, else its name."""
        if self.object_name in ("Contact", "Lead"):
            parts = (self.fields.get("FirstName"), self.fields.get("LastName"))
            return " ".join(str(part) for part in parts if part)
        field = {"Case": "CaseNumber", "Task": "Subject"}.get(self.object_name, "Name")
        return str(self.fields.get(field) or "")

    def value(self, field: str) -> Value:
        """The value of ``field``, with ``Name`` and ``Id`` for every object."""
        if field in ("Id", "Name"):
            return self.id if field == "Id" else self.name
        return self.fields.get(field)


class Organization:
    """All of one org. Every method may be called from any thread; records handed out never change."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        """``now``: reads the time, aware and in UTC; stamps what is saved."""
        self.id = ORGANIZATION_ID
        self.name = "Acme"
        self.users = USERS
        self._now = now
        self._lock = threading.Lock()
        started = _iso(now())
        self._records = {i: Record(i, name, fields, started) for name, i, fields in seed_records()}
        self._made = dict.fromkeys(OBJECTS, 100)  # running number of the next new record; seeds lie below
        self._version = 0

    def user(self, name: str | None) -> User:
        """The user whose alias or username is ``name`` (any case). Raises ``KeyError`` if there is none."""
        wanted = (name or "").strip().lower()
        for user in self.users:
            if wanted in (user.alias, user.username):
                return user
        raise KeyError(wanted)

    @property
    def version(self) -> int:
        """Rises with every change, so that a page can ask cheaply whether there is something new."""
        return self._version

    def get(self, identifier: str) -> Record | None:
        """The record with a 15- or 18-character id."""
        return self._records.get(full_id(identifier) or "")

    def records(self, object_name: str) -> list[Record]:
        """All records of an object: tasks newest first, the others by name."""
        with self._lock:
            found = [record for record in self._records.values() if record.object_name == object_name]
        return found[::-1] if object_name == "Task" else sorted(found, key=lambda record: record.name.casefold())

    def all_records(self) -> list[Record]:
        """Every record but tasks."""
        with self._lock:
            return [record for record in self._records.values() if record.object_name != "Task"]

    def tasks_of(self, identifier: str) -> list[Record]:
        """Tasks about a record (its Name or Related To), newest first."""
        return [task for task in self.records("Task") if identifier in (task.value("WhoId"), task.value("WhatId"))]

    def label(self, identifier: str) -> str:
        """The name of a record or user, or the id itself where neither is known."""
        record = self._records.get(identifier)
        user = next((user.name for user in self.users if user.id == identifier), identifier)
        return record.name if record else user

    def save_log(self, wanted: object, user: User) -> dict[str, Any]:
        """Create or update a record; the answer is saveLog's response object (Open CTI guide, saveLog for Lightning).

        ``wanted``: ``{"entityApiName": …, field: value, …}`` creates, with ``Id`` it updates. ``returnValue`` is the
        record id; on failure null, with GENERIC_ERROR and one ``details`` entry ``{"message": …}`` per broken rule.
        """
        try:
            return {"success": True, "returnValue": self.save(wanted, user).id, "errors": None}
        except SaveRefused as refused:
            details = [{"message": message} for message in refused.messages]
            error = {"code": "GENERIC_ERROR", "description": SAVE_LOG_ERROR, "details": details}
            return {"success": False, "returnValue": None, "errors": [error]}

    def save(self, wanted: object, user: User) -> Record:
        """As :meth:`save_log`, but hands back the record and raises :class:`SaveRefused`."""
        if not isinstance(wanted, Mapping):
            raise SaveRefused(["value: an object with fields was expected"])
        fields = {str(key): value for key, value in wanted.items() if key not in ("entityApiName", "Id")}
        with self._lock:
            identifier = wanted.get("Id")
            if identifier:
                return self._update(str(identifier), wanted.get("entityApiName"), fields)
            return self._create(wanted.get("entityApiName"), fields, user)

    def _update(self, identifier: str, object_name: object, fields: Mapping[str, object]) -> Record:
        record = self._records.get(full_id(identifier) or "")
        if record is None:
            raise SaveRefused([f"invalid cross reference id: {identifier[:18]}"])
        if object_name and _type_of(object_name).name != record.object_name:
            raise SaveRefused([f"entityApiName: {identifier[:18]} is a {record.object_name}, not a {object_name}"])
        values = checked_fields(OBJECTS[record.object_name], fields, exists=self._exists, creating=False)
        return self._store(replace(record, fields={**record.fields, **values}, modified=_iso(self._now())))

    def _create(self, object_name: object, fields: Mapping[str, object], user: User) -> Record:
        kind = _type_of(object_name)
        values = checked_fields(kind, fields, exists=self._exists, creating=True)
        self._make_room(kind)
        number = self._made[kind.name]
        self._made[kind.name] += 1
        values = {
            **_defaults(kind, number, user),
            **{name: value for name, value in values.items() if value is not None},
        }
        return self._store(Record(record_id(kind.name, number), kind.name, values, _iso(self._now())))

    def _make_room(self, kind: ObjectType) -> None:
        present = [record.id for record in self._records.values() if record.object_name == kind.name]
        if kind.name == "Task" and len(present) >= MAX_TASKS:
            del self._records[present[0]]
        elif kind.name != "Task" and len(present) >= MAX_RECORDS:
            raise SaveRefused([f"storage limit exceeded: {MAX_RECORDS} {kind.plural} is all this stand-in holds"])

    def _store(self, record: Record) -> Record:
        self._records[record.id] = record
        self._version += 1
        return record

    def _exists(self, identifier: str) -> bool:
        return identifier in self._records or any(user.id == identifier for user in self.users)


def _type_of(object_name: object) -> ObjectType:
    if not object_name:
        raise SaveRefused(["entityApiName: needed to create a record (or Id to update one)"])
    kind = object_type(str(object_name))
    if kind is None:
        raise SaveRefused([f"sObject type '{str(object_name)[:40]}' is not supported."])
    return kind


def _defaults(kind: ObjectType, number: int, user: User) -> dict[str, Value]:
    defaults: dict[str, Value] = {"OwnerId": user.id}
    if kind.name == "Task":
        defaults |= {"Status": "Not Started", "Priority": "Normal", "TaskSubtype": "Task"}
    if kind.name == "Case":
        defaults |= {"CaseNumber": f"{1026 + number:08d}", "Status": "New"}
    return defaults


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def kind_of(identifier: str) -> str | None:
    """The object that a well-formed id belongs to, known record or not."""
    complete = full_id(identifier)
    return object_of(complete) if complete else None
