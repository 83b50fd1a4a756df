"""From what people type, paste or click to the characters that are dialled. It knows notations, no numbering plans.

Each function takes a text and gives a text back, or None where it has nothing to do; what it did is recorded by the
caller (``dialing.py``), so that no digit disappears unnoticed.
"""

import re
import unicodedata
from urllib.parse import unquote

import phonenumbers

#: Marks that people put between digits: blanks, brackets, hyphen, dot, slash. Letters are not among them.
_SEPARATORS = re.compile(r"[ ()\[\]\-./]")
_DIALABLE = re.compile(r"\+?[0-9*#]+")
#: Words before a direct extension: RFC 3966 (;ext=), English and German office use.
_EXTENSION = re.compile(
    r"(?P<base>.*\d\W*?)\s*(?:;ext=|,+|\bextension\b|\bext\b\.?|(?<![a-z])x|\bdurchwahl\b|\bdw\b\.?)\W*"
    r"(?P<ext>\d{1,7})#?\s*",
    re.IGNORECASE,
)
#: Between two numbers in one field. A slash also stands between area code and number (089/1234567), so it counts only
#: in front of what begins like a whole number; several commas are pauses before an extension.
_ALTERNATIVES = re.compile(
    r"\s*(?:;(?!ext=)|\||(?<!,),(?!,)|\boder\b|\bor\b|\bund\b|\band\b|/\s*(?=[+0(]))\s*", re.IGNORECASE
)
#: Digits from which on a piece of a text is a number of its own and not the rest of another one.
_WHOLE_NUMBER = 6
_URI = re.compile(r"(?P<scheme>tel|sip|sips|callto):(?://)?(?P<rest>.+)", re.IGNORECASE)
_TRUNK_IN_BRACKETS = re.compile(
    r"\s*(?P<plus>\+|00)?\s*(?P<code>[1-9][0-9]{0,2})\s*\((?P<trunk>[0-9]{1,2})\)(?P<rest>.*)"
)


def has_control_characters(text: str) -> bool:
    """CR, LF, tab and the like: they end a line in the protocols of phone systems, so a number never holds them."""
    return any(unicodedata.category(char) in ("Cc", "Zl", "Zp") for char in text)


def has_dialable(text: str) -> bool:
    """Whether there is anything in it that a phone could dial."""
    return any(char in "*#" or unicodedata.category(char) == "Nd" for char in text)


def is_dialable(text: str) -> bool:
    """Whether it consists of digits, ``*`` and ``#`` with at most one ``+``, in front."""
    return _DIALABLE.fullmatch(text) is not None


def plain_characters(text: str) -> str:
    """The same number in ASCII: native digits, full-width signs, typographic hyphens and blanks, invisible marks.

    Numbers pasted from documents hold no-break spaces and hyphens (U+00A0, U+2011), marks of writing direction
    (U+200E, U+202A …), and from spreadsheets an apostrophe in front.
    """
    plain = "".join(map(_plain_character, text)).strip()
    return plain.removeprefix("'")


def _plain_character(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.digit(char))
    if category in ("Pd", "Zs"):
        return "-" if category == "Pd" else " "
    if category == "Cf":
        return ""
    return {"\uff0b": "+", "\u2212": "-", "\uff0a": "*", "\uff03": "#", "\u2019": "'"}.get(char, char)


def from_uri(text: str) -> str | None:
    """The number in a ``tel:``, ``sip:``, ``sips:`` or ``callto:`` URI (RFC 3966; RFC 3261, 19.1).

    ``;phone-context=+49`` stands for the part of a global number that is left out (RFC 3966, 5.1.5); ``;ext=`` is kept
    for ``without_extension``.
    """
    uri = _URI.fullmatch(text)
    if uri is None:
        return None
    number, *parameters = unquote(uri["rest"]).split(";")
    if uri["scheme"].lower() != "tel":
        number = number.partition("@")[0].partition(":")[0]
    named = dict(parameter.lower().partition("=")[::2] for parameter in parameters)
    context = named.get("phone-context", "")
    if context.startswith("+") and not number.startswith("+"):
        number = context + number
    extension = named.get("ext", "")
    return f"{number};ext={extension}" if extension else number


def without_extension(text: str) -> tuple[str, str] | None:
    """(number, extension) of ``+1 415 555 1212 ext. 12``; None if there is no extension in it."""
    found = _EXTENSION.fullmatch(text)
    if found is None or sum(char.isdigit() for char in found["base"]) < _WHOLE_NUMBER:
        return None
    return found["base"].strip(" ,;-/"), found["ext"]


def several_numbers(text: str) -> list[str]:
    """The numbers of a field that holds more than one, such as ``089 1234567 / 0171 2345678``; else an empty list."""
    pieces = [piece for piece in _ALTERNATIVES.split(text) if piece]
    enough = all(sum(char.isdigit() for char in piece) >= _WHOLE_NUMBER for piece in pieces)
    return pieces if len(pieces) > 1 and enough else []


def without_bracketed_trunk(text: str) -> str | None:
    """``+49 (0)89 …`` -> ``+49 89 …``; None where no trunk prefix stands in brackets behind a country code.

    The trunk prefix in brackets is for callers within the country. Where the country has none, as Italy, the zero
    belongs to the number and stays (ITU E.164 national plans; metadata of phonenumbers). Without a plus or 00, as in
    ``49(0)89``, the notation itself tells that 49 is a country code.
    """
    found = _TRUNK_IN_BRACKETS.fullmatch(text)
    if found is None or national_prefix(_region(found["code"])) != found["trunk"]:
        return None
    return f"{found['plus'] or '+'}{found['code']} {found['rest'].strip()}"


def _region(country_code: str) -> str:
    return phonenumbers.region_code_for_country_code(int(country_code))


def national_prefix(region: str) -> str | None:
    """Trunk prefix of a region, ``0`` in Germany, ``1`` in North America; None where there is none."""
    return phonenumbers.ndd_prefix_for_region(region, True)


def without_separators(text: str) -> str:
    """Blanks, brackets, hyphens, dots and slashes are for people; phones dial none of them."""
    return _SEPARATORS.sub("", text)


def shortened(number: str) -> str:
    """``number`` for messages and logs: the first three and the last two characters."""
    return number if len(number) <= 6 else f"{number[:3]}…{number[-2:]}"
