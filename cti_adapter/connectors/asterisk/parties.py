"""Who is who on an Asterisk: extensions, devices, names, and cleaning of what is shown as caller id. No calls here."""

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from ...domain.agent import Line
from ...domain.call import MAX_NAME, MAX_NUMBER, Party

#: One AMI message: header -> value; a header that comes several times has a list.
Message = Mapping[str, "str | list[str]"]

#: What Asterisk and carriers write where a number is missing or withheld (RFC 3323: "anonymous"); lower case.
WITHHELD = frozenset(
    {"", "<unknown>", "unknown", "anonymous", "anonymous.invalid", "restricted", "private", "unavailable", "withheld"}
)
#: Extensions that are places in a dial plan rather than something dialled (pbx: start, hangup, invalid, timeout).
NOT_DIALLED = frozenset({"", "s", "h", "i", "t", "T", "o", "e", "failed", "<unknown>"})
NOBODY = Party()

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
#: ``PJSIP/101-0000002a``: the channel's own number is what follows the last hyphen; ``<ZOMBIE>`` marks a husk that is
#: left over when one channel has taken another one's place.
_CHANNEL = re.compile(r"(?P<device>[A-Za-z0-9_]+/.+)-[0-9a-zA-Z;]+(?:<[A-Z]+>)?")


class Options(Struct, frozen=True, kw_only=True):
    """How to read this site's channels (all optional)."""

    technologies: tuple[str, ...] = ("PJSIP", "SIP", "IAX2", "SCCP")
    """Channel technologies whose endpoint named like an extension is that extension's phone."""
    devices: Mapping[str, str] = {}
    """Extension -> device (``PJSIP/alice-desk``), where a phone is not named like its extension."""
    extension_pattern: str = r"[0-9]{2,5}"
    """An endpoint whose whole name matches is an extension of the site (others are trunks)."""
    trunks: tuple[str, ...] = ()
    """Endpoint names that are trunks although they match the pattern."""
    call_data: tuple[str, ...] = ()
    """Channel variables that are told with the call."""


def text(message: Message, header: str) -> str:
    """Value of ``header`` as one text; the first one when it came several times, empty when it is absent."""
    value: object = message.get(header, "")
    if isinstance(value, list):
        value = value[0] if value else ""
    return value if isinstance(value, str) else ""


def values(message: Message, header: str) -> list[str]:
    """All values of ``header``."""
    value = message.get(header, [])
    return [value] if isinstance(value, str) else list(value)


def number_in(message: Message, header: str) -> int | None:
    """Value of ``header`` as a number, or None when it is absent or not a number of up to nine digits."""
    value = text(message, header)
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


def printable(text: str) -> str:
    """``text`` without control characters and blanks around it."""
    return _CONTROL.sub("", text).strip()


def clean_party(number: str, name: str) -> Party:
    """What is shown of a party. Both fields are empty when the number is withheld and the name says nothing either.

    A name that only repeats the number is left out; so is ``Anonymous``.
    """
    number, name = printable(number)[:MAX_NUMBER], printable(name)[:MAX_NAME]
    number = "" if number.lower() in WITHHELD else number
    name = "" if name.lower() in WITHHELD or name == number else name
    return Party(number=number, name=name)


def device_of(channel: str) -> str:
    """Device of a channel name: ``PJSIP/101`` for ``PJSIP/101-0000002a``; empty when the name has another shape."""
    found = _CHANNEL.fullmatch(channel)
    return found["device"] if found else ""


class Directory:
    """Which channel belongs to which extension and agent, and what extensions are called.

    It learns from hints (``ExtensionStatus`` names extension and device, so phones need not be named like their
    extension) and from the caller id of the phones themselves. It holds no number from outside.
    """

    def __init__(self, lines: Sequence[Line], options: Options) -> None:
        self._options = options
        self.call_data = frozenset(options.call_data)
        self._pattern = re.compile(options.extension_pattern)
        self._agents: dict[str, tuple[str, ...]] = {}
        for line in lines:
            known = self._agents.get(line.extension, ())
            self._agents[line.extension] = (*known, line.agent) if line.agent not in known else known
        self._devices = {device.casefold(): extension for extension, device in options.devices.items()}
        self._hints: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def agents(self, extension: str) -> tuple[str, ...]:
        """Agents whose phone has ``extension``; mostly one or none."""
        return self._agents.get(extension, ())

    def extension_of_agent(self, agent: str) -> str:
        """First extension of ``agent``; empty when it has none."""
        return next((extension for extension, agents in self._agents.items() if agent in agents), "")

    def extension(self, channel: str) -> str:
        """Extension of the phone that ``channel`` belongs to; empty for trunks and for Asterisk's own channels."""
        device = device_of(channel)
        technology, _, endpoint = device.partition("/")
        if technology not in self._options.technologies:
            return ""
        configured = self._devices.get(device.casefold())
        if configured or endpoint in self._agents:
            return configured or endpoint
        if endpoint in self._options.trunks:
            return ""
        return self._hints.get(device.casefold()) or (endpoint if self._pattern.fullmatch(endpoint) else "")

    def is_internal(self, number: str) -> bool:
        """Whether ``number`` is known to lead to a phone or feature of this site (``*8`` is a feature code)."""
        return number in self._agents or number in self._names or number[:1] in ("*", "#")

    def learn_hint(self, extension: str, hint: str) -> None:
        """Note a hint of the dial plan, such as ``101`` -> ``PJSIP/101&Custom:DND101``."""
        if not extension or extension.startswith("_"):
            return
        for device in hint.partition(",")[0].split("&"):
            technology = device.partition("/")[0]
            if technology in self._options.technologies and len(self._hints) < 50_000:
                self._hints.setdefault(device.casefold(), extension)
                self._names.setdefault(extension, "")

    def learn_name(self, extension: str, number: str, name: str, *, at_birth: bool = False) -> None:
        """Note what a phone calls itself, as long as the caller id is its own.

        It is at the channel's birth; later an Originate may have put somebody else's there.
        """
        if not extension or len(self._names) > 50_000:
            return
        party = clean_party(number, name)
        if (number == extension or at_birth) and party.name:
            self._names[extension] = party.name
        else:
            self._names.setdefault(extension, "")

    def inside(self, extension: str) -> Party:
        """The phone ``extension`` of the site, with its name where it is known."""
        return Party(number=extension[:MAX_NUMBER], name=self._names.get(extension, ""))

    def dialled(self, number: str, name: str = "") -> Party:
        """Somebody by the number that was dialled."""
        party = clean_party(number, name)
        return self.inside(party.number) if not party.name and party.number in self._names else party
