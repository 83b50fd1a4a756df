"""``cti connect``: connectors beside the phone system, attached to a relay elsewhere."""

import sys
from pathlib import Path

import click

from .options import loaded


@click.command()
@click.argument("config_path", metavar="CONFIG.toml", type=click.Path(path_type=Path))
@click.option("--relay-url", help="URL of the relay (else relay_url of the file).")
def connect(config_path: Path, relay_url: str | None) -> None:
    """Run the connectors of CONFIG.toml and attach them to the relay at relay_url.

    Needs no open port. The key is read from CTI_CONNECTOR_KEY. Ends on SIGTERM or Ctrl-C.
    """
    from ..bootstrap import run_connectors

    sys.exit(run_connectors(loaded(config_path, relay_url=relay_url)))
