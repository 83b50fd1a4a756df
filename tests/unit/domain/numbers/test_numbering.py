"""Our short cuts through the metadata give what ``phonenumbers`` gives."""

import phonenumbers
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat

from cti_adapter.domain.numbers import formatting
from cti_adapter.domain.numbers.numbering import (
    Number,
    as_library,
    from_idd,
    from_international,
    from_national,
    is_possible,
    is_valid,
    plan_of,
)

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
CODES = sorted(code for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
DIGITS = st.from_regex(r"[0-9]{1,14}", fullmatch=True)


def examples() -> list[phonenumbers.PhoneNumber]:
    kinds = range(0, 11)
    found = (phonenumbers.example_number_for_type(region, kind) for region in REGIONS for kind in kinds)
    return [number for number in found if number is not None]


def e164(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def test_examples_of_all_kinds_and_regions() -> None:
    numbers = examples()
    assert len(numbers) > 1300
    for number in numbers:
        read = from_international(e164(number)[1:])
        assert read is not None
        assert read.e164 == e164(number)
        assert is_valid(read) == phonenumbers.is_valid_number(number)
        assert is_possible(read)
        assert formatting.international(read) == phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
        national = formatting.display(read, str(number.country_code))
        assert national == phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)


@settings(max_examples=1500)
@example(49, "4930000")  # fits a range of German landlines, and no German number at all
@given(st.sampled_from(CODES), DIGITS)
def test_behind_a_plus_digits_are_read_as_the_library_reads_them(code: int, national: str) -> None:
    read = from_international(f"{code}{national}")
    try:
        library = phonenumbers.parse(f"+{code}{national}")
    except phonenumbers.NumberParseException:
        assert read is None
        return
    assert read is not None
    assert read.e164 == e164(library)
    assert phonenumbers.is_possible_number(library) == is_possible(read)
    assert phonenumbers.is_valid_number(library) == is_valid(read)


@settings(max_examples=1500)
@given(st.sampled_from(CODES), DIGITS)
def test_layouts_are_the_library_s(code: int, national: str) -> None:
    number = from_international(f"{code}{national}")
    assume(number is not None)
    assert number is not None
    library = as_library(number)
    assert formatting.international(number) == phonenumbers.format_number(library, PhoneNumberFormat.INTERNATIONAL)
    assert formatting.display(number, str(code)) == phonenumbers.format_number(library, PhoneNumberFormat.NATIONAL)


@settings(max_examples=1500)
@given(st.sampled_from(["DE", "AT", "CH", "GB", "FR", "IT", "US", "HU", "BR", "ES"]), DIGITS)
def test_within_a_country_digits_are_read_as_the_library_reads_them(region: str, digits: str) -> None:
    read = from_national(digits, plan_of(region))
    if read is None:
        return
    library = phonenumbers.parse(digits, region)
    assert read.e164 == e164(library)
    assert is_valid(read) == phonenumbers.is_valid_number(library)


@pytest.mark.parametrize(
    ("digits", "region", "found"),
    [
        ("0891234567", "DE", Number("49", "891234567")),
        ("891234567", "DE", None),  # without its zero a German number is not dialled like this
        ("0612345678", "IT", Number("39", "0612345678")),  # the zero belongs to the number
        ("4155552671", "US", Number("1", "4155552671")),
        ("14155552671", "US", Number("1", "4155552671")),
        ("5552671", "US", None),
    ],
)
def test_national(digits: str, region: str, found: Number | None) -> None:
    assert from_national(digits, plan_of(region)) == found


def test_international_prefixes() -> None:
    assert from_idd("0014155552671", plan_of("DE")) == Number("1", "4155552671")
    assert from_idd("01149891234567", plan_of("US")) == Number("49", "891234567")
    assert from_idd("0049891234567", plan_of("US")) is None
    assert from_idd("00049891234567", plan_of("DE")) is None


def test_an_unknown_region_recognises_nothing() -> None:
    plan = plan_of("XX")
    assert (plan.country_code, from_national("0891234567", plan), from_idd("0049891234567", plan)) == ("", None, None)
    assert plan.is_emergency("112")
    assert not plan.is_short_code("115")


@pytest.mark.parametrize(
    ("region", "code", "is_one"),
    [
        *(("DE", "115", True), ("DE", "116117", True), ("DE", "11833", True), ("DE", "201", False)),
        *(("US", "411", True), ("US", "2345", False), ("US", "911", True), ("GB", "118500", True), ("FR", "15", False)),
    ],
)
def test_short_codes(region: str, code: str, is_one: bool) -> None:
    assert plan_of(region).is_short_code(code) is is_one
