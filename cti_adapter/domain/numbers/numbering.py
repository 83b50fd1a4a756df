"""What digits mean in a country's numbering plan, by the metadata of ``phonenumbers``. Pure; knows no site.

``phonenumbers`` parses; most numbers, though, are written so plainly (``+4989…``, ``089…``) that its own metadata tell
at once, ten times as fast. Whatever is not that plain goes to the library, and both give the same (see the tests).
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import CountryCodeSource, PhoneMetadata, PhoneNumber, PhoneNumberDesc, shortnumberinfo

#: Emergency numbers of other countries count, too: travellers and imported records bring them along.
EMERGENCY_NUMBERS = frozenset({"110", "112", "911", "999"})
#: Country code of the North American plan, where the trunk prefix 1 may be left out.
NANP = "1"
#: Longest number without an area code, in digits (Germany: eight and a direct extension).
LONGEST_LOCAL = 9
#: Longest service number, in digits (116117, 118000).
LONGEST_SHORT_CODE = 6
_MAX_COUNTRY_CODE = 3


class Number(NamedTuple):
    """A number of some country's plan."""

    country_code: str
    national: str
    """National significant number: with area code, without trunk prefix (ITU-T E.164)."""

    @property
    def e164(self) -> str:
        """``+``, country code, and number."""
        return f"+{self.country_code}{self.national}"


@dataclass(frozen=True, slots=True)
class NumberingPlan:
    """What is needed of a region's metadata."""

    region: str
    country_code: str
    """Without plus; empty for a region that the library does not know."""
    trunk: str
    """Dialled before area codes within the country: ``0``, in North America ``1``; empty where there is none."""
    international_prefix: str
    """The usual one: ``00``, ``011``."""
    general: re.Pattern[str]
    parsing_prefix: re.Pattern[str] | None
    """What the library takes off the front of a national number."""
    plain_trunk: bool
    """Whether that is the trunk prefix and nothing else."""
    idd: re.Pattern[str]
    """All that the country takes for an international prefix."""
    mobile: re.Pattern[str] | None
    fixed: re.Pattern[str] | None
    ranges: re.Pattern[str] | None
    """All ranges in use; None where several countries share the country code, which only the library tells apart."""
    emergency: re.Pattern[str] | None

    def is_emergency(self, digits: str) -> bool:
        """Whether it is an emergency number here, or one that is well known elsewhere."""
        if digits in EMERGENCY_NUMBERS:
            return True
        return self.emergency is not None and self.emergency.fullmatch(digits) is not None

    def is_short_code(self, digits: str) -> bool:
        """Whether it is a public service number (115, 116117, 11833; 411).

        They begin with 1, in North America they are N11. The library's other short numbers are for text messages, and
        would take every extension of a North American office for one.
        """
        if not 3 <= len(digits) <= LONGEST_SHORT_CODE:
            return False
        shaped = digits[1:] == "11" if self.country_code == NANP else digits[0] == "1"
        if not shaped:
            return False
        number = PhoneNumber(country_code=int(self.country_code or 0), national_number=int(digits))
        return shortnumberinfo.is_valid_short_number_for_region(number, self.region)

    def is_mobile(self, national: str) -> bool:
        """Whether a mobile phone has it, and no switchboard."""
        if self.mobile is None or self.mobile.fullmatch(national) is None:
            return False
        return self.fixed is None or self.fixed.fullmatch(national) is None


@lru_cache(maxsize=300)
def plan_of(region: str) -> NumberingPlan:
    """The plan of a region (ISO 3166); of an unknown one a plan that recognises nothing."""
    data = PhoneMetadata.metadata_for_region(region.upper(), None)
    if data is None:
        nothing = re.compile(r"(?!)")
        return NumberingPlan(region, "", "", "", nothing, None, False, nothing, None, None, None, None)
    trunk = data.national_prefix or ""
    parsing = data.national_prefix_for_parsing
    idd = data.international_prefix or ""
    return NumberingPlan(
        region=region,
        country_code=str(data.country_code),
        trunk=trunk,
        international_prefix=data.preferred_international_prefix or (idd if idd.isdigit() else ""),
        general=_pattern(data.general_desc) or re.compile(r"(?!)"),
        parsing_prefix=re.compile(parsing) if parsing else None,
        plain_trunk=bool(trunk) and parsing == trunk and data.national_prefix_transform_rule is None,
        idd=re.compile(idd or r"(?!)"),
        mobile=_pattern(data.mobile),
        fixed=_pattern(data.fixed_line),
        ranges=_ranges(data),
        emergency=_emergency(region),
    )


def _pattern(description: object) -> re.Pattern[str] | None:
    pattern = getattr(description, "national_number_pattern", None)
    return re.compile(pattern) if pattern else None


