"""Where the laboratory cannot run: the reason is said, in CI as the last line. Needs no Asterisk."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .asterisk_lab import STAMP, AsteriskLab

HERE = Path(__file__).parent


def test_names_the_script_that_would_help(tmp_path: Path) -> None:
    assert "run tests/live/provision_asterisk.sh as root" in (AsteriskLab.available(tmp_path / "root") or "")


def test_repeats_why_the_script_gave_up(tmp_path: Path) -> None:
    (tmp_path / "root.unavailable").write_text("No Asterisk: the mirror is on fire.\n", encoding="utf-8")
    assert AsteriskLab.available(tmp_path / "root") == "No Asterisk: the mirror is on fire."


def test_a_folder_without_its_stamp_is_not_complete(tmp_path: Path) -> None:
    (tmp_path / "root" / "usr").mkdir(parents=True)
    assert AsteriskLab.available(tmp_path / "root")
    (tmp_path / "root" / STAMP).write_text("sid\nAsterisk 22.0\n", encoding="utf-8")
    assert AsteriskLab(tmp_path / "root").major == 22


@pytest.mark.parametrize(
    ("ci", "last"), [("true", "Asterisk live tests did not run: There is no Asterisk in "), ("", "1 skipped")]
)
def test_the_run_ends_with_the_reason_only_in_ci(tmp_path: Path, ci: str, last: str) -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        f"{HERE}/test_lab.py::test_phones_register",
    ]
    surroundings = {**os.environ, "CI": ci, "CTI_ASTERISK_ROOT": str(tmp_path / "root")}
    run = subprocess.run(command, env=surroundings, cwd=HERE.parents[1], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0
    assert last in run.stdout.splitlines()[-1]


def test_script_gives_up_with_one_sentence_and_code_3(tmp_path: Path) -> None:
    root = tmp_path / "mistyped"
    (root / "precious").mkdir(parents=True)
    run = subprocess.run(
        ["sh", f"{HERE}/provision_asterisk.sh"],
        env={**os.environ, "CTI_ASTERISK_ROOT": str(root)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 3
    assert len(run.stderr.splitlines()) == 1
    assert (root / "precious").is_dir()
    assert AsteriskLab.available(root) == run.stderr.strip()
