"""Chooses the real parts and joins them: the only place that does. Whoever wants to know what runs reads this file."""

import asyncio
import logging
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, cast
from zoneinfo import ZoneInfo

from a2wsgi import WSGIMiddleware
from flask import Flask
from starlette.types import ASGIApp, Receive, Scope, Send

from .application.connector_session import ConnectorSession
from .application.ports import Connector, ConnectorMisconfigured, RelayGateway
from .application.relay import InProcessGateway, Relay
from .application.relay_settings import RelaySettings
from .application.server_log import ServerLog
from .config import Config, ConnectorConfig
from .connectors.asterisk.connector import AsteriskConnector
from .connectors.replay.connector import ReplayConnector
from .connectors.simulator.connector import SimulatorConnector
from .connectors.simulator.phones import create_phones_app
from .domain.agent import Line
from .domain.call_center.definition import DefinitionOptions, build_definition
from .domain.call_center.settings import flat_settings
from .domain.numbers.incoming import IncomingProfile
from .logs import configure_logging
from .relay.app import create_relay_app, sign_in_by_name
from .relay.client import HttpGateway
from .relay.credentials import hashed_keys
from .relay.server import dispatching, serve
from .salesforce.call_log import RestCallLog
from .salesforce.token import Login
from .web.app import WebOptions, create_app
from .web.assets import NotBuilt
from .web.pages import PageOptions
from .web.salesforce_standin.blueprint import StandinDependencies

log = logging.getLogger("cti")

#: The one organization of a server whose sign-in does not know organizations.
ORGANIZATION = "default"
#: Threads for Flask pages. They are short: a page, a search in the stand-in's org.
PAGE_THREADS = 10
PHONES_API = "/phones/api"


class SystemClock:
    """Reads this machine's clock."""

    def now(self) -> float:
        """Seconds since 1970 (UTC)."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds on a clock that never jumps."""
        return time.monotonic()


#: Kind of phone system -> its connector from (id, lines, the connector's own keys).
CONNECTORS: Mapping[str, Callable[[str, tuple[Line, ...], dict[str, Any]], Connector]] = {
    "simulator": SimulatorConnector.from_options,
    "asterisk": AsteriskConnector.from_options,
    "replay": ReplayConnector.from_options,
}


def create_connector(config: ConnectorConfig) -> Connector:
    """The connector that ``config`` describes. Raises ``ConnectorMisconfigured`` naming the key that is wrong."""
    if config.kind not in CONNECTORS:
        known = ", ".join(sorted(CONNECTORS))
        raise ConnectorMisconfigured(f"connector {config.id}: kind {config.kind!r} is not one of {known}")
    lines = tuple(Line(agent=entry.agent, extension=entry.extension, name=entry.name) for entry in config.agents)
    try:
        return CONNECTORS[config.kind](config.id, lines, config.options)
    except ConnectorMisconfigured as error:
        raise ConnectorMisconfigured(f"connector {config.id}: {error}") from None


@dataclass(frozen=True)
class _Site:
    """This server's own call center definition. ``port`` tells the port where the configuration leaves it open."""

    config: Config
    port: Callable[[], int] | None = None

    def url(self) -> str:
        return self.config.public_url or f"http://localhost:{self.port() if self.port else self.config.port}"

    def definition(self) -> DefinitionOptions:
        return DefinitionOptions(
            url=f"{self.url()}/softphone",
            standby_url=self.config.standby_url,
            timeout_ms=self.config.standby_timeout_ms,
            internal_name=self.config.call_center_name,
            country=self.config.country,
        )

    def settings(self) -> dict[str, str]:
        return flat_settings(build_definition(self.definition()))


def create_pages(config: Config, *, simulated_phones: bool = False, port: Callable[[], int] | None = None) -> Flask:
    """The Flask application of ``config``. ``port`` tells the port in use where the configuration leaves it open."""

    site = _Site(config, port)
    pages = PageOptions(
        relay_url=config.relay_url,
        sign_in=config.sign_in,
        open_cti_version=config.open_cti_version,
        frame_ancestors=config.frame_ancestors,
        demonstration=config.demonstration,
        simulated_phones=simulated_phones,
        version=version("cti-adapter"),
    )
    standin = StandinDependencies(
        call_center=site.settings,
        adapter_url=lambda: f"{site.url()}/softphone",
        public_origin=site.url,
        script_dir=config.standin_script_dir,
    )
    return create_app(WebOptions(pages, site.definition, site.settings, standin if config.demonstration else None))


def create_relay(config: Config, relay: Relay, ready: Callable[[], bool] = lambda: True) -> ASGIApp:
    """The relay's HTTP face as ``config`` wants it."""
    keys = {connector: key.get_secret_value() for connector, key in config.connector_keys.items()}
    return create_relay_app(
        relay,
        sign_in=sign_in_by_name(ORGANIZATION),
        connector_keys=hashed_keys(ORGANIZATION, keys),
        allowed_origins=config.allowed_origins,
        ready=ready,
        site=_Site(config).settings,
    )


def _relay(config: Config) -> Relay:
    settings = RelaySettings(
        keep_unlogged_s=config.keep_unlogged_minutes * 60.0, colleague_states=config.colleague_states
    )
    return Relay(SystemClock(), settings=settings)


