"""Values from people become records by the rules of ``domain/organization.py``, or a sentence that names the rule."""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, TypeVar

import msgspec

from ...domain.agent import normalized_agent
from ...domain.organization import Admission, Role, SignInMode
from .acting import AdministrationRefused

Some = TypeVar("Some", bound=msgspec.Struct)

#: The rules in words, by field. What is not here is told by msgspec.
RULES: Mapping[str, str] = {
    "id": "must be at most 40 small letters, digits and hyphens, with none of the latter at the ends",
    "connector": "must be at most 60 letters, digits, dots, hyphens and underscores, with a letter or digit in front",
    "name": "must have at most 80 characters, all of them printable",
    "login": "must have 1 to 120 characters and no blanks",
    "sign_in": f"must be one of {', '.join(SignInMode)}",
    "admission": f"must be one of {', '.join(Admission)}",
    "role": f"must be one of {', '.join(Role)}",
    "salesforce_org_id": "must be the id of a Salesforce organization: 00D and 12 or 15 more letters and digits",
    "oidc_issuer": "must be an https URL without query and fragment (http only for localhost)",
    "oidc_client_id": "must have at most 300 characters and no blanks",
    "frame_hosts": "must be at most 20 hosts such as https://acme.lightning.force.com, without a path",
    "dials_per_minute": "must be a whole number from 1 to 600",
    "forbidden_prefixes": "must be at most 200 beginnings of numbers: digits, * and #, with or without a + in front",
}
#: Longest piece of a value that a message repeats.
REPEATED = 40


def checked(kind: type[Some], values: Mapping[str, Any], field_names: Mapping[str, str] | None = None) -> Some:
    """A ``kind`` of ``values``. Raises ``AdministrationRefused``; ``field_names``: what people call a field."""
    names = field_names or {}
    for field, value in values.items():
        refuse_unprintable(names.get(field, field), value)
    try:
        return msgspec.convert(values, kind, strict=True)
    except msgspec.ValidationError as error:
        found = re.search(r"`\$\.(\w+)|field `(\w+)`", str(error))
        field = next((each for each in found.groups() if each), "") if found else ""
        raise refusal(names.get(field, field), values.get(field), str(error)) from None


def changed(record: Some, values: Mapping[str, Any], allowed: Iterable[str]) -> Some:
    """``record`` with ``values`` in the ``allowed`` fields. Raises ``AdministrationRefused``."""
    for field in values:
        if field not in allowed:
            raise AdministrationRefused(field[:REPEATED], "is none of the fields that can be set here")
    return checked(type(record), {**msgspec.structs.asdict(record), **values})


def checked_login(login: str) -> str:
    """``login`` as it is stored. Raises ``AdministrationRefused``."""
    found = normalized_agent(login)
    refuse_unprintable("login", found)
    if not 1 <= len(found) <= 120 or re.search(r"[\s\x00-\x1f\x7f]", found):
        raise refusal("login", login, "")
    return found


def refuse_unprintable(field: str, value: object) -> None:
    """Half characters (surrogates) are what is left of bytes that are no text; no database takes them, nor zeros."""
    for text in [value] if isinstance(value, str) else value if isinstance(value, list | tuple) else []:
        if isinstance(text, str) and re.search(r"[\x00\ud800-\udfff]", text):
            raise AdministrationRefused(field, "is not text")


def refusal(field: str, value: object, otherwise: str) -> AdministrationRefused:
    """``value`` breaks the rule of ``field``, which is told in words, or ``otherwise``."""
    rule = RULES.get(field) or otherwise
    return AdministrationRefused(field, f"{_repeated(value)} {rule}")


def differences(before: msgspec.Struct, after: msgspec.Struct) -> str:
    """Which fields have changed, for the audit. Values only where they are codes: others may say anything."""
    words = []
    for field in before.__struct_fields__:
        old, new = getattr(before, field), getattr(after, field)
        if old == new:
            continue
        is_code = isinstance(new, StrEnum | bool)
        words.append(f"{field}: {old} -> {new}" if is_code else field)
    return ", ".join(words)


def _repeated(value: object) -> str:
    text = repr(list(value) if isinstance(value, tuple) else value)
    return text if len(text) <= REPEATED else f"{text[:REPEATED]}…"
