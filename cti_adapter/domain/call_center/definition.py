"""The call center definition as records, and our own one built from a few options. Neither XML nor file.

Source of the sections and items: Open CTI Developer Guide, "Required Call Center Elements and Attributes" and
"Optional Call Center Elements and Attributes".
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import SplitResult, urlsplit

import phonenumbers

from .number_items import DIALING, DIALING_ITEMS, NUMBER_ITEMS, NUMBERS, NumberItem
from .panel_items import (
    CONSENT,
    CONSENT_ITEMS,
    LOGGING,
    LOGGING_ITEMS,
    MESSAGES,
    MESSAGES_ITEMS,
    OMNI_CHANNEL,
    OMNI_CHANNEL_ITEMS,
    PRESENCE,
    PRESENCE_ITEMS,
    SCREEN_POP,
    SCREEN_POP_ITEMS,
)

Mode = Literal["Classic", "Lightning", "Classic_and_Lightning"]
MODES: tuple[Mode, ...] = ("Classic", "Lightning", "Classic_and_Lightning")
#: Pixels that Lightning accepts (Open CTI Developer Guide, reqSoftphoneHeight and reqSoftphoneWidth).
HEIGHT_RANGE = (240, 2560)
WIDTH_RANGE = (200, 1920)
#: Characters (Open CTI Developer Guide): names and the internal name; labels and the display name.
MAX_NAME = 40
MAX_LABEL = 1000
#: Path of our softphone page; it is added where the address names a server only.
SOFTPHONE_PATH = "/softphone"


@dataclass(frozen=True)
class Item:
    """One setting of a section. ``line`` is where it was read, and None when it was not read from a file."""

    name: str
    label: str
    sort_order: int
    value: str
    line: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Section:
    """Items under one heading in Salesforce's setup page."""

    name: str
    label: str
    sort_order: int
    items: tuple[Item, ...]
    line: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class CallCenter:
    """A whole definition, sections and items in the order of their sort orders."""

    sections: tuple[Section, ...]

    def value(self, section: str, item: str) -> str | None:
        """Value of ``item`` in ``section``, or None if there is no such item."""
        found = (i.value for s in self.sections if s.name == section for i in s.items if i.name == item)
        return next(found, None)


class DefinitionError(ValueError):
    """An option that no valid definition can be built from."""

    def __init__(self, option: str, value: object, rule: str) -> None:
        super().__init__(f"{option}: {value!r} {rule}")
        self.option = option
        self.value = value
        self.rule = rule


@dataclass(frozen=True)
class OptionWarning:
    """An option that makes a valid definition which will not work everywhere."""

    option: str
    message: str


@dataclass(frozen=True)
class DefinitionOptions:
    """What differs between installations. Raises ``DefinitionError`` for the first option that breaks a rule."""

    url: str
    """Absolute address of the softphone page; an address without a path gets ``/softphone``."""
    standby_url: str = ""
    """Address that Salesforce loads when ``url`` does not answer within ``timeout_ms``; only together with it."""
    timeout_ms: int = 0
    """Milliseconds; 0 = no standby."""
    internal_name: str = "CtiAdapter"
    """Unique in the Salesforce org, and fixed after the import."""
    display_name: str = "CTI Adapter"
    """What Salesforce shows as the call center's name."""
    width: int = 400
    """Width of the softphone in pixels."""
    height: int = 600
    """Height of the softphone in pixels."""
    mode: Mode = "Classic_and_Lightning"
    """Where Salesforce shows the softphone."""
    country: str = "DE"
    """Country of the office (ISO 3166, two letters), whose numbering plan and prefixes apply."""

    def __post_init__(self) -> None:
        _check_names(self)
        _check_size("width", self.width, WIDTH_RANGE)
        _check_size("height", self.height, HEIGHT_RANGE)
        if self.mode not in MODES:
            raise DefinitionError("mode", self.mode, f"is none of {', '.join(MODES)}")
        if self.country not in phonenumbers.SUPPORTED_REGIONS:
            raise DefinitionError("country", self.country, "is no country code of two capital letters (ISO 3166)")
        _check_url("url", self.url, self.mode)
        _check_standby(self)

    @property
    def warnings(self) -> tuple[OptionWarning, ...]:
        """What will work on this machine only."""
        named = (("url", self.url), ("standby_url", self.standby_url))
        return tuple(
            OptionWarning(
                option,
                f"{option} {url!r} is plain http, which works on this machine only; Salesforce proper needs https",
            )
            for option, url in named
            if url and urlsplit(url).scheme != "https"
        )


