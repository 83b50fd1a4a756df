"""The few objects and fields of the stand-in's org, named as in Salesforce's object reference. No records."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

Value = str | int | None


class Kind(StrEnum):
    """How a field's value is checked and shown."""

    TEXT = "text"
    LONG_TEXT = "longtext"
    PHONE = "phone"
    PICKLIST = "picklist"
    DATE = "date"
    INTEGER = "integer"
    REFERENCE = "reference"


@dataclass(frozen=True)
class Field:
    """One field: API name, label, what it may hold. ``computed`` fields are made by the org and cannot be written."""

    name: str
    label: str
    kind: Kind = Kind.TEXT
    limit: int = 255  # characters
    choices: tuple[str, ...] = ()  # of a restricted picklist; empty = any text
    targets: tuple[str, ...] = ()  # objects that a reference may point to
    required: bool = False
    computed: bool = False


@dataclass(frozen=True)
class ObjectType:
    """One object: API name, labels, fields in the order in which pages show them."""

    name: str
    label: str
    plural: str
    fields: tuple[Field, ...]
    columns: tuple[str, ...]  # of its list view

    def field(self, name: str) -> Field | None:
        """The field called ``name`` in any case (field names are case-insensitive in Salesforce)."""
        wanted = name.lower()
        return next((field for field in self.fields if field.name.lower() == wanted), None)


def _phone(name: str, label: str) -> Field:
    return Field(name, label, Kind.PHONE, limit=40)


def _text(name: str, label: str, limit: int = 255, *, required: bool = False, computed: bool = False) -> Field:
    return Field(name, label, limit=limit, required=required, computed=computed)


def _pick(name: str, label: str, *choices: str) -> Field:
    return Field(name, label, Kind.PICKLIST, choices=choices)


def _reference(name: str, label: str, *targets: str) -> Field:
    return Field(name, label, Kind.REFERENCE, limit=18, targets=targets)


_OWNER = _reference("OwnerId", "Owner", "User")
_DESCRIPTION = Field("Description", "Description", Kind.LONG_TEXT, limit=32_000)
_RECORD_TYPE = _text("RecordTypeId", "Record Type", 18)
_PERSON = (
    _text("Name", "Name", computed=True),
    _text("FirstName", "First Name", 40),
    _text("LastName", "Last Name", 80, required=True),
)

ACCOUNT = ObjectType(
    "Account",
    "Account",
    "Accounts",
    (
        _text("Name", "Account Name", required=True),
        _phone("Phone", "Phone"),
        _phone("Fax", "Fax"),
        _text("Industry", "Industry"),
        _text("BillingCity", "Billing City", 40),
        _text("BillingCountry", "Billing Country", 80),
        _phone("Hotline__c", "Service Hotline"),
        _OWNER,
        _DESCRIPTION,
    ),
    ("Name", "BillingCity", "Phone", "OwnerId"),
)
CONTACT = ObjectType(
    "Contact",
    "Contact",
    "Contacts",
    (
        *_PERSON,
        _reference("AccountId", "Account Name", "Account"),
        _text("Title", "Title", 128),
        _phone("Phone", "Phone"),
        _phone("MobilePhone", "Mobile"),
        _phone("HomePhone", "Home Phone"),
        _phone("OtherPhone", "Other Phone"),
        _phone("Direct_Line__c", "Direct Line"),
        _pick("DoNotCall", "Do Not Call", "true", "false"),
        _text("Email", "Email", 80),
        _OWNER,
        _DESCRIPTION,
    ),
    ("Name", "AccountId", "Phone", "MobilePhone"),
)
LEAD = ObjectType(
    "Lead",
    "Lead",
    "Leads",
    (
        *_PERSON,
        _text("Company", "Company", required=True),
        _text("Title", "Title", 128),
        _phone("Phone", "Phone"),
        _phone("MobilePhone", "Mobile"),
        _text("Email", "Email", 80),
        _text("Status", "Lead Status", 40),
        _OWNER,
        _DESCRIPTION,
    ),
    ("Name", "Company", "Phone", "Status"),
)
CASE = ObjectType(
    "Case",
    "Case",
    "Cases",
    (
        _text("CaseNumber", "Case Number", 30, computed=True),
        _text("Subject", "Subject"),
        _text("Status", "Status", 40),
        _text("Priority", "Priority", 40),
        _reference("ContactId", "Contact Name", "Contact"),
        _reference("AccountId", "Account Name", "Account"),
        _phone("SuppliedPhone", "Web Phone"),
        _OWNER,
        _DESCRIPTION,
    ),
    ("CaseNumber", "Subject", "Status", "ContactId"),
)
TASK = ObjectType(
    "Task",
    "Task",
    "Tasks",
    (
        _text("Subject", "Subject"),
        _reference("WhoId", "Name", "Contact", "Lead"),
        _reference("WhatId", "Related To", "Account", "Case"),
        _text("Status", "Status", 40),
        _text("Priority", "Priority", 40),
        Field("ActivityDate", "Due Date", Kind.DATE),
        _pick("TaskSubtype", "Task Subtype", "Task", "Email", "ListEmail", "Call", "Cadence", "LinkedIn"),
        _pick("CallType", "Call Type", "Inbound", "Internal", "Outbound"),
        Field("CallDurationInSeconds", "Call Duration", Kind.INTEGER),
        _text("CallDisposition", "Call Result"),
        _text("CallObject", "Call Object Identifier"),
        _OWNER,
        _RECORD_TYPE,
        _DESCRIPTION,
    ),
    ("Subject", "WhoId", "WhatId", "CallType", "ActivityDate"),
)

OBJECTS: Mapping[str, ObjectType] = {kind.name: kind for kind in (ACCOUNT, CONTACT, LEAD, CASE, TASK)}


def object_type(name: str) -> ObjectType | None:
    """The object called ``name`` in any case, ``None`` if the org has none."""
    wanted = name.lower()
    return next((kind for kind in OBJECTS.values() if kind.name.lower() == wanted), None)
