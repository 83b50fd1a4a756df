"""`make audit` finds what is planted, and nothing in what is there; the list of parts is true to CycloneDX."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from support.processes import ROOT, free_port

pytestmark = pytest.mark.enable_socket

#: Put together here, so that this file is no finding itself.
PLANTED_KEY = "AKIA" + "Q3EGRJX7" + "ZTLMP5VN"
PINNED = "flask==3.1.0 --hash=sha256:" + "ab" * 32


def audit(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ROOT / "scripts/audit.py", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=110)


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """A small project in which each part has something to find."""
    for name in ("cti_adapter", "requirements", "scripts"):
        (tmp_path / name).mkdir()
    files = {
        "cti_adapter/shell.py": "import subprocess\n\n\ndef run(text):\n    subprocess.run(text, shell=True)\n",
        "pyproject.toml": "[tool.bandit]\nskips = []\n",
        "requirements/run.txt": f"{PINNED}\n",
        "requirements/dev.txt": "ruff==0.15.0\nmypy>=2.0\n",
        "scripts/install.sh": "python -m pip install \\\n    requests\n",
        "Makefile": "",
        "package-lock.json": json.dumps({"packages": {"": {}, "node_modules/left": {"version": "1.0.0"}}}),
        "notes.txt": f"key = {PLANTED_KEY}\n",
        ".secrets.baseline": (ROOT / ".secrets.baseline").read_text("utf-8"),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)
    return tmp_path


class Advisories(BaseHTTPRequestHandler):
    """An OSV service that knows one fault, of flask."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["package"]["name"]
        fixed = {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.1.9"}]}
        fault = {
            "id": "TEST-2026-1",
            "affected": [{"package": {"name": "flask", "ecosystem": "PyPI"}, "ranges": [fixed]}],
        }
        body = json.dumps({"vulns": [fault]} if asked == "flask" else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def advisories() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Advisories)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("part", ["code", "pins", "integrity", "secrets"])
def test_nothing_is_found_here(part: str) -> None:
    ran = audit(part)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.startswith(f"{part}: nothing found: ")


@pytest.mark.parametrize(
    ("part", "found"),
    [
        ("code", ["cti_adapter/shell.py:5: B602"]),
        (
            "pins",
            [
                "requirements/dev.txt:1: ruff: no single version with hashes",
                "requirements/dev.txt:2: mypy: no single version with hashes",
                "scripts/install.sh: python -m pip install      requests: without --require-hashes",
            ],
        ),
        ("integrity", ["node_modules/left: no integrity"]),
        ("secrets", ["notes.txt:1: AWS Access Key"]),
    ],
)
def test_what_is_planted_is_found(planted: Path, part: str, found: list[str]) -> None:
    ran = audit("--root", str(planted), part)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    for line in found:
        assert f"  {line}" in ran.stdout
    assert PLANTED_KEY not in ran.stdout


def test_a_package_with_a_known_fault(planted: Path, advisories: str) -> None:
    ran = audit("--root", str(planted), "--advisories", advisories, "advisories")
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "  flask 3.1.0: TEST-2026-1, mended in 3.1.9" in ran.stdout


def test_packages_without_a_known_fault(planted: Path, advisories: str) -> None:
    (planted / "requirements/run.txt").write_text(PINNED.replace("flask", "jinja2"), "utf-8")
    ran = audit("--root", str(planted), "--advisories", advisories, "advisories")
    assert (ran.returncode, ran.stdout) == (0, "advisories: nothing found: 1 packages of requirements/run.txt\n")


def test_a_service_out_of_reach_is_said_and_no_finding(planted: Path) -> None:
    ran = audit("--root", str(planted), "--advisories", f"http://127.0.0.1:{free_port()}/", "advisories")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.startswith("advisories: SKIPPED: the advisory service is out of reach")


def test_requirements_that_cannot_be_read_are_not_passed_over(planted: Path, advisories: str) -> None:
    (planted / "requirements/run.txt").write_text("flask==3.1.0\n", "utf-8")
    ran = audit("--root", str(planted), "--advisories", advisories, "advisories")
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "pip-audit did not run" in ran.stdout


def test_what_a_release_consists_of(tmp_path: Path) -> None:
    command = [sys.executable, ROOT / "scripts/sbom.py", tmp_path]
    subprocess.run(command, check=True, capture_output=True, timeout=110)
    python, npm = (json.loads((tmp_path / f"{name}.cdx.json").read_text("utf-8")) for name in ("python", "npm"))
    pinned = {
        line.split("==")[0]
        for line in (ROOT / "requirements/run.txt").read_text("utf-8").splitlines()
        if line[:1].isalnum()
    }
    assert {each["name"] for each in python["components"]} == pinned
    assert "icons" in {each["name"].split("/")[-1] for each in npm["components"]}
