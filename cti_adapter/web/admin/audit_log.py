"""The page of the audit log: who has changed what, newest first."""

from flask import Blueprint, Response, abort, request

from ...application.administration import AdministrationRefused
from .access import ConsoleOptions, actor
from .answers import render

#: Entries on one page.
PAGE = 50
#: Digits of an entry's number that are read; it is a 64 bit number.
DIGITS = 18


def add_routes(blueprint: Blueprint, options: ConsoleOptions) -> None:
    """Routes of this file's subject."""
    service = options.administration

    @blueprint.get("/audit")
    def show_audit() -> Response:
        wanted = request.args.get("organization", "")
        if not wanted.isprintable():
            abort(404)
        try:
            page = service.audit.page(actor(), wanted or None, before=_before(), limit=PAGE)
        except AdministrationRefused:
            abort(404)
        organizations = service.organizations.all(actor())
        return render("audit.html", page=page, wanted=wanted, organizations=organizations)


def _before() -> int | None:
    text = request.args.get("before", "")
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > DIGITS:
        abort(404)
    return int(text)
