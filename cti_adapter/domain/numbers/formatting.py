"""Numbers for people, in the layouts of the metadata of ``phonenumbers``. Parses nothing.

The library's own ``format_number`` reads its layouts anew for each number; here they are compiled once for a country.
Both give the same (see the tests).
"""

import re
from functools import lru_cache
from typing import NamedTuple

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, NumberFormat, PhoneMetadata

from .numbering import Number

_FIRST_GROUP = re.compile(r"\\[0-9]")


class _Layout(NamedTuple):
    leading: re.Pattern[str] | None
    digits: re.Pattern[str]
    template: str


class _Layouts(NamedTuple):
    national: tuple[_Layout, ...]
    international: tuple[_Layout, ...]


def display(number: Number, country_code: str) -> str:
    """For people: the national form within the country of ``country_code``, the international form elsewhere."""
    if number.country_code != country_code:
        return international(number)
    return _laid_out(number.national, _layouts(number.country_code).national)


def international(number: Number) -> str:
    """For people anywhere: ``+49 89 1234567``."""
    return f"+{number.country_code} {_laid_out(number.national, _layouts(number.country_code).international)}"


def _laid_out(national: str, layouts: tuple[_Layout, ...]) -> str:
    for layout in layouts:
        if layout.leading is None or layout.leading.match(national):
            found = layout.digits.fullmatch(national)
            if found is not None:
                return layout.template.format(*found.groups())
    return national


@lru_cache(maxsize=300)
def _layouts(country_code: str) -> _Layouts:
    region = COUNTRY_CODE_TO_REGION_CODE[int(country_code)][0]
    if region == "001":
        data = PhoneMetadata.metadata_for_nongeo_region(int(country_code), None)
    else:
        data = PhoneMetadata.metadata_for_region(region, None)
    if data is None:
        return _Layouts((), ())
    national = tuple(_layout(form, within=True) for form in data.number_format)
    return _Layouts(
        national, tuple(_layout(form, within=False) for form in data.intl_number_format or data.number_format)
    )


def _layout(form: NumberFormat, *, within: bool) -> _Layout:
    template, rule = form.format or "", form.national_prefix_formatting_rule
    if within and rule:
        template = _FIRST_GROUP.sub(lambda group: rule.replace(r"\1", group[0]), template, count=1)
    # ``Match.expand`` reads its template anew each time; the groups are all there, so their positions are enough.
    template = _FIRST_GROUP.sub(lambda group: f"{{{int(group[0][1]) - 1}}}", template)
    leading = form.leading_digits_pattern
    return _Layout(re.compile(leading[-1]) if leading else None, re.compile(form.pattern or ""), template)
