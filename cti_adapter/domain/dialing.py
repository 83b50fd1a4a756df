"""From what an agent typed or clicked to what the phone system is asked to dial, with the reason of every change.

A phone system wants a number as it would be keyed in at a desk phone: an extension as it is, an external number behind
the digits that fetch an outside line, a foreign one behind the international prefix. Salesforce hands these prefixes to
the page and applies none of them. One pure pipeline of small rules (``RULES``) does it here; each rule that changes the
text is recorded, so the chain from the typing to the dialled digits has no gap.

In short: emergency numbers, star codes and extensions are never touched. An external number is recognised where that is
certain, takes the form that the prefixes ask for, then gets the outside prefix, once. What is not understood is dialled
as it was typed, and the plan says so: the agent, not this program, decides whom to call.
"""

from collections.abc import Callable
from dataclasses import replace

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, shortnumberinfo

from . import number_text, numbering
from .call_center.settings import AdapterSettings
from .dial_plan import DialPlan, DialProblem, Draft, RuleApplied
from .number_text import shortened

__all__ = ["RULES", "DialPlan", "DialProblem", "RuleApplied", "dial_as_typed", "plan_dial"]

#: Emergency numbers of other countries count, too: travellers and imported records bring them along.
EMERGENCY_NUMBERS = frozenset({"110", "112", "911", "999"})
#: Longest text that is looked at, in characters. Longer ones are pasted by mistake.
MAX_TYPED = 200

Rule = Callable[[Draft, AdapterSettings], Draft]


def plan_dial(typed: str, settings: AdapterSettings) -> DialPlan:
    """Work out what to dial for ``typed`` (a number in any notation, or a ``tel:`` or ``sip:`` URI). Never raises.

    ``dial`` is empty only where the plan is refused: nothing dialable was typed, control characters, or far too long.
    """
    draft = Draft(typed, typed, typed.strip())
    for rule in RULES:
        if not draft.done:
            draft = rule(draft, settings)
    return _plan(draft, settings)


def dial_as_typed(typed: str) -> DialPlan:
    """The plan for "dial exactly this": no rule but those that keep line breaks away from the phone system."""
    draft = refuse_unusable(Draft(typed, typed, typed.strip()), AdapterSettings())
    if not draft.refused and not typed.strip():
        draft = draft.refuse("nothing_to_dial", "Nothing was typed.")
    return _plan(draft, AdapterSettings())


# --- reading the typed text ------------------------------------------------------------------------------------------


def refuse_unusable(draft: Draft, _: AdapterSettings) -> Draft:
    """Line breaks and the like would end a line in the phone system's protocol; they never belong to a number."""
    if number_text.has_control_characters(draft.text):
        return draft.refuse("control_characters", "The number holds a line break or another control character.")
    if len(draft.text) > MAX_TYPED:
        return draft.refuse("number_too_long", f"The number has more than {MAX_TYPED} characters.")
    return draft


def refuse_nothing(draft: Draft, _: AdapterSettings) -> Draft:
    """Without a digit, ``*`` or ``#`` there is nothing that a phone could dial."""
    if number_text.has_dialable(draft.text):
        return draft
    return draft.refuse("nothing_to_dial", "What was typed holds no digit, * or #.")


def read_characters(draft: Draft, _: AdapterSettings) -> Draft:
    """Native digits, typographic hyphens and invisible marks become plain ones."""
    return draft.changed(number_text.plain_characters(draft.text), "plain_characters", "written in plain characters")


def read_uri(draft: Draft, _: AdapterSettings) -> Draft:
    """A link's number instead of the link."""
    number = number_text.from_uri(draft.text)
    # A percent-encoded line break shows only now, and a link need not hold any number.
    if number is None or number_text.has_control_characters(number) or not number_text.has_dialable(number):
        return draft
    return draft.changed(number, "uri", "the number of the link")


def choose_number(draft: Draft, _: AdapterSettings) -> Draft:
    """Of several numbers in one field the first; they are never run together."""
    numbers = number_text.several_numbers(draft.text)
    if not numbers:
        return draft
    others = ", ".join(shortened(number) for number in numbers[1:])
    draft = draft.noted("several_numbers", f"The field holds several numbers; the first is dialled, not {others}.")
    return draft.changed(numbers[0], "first_of_several", "the field holds several numbers")


