"""Why the relay refuses a request: stable codes and the one exception that carries them. Knows nothing of HTTP."""

from enum import StrEnum


class ErrorId(StrEnum):
    """Stable codes for programs; each is explained in docs/api.md."""

    MALFORMED_JSON = "malformed_json"
    UNKNOWN_FIELD = "unknown_field"
    WRONG_TYPE = "wrong_type"
    MISSING_FIELD = "missing_field"
    OUT_OF_RANGE = "out_of_range"
    BODY_TOO_LARGE = "body_too_large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    NOT_SIGNED_IN = "not_signed_in"
    SESSION_EXPIRED = "session_expired"
    SIGN_IN_REFUSED = "sign_in_refused"
    NOT_A_CONNECTOR = "not_a_connector"
    NOT_ATTACHED = "not_attached"
    WRONG_CONNECTOR = "wrong_connector"
    UNKNOWN_CALL = "unknown_call"
    CALL_GONE = "call_gone"
    WRONG_CALL_STATE = "wrong_call_state"
    COMMAND_ID_REUSED = "command_id_reused"
    COMMAND_EXPIRED = "command_expired"
    NO_CONNECTOR = "no_connector"
    NOTHING_TO_DIAL = "nothing_to_dial"
    NUMBER_FORBIDDEN = "number_forbidden"
    SEVERAL_NUMBERS = "several_numbers"
    UNAVAILABLE = "unavailable"
    TOO_MANY_REQUESTS = "too_many_requests"
    DRAINING = "draining"
    INTERNAL_ERROR = "internal_error"


class Refused(Exception):
    """A request that is not carried out. ``detail`` is a sentence for a person and holds no full number.

    ``field`` is the path of the wrong field (``command.number``); ``retry_after_s`` says when asking again makes sense.
    """

    def __init__(
        self, error_id: ErrorId, detail: str, *, field: str | None = None, retry_after_s: int | None = None
    ) -> None:
        super().__init__(detail)
        self.error_id = error_id
        self.detail = detail
        self.field = field
        self.retry_after_s = retry_after_s
