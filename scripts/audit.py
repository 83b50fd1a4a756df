"""Looks for what must not be released: weak code, packages with known faults, unpinned packages, secrets.

usage: audit.py [--root FOLDER] [--advisories URL] [PART …]

Each part prints one line; what a part has found follows indented. Exit code 1 when any part has found something.
"""

import argparse
import contextlib
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detect_secrets.core import baseline
from detect_secrets.core.secrets_collection import SecretsCollection
from pip_requirements_parser import RequirementsFile

#: Seconds that an advisory service may take for one answer, and all of a tool.
ANSWER_S = 15
TOOL_S = 300
BASELINE = ".secrets.baseline"


@dataclass(frozen=True)
class Place:
    """What is audited. ``advisories``: URL of an OSV service, or empty for that of pip-audit."""

    root: Path
    advisories: str


@dataclass(frozen=True)
class Result:
    """``findings``: a line for each; none: all is well. ``advice`` says what to do about them."""

    looked_at: str
    findings: list[str]
    advice: str = ""
    skipped: bool = False


def tool(place: Place, name: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Runs a Python tool of this environment in the audited folder."""
    command = [sys.executable, "-m", name, *options]
    return subprocess.run(command, cwd=place.root, capture_output=True, text=True, timeout=TOOL_S)


def tracked(place: Place) -> list[str]:
    """Files that git knows, without those that were removed and not committed yet. Raises ``CalledProcessError``."""
    command = ["git", "-C", str(place.root), "ls-files", "-z"]
    names = subprocess.run(command, capture_output=True, text=True, check=True, timeout=TOOL_S).stdout
    return [name for name in names.split("\0") if name and (place.root / name).is_file()]


def code(place: Place) -> Result:
    """Bandit, with the configuration of pyproject.toml. Every severity counts."""
    ran = tool(place, "bandit", "--quiet", "--recursive", "cti_adapter", "-c", "pyproject.toml", "-f", "json")
    try:
        report = json.loads(ran.stdout)
    except ValueError:
        return Result("bandit", [last_line(ran.stderr)], "bandit did not run")
    findings = [
        f"{each['filename']}:{each['line_number']}: {each['test_id']} {each['issue_text']}"
        for each in report["results"]
    ]
    findings += [f"{each['filename']}: not read: {each['reason']}" for each in report["errors"]]
    looked_at = f"{report['metrics']['_totals']['loc']} lines of cti_adapter"
    return Result(looked_at, findings, "change the code, or add `# nosec BNNN - reason` to the line")


def advisories(place: Place) -> Result:
    """Packages that run, looked up in an advisory service. Skipped, and said so, where that cannot be asked."""
    service = ("--vulnerability-service", "osv", "--osv-url", place.advisories) if place.advisories else ()
    pinned = ("--disable-pip", "--require-hashes", "--requirement", "requirements/run.txt")
    quiet = ("--progress-spinner", "off", "--timeout", str(ANSWER_S), "--format", "json")
    away = Result("the advisory service is out of reach; run this part again where it is not", [], skipped=True)
    try:
        ran = tool(place, "pip_audit", *pinned, *quiet, *service)
        packages = json.loads(ran.stdout)["dependencies"]
    except subprocess.TimeoutExpired:
        return away
    except ValueError:
        if out_of_reach(ran.stderr):
            return away
        return Result("pip-audit", [last_line(ran.stderr)], "pip-audit did not run")
    return of_packages(packages)


def out_of_reach(errors: str) -> bool:
    """Whether pip-audit has failed because of the network and not because of what it was given."""
    return bool(re.search(r"ConnectionError|HTTPError|Timeout|Could not connect", errors))


def of_packages(packages: list[dict[str, Any]]) -> Result:
    """From pip-audit's report, which passes over what the service does not know: all, where a mirror answers for it."""
    unknown = [str(each["name"]) for each in packages if "skip_reason" in each]
    if packages and len(unknown) == len(packages):
        return Result("the advisory service knows none of the packages, so it is no such service", [], skipped=True)
    findings = [f"{name}: unknown to the advisory service" for name in unknown]
    for each in packages:
        for advisory in each.get("vulns", ()):
            mended = ", ".join(advisory["fix_versions"]) or "no release yet"
            findings.append(f"{each['name']} {each['version']}: {advisory['id']}, mended in {mended}")
    advice = "raise the bound in pyproject.toml and run `make pin`, or take another package"
    return Result(f"{len(packages)} packages of requirements/run.txt", findings, advice)


def pins(place: Place) -> Result:
    """Every requirement is one version with hashes, and nothing is installed without them."""
    files = sorted((place.root / "requirements").glob("*.txt"))
    findings = [] if files else ["requirements/: no files"]
    total = 0
    for path in files:
        name = f"requirements/{path.name}"
        parsed = RequirementsFile.from_file(str(path))
        total += len(parsed.requirements)
        findings += [f"{name}:{each.line_number}: {each.line}: not understood" for each in parsed.invalid_lines]
        findings += [f"{name}:{each.line_number}: {each.line}: an option" for each in parsed.options]
        for each in parsed.requirements:
            if not (each.is_pinned and each.hash_options):
                findings.append(f"{name}:{each.line_number}: {each.name or each.line}: no single version with hashes")
    findings += list(installs_without_hashes(place))
    advice = "write packages into pyproject.toml and run `make pin`; install by scripts/pip-install.sh"
    return Result(f"{total} requirements in {len(files)} files, and what installs them", findings, advice)


def installs_without_hashes(place: Place) -> Iterable[str]:
    """Calls of pip that might fetch something whose hash nobody has written down."""
    for path in (place.root / "Makefile", *sorted((place.root / "scripts").glob("*.sh"))):
        text = path.read_text("utf-8").replace("\\\n", " ")
        for line in re.findall(r"^.*\bpip3? install\b.*$", text, flags=re.MULTILINE):
            fetches_nothing = "--no-deps" in line and "--no-build-isolation" in line and "--editable ." in line
            if "--require-hashes" not in line and not fetches_nothing:
                yield f"{path.relative_to(place.root)}: {line.strip()}: without --require-hashes"


def integrity(place: Place) -> Result:
    """Every npm package has its hash; one inside of another is covered by that one's."""
    packages = json.loads((place.root / "package-lock.json").read_text("utf-8"))["packages"]
    fetched = {path: each for path, each in packages.items() if path and not each.get("inBundle")}
    findings = [f"{path}: no integrity" for path, each in fetched.items() if "integrity" not in each]
    findings += [f"{path}: weak integrity" for path, each in fetched.items() if each.get("integrity", "")[:4] == "sha1"]
    advice = "remove the entries from package-lock.json and let npm write them anew"
    return Result(f"{len(fetched)} packages of package-lock.json", findings, advice)


def secrets(place: Place) -> Result:
    """Files that git knows, against the baseline: what was looked at once and is none."""
    try:
        names = tracked(place)
    except subprocess.CalledProcessError:
        return Result(
            "git", ["this is no working copy of git"], "run it in one: it tells which files are the project's"
        )
    with contextlib.chdir(place.root):  # the library compares paths as they are given
        known = baseline.load(baseline.load_from_file(BASELINE), BASELINE)
        seen = SecretsCollection()
        seen.scan_files(*names)
    findings = [f"{name}:{each.line_number}: {each.type}" for name, each in seen - known]
    advice = "withdraw it and take it out, or read docs/development/audit.md if it is none"
    return Result(f"{len(names)} files, except those that {BASELINE} leaves out", sorted(findings), advice)


def last_line(text: str) -> str:
    """The sentence of a tool that failed; before it come traces."""
    return (text.strip().splitlines() or ["no output"])[-1]


PARTS: dict[str, Callable[[Place], Result]] = {
    "code": code,
    "advisories": advisories,
    "pins": pins,
    "integrity": integrity,
    "secrets": secrets,
}


def told(part: str, result: Result) -> str:
    """The lines of a part."""
    if result.skipped:
        return f"{part}: SKIPPED: {result.looked_at}"
    if not result.findings:
        return f"{part}: nothing found: {result.looked_at}"
    lines = [f"{part}: {len(result.findings)} found: {result.advice}", *(f"  {each}" for each in result.findings)]
    return "\n".join(lines)


def main() -> int:
    """0: nothing found, 1: something."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[1], help="what is audited")
    parser.add_argument("--advisories", default="", metavar="URL", help="OSV service to ask instead of the usual one")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; none: all")
    options = parser.parse_args()
    if wrong := [each for each in options.parts if each not in PARTS]:
        parser.error(f"there is no part {wrong[0]!r}: {', '.join(PARTS)}")
    place = Place(options.root.resolve(), options.advisories)
    found = False
    for part in options.parts or PARTS:
        result = PARTS[part](place)
        found = found or bool(result.findings)
        sys.stdout.write(told(part, result) + "\n")
        sys.stdout.flush()
    return int(found)


if __name__ == "__main__":
    sys.exit(main())
