"""The console script ``cti``: one group, one module for each command. It only parses and prints."""

import importlib
from typing import Any

import click

#: Command -> module of this package and the name of its click command. Imported only when asked for, so that
#: ``cti replay`` does not wait for the web server's imports.
COMMANDS = {
    "serve": ("serve", "serve"),
    "relay": ("relay", "relay"),
    "connect": ("connect", "connect"),
    "callcenter": ("callcenter", "callcenter"),
    "dial": ("dial", "dial"),
    "replay": ("replay", "replay"),
    "org": ("org", "org"),
    "agent": ("agent", "agent"),
    "connector": ("connector", "connector"),
    "admin": ("admin", "admin"),
    "audit": ("audit", "audit"),
}


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands, in the order a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command called ``cmd_name``, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(f"{__name__}.{module}"), attribute)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cti-adapter", prog_name="cti")
def main(**_: Any) -> None:
    """Telephony for Salesforce: softphone, relay and connectors, self-hosted, keeping no call data."""
