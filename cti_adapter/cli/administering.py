"""What the commands that change the registry share: opening it, acting as somebody, refusing, and how things are told.

What people or programs are to go on with is printed to stdout; what was done, and where, to stderr.
"""

import getpass
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from ..application.administration import Actor, Administration, AdministrationRefused
from ..application.registry import RegistryUnavailable
from ..domain.organization import DEFAULT_ORGANIZATION, Role
from ..registry.database import WrongUrl
from ..registry.store import open_registry, registry_exists, shown_url
from .options import loaded

Command = TypeVar("Command", bound=Callable[..., Any])

organization_option = click.option(
    "--org", "organization", default=DEFAULT_ORGANIZATION, show_default=True, help="Organization it belongs to."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
password_option = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")


def yes_option(question: str) -> Callable[[Command], Command]:
    """Ask ``question`` first, unless ``--yes`` is given."""
    return click.confirmation_option(prompt=f"{question} This cannot be taken back. Go on?", help="Do not ask.")


@dataclass(frozen=True)
class Desk:
    """An opened registry and who works on it. ``place`` is the database, without its password."""

    administration: Administration
    actor: Actor
    place: str

    def say(self, sentence: str) -> None:
        """What was done, and in which database."""
        click.echo(f"{sentence} in {self.place}", err=True)


@contextmanager
def administering(config_path: Path | None, *, making: bool = False) -> Iterator[Desk]:
    """The registry of the configuration; only with ``making`` one that is not there is made.

    Refusals leave the program with exit code 1, and wrong settings with 2.
    """
    url = loaded(config_path).database_url.get_secret_value()
    try:
        place = shown_url(url)
        if not making and not registry_exists(url):
            raise click.ClickException(
                f"there is no registry in {place}; --config, CTI_CONFIG or CTI_DATABASE_URL name another, "
                "and `cti org create` makes one"
            )
        registry = open_registry(url)
        try:
            yield Desk(Administration(registry), Actor(f"cli:{_user()}", Role.OWNER), place)
        finally:
            registry.close()
    except WrongUrl as error:
        raise click.UsageError(f"database_url: {error}") from None
    except (AdministrationRefused, RegistryUnavailable) as error:
        raise click.ClickException(str(error)) from None


def new_password(login: str, from_stdin: bool) -> str:
    """Asked for twice without showing it, or the first line of standard input."""
    if from_stdin:
        return sys.stdin.readline(2000).rstrip("\r\n")
    answer: str = click.prompt(f"Password of {login}", hide_input=True, confirmation_prompt=True, err=True)
    return answer


def print_json(content: object) -> None:
    """For programs."""
    click.echo(json.dumps(content, indent=2, ensure_ascii=False))


def print_rows(rows: list[tuple[str, ...]]) -> None:
    """For people: columns as wide as their longest entry."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def counted(number: int, thing: str) -> str:
    """``1 agent``, ``2 agents``."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def moment(seconds: float | None) -> str | None:
    """``seconds`` since 1970 as ISO 8601 in UTC."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def activity(active: bool) -> str:
    """As a column."""
    return "active" if active else "deactivated"


def _user() -> str:
    """Who has started the program; environment variables are not asked where the system itself knows."""
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):
        return getpass.getuser()