def run_server(config: Config) -> int:
    """Pages, relay and connectors in one process until SIGTERM; returns the exit code."""
    configure_logging(config.log_level)
    try:
        connectors = [create_connector(entry) for entry in config.connectors]
    except ConnectorMisconfigured as error:
        return _refused(error)
    relay = _relay(config)
    try:
        logging_calls = _server_log(config, relay)
    except ConnectorMisconfigured as error:
        return _refused(error)
    gateway = _outside(config) if config.relay_url else InProcessGateway(relay, ORGANIZATION)
    address = _Address()
    phones = [c for c in connectors if isinstance(c, SimulatorConnector)]
    try:
        flask = create_pages(config, simulated_phones=bool(phones), port=address.port)
    except NotBuilt as error:
        return _refused(error)
    # a2wsgi and Starlette write the same calling conventions in different types.
    pages = cast(ASGIApp, WSGIMiddleware(cast(Any, flask), workers=PAGE_THREADS))
    if phones:
        pages = _under(PHONES_API, create_phones_app(phones[0]), pages)
    return serve(
        dispatching(create_relay(config, relay), pages),
        config.host,
        config.port,
        on_drain=relay.drain,
        background=[relay.run, *logging_calls, *(session.run for session in _sessions(config, connectors, gateway))],
        on_listening=lambda port: address.listening(config, port),
    )


def _server_log(config: Config, relay: Relay) -> list[Callable[[], Coroutine[Any, Any, None]]]:
    """What logs calls in place of the softphones, where that is wanted. Raises ``ConnectorMisconfigured``."""
    wanted = config.server_logging
    if wanted is None:
        return []
    if wanted.after_s >= config.keep_unlogged_minutes * 60:
        raise ConnectorMisconfigured("server_logging.after_s: must be shorter than keep_unlogged_minutes")
    try:
        key = wanted.private_key_file.read_text("utf-8")
    except OSError as error:
        raise ConnectorMisconfigured(f"server_logging.private_key_file: {error.strerror}") from None
    try:
        login = Login(wanted.login_url, wanted.client_id, wanted.username, key, wanted.audience)
    except ValueError as error:
        raise ConnectorMisconfigured(f"server_logging.private_key_file: {error}") from None
    writer = RestCallLog(login, config.open_cti_version, str(wanted.ca_file) if wanted.ca_file else None)
    zone = ZoneInfo(wanted.time_zone)
    return [ServerLog(relay, writer, _Site(config).settings, wanted.after_s, zone).run]


def run_relay(config: Config) -> int:
    """The relay alone until SIGTERM; returns the exit code."""
    configure_logging(config.log_level)
    relay = _relay(config)
    try:
        background = [relay.run, *_server_log(config, relay)]
    except ConnectorMisconfigured as error:
        return _refused(error)
    return serve(create_relay(config, relay), config.host, config.port, on_drain=relay.drain, background=background)


def run_connectors(config: Config) -> int:
    """The connectors alone, attached to the relay at ``relay_url``, until SIGTERM; returns the exit code."""
    configure_logging(config.log_level)
    try:
        if not config.relay_url:
            raise ConnectorMisconfigured("relay_url is missing: where is the relay?")
        if not config.connector_key.get_secret_value():
            raise ConnectorMisconfigured("connector_key is missing: set CTI_CONNECTOR_KEY")
        connectors = [create_connector(entry) for entry in config.connectors]
    except ConnectorMisconfigured as error:
        return _refused(error)
    return asyncio.run(_run_sessions(config, connectors))


async def _run_sessions(config: Config, connectors: list[Connector]) -> int:
    gateway = _outside(config)
    try:
        return await _until_stopped(_sessions(config, connectors, gateway))
    finally:
        await gateway.close()


async def _until_stopped(sessions: list[ConnectorSession]) -> int:
    """Run ``sessions`` until SIGTERM or SIGINT, or until one of them finds that it cannot work (exit code 1)."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stopped.set)
    tasks = [asyncio.create_task(session.run()) for session in sessions]
    waiter = asyncio.create_task(stopped.wait())
    done, _ = await asyncio.wait([waiter, *tasks], return_when=asyncio.FIRST_COMPLETED)
    for task in (waiter, *tasks):
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    failures = [error for error in results if isinstance(error, Exception)]
    for error in failures:
        log.error("stopped: %s", error)
    return 0 if waiter in done and not failures else 1


def _sessions(config: Config, connectors: Sequence[Connector], gateway: RelayGateway) -> list[ConnectorSession]:
    """One session for each of ``connectors``, which are those of ``config`` in their order."""
    return [
        ConnectorSession(connector, gateway, SystemClock(), numbers=IncomingProfile(**entry.numbers.model_dump()))
        for entry, connector in zip(config.connectors, connectors, strict=True)
    ]


def _outside(config: Config) -> HttpGateway:
    return HttpGateway(config.relay_url, config.connector_key.get_secret_value())


def _refused(error: Exception) -> int:
    print(error, file=sys.stderr)  # noqa: T201 - for the person at the keyboard
    return 2


class _Address:
    """The port in use, known once the server listens."""

    def __init__(self) -> None:
        self._port = 0

    def port(self) -> int:
        return self._port

    def listening(self, config: Config, port: int) -> None:
        self._port = port
        print(f"Open {config.public_url or f'http://localhost:{port}'} (stop with Ctrl-C)", flush=True)  # noqa: T201


def _under(prefix: str, app: ASGIApp, other: ASGIApp) -> ASGIApp:
    """``app`` for paths below ``prefix``, which it sees, ``other`` for the rest."""

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        await (app if path == prefix or path.startswith(f"{prefix}/") else other)(scope, receive, send)

    return dispatch
