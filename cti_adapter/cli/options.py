"""Options that several commands share, and how configuration errors leave the program."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from ..config import Config, ConfigurationError, load

Command = TypeVar("Command", bound=Callable[..., Any])

config_option = click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    envvar="CTI_CONFIG",
    help="TOML file with the settings (docs/operator/configuration.md).",
)


def listening(command: Command) -> Command:
    """Options of a command that listens on a port."""
    file = click.Path(path_type=Path)
    command = click.option("--tls-key", type=file, help="Private key of that certificate (PEM).")(command)
    command = click.option("--tls-cert", type=file, help="Speak TLS with the certificate in this file (PEM).")(command)
    command = click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on (default 8080).")(command)
    return click.option("--host", help="Address to listen on (default 127.0.0.1).")(command)


def loaded(path: Path | None, **overrides: Any) -> Config:
    """The configuration, or a click error (exit code 2) that names what is wrong."""
    try:
        return load(path, **overrides)
    except ConfigurationError as error:
        raise click.UsageError(str(error)) from None
