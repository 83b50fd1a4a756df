"""The rules that put a recognised number into the form that a site dials. They recognise nothing."""

from .explanation import Draft
from .numbering import Number
from .settings import NumberSettings


def dialled(number: Number, settings: NumberSettings) -> str:
    """What is dialled for a number that is known."""
    draft = Draft(number.e164, settings)
    draft.number = number
    put_into_form(draft)
    apply_outside_prefix(draft)
    return draft.text


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
