"""``cti callcenter``: writes a call center definition, or checks one. The rules are in ``domain/call_center``."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from ..domain.call_center.definition import MODES, DefinitionError, DefinitionOptions
from ..domain.call_center.document import MAX_BYTES, document_for
from ..domain.call_center.rules import Report, check

#: Exit codes: fine (or warnings only), errors in the file; wrong usage is click's own 2.
FINE, FAULTY = 0, 1
#: Fields of ``DefinitionOptions`` whose option has another name.
_OPTION_NAMES = {"internal_name": "--name"}


@click.command()
@click.option("--url", help="Address of the softphone for agents' browsers; without a path, /softphone is added.")
@click.option("--standby-url", help="Address that Salesforce loads when the first does not answer in time.")
@click.option("--timeout-ms", type=click.IntRange(1), help="How long it waits for the first; only with --standby-url.")
@click.option("--name", "internal_name", help="Internal name, unique in the org, fixed after the import (CtiAdapter).")
@click.option("--display-name", help="Name that Salesforce shows (CTI Adapter).")
@click.option("--mode", type=click.Choice(MODES), help="Where the softphone appears (Lightning).")
@click.option("--country", help="Country of the office, two letters (DE).")
@click.option("--width", type=int, help="Pixels, 200 to 1920 (400).")
@click.option("--height", type=int, help="Pixels, 240 to 2560 (600).")
@click.option("--out", metavar="FILE", help="Where to write the definition; - is standard output.")
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@click.option("--check", "checked", metavar="FILE", help="Check FILE instead of writing one; - is standard input.")
@click.option("--json", "as_json", is_flag=True, help="With --check: print one JSON object.")
def callcenter(out: str | None, force: bool, checked: str | None, as_json: bool, **given: Any) -> None:
    """Write the call center definition that a Salesforce admin imports, or check one.

    \b
    cti callcenter --url https://cti.example.com --out callcenter.xml
    cti callcenter --check callcenter.xml

    A check prints one line for each problem and exits with 0 (nothing but warnings), 1 (errors) or 2 (wrong usage).
    """
    options = {name: value for name, value in given.items() if value is not None}
    if checked is not None:
        if options or out or force:
            raise click.UsageError("--check stands alone, or with --json")
        sys.exit(_check(checked, as_json))
    if as_json:
        raise click.UsageError("--json goes with --check")
    if not out or "url" not in options:
        raise click.UsageError("give --url URL and --out FILE to write a definition, or --check FILE")
    _write(options, out, force)


def _write(given: dict[str, Any], out: str, force: bool) -> None:
    try:
        options = DefinitionOptions(**given)
    except DefinitionError as error:
        option = _OPTION_NAMES.get(error.option, "--" + error.option.replace("_", "-"))
        raise click.UsageError(f"{option}: {error.value!r} {error.rule}") from None
    for warning in options.warnings:
        click.echo(f"warning: {warning.message}", err=True)
    document = document_for(options)
    if out == "-":
        click.echo(document, nl=False)
        return
    try:
        with Path(out).open("wb" if force else "xb") as file:
            file.write(document)
    except FileExistsError:
        raise click.UsageError(f"{out} exists already; --force overwrites it") from None
    except OSError as error:
        raise click.UsageError(f"{out} cannot be written: {error.strerror}") from None


def _check(path: str, as_json: bool) -> int:
    """Print the report on ``path``; the exit code."""
    report = check(_content(path))
    if as_json:
        click.echo(json.dumps(_as_json(path, report), indent=2, ensure_ascii=False))
    else:
        _print(path, report)
    return FAULTY if report.errors else FINE


def _content(path: str) -> bytes:
    """One byte more than allowed is enough to see that there are too many."""
    try:
        with click.open_file(path, "rb") as file:
            return bytes(file.read(MAX_BYTES + 1))
    except OSError as error:
        raise click.UsageError(f"{path} cannot be read: {error.strerror}") from None


def _as_json(path: str, report: Report) -> dict[str, Any]:
    return {
        "file": path,
        "errors": len(report.errors),
        "warnings": len(report.warnings),
        "problems": [asdict(problem) for problem in report.problems],
    }


def _print(path: str, report: Report) -> None:
    for problem in report.problems:
        place = f"{problem.place}: " if problem.place else ""
        click.echo(f"{path}:{problem.line}: {problem.severity}: {place}{problem.message} ({problem.rule})")
    click.echo(f"{path}: {len(report.errors)} errors, {len(report.warnings)} warnings", err=True)
