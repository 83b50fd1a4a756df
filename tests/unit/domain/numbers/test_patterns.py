"""Patterns of internal and external numbers: two notations, ranges, and nothing that could keep a server busy."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_adapter.domain.numbers.patterns import PatternError, Patterns, parse_patterns


@pytest.mark.parametrize(
    ("written", "digits", "matches"),
    [
        ("22", "22", True),
        ("22", "221", False),
        ("2??", "234", True),
        ("2??", "23", False),
        ("77*", "77", True),
        ("77*", "77123456", True),
        ("77*", "177", False),
        ("200-299", "200", True),
        ("200-299", "299", True),
        ("200-299", "300", False),
        ("200-299", "2000", False),
        ("^110$", "110", True),
        ("^110$", "1101", False),
        ("^11", "11833", True),
        ("^11[0-9][0-9][0-9]$", "11833", True),
        ("^9", "19", False),
        ("22$", "5522", True),
        (r"^\d{3}$", "123", True),
        (r"^\d{3}$", "1234", False),
        ("^9.*1$", "92221", True),
        ("1; 2 ;;3??", "345", True),
        ("", "1", False),
    ],
)
def test_what_fits(written: str, digits: str, matches: bool) -> None:
    assert (parse_patterns(written).match(digits) is not None) is matches


def test_the_pattern_that_fits_is_named_as_it_was_written() -> None:
    assert parse_patterns("1??;^2").match("2345") == "^2"


@pytest.mark.parametrize(
    "written",
    [
        "abc",
        "2-",
        "(1|2)",
        "^(a+)+$",
        "^[9-0]",
        "300-200",
        "20-300",
        "^.*.*.*$",
        "^1{9,1}",
        "1" * 61,
        "*43",
        "^[",
        "+49",
    ],
)
def test_what_is_no_pattern_is_named(written: str) -> None:
    with pytest.raises(PatternError) as caught:
        parse_patterns(f"1;{written}")
    assert caught.value.pattern == written[:60]


def test_too_many() -> None:
    with pytest.raises(PatternError, match="51 patterns"):
        parse_patterns(";".join(["1"] * 51))


@given(st.integers(0, 9999), st.integers(0, 9999), st.integers(0, 99999))
def test_a_range_holds_its_numbers_and_no_other(one: int, other: int, number: int) -> None:
    first, last = sorted((one, other))
    patterns = parse_patterns(f"{first:04}-{last:04}")
    digits = f"{number:04}"
    assert (patterns.match(digits) is not None) == (len(digits) == 4 and first <= number <= last)


@given(st.text(alphabet="0123456789?*^$[]-.{},+\\d;", max_size=40), st.from_regex(r"[0-9*#+]{0,15}", fullmatch=True))
def test_any_text_is_patterns_or_an_error(written: str, digits: str) -> None:
    try:
        patterns = parse_patterns(written)
    except PatternError:
        return
    found = patterns.match(digits)
    assert found is None or found in re.split(r"\s*;\s*", written)


def test_no_pattern_fits_nothing() -> None:
    assert Patterns().match("1") is None
