"""The rules of the section ``reqGeneralInfo``: what each of its items may hold. The grammar is in ``rules.py``.

Source: Open CTI Developer Guide, "Required Call Center Elements and Attributes" and "Optional Call Center Elements and
Attributes".
"""

import difflib
import re
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlsplit

from .definition import HEIGHT_RANGE, MAX_LABEL, MAX_NAME, MODES, WIDTH_RANGE, Item, Section, is_loopback
from .report import Problem, problem

GENERAL_INFO = "reqGeneralInfo"
MODE = "reqSalesforceCompatibilityMode"
STANDBY_URL, TIMEOUT = "reqStandbyUrl", "reqTimeout"
REQUIRED_ITEMS = (
    "reqInternalName",
    "reqDisplayName",
    "reqAdapterUrl",
    "reqUseApi",
    "reqSoftphoneHeight",
    "reqSoftphoneWidth",
)
_CANVAS_ITEMS = ("reqCanvasApiName", "reqCanvasNamespace")
#: Names that Salesforce knows, by section. The last three of the first come from the older desktop CTI Toolkit.
KNOWN_ITEMS = {
    GENERAL_INFO: frozenset(
        (*REQUIRED_ITEMS, MODE, STANDBY_URL, TIMEOUT, *_CANVAS_ITEMS, "reqDescription", "reqVersion", "reqProgId")
    ),
    "reqDialingOptions": frozenset(("reqOutsidePrefix", "reqLongDistPrefix", "reqInternationalPrefix")),
}
#: Likeness from which on a name counts as the mode item misspelt (1 = equal); Compatability has 0.97.
_ALIKE = 0.85
_PLACEHOLDER = re.compile(r"<[^<>]+>")

#: (rule, sentence that goes on from the item's name) or None.
Finding = tuple[str, str] | None


def placeholder(value: str) -> str | None:
    """``<your domain>`` in a value, or None."""
    found = _PLACEHOLDER.search(value)
    return found[0] if found else None


def is_misspelt_mode(name: str) -> bool:
    """Whether ``name`` was meant to be the compatibility mode item."""
    return name != MODE and difflib.SequenceMatcher(None, name.lower(), MODE.lower()).ratio() >= _ALIKE


def check_general_info(section: Section) -> Iterator[Problem]:
    """Problems of the section's items. ``section`` has the names and values as they stand in the file."""
    line = section.line or 1
    if section.sort_order != 0:
        message = f"{GENERAL_INFO} has sortOrder {section.sort_order}; it must be the first section, with sortOrder 0."
        yield problem("general-info-first", line, message, GENERAL_INFO)
    present = {item.name for item in section.items}
    for name in REQUIRED_ITEMS:
        if name not in present:
            yield problem("required-item", line, f"{name} is missing; {GENERAL_INFO} must have it.", GENERAL_INFO, name)
    lightning = "Lightning" in _mode(section.items)
    for item in section.items:
        for rule, sentence in _findings(item, lightning):
            yield problem(rule, item.line or line, f"{item.name}: {sentence}", GENERAL_INFO, item.name)
    yield from _check_mode(section)
    yield from _check_standby(section)


def _mode(items: Sequence[Item]) -> str:
    """The mode in force: Salesforce takes Classic where the item is absent (or misspelt, which is the same)."""
    return next((item.value.strip() for item in items if item.name == MODE), "Classic")


def _findings(item: Item, lightning: bool) -> Iterator[tuple[str, str]]:
    place = _PLACES.get(item.name)
    if place is not None and item.sort_order != place[1]:
        yield place[0], f"it has sortOrder {item.sort_order}; it must have {place[1]}."
    check = _CHECKS.get(item.name)
    if check is None or placeholder(item.value):  # a placeholder is reported as such, once
        return
    found = check(item.value.strip(), lightning)
    if found is not None:
        yield found


_PLACES = {"reqInternalName": ("internal-name-first", 0), "reqDisplayName": ("display-name-second", 1)}


def _internal_name(value: str, _: bool) -> Finding:
    if re.fullmatch(rf"[A-Za-z][A-Za-z0-9]{{0,{MAX_NAME - 1}}}", value):
        return None
    rule = f"it must be 1 to {MAX_NAME} letters (A-Z, a-z) and digits, beginning with a letter"
    return "internal-name-form", f"{_shown(value)} cannot be the internal name; {rule}."


def _display_name(value: str, _: bool) -> Finding:
    if 0 < len(value) <= MAX_LABEL:
        return None
    return "display-name-form", f"it has {len(value)} characters; it must have 1 to {MAX_LABEL}."


def _adapter_url(value: str, lightning: bool) -> Finding:
    return _url(value, lightning)


def _standby_url(value: str, lightning: bool) -> Finding:
    return _url(value, lightning) if value else None  # an empty one is reported by the grammar


