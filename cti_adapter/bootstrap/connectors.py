"""Connectors: which kinds there are, and the process that runs them apart from the relay."""

import asyncio
import logging
import signal
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..application.connector_session import ConnectorSession
from ..application.ports import Connector, ConnectorMisconfigured, RelayGateway
from ..config import Config, ConnectorConfig
from ..connectors.asterisk.connector import AsteriskConnector
from ..connectors.replay.connector import ReplayConnector
from ..connectors.simulator.connector import SimulatorConnector
from ..domain.agent import Line
from ..domain.numbers.incoming import IncomingProfile
from ..logs import configure_logging
from ..relay.client import HttpGateway
from ..relay.signatures import Signer
from .clock import SystemClock
from .refused import refused

log = logging.getLogger("cti")

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


def run_connectors(config: Config) -> int:
    """The connectors alone, attached to the relay at ``relay_url``, until SIGTERM; returns the exit code."""
    configure_logging(config.log_level)
    try:
        if not config.relay_url:
            raise ConnectorMisconfigured("relay_url is missing: where is the relay?")
        credential = _credential(config)
        connectors = [create_connector(entry) for entry in config.connectors]
    except ConnectorMisconfigured as error:
        return refused(error)
    return asyncio.run(_run_sessions(config, connectors, credential))


def _credential(config: Config) -> str | Signer:
    """With what the connectors prove who they are. Raises ``ConnectorMisconfigured``."""
    file, key = config.connector_private_key_file, config.connector_key.get_secret_value()
    if file is None:
        if not key:
            raise ConnectorMisconfigured(
                "connector_key is missing: set CTI_CONNECTOR_KEY or connector_private_key_file"
            )
        return key
    organizations = {entry.organization for entry in config.connectors}
    if key or len(organizations) != 1:
        raise ConnectorMisconfigured(
            "connector_private_key_file: use it without connector_key, for connectors of one organization"
        )
    try:
        return Signer(organizations.pop(), file.read_text("utf-8").strip())
    except OSError as error:
        raise ConnectorMisconfigured(f"connector_private_key_file: {error.strerror}") from None
    except ValueError as error:
        raise ConnectorMisconfigured(f"connector_private_key_file: {error}") from None


async def _run_sessions(config: Config, connectors: list[Connector], credential: str | Signer) -> int:
    gateway = HttpGateway(config.relay_url, credential, SystemClock())
    try:
        return await _until_stopped(sessions(config, connectors, lambda organization: gateway))
    finally:
        await gateway.close()


async def _until_stopped(running: list[ConnectorSession]) -> int:
    """Run them until SIGTERM or SIGINT, or until one of them finds that it cannot work (exit code 1)."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stopped.set)
    tasks = [asyncio.create_task(session.run()) for session in running]
    waiter = asyncio.create_task(stopped.wait())
    done, _ = await asyncio.wait([waiter, *tasks], return_when=asyncio.FIRST_COMPLETED)
    for task in (waiter, *tasks):
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    failures = [error for error in results if isinstance(error, Exception)]
    for error in failures:
        log.error("stopped: %s", error)
    return 0 if waiter in done and not failures else 1


def sessions(
    config: Config, connectors: Sequence[Connector], gateway: Callable[[str], RelayGateway]
) -> list[ConnectorSession]:
    """One for each of ``connectors``, which are those of ``config``; ``gateway`` gives an organization's relay."""
    return [
        ConnectorSession(
            connector,
            gateway(entry.organization),
            SystemClock(),
            numbers=IncomingProfile(**entry.numbers.model_dump()),
        )
        for entry, connector in zip(config.connectors, connectors, strict=True)
    ]
