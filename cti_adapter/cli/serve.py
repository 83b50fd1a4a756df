"""``cti serve``: pages, relay and connectors in one process."""

import sys
from pathlib import Path
from typing import Any

import click

from .options import config_option, listening, loaded


@click.command()
@config_option
@listening
@click.option("--public-url", help="URL under which browsers reach this server.")
def serve(config_path: Path | None, **overrides: Any) -> None:
    """Serve pages, relay and connectors on one port.

    Without a configuration: a simulated phone system and the Salesforce stand-in, on http://localhost:8080. Ends on
    SIGTERM or Ctrl-C; every waiting softphone gets an answer first.
    """
    from ..bootstrap import run_server

    sys.exit(run_server(loaded(config_path, **overrides)))
