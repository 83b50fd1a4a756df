"""``cti agent``: agents and their personal tokens."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from ..application.administration.agent_file import LONGEST_FILE
from ..application.administration.agents import MOST_LISTED
from ..domain.organization import AgentRecord, PersonalToken
from .administering import (
    Desk,
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


@click.group()
def agent() -> None:
    """Agents: who may use a softphone."""


@agent.command()
@click.argument("login")
@config_option
@organization_option
@click.option("--name", default="", help="The person's name.")
def create(login: str, config_path: Path | None, organization: str, name: str) -> None:
    """Enter the agent LOGIN, by which connectors know them: mostly the Salesforce login name."""
    with administering(config_path) as desk:
        made = desk.administration.agents.make(desk.actor, organization, login, name)
        desk.say(f"agent {made.login!r} of organization {organization!r} made")


@agent.command("list")
@config_option
@organization_option
@click.option("--contains", default="", help="Only those with this in login or name.")
@json_option
def list_(config_path: Path | None, organization: str, contains: str, as_json: bool) -> None:
    """List the agents of an organization."""
    with administering(config_path) as desk:
        found = list(_all(desk, organization, contains))
        if as_json:
            print_json([_shown(each) for each in found])
        else:
            print_rows(
                [
                    (each.login, each.name, activity(each.active), "bound" if each.subject else "not bound")
                    for each in found
                ]
            )
        desk.say(f"{counted(len(found), 'agent')} of organization {organization!r}")


@agent.command()
@click.argument("login")
@config_option
@organization_option
@json_option
def show(login: str, config_path: Path | None, organization: str, as_json: bool) -> None:
    """Show the agent LOGIN with the tokens that were issued."""
    with administering(config_path) as desk:
        found = desk.administration.agents.one(desk.actor, organization, login)
        tokens = desk.administration.agents.tokens(desk.actor, organization, login)
        shown = _shown(found)
        if as_json:
            print_json(shown | {"tokens": [_token(each) for each in tokens]})
        else:
            print_rows([(key, "-" if value in (None, "") else str(value)) for key, value in shown.items()])
            for each in tokens:
                click.echo(f"token  {each.id}  of {moment(each.made_at)}  until {moment(each.ends_at) or 'withdrawn'}")
        desk.say(f"agent {found.login!r} of organization {organization!r}")


@agent.command("import")
@click.argument("file", type=click.File("r", encoding="utf-8-sig", errors="surrogateescape"))
@config_option
@organization_option
def import_(file: Any, config_path: Path | None, organization: str) -> None:
    """Enter all agents of FILE (CSV in UTF-8 with the heading login,name; - for stdin), or none of them."""
    text = file.read(LONGEST_FILE + 1)
    with administering(config_path) as desk:
        made = desk.administration.agents.import_file(desk.actor, organization, text)
        desk.say(f"{counted(len(made), 'agent')} of organization {organization!r} made")


@agent.command("set")
@click.argument("login")
@config_option
@organization_option
@click.option("--login", "new_login", help="The new login; sessions end.")
@click.option("--name", help="The person's name.")
def set_(login: str, config_path: Path | None, organization: str, new_login: str | None, name: str | None) -> None:
    """Change the agent LOGIN."""
    values = {key: value for key, value in (("login", new_login), ("name", name)) if value is not None}
    if not values:
        raise click.UsageError("give --login or --name")
    with administering(config_path) as desk:
        after = desk.administration.agents.change(desk.actor, organization, login, values)
        desk.say(f"agent {after.login!r} of organization {organization!r}: {', '.join(values)} set")


@agent.command()
@click.argument("login")
@config_option
@organization_option
def deactivate(login: str, config_path: Path | None, organization: str) -> None:
    """Let the agent LOGIN in no more; sessions end within five seconds."""
    with administering(config_path) as desk:
        found = desk.administration.agents.deactivate(desk.actor, organization, login)
        desk.say(f"agent {found.login!r} of organization {organization!r} deactivated")


@agent.command()
@click.argument("login")
@config_option
@organization_option
def activate(login: str, config_path: Path | None, organization: str) -> None:
    """Take a deactivation back."""
    with administering(config_path) as desk:
        found = desk.administration.agents.activate(desk.actor, organization, login)
        desk.say(f"agent {found.login!r} of organization {organization!r} activated")


@agent.command("sign-out")
@click.argument("login")
@config_option
@organization_option
def sign_out(login: str, config_path: Path | None, organization: str) -> None:
    """End all sessions of the agent LOGIN, who may sign in again."""
    with administering(config_path) as desk:
        found = desk.administration.agents.sign_out(desk.actor, organization, login)
        desk.say(f"agent {found.login!r} of organization {organization!r} signed out everywhere")


@agent.command()
@click.argument("login")
@config_option
@organization_option
def release(login: str, config_path: Path | None, organization: str) -> None:
    """Forget which identity LOGIN belongs to; the next one that signs in by this name has it."""
    with administering(config_path) as desk:
        found = desk.administration.agents.release(desk.actor, organization, login)
        desk.say(f"agent {found.login!r} of organization {organization!r} released from the identity")


@agent.command()
@click.argument("login")
@config_option
@organization_option
@click.option("--days", type=click.IntRange(1, 3650), help="How long it is good; without: until it is withdrawn.")
def token(login: str, config_path: Path | None, organization: str, days: int | None) -> None:
    """Issue a personal token for the agent LOGIN, and print it: it is not shown again."""
    with administering(config_path) as desk:
        ends_at = time.time() + days * 86_400 if days else None
        text, record = desk.administration.agents.issue_token(desk.actor, organization, login, ends_at)
        click.echo(text)
        until = f"until {moment(ends_at)}" if ends_at else "until it is withdrawn"
        desk.say(f"token {record.id} of agent {login!r} of organization {organization!r}, good {until}, issued")


@agent.command("withdraw-token")
@click.argument("login")
@click.argument("token_id", metavar="TOKEN")
@config_option
@organization_option
def withdraw_token(login: str, token_id: str, config_path: Path | None, organization: str) -> None:
    """Withdraw TOKEN, named by its id (`cti agent show`); sessions that it has opened end."""
    with administering(config_path) as desk:
        desk.administration.agents.withdraw_token(desk.actor, organization, login, token_id)
        desk.say(f"token {token_id} of agent {login!r} of organization {organization!r} withdrawn")


@agent.command()
@click.argument("login")
@config_option
@organization_option
@yes_option("The agent goes with all tokens.")
def remove(login: str, config_path: Path | None, organization: str) -> None:
    """Remove the agent LOGIN."""
    with administering(config_path) as desk:
        desk.administration.agents.remove(desk.actor, organization, login)
        desk.say(f"agent {login!r} of organization {organization!r} removed")


def _all(desk: Desk, organization: str, contains: str) -> Iterator[AgentRecord]:
    """Page by page."""
    after = ""
    while True:
        page = desk.administration.agents.all(desk.actor, organization, contains=contains, after=after)
        yield from page
        if len(page) < MOST_LISTED:
            return
        after = page[-1].login


def _shown(record: AgentRecord) -> dict[str, Any]:
    return {
        "login": record.login,
        "name": record.name,
        "active": record.active,
        "id": record.id,
        "issuer": record.issuer,
        "subject": record.subject,
        "signed_out_before": moment(record.signed_out_before or None),
    }


def _token(token: PersonalToken) -> dict[str, Any]:
    return {"id": token.id, "made_at": moment(token.made_at), "ends_at": moment(token.ends_at)}
