"""Finds records by name or phone number, roughly as Salesforce's search does. Pure: records in, records out.

What Salesforce's index really does with phone numbers is not published. Assumed here: a number is found by all its
digits or by its last seven or more, with or without an extension; a country code is *not* understood, so ``+49 30 1``
does not find ``030/1``. Several spellings may be tried at once with `` OR ``, as in SOSL. Whoever writes a softphone
should not be spared this.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .org import Record
from .schema import OBJECTS, Kind

MIN_CHARACTERS = 3  # shortest search (Open CTI guide, searchAndScreenPop)
MIN_TAIL = 7  # digits from which on the end of a number is enough
MAX_LENGTH = 400  # characters of a search

_NUMBER = re.compile(r"[+0-9][0-9\s()./+-]*\*?")
_EXTENSION = re.compile(r"\s*(?:x|ext\.?|#)\s*(\d+)\s*$", re.IGNORECASE)


def find(records: Iterable[Record], text: str) -> list[Record]:
    """Records whose name or phone fields match ``text``; alternatives are separated by `` OR ``.

    Raises ``ValueError`` for fewer than three characters or far too many.
    """
    if len(text) > MAX_LENGTH:
        raise ValueError(f"searchParams: {len(text)} characters, at most {MAX_LENGTH} are allowed")
    terms = [term for term in (_cleaned(part) for part in text.split(" OR ")) if len(term) >= MIN_CHARACTERS]
    if not terms:
        raise ValueError(f"searchParams: at least {MIN_CHARACTERS} characters are needed")
    return [record for record in records if any(_matches(record, term) for term in terms)]


def search_result(
    records: Iterable[Record], text: str, fields_by_object: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, Any]]:
    """``returnValue`` of searchAndScreenPop: keyed by record id, only objects and fields of the softphone layout."""
    found = find((record for record in records if record.object_name in fields_by_object), text)
    return {record.id: _shown(record, fields_by_object[record.object_name]) for record in found}


def digits(text: str) -> str:
    """Only the digits of a phone number."""
    return "".join(c for c in text if c.isascii() and c.isdigit())


def spellings(number: str) -> set[str]:
    """The digit strings under which a stored number is known: whole, and without its extension."""
    return {digits(number), digits(_EXTENSION.sub("", number))} - {""}


def _cleaned(term: str) -> str:
    return term.strip().strip("\"'{}").strip()


def _matches(record: Record, term: str) -> bool:
    if _NUMBER.fullmatch(term):
        numbers = _phones(record)
        is_case = record.object_name == "Case" and record.name.lstrip("0") == digits(term).lstrip("0")
        return is_case or any(_same_number(known, term) for number in numbers for known in spellings(number))
    words = record.name.casefold().split()
    return all(any(word.startswith(part) for word in words) for part in term.casefold().rstrip("*").split())


def _phones(record: Record) -> list[str]:
    names = (field.name for field in OBJECTS[record.object_name].fields if field.kind is Kind.PHONE)
    return [str(value) for value in map(record.value, names) if value]


def _same_number(known: str, term: str) -> bool:
    wanted = digits(term)
    if term.endswith("*"):
        return known.startswith(wanted)
    return known == wanted or (len(wanted) >= MIN_TAIL and known.endswith(wanted))


def _shown(record: Record, fields: Sequence[str]) -> dict[str, Any]:
    always = {
        "Id": record.id,
        "Name": record.name,
        "RecordType": record.object_name,
        "LastModifiedDate": record.modified,
    }
    return always | {field: record.value(field) for field in fields if record.value(field) is not None}
