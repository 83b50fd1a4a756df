"""``cti dial explain``: how a number is dialled or recognised, rule by rule. The rules are in ``domain/numbers``."""

import json
import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from ..config import Config
from ..domain.call_center.definition import DefinitionOptions, build_definition
from ..domain.call_center.document import MAX_BYTES, DocumentError, read
from ..domain.call_center.item_reader import SettingProblem
from ..domain.call_center.settings import flat_settings, read_settings
from ..domain.numbers.explanation import Explanation
from ..domain.numbers.incoming import NO_PROFILE, PARTIES, IncomingProfile, Party, explain_incoming
from ..domain.numbers.outgoing import explain_outgoing
from ..domain.numbers.settings import NumberSettings
from .options import config_option, loaded

#: Exit codes: it can be dialled (or was recognised), it cannot; wrong usage is click's own 2.
FINE, REFUSED = 0, 1


@click.group()
def dial() -> None:
    """How numbers are dialled and recognised; nothing is dialled here."""


@dial.command()
@click.argument("number")
@config_option
@click.option("--callcenter", metavar="FILE", help="Call center definition with the site's settings (- for stdin).")
@click.option("--record-country", metavar="XX", default="", help="Country of the record that the number stands in.")
@click.option("--incoming", is_flag=True, help="The number was shown by the phone system.")
@click.option("--party", type=click.Choice(PARTIES), default="caller", help="Whose number it is, with --incoming.")
@click.option("--connector", metavar="ID", help="With --incoming: apply the numbers table of this connector.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def explain(
    number: str,
    config_path: Path | None,
    callcenter: str | None,
    record_country: str,
    incoming: bool,
    party: Party,
    connector: str | None,
    as_json: bool,
) -> None:
    """Explain how NUMBER is dialled, or with --incoming how it is recognised.

    \b
    cti dial explain "+49 (0)89 1234567 DW 12"
    cti dial explain 0049891234567 --incoming --callcenter callcenter.xml --json

    A number that begins with - goes behind a --. Exits with 0, or with 1 where the number cannot be dialled.
    """
    if (connector or party != "caller") and not incoming:
        raise click.UsageError("--connector and --party go with --incoming")
    if record_country and not (len(record_country) == 2 and record_country.isalpha() and record_country.isascii()):
        raise click.BadParameter("is no country code of two letters (ISO 3166)", param_hint="--record-country")
    config = loaded(config_path)
    reading = read_settings(_raw(callcenter, config))
    if incoming:
        profile = _profile(config, connector)
        explanation = explain_incoming(number, reading.settings, party=party, profile=profile)
    else:
        explanation = explain_outgoing(number, reading.settings, record_country=record_country)
    if as_json:
        click.echo(json.dumps(_as_json(explanation, reading.problems), indent=2, ensure_ascii=False))
    else:
        _print(explanation, reading.settings, reading.problems)
    sys.exit(REFUSED if explanation.refused else FINE)


def _raw(callcenter: str | None, config: Config) -> dict[str, str]:
    if callcenter is None:
        url = "http://localhost/softphone"  # only the numbers are looked at
        return flat_settings(build_definition(DefinitionOptions(url, country=config.country)))
    try:
        with click.open_file(callcenter, "rb") as file:
            return flat_settings(read(file.read(MAX_BYTES + 1)))
    except OSError as error:
        raise click.UsageError(f"{callcenter} cannot be read: {error.strerror}") from None
    except DocumentError as error:
        raise click.UsageError(f"{callcenter}: {error}") from None


def _profile(config: Config, connector: str | None) -> IncomingProfile:
    if connector is None:
        return NO_PROFILE
    found = next((entry for entry in config.connectors if entry.id == connector), None)
    if found is None:
        known = ", ".join(entry.id for entry in config.connectors) or "none"
        raise click.BadParameter(f"there is no connector {connector!r} (there is: {known})", param_hint="--connector")
    return IncomingProfile(**found.numbers.model_dump())


def _as_json(explanation: Explanation, problems: tuple[SettingProblem, ...]) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(explanation)
    wrong = [{"error_id": problem.rule, "message": problem.message, "refused": False} for problem in problems]
    return plain | {"problems": [*plain["problems"], *wrong]}


def _print(explanation: Explanation, settings: NumberSettings, problems: tuple[SettingProblem, ...]) -> None:
    kind = "emergency" if explanation.emergency else "internal" if explanation.internal else "external"
    rows = [
        ("number", explanation.input),
        ("dial", explanation.dial),
        ("after answer", explanation.extension),
        ("E.164", explanation.e164 or ""),
        ("shown as", explanation.display),
        ("kind", f"{kind} ({settings.country})"),
        ("numbers in it", " | ".join(explanation.alternatives)),
        ("searched by", ", ".join(key for key in explanation.lookup if key not in explanation.probable)),
        ("head office", ", ".join(explanation.probable)),
    ]
    for name, value in rows:
        if value:
            click.echo(f"{name:14} {value}")
    for rule in explanation.rules:
        step = f"{rule.before} -> {rule.after}" if rule.before != rule.after else rule.before
        click.echo(f"  {rule.rule:26} {step}  ({rule.why})")
    for problem in explanation.problems:
        click.echo(f"note: {problem.message}", err=True)
    for wrong in problems:
        click.echo(f"setting: {wrong.message}", err=True)
