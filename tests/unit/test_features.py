"""The table of features names tests that exist, and every row that says yes has one."""

import re

import pytest

from support.named_tests import ROOT, is_there

ROWS = [
    [cell.strip() for cell in line.strip().strip("|").split("|")]
    for line in (ROOT / "docs/features.md").read_text("utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| feature")
]
#: What is a fact of the repository rather than something that a test could do.
FACTS = {"Open source"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:60])
def test_what_is_said_to_work_is_shown_by_a_test(row: list[str]) -> None:
    feature, here, shown = row
    named = re.findall(r"`([^`]+)`", shown)
    if here.startswith("yes") and feature not in FACTS:
        assert named, f"{feature}: no test is named"
    for name in named:
        assert is_there(name), f"{feature}: {name} does not exist"
