"""Refusals as ``application/problem+json`` (RFC 9457): which status and title belong to which error id."""

from collections.abc import Mapping

import msgspec
from starlette.responses import Response

from ..application.refusals import ErrorId, Refused

PROBLEM_JSON = "application/problem+json"


class Problem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Why a request was not carried out (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    error_id: ErrorId
    """Stable code; programs should look at this and at nothing else."""
    field: str | None = None
    """Path of the wrong field, such as ``command.number``."""


#: error id -> HTTP status and title. Every id has exactly one of each.
STATUS: Mapping[ErrorId, tuple[int, str]] = {
    ErrorId.MALFORMED_JSON: (400, "The body is not JSON"),
    ErrorId.UNKNOWN_FIELD: (422, "Unknown field"),
    ErrorId.WRONG_TYPE: (422, "Wrong type"),
    ErrorId.MISSING_FIELD: (422, "Missing field"),
    ErrorId.OUT_OF_RANGE: (422, "Value not allowed"),
    ErrorId.BODY_TOO_LARGE: (413, "Body too large"),
    ErrorId.UNSUPPORTED_MEDIA_TYPE: (415, "Only JSON"),
    ErrorId.NOT_FOUND: (404, "No such path"),
    ErrorId.METHOD_NOT_ALLOWED: (405, "Method not allowed"),
    ErrorId.NOT_SIGNED_IN: (401, "Not signed in"),
    ErrorId.SESSION_EXPIRED: (401, "Session ended"),
    ErrorId.SIGN_IN_REFUSED: (403, "Sign-in refused"),
    ErrorId.NOT_A_CONNECTOR: (401, "Not a connector"),
    ErrorId.NOT_ATTACHED: (409, "Not attached"),
    ErrorId.WRONG_CONNECTOR: (403, "Wrong connector"),
    ErrorId.UNKNOWN_CALL: (404, "Unknown call"),
    ErrorId.CALL_GONE: (410, "The call has ended"),
    ErrorId.WRONG_CALL_STATE: (409, "Not in this state of the call"),
    ErrorId.COMMAND_ID_REUSED: (422, "Command id used before"),
    ErrorId.COMMAND_EXPIRED: (409, "Command too old"),
    ErrorId.NO_CONNECTOR: (503, "Phone system out of reach"),
    ErrorId.NOTHING_TO_DIAL: (422, "Nothing to dial"),
    ErrorId.NUMBER_FORBIDDEN: (403, "Number not allowed"),
    ErrorId.SEVERAL_NUMBERS: (422, "Several numbers"),
    ErrorId.UNAVAILABLE: (503, "Not possible for the moment"),
    ErrorId.TOO_MANY_REQUESTS: (429, "Too many requests"),
    ErrorId.DRAINING: (503, "Relay going away"),
    ErrorId.INTERNAL_ERROR: (500, "Internal error"),
}


def problem(refused: Refused) -> Problem:
    """The record that is sent for ``refused``."""
    status, title = STATUS[refused.error_id]
    return Problem(
        type=f"urn:cti-adapter:problem:{refused.error_id}",
        title=title,
        status=status,
        detail=refused.detail,
        error_id=refused.error_id,
        field=refused.field,
    )


def problem_response(refused: Refused, headers: Mapping[str, str] | None = None) -> Response:
    """``refused`` as an HTTP response; 401 names the scheme (RFC 9110, 11.6.1), ``Retry-After`` the pause."""
    body = problem(refused)
    extra = dict(headers or {})
    if body.status == 401:
        extra["WWW-Authenticate"] = "Bearer"
    if refused.retry_after_s is not None:
        extra["Retry-After"] = str(refused.retry_after_s)
    return Response(msgspec.json.encode(body), body.status, extra, PROBLEM_JSON)