def build_definition(options: DefinitionOptions) -> CallCenter:
    """The definition of this product: all sections, and nothing that no code reads."""
    return CallCenter(
        (
            _general_info(options),
            _section(DIALING, "Dialling options", 1, DIALING_ITEMS),
            _section(NUMBERS, "Numbers: how this office dials and recognises them", 2, _numbers(options)),
            _section(SCREEN_POP, "Records that open when somebody calls", 3, SCREEN_POP_ITEMS),
            _section(LOGGING, "Logs of calls", 4, LOGGING_ITEMS),
            _section(PRESENCE, "Availability", 5, PRESENCE_ITEMS),
            _section(MESSAGES, "Messages to other components", 6, MESSAGES_ITEMS),
            _section(CONSENT, "Dialling", 7, CONSENT_ITEMS),
            _section(OMNI_CHANNEL, "Presence in step with Omni-Channel", 8, OMNI_CHANNEL_ITEMS),
        )
    )


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this machine: ``localhost``, a name under it (RFC 6761, 6.3), or a loopback address."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _general_info(options: DefinitionOptions) -> Section:
    # The order is the one of Salesforce's own sample; the first two are fixed by rule.
    rows = [
        ("reqInternalName", "Internal name (fixed after the import)", options.internal_name),
        ("reqDisplayName", "Display name", options.display_name),
        ("reqAdapterUrl", "Softphone URL", _softphone_url(options.url)),
        ("reqUseApi", "Use Open CTI (keep true)", "true"),
        ("reqSoftphoneHeight", "Softphone height in pixels (240 to 2560)", str(options.height)),
        ("reqSoftphoneWidth", "Softphone width in pixels (200 to 1920)", str(options.width)),
        ("reqSalesforceCompatibilityMode", f"Shown in ({', '.join(MODES)})", options.mode),
    ]
    if options.standby_url:
        rows.append(("reqStandbyUrl", "Standby softphone URL", _softphone_url(options.standby_url)))
        rows.append(("reqTimeout", "Milliseconds until the standby URL is taken", str(options.timeout_ms)))
    return _section("reqGeneralInfo", "General information", 0, rows)


def _numbers(options: DefinitionOptions) -> list[NumberItem]:
    return [item._replace(value=options.country) if item.name == "country" else item for item in NUMBER_ITEMS]


def _section(name: str, label: str, sort_order: int, rows: Iterable[tuple[str, str, str]]) -> Section:
    items = (Item(item, text, position, value) for position, (item, text, value) in enumerate(rows))
    return Section(name, label, sort_order, tuple(items))


def _softphone_url(url: str) -> str:
    """The start page cannot be framed, so an address that names a server only would show nothing in Salesforce."""
    parts = urlsplit(url)
    return url if parts.path.strip("/") or parts.query else parts._replace(path=SOFTPHONE_PATH).geturl()


def _check_names(options: DefinitionOptions) -> None:
    if not re.fullmatch(rf"[A-Za-z][A-Za-z0-9]{{0,{MAX_NAME - 1}}}", options.internal_name):
        rule = f"must be 1 to {MAX_NAME} letters (A-Z, a-z) and digits, a letter first"
        raise DefinitionError("internal_name", options.internal_name, rule)
    name = options.display_name
    if not name.strip() or len(name) > MAX_LABEL or not name.isprintable():
        rule = f"must be one line of 1 to {MAX_LABEL} characters"
        raise DefinitionError("display_name", name[:MAX_NAME], rule)


def _check_size(option: str, pixels: int, allowed: tuple[int, int]) -> None:
    lowest, highest = allowed
    if not lowest <= pixels <= highest:
        raise DefinitionError(option, pixels, f"is outside {lowest} to {highest} pixels")


def _check_url(option: str, url: str, mode: Mode) -> None:
    parts = _split(option, url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise DefinitionError(option, url, "is not an absolute URL such as https://cti.example.com/softphone")
    if parts.username is not None or parts.password is not None:
        raise DefinitionError(option, parts.hostname, "holds a user name or password; everybody in the org can read it")
    if parts.scheme == "http" and mode != "Classic" and not is_loopback(parts.hostname):
        raise DefinitionError(option, url, "must begin with https://, because Lightning loads nothing else")


def _split(option: str, url: str) -> SplitResult:
    if not url.isascii() or not url.isprintable() or re.search(r"[\s<>\"]", url):
        raise DefinitionError(option, url, "holds characters that no URL may hold")
    try:
        parts = urlsplit(url)
        _ = parts.port  # parsed only when asked for
    except ValueError as error:
        raise DefinitionError(option, url, f"is not a URL: {error}") from None
    return parts


def _check_standby(options: DefinitionOptions) -> None:
    if bool(options.standby_url) != bool(options.timeout_ms):
        given, missing = ("standby_url", "timeout_ms") if options.standby_url else ("timeout_ms", "standby_url")
        raise DefinitionError(given, getattr(options, given), f"needs {missing} too: Salesforce takes both or neither")
    if options.timeout_ms < 0:
        raise DefinitionError("timeout_ms", options.timeout_ms, "must be greater than 0 milliseconds")
    if options.standby_url:
        _check_url("standby_url", options.standby_url, options.mode)
