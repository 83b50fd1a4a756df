"""Chooses the real parts and joins them: the only place that does. Whoever asks what runs reads this folder."""

from collections.abc import Callable
from typing import Any, cast

from a2wsgi import WSGIMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from ..application.ports import ConnectorMisconfigured, RelayGateway
from ..application.registry import RegistryUnavailable
from ..application.relay import InProcessGateway
from ..config import Config, ConfigurationError
from ..connectors.simulator.connector import SimulatorConnector
from ..connectors.simulator.phones import create_phones_app
from ..logs import configure_logging
from ..registry.database import WrongUrl
from ..registry.store import open_registry
from ..relay.client import HttpGateway
from ..relay.server import dispatching, serve
from ..relay.tls import CertificateUnusable
from ..web.assets import NotBuilt
from .clock import SystemClock
from .connectors import create_connector, run_connectors, sessions
from .front import create_front
from .node import RelayNode
from .pages import create_pages
from .refused import refused
from .server_logging import server_log
from .site import Site

__all__ = ["create_connector", "run_connectors", "run_relay", "run_server"]

#: Threads for Flask pages. They are short: a page, a search in the stand-in's org.
PAGE_THREADS = 10
PHONES_API = "/phones/api"
#: What is wrong before anything runs.
_Wrong = (CertificateUnusable, ConnectorMisconfigured, ConfigurationError, RegistryUnavailable, WrongUrl, NotBuilt)


def run_server(config: Config) -> int:
    """Pages, relay and connectors in one process until SIGTERM; returns the exit code."""
    configure_logging(config.log_level)
    address = _Address()
    site = Site(config, address.port)
    try:
        front = create_front(config)
        connectors = [create_connector(entry) for entry in config.connectors]
        registry = open_registry(config.database_url.get_secret_value())
        node = RelayNode(config, registry, site)
        logging_calls = server_log(config, node.relay)
        phones = [c for c in connectors if isinstance(c, SimulatorConnector)]
        flask = create_pages(config, site, registry, node.picture, simulated_phones=bool(phones))
    except _Wrong as error:
        return refused(error)
    # a2wsgi and Starlette write the same calling conventions in different types.
    pages = cast(ASGIApp, WSGIMiddleware(cast(Any, flask), workers=PAGE_THREADS))
    if phones:
        pages = _under(PHONES_API, create_phones_app(phones[0]), pages)
    running = sessions(config, connectors, _gateways(config, node))
    return serve(
        dispatching(node.app(), pages),
        config.host,
        config.port,
        on_drain=node.pool.drain,
        background=[*node.background(), *logging_calls, *(session.run for session in running)],
        on_listening=lambda port: address.listening(config, port),
        front=front,
    )


def run_relay(config: Config) -> int:
    """The relay alone until SIGTERM; returns the exit code."""
    configure_logging(config.log_level)
    try:
        front = create_front(config)
        node = RelayNode(config, open_registry(config.database_url.get_secret_value()), Site(config))
        background = [*node.background(), *server_log(config, node.relay)]
    except _Wrong as error:
        return refused(error)
    return serve(node.app(), config.host, config.port, on_drain=node.pool.drain, background=background, front=front)


def _gateways(config: Config, node: RelayNode) -> Callable[[str], RelayGateway]:
    """The relay for connectors of this process, by their organization: this one, or one outside."""
    if config.relay_url:
        outside = HttpGateway(config.relay_url, config.connector_key.get_secret_value(), SystemClock())
        return lambda organization: outside
    return lambda organization: InProcessGateway(node.relay, organization)


class _Address:
    """The port in use, known once the server listens."""

    def __init__(self) -> None:
        self._port = 0

    def port(self) -> int:
        return self._port

    def listening(self, config: Config, port: int) -> None:
        self._port = port
        print(f"Open {config.url_at(port)} (stop with Ctrl-C)", flush=True)  # noqa: T201


def _under(prefix: str, app: ASGIApp, other: ASGIApp) -> ASGIApp:
    """``app`` for paths below ``prefix``, which it sees, ``other`` for the rest."""

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        await (app if path == prefix or path.startswith(f"{prefix}/") else other)(scope, receive, send)

    return dispatch
