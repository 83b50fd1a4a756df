"""``/admin/numbers``: numbers are typed or dropped as a list, and explained. It stores nothing of them."""

import csv
import io
from collections.abc import Callable, Mapping

from flask import Blueprint, Response, jsonify, request

from .pages import render_page

#: Bytes of a list; 20,000 rows of some columns.
MAX_BYTES = 2 * 1024 * 1024
MAX_ROWS = 20_000
#: Signs between the cells of a list, by which it is read.
SEPARATORS = ";,\t|"
SECTIONS = ("reqDialingOptions", "ctiNumbers")


class ListError(ValueError):
    """A list that cannot be read; the message says why."""


def create_blueprint(settings: Callable[[], Mapping[str, str]], relay_url: str, demonstration: bool) -> Blueprint:
    """The page and its reader of lists. ``settings`` is this server's own definition, as Salesforce hands it out;
    ``relay_url`` is empty where the relay is part of this server."""
    blueprint = Blueprint("numbers_page", __name__)

    @blueprint.get("/admin/numbers")
    def numbers() -> Response:
        config = {"relay_url": relay_url, "demonstration": demonstration, "settings": _number_items(settings())}
        return render_page("numbers.html", "'none'", connect=relay_url, config=config)

    @blueprint.post("/admin/numbers/list")
    def read() -> tuple[Response, int] | Response:
        if (request.content_length or 0) > MAX_BYTES:
            return _problem(413, "list_too_large", f"the list may have {MAX_BYTES // 1024 // 1024} MB")
        try:
            rows = read_list(request.stream.read(MAX_BYTES + 1))
        except ListError as error:
            return _problem(422, "list_unreadable", str(error))
        return jsonify({"rows": rows})

    return blueprint


def read_list(content: bytes) -> list[list[str]]:
    """Rows of cells of a CSV list, or of lines with one number each; empty rows are left out.

    UTF-8, else Windows-1252, which spreadsheets still write. Cells are separated by what separates most of the first
    lines. Raises ``ListError``.
    """
    if len(content) > MAX_BYTES:
        raise ListError(f"it has more than {MAX_BYTES // 1024 // 1024} MB")
    if b"\x00" in content:
        raise ListError("it is no text; save it as CSV (UTF-8) first")
    text = _decoded(content)
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=_separator(text)) if any(map(str.strip, row))]
    except csv.Error as error:
        raise ListError(f"it is no CSV: {error}") from None
    if not rows:
        raise ListError("there is nothing in it")
    if len(rows) > MAX_ROWS:
        raise ListError(f"it has {len(rows)} rows; {MAX_ROWS} are allowed")
    return rows


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _separator(text: str) -> str:
    """The separator that most of the first lines have; a comma where none has any."""
    lines = text.splitlines()[:20]
    counted = {sign: sum(sign in line for line in lines) for sign in SEPARATORS}
    best = max(counted, key=lambda sign: counted[sign])
    return best if counted[best] else ","


def _number_items(settings: Mapping[str, str]) -> list[dict[str, str]]:
    """The items that say how numbers are dialled, in the order of Salesforce's setup page."""
    items = []
    for section in SECTIONS:
        keys = [key for key in settings if key.startswith(f"/{section}/") and key.count("/") == 2]
        named = [key for key in keys if f"{key}/label" in settings]
        for key in sorted(named, key=lambda key: float(settings[f"{key}/sortOrder"])):
            items.append({"key": key, "label": settings[f"{key}/label"], "value": settings[key]})
    return items


def _problem(status: int, error_id: str, detail: str) -> tuple[Response, int]:
    response = jsonify({"status": status, "error_id": error_id, "detail": detail})
    response.mimetype = "application/problem+json"
    return response, status