def _ranges(data: PhoneMetadata) -> re.Pattern[str] | None:
    """One pattern for all kinds of numbers, each of its own lengths, within the general description."""
    if len(phonenumbers.COUNTRY_CODE_TO_REGION_CODE[int(data.country_code or 0)]) > 1:
        return None
    common = (data.fixed_line, data.mobile, data.toll_free, data.premium_rate, data.shared_cost, data.voip)
    kinds = [_range(kind) for kind in (*common, data.personal_number, data.pager, data.uan, data.voicemail)]
    general = _pattern(data.general_desc)
    used = "|".join(filter(None, kinds))
    return re.compile(f"(?=(?:{general.pattern})\\Z)(?:{used})") if general and used else None


def _range(kind: PhoneNumberDesc | None) -> str:
    if kind is None or not kind.national_number_pattern:
        return ""
    lengths = "|".join(rf"\d{{{length}}}" for length in kind.possible_length if length > 0)
    return rf"(?=(?:{lengths})\Z)(?:{kind.national_number_pattern})" if lengths else kind.national_number_pattern


def _emergency(region: str) -> re.Pattern[str] | None:
    data = PhoneMetadata.short_metadata_for_region(region.upper(), None)
    return _pattern(data.emergency) if data is not None else None


@lru_cache(maxsize=300)
def _main_plan(country_code: str) -> NumberingPlan | None:
    region = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(country_code), ("",))[0]
    return plan_of(region) if region and region != "001" else None


def is_country_code(code: str) -> bool:
    """Whether any country has it."""
    return code.isdecimal() and int(code) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE


def from_international(digits: str) -> Number | None:
    """``digits`` behind a ``+``, country code first; None where there is no such country."""
    if digits.startswith("0"):  # no country code begins with 0
        return None
    for length in range(1, _MAX_COUNTRY_CODE + 1):
        code = digits[:length]
        if int(code or 0) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            plan = _main_plan(code)
            national = digits[length:]
            if plan is not None and _is_plain(national, plan):
                return Number(code, national)
            return _parsed("+" + digits, "ZZ")
    return None


def _is_plain(national: str, plan: NumberingPlan) -> bool:
    if plan.general.fullmatch(national) is None:
        return False
    return plan.parsing_prefix is None or plan.parsing_prefix.match(national) is None


def from_national(digits: str, plan: NumberingPlan) -> Number | None:
    """``digits`` as they are dialled within the country with its trunk prefix, if it has one; None if they are not."""
    if plan.plain_trunk and digits.startswith(plan.trunk):
        national = digits[len(plan.trunk) :]
        if plan.general.fullmatch(national) is not None:
            return Number(plan.country_code, national)
    optional = not plan.trunk or plan.country_code == NANP
    if not optional and not digits.startswith(plan.trunk):
        return None
    parsed = _parsed(digits, plan.region, national_only=True)
    return parsed if parsed is not None and (not optional or is_valid(parsed)) else None


def from_idd(digits: str, plan: NumberingPlan) -> Number | None:
    """``digits`` that begin with the country's international prefix; None if they do not or are no possible number."""
    found = plan.idd.match(digits)
    if found is None:
        return None
    number = from_international(digits[found.end() :])
    return number if number is not None and is_possible(number) else None


def _parsed(text: str, region: str, *, national_only: bool = False) -> Number | None:
    try:
        number = phonenumbers.parse(text, region, keep_raw_input=national_only, _check_region=region != "ZZ")
    except phonenumbers.NumberParseException:
        return None
    if national_only and number.country_code_source != CountryCodeSource.FROM_DEFAULT_COUNTRY:
        own = str(number.country_code) == NANP
        if not (own and number.country_code_source == CountryCodeSource.FROM_NUMBER_WITHOUT_PLUS_SIGN):
            return None
    return Number(str(number.country_code), phonenumbers.national_significant_number(number))


def as_library(number: Number) -> PhoneNumber:
    """The same number for ``phonenumbers``."""
    zeros = min(len(number.national) - len(number.national.lstrip("0")), len(number.national) - 1)
    return PhoneNumber(
        country_code=int(number.country_code),
        national_number=int(number.national or 0),
        italian_leading_zero=True if zeros else None,
        number_of_leading_zeros=zeros if zeros > 1 else None,
    )


def is_possible(number: Number) -> bool:
    """Whether its length is one that the plan has."""
    plan = _main_plan(number.country_code)
    if plan is not None and plan.general.fullmatch(number.national) is not None:
        return True
    return phonenumbers.is_possible_number(as_library(number))


def is_valid(number: Number) -> bool:
    """Whether the plan has a range with this number, as far as the metadata know."""
    plan = _main_plan(number.country_code)
    if plan is not None and plan.ranges is not None:
        return plan.ranges.fullmatch(number.national) is not None
    return phonenumbers.is_valid_number(as_library(number))


def is_mobile(number: Number) -> bool:
    """Whether a mobile phone has it, and no switchboard."""
    plan = _main_plan(number.country_code)
    return plan is not None and plan.is_mobile(number.national)


def national_digits(number: Number) -> str:
    """As dialled within its own country: ``0891234567``, ``4155552671``, ``0612345678`` (Italy)."""
    plan = _main_plan(number.country_code)
    return number.national if plan is None or plan.country_code == NANP else plan.trunk + number.national
