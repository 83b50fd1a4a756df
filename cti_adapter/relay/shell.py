"""What every answer of the relay has in common: headers, CORS, one log line, and a clean 500. An ASGI wrapper."""

import logging
import secrets
import time
import traceback
from collections.abc import Callable, Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..application.refusals import ErrorId, Refused
from .problems import problem_response

log = logging.getLogger("cti.relay.http")

#: How long a browser may remember the answer to a preflight, in seconds (Chromium caps it at 7200).
PREFLIGHT_S = 600
#: Key in the ASGI scope under which the application names the operation, so that no raw path is logged.
OPERATION = "cti.operation"


#: No answer is a page, and none is kept.
CAREFUL = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Vary": "Origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Shell:
    """Wraps ``app``. ``origins`` are those of softphone pages served elsewhere; ``closing`` says that no connection
    should be kept. Raises ``ValueError`` for ``*``: a bearer must not be usable from anywhere."""

    def __init__(self, app: ASGIApp, origins: Sequence[str], closing: Callable[[], bool]) -> None:
        for origin in origins:
            if "*" in origin or origin == "null":
                raise ValueError(f"allowed_origins: {origin!r} is not one origin such as https://cti.example.com")
        self._app = app
        self._origins = frozenset(origin.rstrip("/") for origin in origins)
        self._closing = closing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send, lambda: self._common_headers(scope))
        app = self._preflight if _is_preflight(scope) else self._app
        try:
            await app(scope, receive, answer.send)
        except Exception as error:
            # Starlette raises again what its handler (``fault``) has answered; then there is nothing left to do.
            if not answer.started:
                await fault(error)(scope, receive, answer.send)
        answer.log(scope)

    def _common_headers(self, scope: Scope) -> dict[str, str]:
        headers = dict(CAREFUL)
        origin = Headers(scope=scope).get("origin")
        if origin in self._origins:
            headers["Access-Control-Allow-Origin"] = origin
            headers["Access-Control-Expose-Headers"] = "Retry-After"
        # Asked when the answer leaves: a poll may have been parked for long before the drain.
        if self._closing():
            headers["Connection"] = "close"
        return headers

    async def _preflight(self, scope: Scope, receive: Receive, send: Send) -> None:
        # To an origin that is not allowed the answer is the same without the permissions, as the Fetch standard
        # expects: the browser refuses then.
        scope[OPERATION] = "preflight"
        response = Response(status_code=204)
        if Headers(scope=scope).get("origin") in self._origins:
            response.headers["Access-Control-Allow-Methods"] = "GET, POST, DELETE"
            response.headers["Access-Control-Allow-Headers"] = "authorization, content-type"
            response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_S)
        await response(scope, receive, send)


def fault(error: Exception) -> Response:
    """Log a fault of ours and answer 500. Neither tells what the request said; both tell the same request id."""
    request_id = secrets.token_hex(6)
    log.error("request %s failed: %s at %s", request_id, type(error).__name__, _places(error))
    return problem_response(
        Refused(ErrorId.INTERNAL_ERROR, f"a fault of this server; its log tells more under {request_id}")
    )


class _Answer:
    """Puts headers on the way out, and remembers status and time for the log."""

    def __init__(self, send: Send, headers: Callable[[], dict[str, str]]) -> None:
        self._send = send
        self._headers = headers
        self._begun = time.monotonic()
        self.status = 0

    @property
    def started(self) -> bool:
        return self.status != 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in self._headers().items():
                headers.setdefault(name, value)
        await self._send(message)

    def log(self, scope: Scope) -> None:
        """One line without path, body, number or name: operation, status, milliseconds."""
        name = scope.get(OPERATION, "unmatched")
        level = logging.DEBUG if self.status < 400 else logging.INFO
        took_ms = (time.monotonic() - self._begun) * 1000
        log.log(level, "%s %s %d in %.0f ms", scope["method"], name, self.status, took_ms)


def _is_preflight(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    return scope["method"] == "OPTIONS" and "origin" in headers and "access-control-request-method" in headers


def _places(error: Exception) -> str:
    """Where it happened, without the message: that may hold what the request said."""
    frames = traceback.extract_tb(error.__traceback__)[-5:]
    return " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
