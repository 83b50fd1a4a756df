"""``cti connector``: connectors that attach from outside, and their keys."""

import os
from pathlib import Path
from typing import Any

import click

from ..application.administration.connectors import OVERLAP_S
from ..application.credentials import PUBLIC_KEY_PREFIX, new_key_pair
from ..domain.organization import ConnectorKey, ConnectorRecord
from .administering import (
    activity,
    administering,
    counted,
    json_option,
    moment,
    organization_option,
    print_json,
    print_rows,
    yes_option,
)
from .options import config_option

public_key_option = click.option(
    "--public-key", metavar="whpk_…", help="Believe this key (`cti connector keygen`), instead of making an API key."
)


@click.group()
def connector() -> None:
    """Connectors that attach from outside, and the keys that they show."""


@connector.command()
@click.argument("connector_id", metavar="CONNECTOR")
@config_option
@organization_option
def create(connector_id: str, config_path: Path | None, organization: str) -> None:
    """Make CONNECTOR, which needs a key then."""
    with administering(config_path) as desk:
        made = desk.administration.connectors.make(desk.actor, organization, connector_id)
        desk.say(f"connector {made.id!r} of organization {organization!r} made")


@connector.command("list")
@config_option
@organization_option
@json_option
def list_(config_path: Path | None, organization: str, as_json: bool) -> None:
    """List the connectors of an organization."""
    with administering(config_path) as desk:
        found = desk.administration.connectors.all(desk.actor, organization)
        if as_json:
            print_json([_shown(each) for each in found])
        else:
            print_rows([(each.id, activity(each.active), counted(len(each.keys), "key")) for each in found])
        desk.say(f"{counted(len(found), 'connector')} of organization {organization!r}")


@connector.command()
@click.argument("connector_id", metavar="CONNECTOR")
@config_option
@organization_option
@json_option
def show(connector_id: str, config_path: Path | None, organization: str, as_json: bool) -> None:
    """Show CONNECTOR and its keys."""
    with administering(config_path) as desk:
        found = desk.administration.connectors.one(desk.actor, organization, connector_id)
        if as_json:
            print_json(_shown(found))
        else:
            click.echo(f"{found.id}  {activity(found.active)}")
            for each in _shown(found)["keys"]:
                until = f"until {each['ends_at']}" if each["ends_at"] else "without end"
                click.echo(f"key  {each['id']}  {each['kind']}  of {each['made_at']}  {until}  {each['public_key']}")
        desk.say(f"connector {found.id!r} of organization {organization!r}")


@connector.command("add-key")
@click.argument("connector_id", metavar="CONNECTOR")
@config_option
@organization_option
@public_key_option
def add_key(connector_id: str, config_path: Path | None, organization: str, public_key: str | None) -> None:
    """Give CONNECTOR a key: an API key, which is printed and not shown again, or a public key."""
    with administering(config_path) as desk:
        connectors = desk.administration.connectors
        if public_key is not None:
            key = connectors.add_public_key(desk.actor, organization, connector_id, public_key)
        else:
            text, key = connectors.add_api_key(desk.actor, organization, connector_id)
            click.echo(text)
        desk.say(f"key {key.id} of connector {connector_id!r} of organization {organization!r} added")


@connector.command()
@click.argument("connector_id", metavar="CONNECTOR")
@config_option
@organization_option
@public_key_option
@click.option(
    "--overlap-hours",
    type=click.FloatRange(0, 24 * 90),
    default=OVERLAP_S / 3600,
    show_default=True,
    help="How long the former key is good; 0: no longer.",
)
def rotate(
    connector_id: str, config_path: Path | None, organization: str, public_key: str | None, overlap_hours: float
) -> None:
    """Give CONNECTOR a new key in place of the one it has, which is good for some hours more."""
    with administering(config_path) as desk:
        connectors, overlap_s = desk.administration.connectors, overlap_hours * 3600
        if public_key is not None:
            key = connectors.rotate_public_key(desk.actor, organization, connector_id, public_key, overlap_s)
        else:
            text, key = connectors.rotate_api_key(desk.actor, organization, connector_id, overlap_s)
            click.echo(text)
        desk.say(
            f"key {key.id} of connector {connector_id!r} of organization {organization!r} made, "
            f"the former one good for {overlap_hours:g} hours,"
        )


@connector.command("withdraw-key")
@click.argument("connector_id", metavar="CONNECTOR")
@click.argument("key")
@config_option
@organization_option
def withdraw_key(connector_id: str, key: str, config_path: Path | None, organization: str) -> None:
    """Withdraw KEY, named by its id (`cti connector show`)."""
    with administering(config_path) as desk:
        desk.administration.connectors.withdraw_key(desk.actor, organization, connector_id, key)
        desk.say(f"key {key} of connector {connector_id!r} of organization {organization!r} withdrawn")


@connector.command()
@click.argument("connector_id", metavar="CONNECTOR")
@config_option
@organization_option
def deactivate(connector_id: str, config_path: Path | None, organization: str) -> None:
    """Cut CONNECTOR off within five seconds; its keys stay."""
    with administering(config_path) as desk:
        desk.administration.connectors.deactivate(desk.actor, organization, connector_id)
        desk.say(f"connector {connector_id!r} of organization {organization!r} deactivated")


@connector.command()
@click.argument("connector_id", metavar="CONNECTOR")
@config_option
@organization_option
def activate(connector_id: str, config_path: Path | None, organization: str) -> None:
    """Take a deactivation back."""
    with administering(config_path) as desk:
        desk.administration.connectors.activate(desk.actor, organization, connector_id)
        desk.say(f"connector {connector_id!r} of organization {organization!r} activated")


@connector.command()
@click.argument("connector_id", metavar="CONNECTOR")
@config_option
@organization_option
@yes_option("The connector goes with its keys.")
def remove(connector_id: str, config_path: Path | None, organization: str) -> None:
    """Remove CONNECTOR."""
    with administering(config_path) as desk:
        desk.administration.connectors.remove(desk.actor, organization, connector_id)
        desk.say(f"connector {connector_id!r} of organization {organization!r} removed")


@connector.command()
@click.option("--out", required=True, type=click.Path(path_type=Path), help="File for the private key; a new one.")
def keygen(out: Path) -> None:
    """Make a key pair, on the machine of the connector: the private key into a file, the public key to be told.

    \b
    cti connector keygen --out connector.key
    cti connector add-key headquarters --org acme --public-key whpk_…      (beside the relay)
    """
    private, public = new_key_pair()
    try:
        with os.fdopen(os.open(out, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(f"{private}\n")
    except FileExistsError:
        raise click.ClickException(f"{out} exists already; keys are not overwritten") from None
    except OSError as error:
        raise click.ClickException(f"{out} cannot be written: {error.strerror}") from None
    click.echo(public)
    click.echo(f"private key written to {out}; the public key above goes to `cti connector add-key`", err=True)


def _shown(record: ConnectorRecord) -> dict[str, Any]:
    return {
        "organization": record.organization,
        "id": record.id,
        "active": record.active,
        "keys": [_key(each) for each in record.keys],
    }


def _key(key: ConnectorKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "kind": key.kind,
        "made_at": moment(key.made_at),
        "ends_at": moment(key.ends_at),
        "public_key": PUBLIC_KEY_PREFIX + key.value if key.kind == "ed25519" else "",
    }
