"""What the page gets from Salesforce (``getCallCenterSettings``) as typed settings, and the way back. No dialling.

Salesforce hands out one flat object in which every value is a text: ``/section/item`` -> value. Newer versions add the
keys ``/section/item/label``, ``/section/item/sortOrder``, ``/section/label``, ``/section/sortOrder``, ``/label``,
``/internalNameLabel`` and ``/displayNameLabel``; older ones have the values only (Open CTI Developer Guide,
getCallCenterSettings).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import phonenumbers

from .definition import CallCenter, Item, Section

OUTSIDE_PREFIX = "/reqDialingOptions/reqOutsidePrefix"
LONG_DISTANCE_PREFIX = "/reqDialingOptions/reqLongDistPrefix"
INTERNATIONAL_PREFIX = "/reqDialingOptions/reqInternationalPrefix"

#: Longest prefix in digits. The longest in use are carrier selections such as 010330 (Germany) behind an access code.
MAX_PREFIX = 10
#: Longest internal number in digits. Phone systems of up to some ten thousand extensions have five, and public numbers
#: of five digits or fewer are service numbers (112, 115, 11833), which nothing may be put in front of either.
MAX_INTERNAL_DIGITS = 5
#: Country whose numbering plan applies when the settings tell of no other (ISO 3166).
DEFAULT_COUNTRY = "DE"
#: What an admin writes for "no prefix". An empty value means the same, but the import rules want every item filled.
NO_PREFIX = "none"
#: Characters of a value that an error message repeats.
_SHOWN = 40


@dataclass(frozen=True)
class AdapterSettings:
    """How this call center dials. Prefixes hold digits, ``*`` and ``#`` only; empty means that nothing is added."""

    outside_prefix: str = ""
    """Dialled in front of every external number to get a line, for instance ``0`` or ``9``."""
    long_distance_prefix: str = ""
    """Dialled in front of area code and number within the country: ``0`` in Germany, ``1`` in North America."""
    international_prefix: str = ""
    """Dialled instead of ``+``: ``00`` in most of the world, ``011`` in North America. Empty: the ``+`` is dialled."""
    country: str = DEFAULT_COUNTRY
    """Region whose numbering plan applies (ISO 3166, two letters)."""
    max_internal_digits: int = MAX_INTERNAL_DIGITS
    """Numbers up to this length are extensions."""
    emergency_with_outside_prefix: bool = False
    """Put the outside prefix in front of emergency numbers as well; for phone systems that do not route them alone."""

    @property
    def country_code(self) -> str:
        """Calling code of ``country`` without ``+``, for instance ``49``."""
        return str(phonenumbers.country_code_for_region(self.country))

    def effective(self) -> dict[str, str]:
        """What is in force, as texts, for a page that shows it."""
        return {
            "outside_prefix": self.outside_prefix,
            "long_distance_prefix": self.long_distance_prefix,
            "international_prefix": self.international_prefix,
            "country": self.country,
            "country_code": self.country_code,
        }


@dataclass(frozen=True)
class SettingProblem:
    """One setting that cannot be used as it stands in Salesforce."""

    setting: str
    """Key as Salesforce hands it out, ``/section/item``."""
    value: str
    """The value found, cut to 40 characters, control characters made visible."""
    rule: str
    """Stable id: ``prefix_not_text``, ``prefix_with_spaces``, ``prefix_characters`` or ``prefix_too_long``."""
    message: str
    """A sentence for the admin: item, value, rule, and what is used instead."""


class SettingsReading(NamedTuple):
    """Result of ``read_settings``; always usable, whatever the problems."""

    settings: AdapterSettings
    problems: tuple[SettingProblem, ...]


def read_settings(raw: Mapping[str, object], country: str | None = None) -> SettingsReading:
    """Typed settings from ``getCallCenterSettings().returnValue``.

    ``raw`` may lack any key and hold unknown ones; the leading slash may be missing. A value that breaks a rule is
    reported, and that prefix then counts as empty, so that numbers are dialled as they were typed. ``country`` is the
    ISO 3166 region; None takes it from the prefixes where they tell it (see ``country_of_prefixes``).
    """
    problems: list[SettingProblem] = []

    def prefix(key: str) -> str:
        value = raw.get(key, raw.get(key.removeprefix("/"), ""))
        problem = _prefix_problem(key, value)
        if problem is None:
            return "" if str(value).casefold() == NO_PREFIX else str(value)
        problems.append(problem)
        return ""

    outside, long_distance, international = map(prefix, (OUTSIDE_PREFIX, LONG_DISTANCE_PREFIX, INTERNATIONAL_PREFIX))
    region = country or country_of_prefixes(long_distance, international)
    return SettingsReading(AdapterSettings(outside, long_distance, international, region), tuple(problems))


def country_of_prefixes(long_distance: str, international: str) -> str:
    """Region whose numbering plan the prefixes belong to.

    Long distance ``1`` and international ``011`` exist in the North American plan only (ITU E.164, country code 1); in
    every other country they would dial something else. All others: ``DEFAULT_COUNTRY``.
    """
    return "US" if long_distance == "1" or international == "011" else DEFAULT_COUNTRY


def flat_settings(center: CallCenter) -> dict[str, str]:
    """``center`` as Salesforce returns it to ``getCallCenterSettings``: the full, newer form (see the module).

    Sort orders are printed as floats (``"2.0"``). ``reqInternalName`` and ``reqDisplayName`` have a value key only;
    their labels are ``/internalNameLabel`` and ``/displayNameLabel``, and ``/label`` is the display name.
    """
    flat: dict[str, str] = {}
    for section in center.sections:
        flat[f"/{section.name}/label"] = section.label
        flat[f"/{section.name}/sortOrder"] = f"{section.sort_order:.1f}"
        for item in section.items:
            flat.update(_flat_item(section, item))
    flat["/label"] = flat.get("/reqGeneralInfo/reqDisplayName", "")
    return flat


def _flat_item(section: Section, item: Item) -> dict[str, str]:
    key = f"/{section.name}/{item.name}"
    label_key = _LABELS_AT_THE_TOP.get(key)
    if label_key is not None:
        return {key: item.value, label_key: item.label}
    return {key: item.value, f"{key}/label": item.label, f"{key}/sortOrder": f"{item.sort_order:.1f}"}


_LABELS_AT_THE_TOP = {
    "/reqGeneralInfo/reqInternalName": "/internalNameLabel",
    "/reqGeneralInfo/reqDisplayName": "/displayNameLabel",
}


def _prefix_problem(key: str, value: object) -> SettingProblem | None:
    """Why ``value`` is not a prefix, or None."""
    broken = _broken_rule(value)
    if broken is None:
        return None
    rule, sentence = broken
    shown = _visible(value)
    item = key.rpartition("/")[2]
    message = f"{item}: {shown!r} {sentence}. Numbers are dialled without this prefix until it is corrected."
    return SettingProblem(key, shown, rule, message)


def _broken_rule(value: object) -> tuple[str, str] | None:
    if not isinstance(value, str):
        return "prefix_not_text", "is not a text"
    if value.casefold() == NO_PREFIX or not value:
        return None
    if re.search(r"\s", value):
        return "prefix_with_spaces", "holds spaces; a prefix is written without any"
    if not re.fullmatch(r"[0-9*#]+", value):
        return "prefix_characters", f"holds other characters than digits, * and # (write {NO_PREFIX!r} for no prefix)"
    if len(value) > MAX_PREFIX:
        return "prefix_too_long", f"has {len(value)} digits; a prefix has at most {MAX_PREFIX}"
    return None


def _visible(value: object) -> str:
    text = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in str(value))
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
