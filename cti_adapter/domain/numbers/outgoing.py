"""From what an agent typed or clicked to what the phone system is asked to dial, with the reason of every step.

A phone system wants a number as it would be keyed in at a desk phone: an extension as it is, an external number behind
the digits that fetch an outside line, a foreign one behind the international prefix. Salesforce hands these prefixes to
the page and applies none of them. One pure pipeline of small rules (``RULES``) does it here; each rule that fires is
recorded, so the chain from the typing to the dialled digits has no gap.

In short: emergency numbers, star codes, service numbers and extensions are never touched. An external number is
recognised where that is certain, takes the form that the site asks for, then gets the outside prefix, once. What is not
understood is dialled as it was typed, and the explanation says so: the agent, not this program, decides whom to call.
"""

from collections.abc import Callable, Collection

from . import kinds, lookup, notation, reading
from .explanation import Draft, Explanation
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
from .settings import NumberSettings

Rule = Callable[[Draft], None]
#: Digits that a number without its long-distance prefix has at least; shorter ones are local numbers.
_NATIONAL_WITHOUT_TRUNK = LONGEST_LOCAL + 1


def explain_outgoing(
    typed: str, settings: NumberSettings, *, record_country: str = "", extensions: Collection[str] = ()
) -> Explanation:
    """Work out what to dial for ``typed`` (a number in any notation, or a ``tel:`` or ``sip:`` URI). Never raises.

    ``record_country`` is the country of the record that the number was clicked in (ISO 3166), which a number without
    country code is read in first. ``extensions``: those that the phone system has told. ``dial`` is empty only where
    dialling is refused: nothing dialable was typed, control characters, or far too long.
    """
    draft = Draft(typed, settings, extensions)
    for rule in RULES:
        rule(draft)
        if draft.done:
            break
    else:
        _read_record_country(draft, record_country)
        for rule in EXTERNAL_RULES:
            rule(draft)
            if draft.done:
                break
    return draft.finished(*lookup.keys(draft, head_office=False))


def dialled(number: Number, settings: NumberSettings) -> str:
    """What is dialled for a number that is known."""
    draft = Draft(number.e164, settings)
    draft.number = number
    put_into_form(draft)
    apply_outside_prefix(draft)
    return draft.text


def explain_raw(typed: str) -> Explanation:
    """ "Dial exactly this": no rule but those that keep line breaks away from the phone system."""
    draft = Draft(typed, NumberSettings())
    reading.refuse_unusable(draft)
    if not draft.refused and not typed.strip():
        draft.refuse("nothing_to_dial", "Nothing was typed.")
    draft.emergency = kinds.is_emergency(draft.text, draft)
    return draft.finished((), ())


# --- reading, and numbers that are never touched ---------------------------------------------------------------------


def read_letters(draft: Draft) -> None:
    """1-800-FLOWERS: letters are digits in North America, and only in numbers of that form."""
    north_american = draft.plan.country_code == NANP or draft.text.startswith("+1")
    digits = notation.vanity_digits(draft.text) if north_american and any(map(str.isalpha, draft.text)) else None
    if digits is not None:
        draft.change(digits, "vanity", "letters stand for the digits of their keys")


def keep_what_is_not_understood(draft: Draft) -> None:
    """Letters and stray signs: dial what was typed and say so."""
    if not notation.is_dialable(draft.text):
        _as_typed(draft)


def keep_emergency(draft: Draft) -> None:
    """Emergency numbers, also typed behind the outside prefix; only a setting of its own puts one in front."""
    settings = draft.settings
    if kinds.is_emergency(draft.text, draft):
        draft.decide("emergency", "an emergency number is dialled as it is")
        draft.emergency = draft.done = True
        if settings.emergency_with_outside_prefix:
            why = "this phone system needs the outside prefix for emergency calls"
            draft.change(settings.outside_prefix + draft.text, "outside_prefix", why)
    elif kinds.is_emergency(_behind_prefix(draft), draft):
        draft.decide("emergency", "an emergency number behind the outside prefix is dialled as it was typed")
        draft.emergency = draft.done = True


def keep_short_codes(draft: Draft) -> None:
    """Service numbers (115, 116117, 11833) have neither area code nor country code, and are no extensions."""
    settings = draft.settings
    if draft.plan.is_short_code(draft.text):
        draft.decide("short_code", "a public service number is dialled as it is")
        draft.done = True
        if settings.short_code_with_outside_prefix:
            why = "this phone system needs the outside prefix for service numbers"
            draft.change(settings.outside_prefix + draft.text, "outside_prefix", why)
    elif draft.plan.is_short_code(_behind_prefix(draft)):
        draft.decide("short_code", "a public service number behind the outside prefix is dialled as it was typed")
        draft.done = True