def _url(value: str, lightning: bool) -> Finding:
    if re.fullmatch(r"/(?!/)[^\s]*", value):
        return None  # relative to the org: a Visualforce page such as /apex/softphone
    absolute = re.fullmatch(r"https?://([^\s/?#]+)\S*", value, re.IGNORECASE)
    if absolute is None:
        return "url-form", f"{_shown(value)} is neither an absolute URL (https://…) nor a path (/apex/…)."
    if re.search(r":(?![0-9]*$)[^:\]]*$", absolute[1].rpartition("@")[2]):
        return "url-placeholder", f"{_shown(value)} has no port number behind the colon; write the real host and port."
    return _scheme(value, lightning)


def _scheme(value: str, lightning: bool) -> Finding:
    try:
        parts = urlsplit(value)
    except ValueError:
        return "url-form", f"{_shown(value)} is no URL."
    if parts.scheme == "https" or not lightning:
        return None
    if is_loopback(parts.hostname or ""):
        return "url-loopback", f"{_shown(value)} reaches only a softphone on the agent's own machine; for a trial only."
    return "url-https", f"{_shown(value)} must begin with https://, because Lightning loads nothing else."


def _use_api(value: str, _: bool) -> Finding:
    if value == "true":
        return None
    return "use-api", f"{_shown(value)} must be 'true'; with anything else Salesforce does not use Open CTI."


def _height(value: str, lightning: bool) -> Finding:
    return _pixels(value, HEIGHT_RANGE, lightning)


def _width(value: str, lightning: bool) -> Finding:
    return _pixels(value, WIDTH_RANGE, lightning)


def _pixels(value: str, allowed: tuple[int, int], lightning: bool) -> Finding:
    lowest, highest = allowed
    pixels = _whole_number(value)
    if pixels is None or pixels == 0:
        return "softphone-size", f"{_shown(value)} must be a whole number of pixels, without a unit."
    if lightning and not lowest <= pixels <= highest:
        return "softphone-size", f"{pixels} pixels must be {lowest} to {highest} in Lightning."
    return None


def _mode_value(value: str, _: bool) -> Finding:
    if value in MODES or not value:
        return None
    near = next((mode for mode in MODES if mode.lower() == value.lower().replace(" ", "_")), None)
    hint = f" Write {near!r}." if near else ""
    return "mode-value", f"{_shown(value)} is none of {', '.join(MODES)}.{hint}"


def _timeout(value: str, _: bool) -> Finding:
    if not value or _whole_number(value):
        return None
    return "timeout-value", f"{_shown(value)} must be a whole number of milliseconds greater than 0."


_CHECKS: dict[str, Callable[[str, bool], Finding]] = {
    "reqInternalName": _internal_name,
    "reqDisplayName": _display_name,
    "reqAdapterUrl": _adapter_url,
    "reqUseApi": _use_api,
    "reqSoftphoneHeight": _height,
    "reqSoftphoneWidth": _width,
    MODE: _mode_value,
    STANDBY_URL: _standby_url,
    TIMEOUT: _timeout,
}


def _check_mode(section: Section) -> Iterator[Problem]:
    """Without the item, or with it misspelt, Salesforce says nothing and shows the softphone in Classic only."""
    found = {item.name: item for item in section.items}
    misspelt = next((item for item in section.items if is_misspelt_mode(item.name)), None)
    if misspelt is not None:
        message = (
            f"{misspelt.name} is misspelt; the item is called {MODE}. Salesforce says nothing and silently treats the "
            "call center as Classic, so the softphone stays invisible in Lightning."
        )
        yield problem("mode-misspelt", misspelt.line or 1, message, GENERAL_INFO, misspelt.name)
    elif MODE not in found:
        message = f"{MODE} is missing; without it the mode is Classic and the softphone stays invisible in Lightning."
        yield problem("mode-missing", section.line or 1, message, GENERAL_INFO, MODE)
    if "Lightning" in _mode(section.items):
        for name in _CANVAS_ITEMS:
            if name in found:
                message = f"{name} is for Canvas apps, which Lightning does not show as a softphone."
                yield problem("canvas-lightning", found[name].line or 1, message, GENERAL_INFO, name)


def _check_standby(section: Section) -> Iterator[Problem]:
    filled = {item.name: item for item in section.items if item.value.strip()}
    for name, other in ((STANDBY_URL, TIMEOUT), (TIMEOUT, STANDBY_URL)):
        if name in filled and other not in filled:
            message = f"{name} stands without {other}; both are given, or neither."
            yield problem("standby-pair", filled[name].line or 1, message, GENERAL_INFO, name)


def _whole_number(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 9 else None


def _shown(value: str) -> str:
    return repr(value if len(value) <= 80 else value[:79] + "…")
