"""``cti audit``: who has changed what."""

from pathlib import Path

import click
import msgspec

from ..application.administration.audit import MOST_LISTED
from .administering import administering, counted, json_option, moment, print_json, print_rows
from .options import config_option


@click.group()
def audit() -> None:
    """Who has changed what in the registry; kept for 30 days."""


@audit.command("list")
@config_option
@click.option("--org", "organization", help="Only what concerns this organization.")
@click.option("--limit", type=click.IntRange(1, MOST_LISTED), default=100, show_default=True, help="Entries at most.")
@json_option
def list_(config_path: Path | None, organization: str | None, limit: int, as_json: bool) -> None:
    """List the latest changes, newest first."""
    with administering(config_path) as desk:
        entries = desk.administration.audit.page(desk.actor, organization, limit=limit).entries
        if as_json:
            print_json([msgspec.to_builtins(each) | {"at": moment(each.at)} for each in entries])
        else:
            print_rows(
                [
                    (str(moment(each.at)), each.actor, each.organization or "-", each.action, each.target, each.detail)
                    for each in entries
                ]
            )
        desk.say(counted(len(entries), "change"))
