"""The rules that tell what kind of number it is, for both directions: emergency, star code, service, extension."""

from .explanation import Draft
from .settings import NumberSettings


def behind_prefix(draft: Draft) -> str:
    """The text without the outside prefix in front; empty where there is none."""
    prefix = draft.settings.outside_prefix
    return draft.text[len(prefix) :] if prefix and draft.text.startswith(prefix) else ""


def is_emergency(digits: str, draft: Draft) -> bool:
    """Whether ``digits`` call for help here."""
    return draft.plan.is_emergency(digits) or digits in draft.settings.emergency_numbers


def keep_star_codes(draft: Draft) -> None:
    """``*`` and ``#`` command the phone system itself (``*43#``)."""
    if "*" in draft.text or "#" in draft.text:
        draft.decide("feature_code", "* and # command the phone system itself")
        draft.internal = draft.done = True


def force_kind(draft: Draft) -> None:
    """What an admin's patterns say counts before any length; forced internal before forced external."""
    settings = draft.settings
    pattern = settings.force_internal.match(draft.text)
    if pattern is not None:
        _extension(draft, "forced_internal", f"forceInternal: {pattern}")
        return
    pattern = settings.force_external.match(draft.text)
    if pattern is not None:
        draft.external = True
        draft.decide("forced_external", f"forceExternal: {pattern}")


def keep_known_extensions(draft: Draft) -> None:
    """The phone system itself has told this extension; that is better than any length."""
    if not draft.external and draft.text in draft.known:
        _extension(draft, "known_extension", "the phone system knows this extension")


def keep_extensions(draft: Draft) -> None:
    """As short as an extension: a colleague."""
    settings, length = draft.settings, len(draft.text)
    if draft.external or draft.text.startswith("+"):
        return
    if settings.shortest_internal <= length <= settings.longest_internal:
        _extension(draft, "internal_length", _lengths(settings))


def own_extension(draft: Draft) -> str:
    """The extension in a number that extends the site's own main number; empty when it is somebody else's."""
    settings, number = draft.settings, draft.number
    if not settings.main_number or number is None or not number.e164.startswith(settings.main_number):
        return ""
    rest = number.e164[len(settings.main_number) :]
    if rest in draft.known or settings.force_internal.match(rest):
        return rest
    # Without a length of its own the site has not said what its extensions look like; nothing is guessed.
    usable = 1 < settings.shortest_internal <= len(rest) <= settings.longest_internal
    outside = bool(settings.outside_prefix) and rest.startswith(settings.outside_prefix)
    return rest if usable and not outside else ""


def _extension(draft: Draft, rule: str, why: str) -> None:
    draft.decide(rule, why)
    draft.internal = draft.done = True


def _lengths(settings: NumberSettings) -> str:
    shortest, longest = settings.shortest_internal, settings.longest_internal
    digits = f"{longest}" if shortest == longest else f"{shortest} to {longest}"
    return f"internal numbers have {digits} digits"
