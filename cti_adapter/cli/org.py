"""``cti org``: organizations and their certificates."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import msgspec

from ..application.administration.certificates import LONGEST_PEM, Certificate
from ..application.administration.organizations import SETTABLE, lacking
from ..domain.organization import Admission, Organization, SignInMode
from .administering import (
    Desk,
    activity,
    administering,
    counted,
    json_option,
    moment,
    print_json,
    print_rows,
    yes_option,
)
from .options import config_option


@click.group()
def org() -> None:
    """Organizations: whose agents they are, and how they sign in."""


def _rules(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options for fields of an organization; what is not given stays."""
    for option in (
        click.option("--forbidden-prefix", "forbidden_prefixes", multiple=True, help="Numbers not to dial; repeat it."),
        click.option("--dials-per-minute", type=int, help="Calls that one agent may start in a minute."),
        click.option("--frame-host", "frame_hosts", multiple=True, help="Who may show the softphone; repeat it."),
        click.option("--oidc-client-id", help="Of the app at the provider."),
        click.option("--oidc-issuer", help="URL of the OpenID Connect provider."),
        click.option("--salesforce-org-id", help="Whose tokens are believed in mode apex (00D…)."),
        click.option(
            "--admission", type=click.Choice([each.value for each in Admission]), help="Who becomes an agent."
        ),
        click.option(
            "--sign-in", type=click.Choice([each.value for each in SignInMode]), help="How agents prove who they are."
        ),
    ):
        command = option(command)
    return command


@org.command()
@click.argument("organization")
@config_option
@click.option("--name", help="The name that people know (the same as ORGANIZATION).")
@_rules
def create(organization: str, config_path: Path | None, name: str | None, **rules: Any) -> None:
    """Make ORGANIZATION: small letters, digits and hyphens, which become part of addresses."""
    with administering(config_path, making=True) as desk:
        made = desk.administration.organizations.make(desk.actor, organization, name or organization, _given(rules))
        desk.say(f"organization {made.id!r} (sign-in: {made.sign_in}) made")
        _note_lacking(made)


@org.command("list")
@config_option
@json_option
def list_(config_path: Path | None, as_json: bool) -> None:
    """List all organizations."""
    with administering(config_path) as desk:
        found = desk.administration.organizations.all(desk.actor)
        if as_json:
            print_json([_shown(desk, each) for each in found])
        else:
            print_rows([(each.id, each.name, each.sign_in, each.admission, activity(each.active)) for each in found])
        desk.say(counted(len(found), "organization"))


@org.command()
@click.argument("organization")
@config_option
@json_option
def show(organization: str, config_path: Path | None, as_json: bool) -> None:
    """Show all settings of ORGANIZATION."""
    with administering(config_path) as desk:
        found = desk.administration.organizations.one(desk.actor, organization)
        shown = _shown(desk, found)
        if as_json:
            print_json(shown)
        else:
            certificates = shown.pop("certificates")
            print_rows([(key, _text(value)) for key, value in shown.items()])
            for each in certificates:
                click.echo(f"certificate  {each['sha256']}  until {each['not_after']}  {each['subject']}")
        desk.say(f"organization {found.id!r}")
        _note_lacking(found)


@org.command("set")
@click.argument("organization")
@config_option
@click.option("--name", help="The name that people know.")
@click.option("--clear", multiple=True, type=click.Choice(SETTABLE[3:]), help="Set a field back; repeat it.")
@_rules
def set_(organization: str, config_path: Path | None, clear: tuple[str, ...], **rules: Any) -> None:
    """Change settings of ORGANIZATION. An option that may be repeated replaces the whole list."""
    values = _given(rules)
    if both := sorted(set(clear) & set(values)):
        raise click.UsageError(f"--clear {both[0]} and a value for it exclude each other")
    defaults = msgspec.to_builtins(Organization(id="x", name="x"))
    values |= {field: defaults[field] for field in clear}
    if not values:
        raise click.UsageError("give at least one setting to change")
    with administering(config_path) as desk:
        after = desk.administration.organizations.change(desk.actor, organization, values)
        desk.say(f"organization {after.id!r}: {', '.join(values)} set")
        _note_lacking(after)


@org.command("add-certificate")
@click.argument("organization")
@click.argument("file", type=click.File("r", encoding="utf-8", errors="replace"))
@config_option
def add_certificate(organization: str, file: Any, config_path: Path | None) -> None:
    """Believe what is signed with the certificate in FILE (PEM, - for stdin), beside those that are there."""
    pem = file.read(LONGEST_PEM + 1)
    with administering(config_path) as desk:
        added = desk.administration.organizations.add_certificate(desk.actor, organization, pem)
        click.echo(f"{added.sha256}  until {moment(added.not_after)}  {added.subject}")
        desk.say(f"certificate of organization {organization!r} added")


@org.command("remove-certificate")
@click.argument("organization")
@click.argument("fingerprint")
@config_option
@yes_option("Agents cannot sign in by this certificate any more.")
def remove_certificate(organization: str, fingerprint: str, config_path: Path | None) -> None:
    """Believe the certificate with this SHA-256 FINGERPRINT (or its first 8 digits) no more."""
    with administering(config_path) as desk:
        removed = desk.administration.organizations.remove_certificate(desk.actor, organization, fingerprint)
        desk.say(f"certificate {removed.sha256} of organization {organization!r} removed")


@org.command()
@click.argument("organization")
@config_option
def deactivate(organization: str, config_path: Path | None) -> None:
    """Let nobody of ORGANIZATION in; sessions end within five seconds."""
    with administering(config_path) as desk:
        desk.administration.organizations.deactivate(desk.actor, organization)
        desk.say(f"organization {organization!r} deactivated")


@org.command()
@click.argument("organization")
@config_option
def activate(organization: str, config_path: Path | None) -> None:
    """Take a deactivation back."""
    with administering(config_path) as desk:
        desk.administration.organizations.activate(desk.actor, organization)
        desk.say(f"organization {organization!r} activated")


@org.command()
@click.argument("organization")
@config_option
@yes_option("The organization goes with its agents, connectors and administrators.")
def remove(organization: str, config_path: Path | None) -> None:
    """Remove ORGANIZATION and everything that belongs to it."""
    with administering(config_path) as desk:
        desk.administration.organizations.remove(desk.actor, organization)
        desk.say(f"organization {organization!r} removed")


def _given(rules: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in rules.items() if value not in (None, ())}


def _note_lacking(organization: Organization) -> None:
    if missing := lacking(organization):
        click.echo(f"note: nobody can sign in yet; missing: {', '.join(missing)}", err=True)


def _shown(desk: Desk, organization: Organization) -> dict[str, Any]:
    certificates = desk.administration.organizations.certificates(desk.actor, organization.id)
    plain: dict[str, Any] = msgspec.to_builtins(organization)
    return plain | {"certificates": [_certificate(each) for each in certificates]}


def _certificate(certificate: Certificate) -> dict[str, Any]:
    return {
        "subject": certificate.subject,
        "sha256": certificate.sha256,
        "not_before": moment(certificate.not_before),
        "not_after": moment(certificate.not_after),
    }


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, list | tuple) else str(value)