def split_extension(draft: Draft, _: AdapterSettings) -> Draft:
    """A direct extension cannot be dialled with the number; the agent keys it in when the other side answers."""
    found = number_text.without_extension(draft.text)
    if found is None:
        return draft
    number, extension = found
    draft = draft.noted("extension_not_dialled", f"Extension {extension} is not dialled; key it in when answered.")
    return draft.changed(number, "extension", f"extension {extension} is keyed in after the answer")


def drop_bracketed_trunk(draft: Draft, _: AdapterSettings) -> Draft:
    """``+49 (0)89``: the bracketed zero is for callers within the country."""
    text = number_text.without_bracketed_trunk(draft.text)
    return draft if text is None else draft.changed(text, "bracketed_trunk", "the zero in brackets is for calls within")


def drop_separators(draft: Draft, _: AdapterSettings) -> Draft:
    """Blanks, brackets, hyphens, dots, slashes."""
    draft = replace(draft, shown=draft.text)
    return draft.changed(number_text.without_separators(draft.text), "separators", "only marks for the eye")


def drop_prefix_before_plus(draft: Draft, settings: AdapterSettings) -> Draft:
    """``0+49…``: a ``+`` stands only in front, so what precedes it is the outside prefix; it comes back at the end."""
    rest = draft.text.removeprefix(settings.outside_prefix)
    if not settings.outside_prefix or not rest.startswith("+"):
        return draft
    return draft.changed(rest, "outside_prefix_typed", "the outside prefix was typed before the +")


def keep_what_is_not_understood(draft: Draft, _: AdapterSettings) -> Draft:
    """Letters and stray signs: dial what was typed and say so."""
    return draft if number_text.is_dialable(draft.text) else _as_typed(draft)


# --- numbers that are never touched ----------------------------------------------------------------------------------


def keep_emergency(draft: Draft, settings: AdapterSettings) -> Draft:
    """Emergency numbers, also typed behind the outside prefix; only a setting of its own puts one in front."""
    prefix = settings.outside_prefix
    if _is_emergency(draft.text, settings.country):
        draft = replace(draft, emergency=True, done=True)
        why = "this phone system needs the outside prefix for emergency calls"
        with_prefix = settings.emergency_with_outside_prefix
        return draft.changed(prefix + draft.text, "outside_prefix", why) if with_prefix else draft
    typed_with_prefix = prefix and draft.text.startswith(prefix)
    if typed_with_prefix and _is_emergency(draft.text.removeprefix(prefix), settings.country):
        return replace(draft, emergency=True, done=True)
    return draft


def _is_emergency(digits: str, country: str) -> bool:
    return digits in EMERGENCY_NUMBERS or shortnumberinfo.is_emergency_number(digits, country)


def keep_star_codes(draft: Draft, _: AdapterSettings) -> Draft:
    """``*`` and ``#`` command the phone system itself (``*43#``)."""
    return replace(draft, internal=True, done=True) if set("*#") & set(draft.text) else draft


def keep_extensions(draft: Draft, settings: AdapterSettings) -> Draft:
    """As short as an extension: a colleague, or a service number that stays as it is."""
    short = len(draft.text) <= settings.max_internal_digits and not draft.text.startswith("+")
    return replace(draft, internal=True, done=True) if short else draft


# --- external numbers ------------------------------------------------------------------------------------------------


def drop_typed_prefix(draft: Draft, settings: AdapterSettings) -> Draft:
    """The outside prefix is not put twice in front of what already has it.

    It counts as typed where the number as it stands is none of the country's numbering plan (written with area code, or
    with the prefix for abroad), and is one without the prefix. In doubt the digits are the number itself.
    """
    prefix = settings.outside_prefix
    rest = draft.text.removeprefix(prefix)
    if not prefix or rest == draft.text or draft.text.startswith("+"):
        return draft
    if numbering.is_plausible(draft.text, settings) or not numbering.is_plausible(rest, settings):
        return draft
    return draft.changed(rest, "outside_prefix_typed", f"{prefix} was typed as the outside prefix")


