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

from . import forming, kinds, lookup, notation, reading, recognising
from .explanation import Draft, Explanation
from .notation import shortened
from .numbering import NANP
from .settings import NumberSettings

Rule = Callable[[Draft], None]


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
        recognising.read_record_country(draft, record_country)
        for rule in EXTERNAL_RULES:
            rule(draft)
            if draft.done:
                break
    return draft.finished(*lookup.keys(draft, head_office=False))


def explain_raw(typed: str) -> Explanation:
    """What "dial exactly as typed" does: no rule but those that keep line breaks away from the phone system."""
    draft = Draft(typed, NumberSettings())
    reading.refuse_unusable(draft)
    if not draft.refused and not typed.strip():
        draft.refuse("nothing_to_dial", "Nothing was typed.")
    draft.emergency = kinds.is_emergency(draft.text, draft)
    return draft.finished((), ())


# --- reading, and numbers that are never touched ---------------------------------------------------------------------


def cut_provider(draft: Draft) -> None:
    """``0734…@provider`` was copied from a call list; a semicolon alone stands between two numbers, or before ext=."""
    if "@" in draft.text:
        reading.cut_domain(draft)


def read_letters(draft: Draft) -> None:
    """1-800-FLOWERS: letters are digits in North America, and only in numbers of that form."""
    north_american = draft.plan.country_code == NANP or draft.text.startswith("+1")
    digits = notation.vanity_digits(draft.text) if north_american and any(map(str.isalpha, draft.text)) else None
    if digits is not None:
        draft.change(digits, "vanity", "letters stand for the digits of their keys")


def keep_what_is_not_understood(draft: Draft) -> None:
    """Letters and stray signs: dial what was typed and say so."""
    if not notation.is_dialable(draft.text):
        reading.stay_as_typed(draft)


def keep_emergency(draft: Draft) -> None:
    """Emergency numbers, also typed behind the outside prefix; only a setting of its own puts one in front."""
    settings = draft.settings
    if kinds.is_emergency(draft.text, draft):
        draft.decide("emergency", "an emergency number is dialled as it is")
        draft.emergency = draft.done = True
        if settings.emergency_with_outside_prefix:
            why = "this phone system needs the outside prefix for emergency calls"
            draft.change(settings.outside_prefix + draft.text, "outside_prefix", why)
    elif kinds.is_emergency(kinds.behind_prefix(draft), draft):
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
    elif draft.plan.is_short_code(kinds.behind_prefix(draft)):
        draft.decide("short_code", "a public service number behind the outside prefix is dialled as it was typed")
        draft.done = True


def keep_own_direct_numbers(draft: Draft) -> None:
    """A colleague's direct number from outside is the extension inside."""
    extension = kinds.own_extension(draft)
    if extension:
        draft.change(extension, "own_direct_number", f"a direct number of {shortened(draft.settings.main_number)}")
        draft.internal = draft.done = True


#: The pipeline. Its order matters: emergency numbers are looked for before anything is put in front or taken away.
RULES: tuple[Rule, ...] = (
    reading.refuse_unusable,
    reading.refuse_nothing,
    reading.read_characters,
    reading.read_uri,
    cut_provider,
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
    recognising.drop_typed_prefix,
    recognising.recognise,
    keep_own_direct_numbers,
    forming.put_into_form,
    forming.apply_outside_prefix,
)
