"""What is promised about people's data and about security names the test that shows it."""

import re

import pytest

from support.named_tests import ROOT, is_there, names_in

DOCUMENTS = ("docs/privacy.md", "docs/threat-model.md")


@pytest.mark.parametrize(("document", "name"), [(each, name) for each in DOCUMENTS for name in names_in(each)])
def test_the_test_is_there(document: str, name: str) -> None:
    assert is_there(name)


def test_a_test_that_is_gone_would_be_noticed() -> None:
    assert not is_there("tests/unit/test_promises.py::test_that_is_gone")
    assert not is_there("tests/unit/test_gone.py::test_x")
    assert not is_there("tests/unit/test_gone.py")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_row_with_a_last_column_for_tests_names_one(document: str) -> None:
    shown = False
    for line in (ROOT / document).read_text("utf-8").splitlines():
        if not line.startswith("|"):
            shown = False
        elif line.rstrip(" |").endswith("shown by"):
            shown = True
        elif shown and not re.fullmatch(r"[|\-]+", line):
            assert "`tests/" in line.rstrip(" |").rpartition("|")[2], line