def _behind_prefix(draft: Draft) -> str:
    prefix = draft.settings.outside_prefix
    return draft.text[len(prefix) :] if prefix and draft.text.startswith(prefix) else ""


# --- external numbers ------------------------------------------------------------------------------------------------


def _read_record_country(draft: Draft, region: str) -> None:
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
    prefix, rest = draft.settings.outside_prefix, _behind_prefix(draft)
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
            _as_typed(draft)
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


def keep_own_direct_numbers(draft: Draft) -> None:
    """A colleague's direct number from outside is the extension inside."""
    extension = kinds.own_extension(draft)
    if extension:
        draft.change(extension, "own_direct_number", f"a direct number of {shortened(draft.settings.main_number)}")
        draft.internal = draft.done = True


def put_into_form(draft: Draft) -> None:
    """The form that the site asks for; see ``NumberSettings.dial_format``."""
    number, settings = draft.number, draft.settings
    if number is None:
        return
    if settings.dial_format == "plus":
        draft.change(number.e164, "plus_form", "this site dials with +")
    elif settings.dial_format == "international" or not _is_own(number, draft):
        _international(draft, number)
    elif not settings.dial_own_area_code and settings.area_code and number.national.startswith(settings.area_code):
        local = number.national[len(settings.area_code) :]
        draft.change(
            local, "own_area_code_omitted", f"area code {settings.area_code} is the own one and is not dialled"
        )
    else:
        _national(draft, number)


def _is_own(number: Number, draft: Draft) -> bool:
    """Whether it belongs to the site's country (its country code; the whole of North America is one)."""
    return number.country_code == draft.plan.country_code


def _national(draft: Draft, number: Number) -> None:
    """Within the country: area code and number behind the long-distance prefix.

    Only where that prefix is the country's own trunk prefix, alone or behind a carrier's code (``0``, ``010330``), or
    the country has none: any other would not lead there, while the international form always does.
    """
    prefix, trunk = draft.settings.long_distance_prefix, draft.plan.trunk
    if prefix.endswith(trunk) if trunk else not prefix:
        why = f"number within the country: long-distance prefix {prefix}" if prefix else "number within the country"
        draft.change(prefix + number.national, "national_form", why)
    elif draft.text != trunk + number.national:
        _international(draft, number)


def _international(draft: Draft, number: Number) -> None:
    """Abroad: the international prefix instead of ``+`` or of another prefix for abroad."""
    prefix = draft.settings.international_prefix
    if not prefix:
        draft.change(number.e164, "plus_form", "no international prefix is set, so the number is dialled with +")
        return
    draft.change(prefix + number.e164[1:], "international_form", f"international prefix {prefix} for the +")


def apply_outside_prefix(draft: Draft) -> None:
    """Every external number fetches a line first; what is dialled with ``+`` finds its way by itself."""
    settings = draft.settings
    if not settings.outside_prefix:
        return
    if not draft.text.startswith("+"):
        why = f"outside line: {settings.outside_prefix}"
        draft.change(settings.outside_prefix + draft.text, "outside_prefix", why)
    elif settings.dial_format != "plus":
        message = "reqInternationalPrefix is empty, so the number is dialled with + and without the outside prefix."
        draft.note("no_international_prefix", message)


#: The pipeline. Its order matters: emergency numbers are looked for before anything is put in front or taken away.
RULES: tuple[Rule, ...] = (
    reading.refuse_unusable,
    reading.refuse_nothing,
    reading.read_characters,
    reading.read_uri,
    reading.choose_number,
    reading.drop_remarks,
    reading.split_extension,
    reading.note_switchboard,
    reading.drop_bracketed_trunk,
    read_letters,
    reading.drop_separators,
    reading.drop_prefix_before_plus,
    keep_what_is_not_understood,
    keep_emergency,
    kinds.keep_star_codes,
    kinds.force_kind,
    kinds.keep_known_extensions,
    keep_short_codes,
    kinds.keep_extensions,
)
EXTERNAL_RULES: tuple[Rule, ...] = (
    drop_typed_prefix,
    recognise,
    keep_own_direct_numbers,
    put_into_form,
    apply_outside_prefix,
)


def _as_typed(draft: Draft) -> None:
    typed = draft.typed.strip()
    draft.shown, draft.done, draft.extension = typed, True, ""
    draft.change(typed, "as_typed", "not understood as a number")
    draft.note("not_understood", f"{shortened(typed)!r} is no telephone number; it is dialled as it was typed.")
