"""What the page gets from Salesforce (``getCallCenterSettings``) as typed settings, and the way back. No dialling.

Salesforce hands out one flat object in which every value is a text: ``/section/item`` -> value. Newer versions add the
keys ``/section/item/label``, ``/section/item/sortOrder``, ``/section/label``, ``/section/sortOrder``, ``/label``,
``/internalNameLabel`` and ``/displayNameLabel``; older ones have the values only (Open CTI Developer Guide,
getCallCenterSettings).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from ..numbers.numbering import plan_of
from ..numbers.settings import DEFAULT_COUNTRY, NumberSettings
from . import values
from .definition import CallCenter, Item, Section
from .item_reader import UNTIL_THEN, ItemReader, SettingProblem, instead
from .number_items import DIALING, NUMBERS

OUTSIDE_PREFIX = f"/{DIALING}/reqOutsidePrefix"
LONG_DISTANCE_PREFIX = f"/{DIALING}/reqLongDistPrefix"
INTERNATIONAL_PREFIX = f"/{DIALING}/reqInternationalPrefix"
COUNTRY = f"/{NUMBERS}/country"

_WITHOUT = f"{UNTIL_THEN}numbers are dialled without this prefix."


class SettingsReading(NamedTuple):
    """Result of ``read_settings``; always usable, whatever the problems."""

    settings: NumberSettings
    problems: tuple[SettingProblem, ...]


def read_settings(raw: Mapping[str, object]) -> SettingsReading:
    """Typed settings from ``getCallCenterSettings().returnValue``.

    ``raw`` may lack any key and hold unknown ones; the leading slash may be missing. A value that breaks a rule is
    reported and counts as not given, so that nobody is kept from dialling. Without ``country`` the numbering plan is
    taken from the prefixes where they tell it (see ``country_of_prefixes``).
    """
    reader = ItemReader(raw)
    named = reader.read(COUNTRY, values.country, "", f"{UNTIL_THEN}the country is guessed from the prefixes.")
    outside = reader.read(OUTSIDE_PREFIX, values.prefix, "", _WITHOUT)
    long_distance = _prefix(reader, LONG_DISTANCE_PREFIX, named)
    international = _prefix(reader, INTERNATIONAL_PREFIX, named)
    region = named or country_of_prefixes(long_distance or "", international or "")
    plan = plan_of(region)
    settings = NumberSettings(
        outside_prefix=outside,
        long_distance_prefix=plan.trunk if long_distance is None else long_distance,
        international_prefix=plan.international_prefix if international is None else international,
        country=region,
    )
    _check_prefixes(reader, settings)
    settings = _numbers(reader, settings)
    return SettingsReading(settings, tuple(reader.problems))


def country_of_prefixes(long_distance: str, international: str) -> str:
    """Region whose numbering plan the prefixes belong to.

    Long distance ``1`` and international ``011`` exist in the North American plan only (ITU E.164, country code 1); in
    every other country they would dial something else. All others: ``DEFAULT_COUNTRY``.
    """
    return "US" if long_distance == "1" or international == "011" else DEFAULT_COUNTRY


def effective(settings: NumberSettings) -> dict[str, str]:
    """What is in force, as texts, for a page that shows it."""
    return {
        "outside_prefix": settings.outside_prefix,
        "long_distance_prefix": settings.long_distance_prefix,
        "international_prefix": settings.international_prefix,
        "country": settings.country,
        "country_code": plan_of(settings.country).country_code,
        "area_code": settings.area_code,
        "dial_format": settings.dial_format,
    }


def _prefix(reader: ItemReader, key: str, country: str) -> str | None:
    """The prefix as given; None for "as usual in the country", which is meant, too, where only the country is given."""
    if reader.is_automatic(key, otherwise=bool(country)):
        return None
    found: str = reader.read(key, values.prefix, "", _WITHOUT)
    return found


def _check_prefixes(reader: ItemReader, settings: NumberSettings) -> None:
    """Prefixes that the country does not know lead nowhere. They stay in force: the phone system may know better."""
    plan = plan_of(settings.country)
    usual, given = plan.international_prefix, settings.international_prefix
    if given and usual and not any(plan.idd.fullmatch(given[start:]) for start in range(len(given))):
        sentence = f"is not how {plan.region} dials abroad ({usual}), so calls abroad will probably fail."
        reader.complain(INTERNATIONAL_PREFIX, given, "prefix_of_another_country", sentence)
    trunk, given = plan.trunk, settings.long_distance_prefix
    if given and not (trunk and given.endswith(trunk)):
        usual = trunk or "none"
        sentence = f"is not how {plan.region} dials long distance ({usual}), so the international form is dialled."
        reader.complain(LONG_DISTANCE_PREFIX, given, "prefix_of_another_country", sentence)


def _numbers(reader: ItemReader, settings: NumberSettings) -> NumberSettings:
    """The items of our own section."""

    def item(name: str, read: Callable[[object], Any], fallback: Any) -> Any:
        return reader.read(f"/{NUMBERS}/{name}", read, fallback)

    shortest, longest = _lengths(reader, settings)
    return replace(
        settings,
        area_code=item("areaCode", lambda value: values.area_code(value, settings.country), ""),
        main_number=item("mainNumber", values.main_number, ""),
        shortest_internal=shortest,
        longest_internal=longest,
        force_internal=item("forceInternal", values.patterns, settings.force_internal),
        force_external=item("forceExternal", values.patterns, settings.force_external),
        dial_format=item("dialFormat", values.dial_format, settings.dial_format),
        dial_own_area_code=item("dialOwnAreaCode", values.yes_or_no, settings.dial_own_area_code),
        head_office_digits=item("headOfficeDigits", values.head_office_digits, None),
        emergency_numbers=item("emergencyNumbers", values.numbers, ()),
        emergency_with_outside_prefix=item("emergencyOutsidePrefix", values.yes_or_no, False),
        short_code_with_outside_prefix=item("serviceOutsidePrefix", values.yes_or_no, False),
        country_code_first=item("countryCodeFirst", values.yes_or_no, False),
    )


def _lengths(reader: ItemReader, usual: NumberSettings) -> tuple[int, int]:
    """Shortest and longest internal number; both as usual where they contradict each other."""
    shortest_key, longest_key = f"/{NUMBERS}/shortestInternal", f"/{NUMBERS}/longestInternal"
    shortest = reader.read(shortest_key, values.length, usual.shortest_internal)
    longest = reader.read(longest_key, values.length, max(usual.longest_internal, shortest))
    if shortest <= longest:
        return shortest, longest
    sentence = f"is more than longestInternal ({longest}). {instead(usual.shortest_internal)}"
    reader.complain(shortest_key, reader.given(shortest_key), "length_order", sentence)
    return usual.shortest_internal, longest


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
