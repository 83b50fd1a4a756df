"""Runs ASGI applications on uvicorn: one port, signals, and a stop that leaves nobody without an answer.

uvicorn by itself waits for ever for parked polls on SIGTERM, or answers them 500 when told to hurry. So the signal
comes here first: polls are answered, then uvicorn stops.
"""

import asyncio
import contextlib
import errno
import functools
import logging
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from .forwarded import Forwarded
from .http_connection import HttpConnection, HttpLimits, Places
from .internal import Internal
from .tls import ServerCertificate

log = logging.getLogger("cti.server")

#: Time for the last answers after the first signal, in seconds; then connections are cut. The promise is an end within
#: five seconds.
LAST_ANSWERS_S = 3.5
#: Longer than the idle time-outs of load balancers (60 s), so that they and not this server close a connection.
KEEP_ALIVE_S = 75
#: Connections that may wait to be accepted: after a restart everybody comes at once.
BACKLOG = 4096
#: Longest TLS handshake, in seconds. It is some round trips; whoever takes longer does not mean it.
HANDSHAKE_S = 10.0
#: Connections from one address. A page holds one and opens a second for a click, so this is an office of a thousand
#: agents behind one address, and at 10 KB a fraction of what a server has.
CONNECTIONS_PER_ADDRESS = 2000

Background = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Front:
    """What stands between the network and the application."""

    certificate: ServerCertificate | None = None
    """None: plain HTTP, for a proxy in front or a browser on this machine."""
    trusted_proxies: Sequence[str] = ()
    """Addresses and networks of proxies whose forwarded headers are believed."""
    connections_per_address: int = CONNECTIONS_PER_ADDRESS
    """From one address, or one IPv6 network of 64 bits; proxies that are trusted may have any number."""
    limits: HttpLimits = HttpLimits()


def dispatching(relay_app: ASGIApp, pages_app: ASGIApp) -> ASGIApp:
    """One application of two: /v1, /openapi.json and /healthz go to the relay, everything else to the pages."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        ours = path in ("/v1", "/openapi.json", "/healthz") or path.startswith("/v1/")
        await (relay_app if ours or scope["type"] != "http" else pages_app)(scope, receive, send)

    return app


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises ``PortUnusable`` with a sentence for the person at the keyboard."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise PortUnusable(_why_not(error, host, port)) from None


class PortUnusable(Exception):
    """The port cannot be listened on; the message says why and what to do."""


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is in use; choose another with PORT=… (make) or --port … (cti)"
    if error.errno == errno.EACCES:
        return f"port {port} needs more rights than this user has; choose one above 1023"
    return f"cannot listen on {host} port {port}: {error.strerror or error}"


def serve(
    app: ASGIApp,
    host: str,
    port: int,
    *,
    on_drain: Callable[[], object],
    background: Sequence[Background] = (),
    on_listening: Callable[[int], None] | None = None,
    front: Front = Front(),  # noqa: B008 - immutable
) -> int:
    """Serve ``app`` until SIGTERM or SIGINT; returns the exit code.

    ``on_drain`` is called once, on the loop, with the first signal: from then on readiness must be false and every
    parked request answered. ``background`` runs beside on the same loop; when one of them fails everything stops with
    exit code 1. ``on_listening`` gets the port in use (interesting for port 0). A second signal stops at once; SIGHUP
    reads the certificate of ``front`` again.
    """
    try:
        listener = listen(host, port)
    except PortUnusable as error:
        print(error, file=sys.stderr)  # noqa: T201 - for the person at the keyboard, before any logging
        return 1
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(_Stage(app, listener, on_drain, background, on_listening, front).run())


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling, and with a bound on the time that a TLS handshake takes."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen on ``sockets``."""
        await self.lifespan.startup()
        connection = functools.partial(
            cast(Callable[..., asyncio.Protocol], self.config.http_protocol_class),
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
        )
        options: dict[str, Any] = {"backlog": self.config.backlog}
        if self.config.ssl is not None:
            options |= {"ssl": self.config.ssl, "ssl_handshake_timeout": HANDSHAKE_S}
        loop = asyncio.get_running_loop()
        self.servers = [await loop.create_server(connection, sock=each, **options) for each in sockets or ()]
        self.started = True

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


class _Stage:
    """One run of the server."""

    def __init__(
        self,
        app: ASGIApp,
        listener: socket.socket,
        on_drain: Callable[[], object],
        background: Sequence[Background],
        on_listening: Callable[[int], None] | None,
        front: Front,
    ) -> None:
        self._listener = listener
        self._on_drain = on_drain
        self._background = list(background)
        self._certificate = front.certificate
        if front.certificate is not None:
            self._background.append(front.certificate.watch)
        self._on_listening = on_listening
        self._code = 0
        self._stopping = False
        self._server = _Server(_config(app, front, self._signalled))

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sign, self._signalled)
        if self._certificate is not None:
            loop.add_signal_handler(signal.SIGHUP, self._certificate.renew)
        tasks = [asyncio.ensure_future(start()) for start in self._background]
        for task in tasks:
            task.add_done_callback(self._ended)
        if self._on_listening is not None:
            self._on_listening(self._listener.getsockname()[1])
        try:
            await self._server.serve(sockets=[self._listener])
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return self._code

    def _signalled(self) -> None:
        if self._stopping:
            self._cut()
            return
        log.info("stopping: waiting requests are answered first")
        self._stop()

    def _stop(self) -> None:
        self._stopping = True
        self._on_drain()
        self._server.should_exit = True
        asyncio.get_running_loop().call_later(LAST_ANSWERS_S, self._cut)

    def _cut(self) -> None:
        """End what has not ended by itself: a request that never becomes complete, an answer that nobody reads."""
        left = list(self._server.server_state.connections)
        if left:
            log.warning("%d connections did not end by themselves; they are cut", len(left))
        for connection in left:
            if (transport := connection.transport) is not None:
                transport.abort()
        # Applications notice the cut within this turn of the loop, and return by themselves.
        asyncio.get_running_loop().call_later(0.2, setattr, self._server, "force_exit", True)

    def _ended(self, task: "asyncio.Future[None]") -> None:
        if task.cancelled() or self._stopping or (error := task.exception()) is None:
            return
        log.error("a part of the server failed, so it stops: %s: %s", type(error).__name__, error)
        self._code = 1
        self._stop()


def _config(
    app: ASGIApp,
    front: Front = Front(),  # noqa: B008 - immutable
    drain: Callable[[], None] | None = None,
) -> uvicorn.Config:
    forwarded = Forwarded(app, front.trusted_proxies)
    connection = functools.partial(
        HttpConnection,
        limits=front.limits,
        places=Places(front.connections_per_address, exempt=forwarded.trusted),
        trusted=forwarded.trusted,
    )
    certificate = front.certificate
    return uvicorn.Config(
        cast(Any, Internal(forwarded, drain) if drain else forwarded),
        http=cast(Any, connection),
        ws="none",
        loop="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        # Forwarded does it.
        proxy_headers=False,
        ssl_context_factory=(lambda _config, _default: certificate.context) if certificate else None,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=4,
        backlog=BACKLOG,
    )
