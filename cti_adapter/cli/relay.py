"""``cti relay``: the relay alone, without pages and connectors."""

import sys
from pathlib import Path
from typing import Any

import click

from .options import config_option, listening, loaded


@click.command()
@config_option
@listening
@click.option("--bus", help="NATS servers that join this relay with others: nats://HOST:4222,… (docs/operate-pool.md).")
def relay(config_path: Path | None, **overrides: Any) -> None:
    """Serve the relay alone (/v1, /openapi.json, /healthz).

    Connectors attach with `cti connect` and a key from `connector_keys`; the pages' origin must stand in
    `allowed_origins`.
    """
    from ..bootstrap import run_relay

    sys.exit(run_relay(loaded(config_path, **overrides)))
