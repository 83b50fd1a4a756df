"""Agents from a CSV file: a heading ``login,name``, and a line for each. The name may be left out."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from ...domain.organization import AgentRecord
from .acting import AdministrationRefused
from .checking import checked, checked_login

#: Far more than one organization has; bounds what a page or a command holds in memory.
MOST_LINES = 50_000
LONGEST_FILE = 10_000_000
#: Wrong lines that are named; of more there is the number.
MOST_NAMED = 50


@dataclass(frozen=True, slots=True)
class AgentRow:
    """One line that is in order; ``login`` is normalized."""

    line: int
    login: str
    name: str


def read_agent_file(text: str, taken: set[str]) -> list[AgentRow]:
    """All lines, which have logins of their own and none of ``taken``.

    Raises ``AdministrationRefused`` (field ``file``) with a sentence on a line of its own for each wrong line.
    """
    if len(text) > LONGEST_FILE:
        raise AdministrationRefused("file", f"has more than {LONGEST_FILE:_} characters")
    rows: list[AgentRow] = []
    wrong: list[str] = []
    lines = {login: "the registry" for login in taken}
    for line, fields in _lines(text):
        try:
            row = _row(line, fields)
            if row.login in lines:
                raise AdministrationRefused("login", f"{row.login!r} is in {lines[row.login]} already")
            lines[row.login] = f"line {line}"
            rows.append(row)
        except AdministrationRefused as error:
            wrong.append(f"line {line}: {error}")
    if wrong:
        more = [f"and {len(wrong) - MOST_NAMED} more"] if len(wrong) > MOST_NAMED else []
        raise AdministrationRefused("file", "\n".join([*wrong[:MOST_NAMED], *more]))
    if not rows:
        raise AdministrationRefused("file", "names nobody")
    return rows


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Lines that are not empty, by number, without the heading. Some countries' spreadsheets separate by semicolon."""
    text = text.removeprefix("\ufeff")
    heading = text.partition("\n")[0].strip().casefold().replace(" ", "").replace('"', "")
    if heading not in ("login", "login,name", "login;name"):
        raise AdministrationRefused("file", "line 1 must be the heading login,name")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in heading else ",", strict=True)
    try:
        next(reader)
        for number, fields in enumerate(reader, 1):
            if number > MOST_LINES:
                raise AdministrationRefused("file", f"has more than {MOST_LINES:_} lines")
            if any(field.strip() for field in fields):
                yield reader.line_num, fields
    except csv.Error as error:
        raise AdministrationRefused("file", f"line {reader.line_num}: is not CSV: {error}") from None


def _row(line: int, fields: list[str]) -> AgentRow:
    if len(fields) > 2:
        raise AdministrationRefused("", f"has {len(fields)} fields; there are only login and name")
    login = checked_login(fields[0])
    name = fields[1].strip() if len(fields) == 2 else ""
    checked(AgentRecord, {"id": "", "organization": "default", "login": login, "name": name})
    return AgentRow(line, login, name)
