"""Writes what a release consists of (CycloneDX, JSON): Python packages that run, and npm packages of pages and tests.

usage: sbom.py FOLDER

Made from the pinned versions, so nothing is installed or fetched; both files are checked against CycloneDX's schema.
"""

import json
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
#: Seconds for a tool.
TOOL_S = 120


def made(folder: Path, *command: str) -> str:
    """What the command prints, run in the folder. Exits with its last words when it fails."""
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=TOOL_S)
    if ran.returncode:
        sys.exit(f"{' '.join(command)}: {ran.stderr.strip()[-500:]}")
    return ran.stdout


def of_python() -> str:
    """From requirements/run.txt."""
    reader = (sys.executable, "-m", "cyclonedx_py", "requirements", "--output-reproducible")
    return made(ROOT, *reader, "--pyproject", "pyproject.toml", "requirements/run.txt")


def of_npm() -> str:
    """From package-lock.json. npm marks which packages are for development only."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "cti-adapter-page"  # which npm takes for the name of the whole
        folder.mkdir()
        for file in ("package.json", "package-lock.json"):
            content = json.loads((ROOT / file).read_text("utf-8"))
            # npm insists on a version of the whole, which only pyproject.toml knows.
            (content["packages"][""] if "packages" in content else content)["version"] = version
            (folder / file).write_text(json.dumps(content), "utf-8")
        options = ("--package-lock-only", "--sbom-format", "cyclonedx", "--sbom-type", "application")
        return made(folder, str(BIN / "npm"), "sbom", "--loglevel=error", *options)


def mistake(text: str) -> str:
    """What CycloneDX's schema has against it, in a sentence; empty: nothing."""
    try:
        version = SchemaVersion[f"V{json.loads(text)['specVersion'].replace('.', '_')}"]
    except (ValueError, KeyError, TypeError) as error:
        return f"no CycloneDX document: {error!r}"
    found = JsonStrictValidator(version).validate_str(text)
    return str(found.data.message) if found else ""


def main() -> None:
    """Writes the files; exits with a sentence when one is not right."""
    if len(sys.argv) != 2:
        sys.exit("usage: sbom.py FOLDER")
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("python.cdx.json", of_python()), ("npm.cdx.json", of_npm())):
        if wrong := mistake(text):
            sys.exit(f"{name}: {wrong[:500]}")
        (folder / name).write_text(text, "utf-8")
        sys.stdout.write(f"{folder / name}: {len(json.loads(text)['components'])} components\n")


if __name__ == "__main__":
    main()