def recognise(draft: Draft, settings: AdapterSettings) -> Draft:
    """Find the number in the numbering plan; without a result it stays as it is."""
    number = numbering.recognised(draft.text, settings)
    if number is not None:
        return replace(draft, number=number)
    if draft.text.startswith("+"):
        return _as_typed(draft)
    if numbering.is_local(draft.text, settings):
        return draft
    why = f"is no complete number of the numbering plan of {settings.country}; it is dialled as it was typed"
    return draft.noted("unknown_number", f"{shortened(draft.text)} {why}.")


def apply_long_distance_prefix(draft: Draft, settings: AdapterSettings) -> Draft:
    """Within the country: area code and number behind the long-distance prefix.

    Only where that prefix is the country's own trunk prefix, alone or behind a carrier's code (``0``, ``010330``): any
    other would not lead there, while the international form always does.
    """
    if draft.number is None or not numbering.is_own(draft.number, settings) or not numbering.leads_within(settings):
        return draft
    national = phonenumbers.national_significant_number(draft.number)
    why = f"number within the country: long-distance prefix {settings.long_distance_prefix}"
    return draft.changed(settings.long_distance_prefix + national, "long_distance_prefix", why)


def apply_international_prefix(draft: Draft, settings: AdapterSettings) -> Draft:
    """Abroad: the international prefix instead of ``+`` or of another prefix for abroad."""
    if draft.number is None or not numbering.goes_abroad(draft.number, settings):
        return draft
    e164 = phonenumbers.format_number(draft.number, PhoneNumberFormat.E164)
    if not settings.international_prefix:
        return draft.changed(e164, "plus", "no international prefix is set, so the number is dialled with +")
    why = f"international prefix {settings.international_prefix} for the +"
    return draft.changed(settings.international_prefix + e164[1:], "international_prefix", why)


def apply_outside_prefix(draft: Draft, settings: AdapterSettings) -> Draft:
    """Every external number fetches a line first."""
    if not settings.outside_prefix:
        return draft
    if draft.text.startswith("+"):
        message = "reqInternationalPrefix is empty, so the number is dialled with + and without the outside prefix."
        return draft.noted("no_international_prefix", message)
    why = f"outside line: {settings.outside_prefix}"
    return draft.changed(settings.outside_prefix + draft.text, "outside_prefix", why)


#: The pipeline. Its order matters: emergency numbers are looked for before anything is put in front or taken away.
RULES: tuple[Rule, ...] = (
    refuse_unusable,
    refuse_nothing,
    read_characters,
    read_uri,
    choose_number,
    split_extension,
    drop_bracketed_trunk,
    drop_separators,
    drop_prefix_before_plus,
    keep_what_is_not_understood,
    keep_emergency,
    keep_star_codes,
    keep_extensions,
    drop_typed_prefix,
    recognise,
    apply_long_distance_prefix,
    apply_international_prefix,
    apply_outside_prefix,
)


def _as_typed(draft: Draft) -> Draft:
    typed = draft.typed.strip()
    draft = replace(draft, shown=typed, done=True).changed(typed, "as_typed", "not understood as a number")
    return draft.noted("not_understood", f"{shortened(typed)!r} is no telephone number; it is dialled as it was typed.")


def _plan(draft: Draft, settings: AdapterSettings) -> DialPlan:
    number = draft.number if draft.number is not None and phonenumbers.is_possible_number(draft.number) else None
    return DialPlan(
        dial="" if draft.refused else draft.text,
        display=_display(draft, number, settings),
        e164=None if number is None else phonenumbers.format_number(number, PhoneNumberFormat.E164),
        internal=draft.internal,
        emergency=draft.emergency,
        rules=draft.rules,
        problems=draft.problems,
    )


def _display(draft: Draft, number: PhoneNumber | None, settings: AdapterSettings) -> str:
    if number is None:
        return "" if draft.refused else draft.shown
    form = PhoneNumberFormat.NATIONAL if numbering.is_own(number, settings) else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, form)
