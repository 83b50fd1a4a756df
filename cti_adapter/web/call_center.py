"""``/callcenter.xml``: the definition with this server's own address, for an admin to import. It stores nothing."""

from collections.abc import Callable

from flask import Blueprint, Response

from ..domain.call_center.definition import DefinitionError, DefinitionOptions
from ..domain.call_center.document import document_for
from ..domain.organization import DEFAULT_ORGANIZATION


def create_blueprint(options: Callable[[str], DefinitionOptions]) -> Blueprint:
    """A blueprint that serves the definition of each organization. ``options`` is asked anew for every request.

    Where this server's configuration makes no valid definition (plain http under a public name), the answer is 409 and
    a sentence that names option and rule.
    """
    blueprint = Blueprint("call_center", __name__)

    @blueprint.get("/callcenter.xml")
    @blueprint.get("/t/<organization>/callcenter.xml")
    def definition(organization: str = DEFAULT_ORGANIZATION) -> Response:
        try:
            document = document_for(options(organization))
        except DefinitionError as error:
            return _answer(f"No call center definition can be made: {error}. Set public_url.\n", 409, "text/plain")
        response = _answer(document, 200, "application/xml")
        response.headers["Content-Disposition"] = 'attachment; filename="callcenter.xml"'
        return response

    return blueprint


def _answer(body: str | bytes, status: int, mimetype: str) -> Response:
    """Never stored: the address in it changes with the configuration."""
    response = Response(body, status, content_type=f"{mimetype}; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response
