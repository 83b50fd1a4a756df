"""The relay's HTTP face: a Starlette application made of the table in ``routes``. It decides nothing itself."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive

from ..application.messages import SignIn
from ..application.refusals import ErrorId, Refused
from ..application.relay import Relay
from ..domain.agent import AgentKey, normalized_agent
from .credentials import ConnectorIdentity, ConnectorKeys, no_keys
from .decode import decode, decode_query
from .openapi import openapi
from .problems import problem_response
from .routes import OPERATIONS, Operation, Request
from .shell import OPERATION, Shell, fault

#: Who a sign-in is for; raises ``Refused`` (sign_in_refused).
SignInCheck = Callable[[SignIn], AgentKey]


def sign_in_by_name(org: str) -> SignInCheck:
    """Sign-in mode ``id``: whoever knows a name is let in as that agent of ``org``."""

    def check(sign_in: SignIn) -> AgentKey:
        return AgentKey(org, normalized_agent(sign_in.agent))

    return check


@dataclass(frozen=True)
class _Parts:
    relay: Relay
    sign_in: SignInCheck
    connector_keys: ConnectorKeys
    site: Callable[[], Mapping[str, str]]


def create_relay_app(
    relay: Relay,
    *,
    sign_in: SignInCheck,
    connector_keys: ConnectorKeys = no_keys,
    allowed_origins: Sequence[str] = (),
    ready: Callable[[], bool] = lambda: True,
    site: Callable[[], Mapping[str, str]] = dict,
) -> ASGIApp:
    """The ASGI application with ``/v1/…``, ``/openapi.json`` and ``/healthz``.

    ``ready`` says whether everything this process needs is up; while the relay drains ``/healthz`` answers 503 anyway.
    ``site`` gives the settings of this server's own call center definition, which numbers are explained by.
    Raises ``ValueError`` when ``allowed_origins`` holds something that is not one origin.
    """
    parts = _Parts(relay, sign_in, connector_keys, site)
    description = msgspec.json.encode(openapi(OPERATIONS))
    routes = [Route(op.path, _endpoint(op, parts), methods=[op.method]) for op in OPERATIONS]
    routes += [
        Route("/openapi.json", _fixed("openapi", lambda: (200, description)), methods=["GET"]),
        Route("/healthz", _fixed("healthz", lambda: _health(relay, ready)), methods=["GET"]),
    ]
    app = Starlette(routes=routes, exception_handlers={HTTPException: _not_routed, Exception: _fault})
    app.router.redirect_slashes = False
    return Shell(app, allowed_origins, lambda: relay.draining)


def _health(relay: Relay, ready: Callable[[], bool]) -> tuple[int, bytes]:
    status = "draining" if relay.draining else "ok" if ready() else "starting"
    return (200 if status == "ok" else 503), msgspec.json.encode({"status": status})


def _fixed(name: str, answer: Callable[[], tuple[int, bytes]]) -> Callable[[HttpRequest], object]:
    async def endpoint(request: HttpRequest) -> Response:
        request.scope[OPERATION] = name
        status, body = answer()
        return Response(body, status, media_type="application/json")

    return endpoint


def _not_routed(_: HttpRequest, error: Exception) -> Response:
    if isinstance(error, HTTPException) and error.status_code == 405:
        refused = Refused(ErrorId.METHOD_NOT_ALLOWED, "this path has other methods; see /openapi.json")
        return problem_response(refused, error.headers)
    return problem_response(Refused(ErrorId.NOT_FOUND, "there is no such path; see /openapi.json"))


def _fault(_: HttpRequest, error: Exception) -> Response:
    return fault(error)


def _endpoint(operation: Operation, parts: _Parts) -> Callable[[HttpRequest], object]:
    decoder: msgspec.json.Decoder[Any] | None = msgspec.json.Decoder(operation.body) if operation.body else None
    encoder = msgspec.json.Encoder()

    async def endpoint(request: HttpRequest) -> Response:
        request.scope[OPERATION] = operation.name
        watch = _Watch(request.receive)
        try:
            bearer, connector = _caller(operation, parts, request)
            body = decode(await _body(request, operation.limit), decoder) if decoder else _query(operation, request)
            asked = Request(parts.relay, parts.sign_in, bearer, connector, body, watch.start, parts.site)
            answer = await operation.handle(asked)
        except Refused as refused:
            return problem_response(refused)
        except ClientDisconnect:
            return Response(status_code=400)
        finally:
            watch.stop()
        if operation.answer is None:
            return Response(status_code=operation.status)
        return Response(encoder.encode(answer), operation.status, media_type="application/json")

    return endpoint


def _caller(operation: Operation, parts: _Parts, request: HttpRequest) -> tuple[str, ConnectorIdentity | None]:
    """The bearer and, for connectors, whose key it is. Known before a byte of the body is looked at."""
    if operation.caller == "anybody":
        return "", None
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    bearer = bearer.strip() if scheme.lower() == "bearer" else ""
    if operation.caller == "session":
        if not bearer:
            raise Refused(ErrorId.NOT_SIGNED_IN, "sign in first (POST /v1/sessions) and send the session as bearer")
        parts.relay.check(bearer)
        return bearer, None
    identity = parts.connector_keys(bearer) if bearer else None
    if identity is None:
        raise Refused(ErrorId.NOT_A_CONNECTOR, "this needs the key of a connector as bearer")
    return bearer, identity


def _query(operation: Operation, request: HttpRequest) -> object:
    return decode_query(request.query_params.multi_items(), operation.query) if operation.query else None


async def _body(request: HttpRequest, limit: int) -> bytes:
    """The whole body, at most ``limit`` bytes of JSON. Raises ``Refused``."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json" or request.headers.get("content-encoding", "identity") != "identity":
        raise Refused(ErrorId.UNSUPPORTED_MEDIA_TYPE, "send application/json, not compressed")
    too_large = Refused(ErrorId.BODY_TOO_LARGE, f"the body may have {limit} bytes")
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced) > limit:
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise too_large
    return bytes(body)


class _Watch:
    """Notices that a client which waits for an answer has hung up. Costs a task only while something is parked."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._task: asyncio.Task[None] | None = None

    def start(self, hung_up: Callable[[], None]) -> None:
        self._task = asyncio.create_task(self._run(hung_up))

    async def _run(self, hung_up: Callable[[], None]) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        hung_up()

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
