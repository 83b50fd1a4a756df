"""``cti admin``: who may use the admin console."""

from pathlib import Path
from typing import Any

import click

from ..domain.organization import Administrator, Role
from .administering import (
    activity,
    administering,
    counted,
    json_option,
    new_password,
    password_option,
    print_json,
    print_rows,
    yes_option,
)
from .options import config_option

role_type = click.Choice([each.value for each in Role])


@click.group()
def admin() -> None:
    """Administrators: who may use the admin console, and for what."""


@admin.command()
@click.argument("login")
@config_option
@click.option("--role", type=role_type, required=True, help="owner: everything; admin: one organization; auditor: see.")
@click.option("--org", "organization", help="The only organization to see; without: all of them.")
@click.option("--no-password", is_flag=True, help="Signs in by the OpenID Connect provider of the console only.")
@password_option
def create(
    login: str, config_path: Path | None, role: str, organization: str | None, no_password: bool, password_stdin: bool
) -> None:
    """Make the administrator LOGIN, mostly an e-mail address. The password is asked for."""
    if no_password and password_stdin:
        raise click.UsageError("--no-password and --password-stdin exclude each other")
    password = None if no_password else new_password(login, password_stdin)
    with administering(config_path, making=True) as desk:
        made = desk.administration.administrators.make(desk.actor, login, Role(role), organization, password)
        desk.say(f"administrator {made.login!r} ({made.role}) made")


@admin.command("list")
@config_option
@json_option
def list_(config_path: Path | None, as_json: bool) -> None:
    """List all administrators."""
    with administering(config_path) as desk:
        found = [_shown(each) for each in desk.administration.administrators.all(desk.actor)]
        if as_json:
            print_json(found)
        else:
            print_rows(
                [
                    (each["login"], each["role"], each["organization"] or "all organizations", activity(each["active"]))
                    for each in found
                ]
            )
        desk.say(counted(len(found), "administrator"))


@admin.command()
@click.argument("login")
@config_option
@password_option
def password(login: str, config_path: Path | None, password_stdin: bool) -> None:
    """Give the administrator LOGIN another password; sessions end."""
    with administering(config_path) as desk:
        desk.administration.administrators.one(desk.actor, login)
        new = new_password(login, password_stdin)
        found = desk.administration.administrators.set_password(desk.actor, login, new)
        desk.say(f"password of administrator {found.login!r} set")


@admin.command("set")
@click.argument("login")
@config_option
@click.option("--role", type=role_type, help="What they may do.")
@click.option("--org", "organization", help="The only organization to see.")
@click.option("--all-orgs", is_flag=True, help="See all organizations.")
def set_(login: str, config_path: Path | None, role: str | None, organization: str | None, all_orgs: bool) -> None:
    """Change what the administrator LOGIN may do, and where."""
    if organization is not None and all_orgs:
        raise click.UsageError("--org and --all-orgs exclude each other")
    values: dict[str, Any] = {} if role is None else {"role": role}
    if organization is not None or all_orgs:
        values["organization"] = organization
    if not values:
        raise click.UsageError("give --role, --org or --all-orgs")
    with administering(config_path) as desk:
        after = desk.administration.administrators.change(desk.actor, login, values)
        desk.say(f"administrator {after.login!r}: {', '.join(values)} set")


@admin.command()
@click.argument("login")
@config_option
def deactivate(login: str, config_path: Path | None) -> None:
    """Let the administrator LOGIN in no more; sessions end."""
    with administering(config_path) as desk:
        found = desk.administration.administrators.deactivate(desk.actor, login)
        desk.say(f"administrator {found.login!r} deactivated")


@admin.command()
@click.argument("login")
@config_option
def activate(login: str, config_path: Path | None) -> None:
    """Take a deactivation back."""
    with administering(config_path) as desk:
        found = desk.administration.administrators.activate(desk.actor, login)
        desk.say(f"administrator {found.login!r} activated")


@admin.command()
@click.argument("login")
@config_option
def release(login: str, config_path: Path | None) -> None:
    """Forget who the administrator LOGIN is to the identity provider; sessions end."""
    with administering(config_path) as desk:
        found = desk.administration.administrators.release(desk.actor, login)
        desk.say(f"administrator {found.login!r} released from the identity")


@admin.command()
@click.argument("login")
@config_option
@yes_option("The administrator goes.")
def remove(login: str, config_path: Path | None) -> None:
    """Remove the administrator LOGIN."""
    with administering(config_path) as desk:
        desk.administration.administrators.remove(desk.actor, login)
        desk.say(f"administrator {login!r} removed")


def _shown(record: Administrator) -> dict[str, Any]:
    return {
        "login": record.login,
        "role": record.role.value,
        "organization": record.organization,
        "active": record.active,
        "password": bool(record.password_hash),
        "identity": bool(record.subject),
    }
