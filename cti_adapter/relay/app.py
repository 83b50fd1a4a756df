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

from ..application.pool.node import PoolNode
from ..application.refusals import ErrorId, Refused
from ..application.sign_in import SignInDesk
from .credentials import ConnectorCredentials, ConnectorIdentity
from .decode import decode, decode_query
from .gate import Gate
from .openapi import openapi
from .problems import problem_response
from .routes import OPERATIONS, Operation, Request
from .shell import OPERATION, Shell, fault
from .sign_in.proofs import Proofs


@dataclass(frozen=True)
class RelayParts:
    """What the HTTP face stands on."""

    node: PoolNode
    sign_in: SignInDesk
    proofs: Proofs
    connectors: ConnectorCredentials
    gate: Gate


def create_relay_app(
    parts: RelayParts,
    *,
    allowed_origins: Sequence[str] = (),
    ready: Callable[[], bool] = lambda: True,
    site: Callable[[], Mapping[str, str]] = dict,
) -> ASGIApp:
    """The ASGI application with ``/v1/…``, ``/openapi.json`` and ``/healthz``.

    ``ready`` says whether everything this process needs is up; while the relay drains ``/healthz`` answers 503 anyway.
    ``site`` gives the settings of this server's own call center definition, which numbers are explained by.
    Raises ``ValueError`` when ``allowed_origins`` holds something that is not one origin.
    """
    node, relay = parts.node, parts.node.relay
    description = msgspec.json.encode(openapi(OPERATIONS))
    routes = [Route(op.path, _endpoint(op, parts, site), methods=[op.method]) for op in OPERATIONS]
    routes += [
        Route("/openapi.json", _fixed("openapi", lambda: (200, description)), methods=["GET"]),
        Route("/healthz", _fixed("healthz", lambda: _health(node, ready)), methods=["GET"]),
    ]
    app = Starlette(routes=routes, exception_handlers={HTTPException: _not_routed, Exception: _fault})
    app.router.redirect_slashes = False
    return Shell(app, allowed_origins, lambda: relay.draining)


def _health(node: PoolNode, ready: Callable[[], bool]) -> tuple[int, bytes]:
    status = "draining" if node.relay.draining else "ok" if ready() and node.ready else "starting"
    return (200 if status == "ok" else 503), msgspec.json.encode({"status": status, **node.health()})


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


def _endpoint(
    operation: Operation, parts: RelayParts, site: Callable[[], Mapping[str, str]]
) -> Callable[[HttpRequest], object]:
    decoder: msgspec.json.Decoder[Any] | None = msgspec.json.Decoder(operation.body) if operation.body else None
    door = _Door(operation, parts)
    encoder = msgspec.json.Encoder()

    async def endpoint(request: HttpRequest) -> Response:
        request.scope[OPERATION] = operation.name
        watch = _Watch(request.receive)
        try:
            bearer, connector = await door.caller(request)
            raw = await _body(request, operation.limit) if decoder else b""
            if operation.caller == "connector" and connector is None:
                connector = door.signer(request, raw)
            asked = Request(
                node=parts.node,
                sign_in=parts.sign_in,
                proofs=parts.proofs,
                bearer=bearer,
                connector=connector,
                body=decode(raw, decoder) if decoder else _query(operation, request),
                hang_up=watch.start,
                site=site,
                origin=request.headers.get("origin", ""),
            )
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


class _Door:
    """Who asks, known before a byte of the body is looked at; and whether they ask too often."""

    def __init__(self, operation: Operation, parts: RelayParts) -> None:
        self._operation = operation
        self._parts = parts

    async def caller(self, request: HttpRequest) -> tuple[str, ConnectorIdentity | None]:
        """The bearer, and whose it is where that is a connector. None: its signature is still to be looked at.

        Raises ``Refused``: not_signed_in, session_expired, not_a_connector, too_many_requests.
        """
        try:
            if self._operation.caller == "session":
                await self._parts.node.find_session(_bearer(request))
            return self._known(request)
        except Refused as refused:
            if refused.error_id is not ErrorId.TOO_MANY_REQUESTS:
                self._parts.gate.stranger(_address(request))
            raise

    def _known(self, request: HttpRequest) -> tuple[str, ConnectorIdentity | None]:
        parts, bearer = self._parts, _bearer(request)
        if self._operation.caller == "anybody":
            parts.gate.stranger(_address(request))
            return "", None
        if self._operation.caller == "session":
            if not bearer:
                raise Refused(ErrorId.NOT_SIGNED_IN, "sign in first (POST /v1/sessions) and send the session as bearer")
            parts.gate.session(bearer, parts.node.relay.check(bearer))
            return bearer, None
        identity = parts.connectors.by_key(bearer) if bearer else None
        if identity is not None:
            parts.gate.organization(identity.org)
        elif bearer or not parts.connectors.announced(request.headers):
            raise _not_a_connector()
        return bearer, identity

    def signer(self, request: HttpRequest, body: bytes) -> ConnectorIdentity:
        """The connector that has signed ``body``. Raises ``Refused`` (not_a_connector, too_many_requests)."""
        identity = self._parts.connectors.by_signature(request.headers, body)
        if identity is None:
            self._parts.gate.stranger(_address(request))
            raise _not_a_connector()
        self._parts.gate.organization(identity.org)
        return identity


def _not_a_connector() -> Refused:
    return Refused(ErrorId.NOT_A_CONNECTOR, "this needs the key of a connector as bearer, or a connector's signature")


def _bearer(request: HttpRequest) -> str:
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    return bearer.strip() if scheme.lower() == "bearer" else ""


def _address(request: HttpRequest) -> str:
    return request.client.host if request.client else ""


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
