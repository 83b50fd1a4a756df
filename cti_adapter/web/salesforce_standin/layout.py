"""The softphone layout of the stand-in's org: which objects a search looks at and what pops. Constant data."""

from collections.abc import Mapping, Sequence
from typing import Any

CALL_TYPES = ("inbound", "outbound", "internal")

_CALL_FIELDS = ["ANI", "DNIS", "SEGMENT", "QUEUE"]


def _field(label: str, name: str) -> dict[str, str]:
    return {"displayName": label, "apiName": name}


_OBJECTS: Mapping[str, list[dict[str, str]]] = {
    "Account": [_field("Account Name", "Name"), _field("Phone", "Phone")],
    "Contact": [
        _field("Name", "Name"),
        _field("Account ID", "AccountId"),
        _field("Title", "Title"),
        _field("Phone", "Phone"),
        _field("Mobile", "MobilePhone"),
    ],
    "Lead": [_field("Name", "Name"), _field("Company", "Company"), _field("Phone", "Phone")],
    "Case": [_field("Case Number", "CaseNumber"), _field("Subject", "Subject"), _field("Status", "Status")],
}

_POPS: Mapping[str, Any] = {
    "screenPopsOpenWithin": "ExistingWindow",
    "NoMatch": {"screenPopType": "PopToEntity", "screenPopData": "Contact"},
    "SingleMatch": {"screenPopType": "PopToEntity"},
    "MultipleMatches": {"screenPopType": "PopToSearch"},
}


def softphone_layout() -> dict[str, Any]:
    """``returnValue`` of getSoftphoneLayout: one entry for ``Internal``, ``Inbound`` and ``Outbound``.

    As in the example of the Open CTI guide (getSoftphoneLayout) only inbound
    calls have pop settings; an internal call searches people, not accounts.
    """
    people = {name: list(_OBJECTS[name]) for name in ("Contact", "Lead")}
    everything = {name: list(fields) for name, fields in _OBJECTS.items()}
    return {
        "Internal": {"callRelatedFields": ["ANI", "DNIS"], "objects": people, "screenPopSettings": {}},
        "Inbound": {"callRelatedFields": list(_CALL_FIELDS), "objects": everything, "screenPopSettings": dict(_POPS)},
        "Outbound": {"callRelatedFields": ["DNIS"], "objects": everything, "screenPopSettings": {}},
    }


def fields_by_object(call_type: str | None) -> dict[str, Sequence[str]]:
    """Object API name -> field API names that a search of ``call_type`` returns; no type counts as inbound.

    Raises ``ValueError`` for a type that does not exist.
    """
    wanted = (call_type or "inbound").lower()
    if wanted not in CALL_TYPES:
        raise ValueError(f"callType: {wanted[:20]!r} is none of {', '.join(CALL_TYPES)}")
    objects = softphone_layout()[wanted.capitalize()]["objects"]
    return {name: [field["apiName"] for field in fields] for name, fields in objects.items()}
