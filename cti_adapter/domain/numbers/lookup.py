"""What to search a record by: the same number in the forms in which people store it. Pure."""

from .explanation import Draft
from .formatting import display, international
from .numbering import NANP, Number, NumberingPlan, is_mobile, national_digits

#: So many last digits tell subscribers apart even when country and area code are written another way.
TAIL = 8
#: Digits cut from a direct number to find the main number, unless a setting says otherwise.
HEAD_OFFICE_DIGITS = 3
#: A main number without extension has at least so many digits, area code included.
_SHORTEST_MAIN = 5
#: Salesforce refuses searches of fewer characters (Open CTI guide, searchAndScreenPop).
_SHORTEST_KEY = 3

Keys = tuple[tuple[str, ...], tuple[str, ...]]


def keys(draft: Draft, *, head_office: bool) -> Keys:
    """(all keys, best first; those of them that only lead to the head office) for a number that has been read."""
    if draft.refused or draft.emergency:
        return (), ()
    if draft.internal:
        return _internal(draft), ()
    number = draft.certain()
    if number is None:
        return _unknown(draft), ()
    exact = _with_direct_dial(draft, number)
    for candidate in draft.candidates:
        exact += (candidate.e164,)
    exact += (number.national[-TAIL:],) if len(number.national) > TAIL else ()
    exact = tuple(dict.fromkeys(exact))
    probable = (
        tuple(key for key in dict.fromkeys(_head_office(draft, number)) if key not in exact) if head_office else ()
    )
    return exact + probable, probable


def forms(number: Number, site: NumberingPlan) -> tuple[str, ...]:
    """``number`` as it may be stored in a site's records: E.164 first, then as dialled within the site's country.

    A foreign number is also looked for as its own countrymen write it, last: the same digits may be somebody's here.
    """
    spaced = international(number)
    if number.country_code != site.country_code:
        prefix, digits = site.international_prefix, number.e164[1:]
        return (number.e164, prefix + digits, spaced, digits, national_digits(number))
    national = number.national if site.country_code == NANP else site.trunk + number.national
    return (number.e164, national, spaced, display(number, site.country_code), number.e164[1:])


def _with_direct_dial(draft: Draft, number: Number) -> tuple[str, ...]:
    """An extension may be a direct number (12345 DW 67 is 1234567), and 12345-0 the switchboard of 12345."""
    if draft.extension and number.country_code != NANP:
        direct = Number(number.country_code, number.national + draft.extension)
        return (direct.e164, *forms(number, draft.plan))
    found = forms(number, draft.plan)
    if draft.direct_dial and number.national.endswith(draft.direct_dial):
        base = Number(number.country_code, number.national[: -len(draft.direct_dial)])
        return (*found, base.e164)
    return found


def _head_office(draft: Draft, number: Number) -> list[str]:
    """The main numbers that a direct number may belong to: fewer and fewer digits, alone or with zeros behind."""
    limit = draft.settings.head_office_digits
    north_american = number.country_code == NANP
    cut = limit if limit is not None else (0 if north_american else HEAD_OFFICE_DIGITS)
    if cut == 0 or is_mobile(number):
        return []
    own = number.country_code == draft.plan.country_code
    found = []
    for digits in range(1, cut + 1):
        base = number.national[:-digits]
        if len(base) < _SHORTEST_MAIN:
            break
        for main in dict.fromkeys((base + "0", base + "0" * digits, base)):
            if main != number.national:
                found.append(f"+{number.country_code}{main}")
                found.extend([draft.plan.trunk + main] if own and draft.plan.trunk else [])
    return found


def _internal(draft: Draft) -> tuple[str, ...]:
    """A colleague: the extension, and the direct number where the main number is known."""
    digits = draft.text
    if not digits.isdecimal():
        return ()
    direct = (draft.settings.main_number + digits,) if draft.settings.main_number else ()
    return direct + ((digits,) if len(digits) >= _SHORTEST_KEY else ())


def _unknown(draft: Draft) -> tuple[str, ...]:
    """Digits that no numbering plan explains are searched as they are."""
    digits = "".join(char for char in draft.shown or draft.text if char.isdecimal())
    found = (digits, digits[-TAIL:] if len(digits) > TAIL else "")
    return tuple(dict.fromkeys(key for key in found if len(key) >= _SHORTEST_KEY))
