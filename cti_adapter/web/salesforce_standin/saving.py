"""Checks what somebody wants to save, field by field, as Salesforce would before it writes. Pure; changes nothing."""

import datetime
from collections.abc import Callable, Mapping

from .ids import full_id, object_of
from .schema import Field, Kind, ObjectType, Value

MAX_SECONDS = 2_147_483_647  # CallDurationInSeconds is a 32-bit integer (object reference, Task)
SHOWN = 40  # characters of a wrong value that a message repeats


class SaveRefused(ValueError):
    """What was to be saved breaks rules; ``messages`` has one sentence per rule."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__("; ".join(messages))
        self.messages = messages


def checked_fields(
    kind: ObjectType, wanted: Mapping[str, object], *, exists: Callable[[str], bool], creating: bool
) -> dict[str, Value]:
    """Field values under their proper names, ready to be stored.

    ``wanted``: field name in any case -> value as it came from the page; empty text counts as null.
    ``exists``: whether a record or user with an 18-character id exists. Raises :class:`SaveRefused` with every fault.
    """
    faults: list[str] = []
    values: dict[str, Value] = {}
    for name, value in wanted.items():
        field = kind.field(name)
        if field is None:
            faults.append(f"No such column '{name[:SHOWN]}' on sobject of type {kind.name}")
        elif field.computed:
            faults.append(f"Field {field.name} is not editable on {kind.name}")
        else:
            try:
                values[field.name] = _checked(field, value, exists)
            except ValueError as fault:
                faults.append(str(fault))
    faults.extend(_missing(kind, values, creating))
    if faults:
        raise SaveRefused(faults)
    return values


def _missing(kind: ObjectType, values: Mapping[str, Value], creating: bool) -> list[str]:
    missing = [
        field.name
        for field in kind.fields
        if field.required
        and ((creating and field.name not in values) or (field.name in values and not values[field.name]))
    ]
    return [f"Required fields are missing: [{', '.join(missing)}]"] if missing else []


def _checked(field: Field, value: object, exists: Callable[[str], bool]) -> Value:
    if value is None or value == "":
        return None
    if field.kind is Kind.INTEGER:
        return _integer(field, value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{field.label}: value not of required type: {type(value).__name__}")
    text = str(value)
    if len(text) > field.limit:
        raise ValueError(f"{field.label}: data value too large: {text[:SHOWN]}… (max length={field.limit})")
    if field.kind is Kind.REFERENCE:
        return _reference(field, text, exists)
    if field.kind is Kind.DATE:
        return _date(field, text)
    if field.choices and text not in field.choices:
        raise ValueError(f"{field.label}: bad value for restricted picklist field: {text[:SHOWN]}")
    return text


def _integer(field: Field, value: object) -> int:
    try:
        number = int(value) if isinstance(value, str) else value
    except ValueError:
        number = None
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= MAX_SECONDS:
        raise ValueError(f"{field.label}: value not of required type: {str(value)[:SHOWN]}")
    return number


def _reference(field: Field, text: str, exists: Callable[[str], bool]) -> str:
    identifier = full_id(text)
    if identifier is None:
        raise ValueError(f"{field.label}: id value of incorrect type: {text[:SHOWN]}")
    if object_of(identifier) not in field.targets:
        raise ValueError(
            f"{field.label}: id value of incorrect type: {identifier} (allowed: {', '.join(field.targets)})"
        )
    if not exists(identifier):
        raise ValueError(f"{field.label}: invalid cross reference id: {identifier}")
    return identifier


def _date(field: Field, text: str) -> str:
    try:
        return datetime.date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        raise ValueError(f"{field.label}: value not of required type: {text[:SHOWN]} (YYYY-MM-DD expected)") from None
