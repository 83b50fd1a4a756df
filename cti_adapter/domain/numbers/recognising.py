"""The rules that find an external number in the numbering plan, with what was typed along or left away. No dialling."""

from .explanation import Draft
from .kinds import behind_prefix
from .notation import shortened
from .numbering import (
    LONGEST_LOCAL,
    NANP,
    Number,
    from_idd,
    from_international,
    from_national,
    is_possible,
    is_valid,
    plan_of,
)
from .reading import stay_as_typed

#: Digits that a number without its long-distance prefix has at least; shorter ones are local numbers.
_NATIONAL_WITHOUT_TRUNK = LONGEST_LOCAL + 1


def read_record_country(draft: Draft, region: str) -> None:
    """A number in a French record is a French number, unless it says otherwise."""
    if not region or draft.text.startswith("+") or region.upper() == draft.settings.country:
        return
    plan = plan_of(region.upper())
    number = from_idd(draft.text, plan) or from_national(draft.text, plan)
    if number is not None and is_valid(number):
        draft.number = number
        draft.change(number.e164, "record_country", f"read as a number of {region.upper()}, the country of the record")


def drop_typed_prefix(draft: Draft) -> None:
    """The outside prefix is not put twice in front of what already has it.

    It counts as typed where the number as it stands is none of the numbering plan (written with area code, or with the
    prefix for abroad), and is one without the prefix. In doubt the digits are the number itself, unless the prefix
    stands apart (``0 0431 …``).
    """
    if draft.number is not None or draft.text.startswith("+"):
        return
    prefix, rest = draft.settings.outside_prefix, behind_prefix(draft)
    if not rest:
        return
    apart = draft.shown.startswith((f"{prefix} ", f"{prefix}-")) and rest.startswith(draft.plan.trunk or "0")
    if (apart or not _is_plausible(draft.text, draft)) and _is_plausible(rest, draft):
        draft.change(rest, "outside_prefix_typed", f"{prefix} was typed as the outside prefix")


def _is_plausible(digits: str, draft: Draft) -> bool:
    """Whether the numbering plan has it, not only one of its length; a local number counts with the own area code."""
    number = _recognised(digits, draft)
    if number is None and draft.settings.area_code and not digits.startswith(draft.plan.trunk or "0"):
        number = from_national(draft.plan.trunk + draft.settings.area_code + digits, draft.plan)
    return number is not None and is_valid(number)


def _recognised(digits: str, draft: Draft) -> Number | None:
    """``digits`` as a number of a numbering plan, or None where the notation leaves a doubt."""
    number = from_idd(digits, draft.plan) or from_national(digits, draft.plan)
    prefix = draft.settings.international_prefix
    if number is None and prefix and digits.startswith(prefix):
        abroad = from_international(digits[len(prefix) :])
        number = abroad if abroad is not None and is_valid(abroad) else None
    return number


def recognise(draft: Draft) -> None:
    """Find the number in the numbering plan; without a result it stays as it is."""
    if draft.number is not None:
        return
    if draft.text.startswith("+"):
        draft.number = from_international(draft.text[1:])
        if draft.number is None:
            stay_as_typed(draft)
        return
    draft.number = _recognised(draft.text, draft) or _guessed(draft)
    if draft.number is None and not _is_local(draft):
        _note_unknown(draft)


def _guessed(draft: Draft) -> Number | None:
    """What digits without any prefix mean: with a country code, without area code, or without the trunk prefix."""
    return _with_country_code(draft) or _with_area_code(draft) or _without_trunk(draft)


def _with_country_code(draft: Draft) -> Number | None:
    """``49 89 …``: the plus was forgotten, where that makes a number and the digits are too many for a local one."""
    code, digits = draft.plan.country_code, draft.text
    own = bool(code) and code != NANP and digits.startswith(code) and len(digits) > LONGEST_LOCAL
    if not own and not draft.settings.country_code_first:
        return None
    number = from_international(digits)
    if number is None or not is_valid(number):
        return None
    if not draft.settings.country_code_first:
        draft.note("uncertain", f"{shortened(digits)} is taken for a number that begins with country code {code}.")
    draft.change(number.e164, "country_code_without_plus", "begins with a country code")
    return number


def _with_area_code(draft: Draft) -> Number | None:
    """A number of the own area."""
    area, plan = draft.settings.area_code, draft.plan
    if not area or not _is_local(draft):
        return None
    number = from_national(plan.trunk + area + draft.text, plan)
    if number is None or not is_possible(number):
        return None
    draft.change(plan.trunk + area + draft.text, "local_area_code", f"a number of the own area code {area}")
    return number


def _without_trunk(draft: Draft) -> Number | None:
    """``1712345678``: a spreadsheet has eaten the zero in front."""
    plan, digits = draft.plan, draft.text
    if not plan.trunk or plan.country_code == NANP or len(digits) < _NATIONAL_WITHOUT_TRUNK or digits[0] == plan.trunk:
        return None
    number = from_national(plan.trunk + digits, plan)
    if number is None or not is_valid(number):
        return None
    draft.note("uncertain", f"{shortened(digits)} is taken for a number whose first {plan.trunk} is missing.")
    draft.change(plan.trunk + digits, "missing_trunk", f"{plan.trunk} in front of the area code is missing")
    return number


def _is_local(draft: Draft) -> bool:
    """Whether it looks like a number of the own area, without area code."""
    trunk = draft.plan.trunk
    return len(draft.text) <= LONGEST_LOCAL and not (trunk and draft.text.startswith(trunk))


def _note_unknown(draft: Draft) -> None:
    plan, short = draft.plan, shortened(draft.text)
    usual = plan.international_prefix
    if draft.text.startswith("00") and usual and usual != "00":
        message = (
            f"{short}: 00 is not the prefix for abroad in {plan.region}, {usual} is; it is dialled as it was typed."
        )
        draft.note("foreign_international_prefix", message)
        return
    why = f"is no complete number of the numbering plan of {draft.settings.country}; it is dialled as it was typed"
    draft.note("unknown_number", f"{short} {why}.")
