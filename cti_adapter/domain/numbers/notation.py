"""From what people type, paste or click to the characters that are dialled. It knows notations, no numbering plans.

Each function takes a text and gives a text back, or None where it has nothing to do; what it did is recorded by the
caller, so that no digit disappears unnoticed.
"""

import re
import unicodedata
from urllib.parse import unquote

import phonenumbers

#: Marks that people put between digits: blanks, brackets, hyphen, dot, slash. Letters are not among them.
_SEPARATORS = re.compile(r"[ ()\[\]\-./]")
_HAS_DIALABLE = re.compile(r"[\d*#]")
_DIALABLE = re.compile(r"\+?[0-9*#]+")
#: Words before a direct extension: RFC 3966 (;ext=), and what offices write in English, German, French and Italian.
_EXTENSION_WORD = (
    r"(?:;ext=|,+|\bextension\b|\bext\b\.?|(?<![a-z])x|\bdurchwahl\b|\bdw\b\.?|\bapparat\b|\bapp\.|\bnebenstelle\b"
    r"|\bnst\b\.?|\bklappe\b|\bkl\.|\bposte\b|\binterno\b|\bint\.|\s#)"
)
_EXTENSION = re.compile(rf"(?P<base>.*\d\W*?)\s*{_EXTENSION_WORD}\W*(?P<ext>\d{{1,7}})#?\s*", re.IGNORECASE)
_EMPTY_EXTENSION = re.compile(rf"(?P<base>.*\d)\W*?\s*(?!;ext|,){_EXTENSION_WORD}\W*", re.IGNORECASE)
_MORE_THAN_DIGITS = re.compile(r"[^0-9 ()+./-]")
_ONLY_EXTENSION = re.compile(rf"{_EXTENSION_WORD}\W*(?P<ext>\d{{1,7}})", re.IGNORECASE)
#: ``12345-0``: the switchboard of a company whose direct numbers begin with 12345 (German and Austrian notation).
_SWITCHBOARD = re.compile(r".*\d{3}\s*[-/]\s*0")
#: Before a number: ``Tel.:``, ``Mobil``; and a remark in brackets anywhere.
_LABEL = re.compile(r"^[^\W\d_]{2,}[^\W\d_ .]*\.?\s*:?\s*(?=[+(0-9])")
_REMARK = re.compile(r"\s*\([^\d()*#+]*[^\W\d_][^\d()*#+]*\)")
#: 1-800-FLOWERS: area code, then at least seven letters and digits.
_VANITY = re.compile(r"\+?(?:1[ .-]*)?\(?[2-9][0-9]{2}\)?[ .-]*(?P<word>[A-Z0-9][A-Z0-9 .-]*)", re.IGNORECASE)
#: Between two numbers in one field. A slash also stands between area code and number (089/1234567), so it counts only
#: in front of what begins like a whole number; several commas are pauses before an extension.
_ALTERNATIVES = re.compile(
    r"\s*(?:;(?!ext=)|\||(?<!,),(?!,)|\boder\b|\bor\b|\bund\b|\band\b|/\s*(?=[+0(]))\s*", re.IGNORECASE
)
#: Digits from which on a piece of a text is a number of its own and not the rest of another one.
_WHOLE_NUMBER = 6
_VANITY_WORD = 7
_VANITY_LETTERS = 3
_URI = re.compile(r"(?P<scheme>tel|sip|sips|callto):(?://)?(?P<rest>.+)", re.IGNORECASE)
_TRUNK_IN_BRACKETS = re.compile(
    r"\s*(?P<plus>\+|00)?\s*(?P<code>[1-9][0-9]{0,2})\s*\((?P<trunk>[0-9]{1,2})\)(?P<rest>.*)"
)


def has_control_characters(text: str) -> bool:
    """CR, LF, tab and the like: they end a line in the protocols of phone systems, so a number never holds them."""
    if text.isascii():
        return not text.isprintable()
    return any(unicodedata.category(char) in ("Cc", "Zl", "Zp") for char in text)


def has_dialable(text: str) -> bool:
    """Whether there is anything in it that a phone could dial."""
    return _HAS_DIALABLE.search(text) is not None


def is_dialable(text: str) -> bool:
    """Whether it consists of digits, ``*`` and ``#`` with at most one ``+``, in front."""
    return _DIALABLE.fullmatch(text) is not None


def plain_characters(text: str) -> str:
    """The same number in ASCII: native digits, full-width signs, typographic hyphens and blanks, invisible marks.

    Numbers pasted from documents hold no-break spaces and hyphens (U+00A0, U+2011), marks of writing direction
    (U+200E, U+202A …), and from spreadsheets an apostrophe in front.
    """
    plain = text.strip() if text.isascii() else "".join(map(_plain_character, text)).strip()
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
    """(number, extension) of ``+1 415 555 1212 ext. 12``; None if there is no extension in it.

    The extension is empty where only the word for it was written.
    """
    if _MORE_THAN_DIGITS.search(text) is None:
        return None
    found = _EXTENSION.fullmatch(text) or _EMPTY_EXTENSION.fullmatch(text)
    if found is None or sum(char.isdigit() for char in found["base"]) < _WHOLE_NUMBER:
        return None
    return found["base"].strip(" ,;-/"), found.groupdict().get("ext") or ""


def only_extension(text: str) -> str | None:
    """The digits of ``ext. 22`` or ``DW 22``, None for any other text."""
    found = _ONLY_EXTENSION.fullmatch(text)
    return found["ext"] if found is not None else None


def is_switchboard(text: str) -> bool:
    """Whether a number is written with ``-0`` behind it, which stands for a company's switchboard."""
    return text.endswith("0") and _SWITCHBOARD.fullmatch(text) is not None


def without_remarks(text: str) -> str:
    """``Tel.: 089 1234567 (Zentrale)`` -> ``089 1234567``. Only words go, never a digit."""
    if _MORE_THAN_DIGITS.search(text) is None:
        return text
    return _LABEL.sub("", _REMARK.sub("", text), count=1).strip() if not _VANITY.fullmatch(text) else text


def vanity_digits(text: str) -> str | None:
    """The digits of a North American number written with letters (1-800-FLOWERS), None for any other text.

    Seven letters and digits at least behind the area code, so that no stray word becomes part of a number.
    """
    found = _VANITY.fullmatch(text)
    if found is None:
        return None
    word = [char for char in found["word"] if char.isalnum()]
    if len(word) < _VANITY_WORD or sum(char.isalpha() for char in word) < _VANITY_LETTERS:
        return None
    return phonenumbers.convert_alpha_characters_in_number(text)


def several_numbers(text: str) -> list[str]:
    """The numbers of a field that holds more than one, such as ``089 1234567 / 0171 2345678``; else an empty list."""
    if len(text) < 2 * _WHOLE_NUMBER:
        return []
    pieces = [piece for piece in _ALTERNATIVES.split(text) if piece]
    if len(pieces) < 2:
        return []
    enough = all(sum(char.isdigit() for char in piece) >= _WHOLE_NUMBER for piece in pieces)
    return pieces if enough else []


def without_bracketed_trunk(text: str) -> str | None:
    """``+49 (0)89 …`` -> ``+49 89 …``; None where no trunk prefix stands in brackets behind a country code.

    The trunk prefix in brackets is for callers within the country. Where the country has none, as Italy, the zero
    belongs to the number and stays (ITU E.164 national plans; metadata of phonenumbers). Without a plus or 00, as in
    ``49(0)89``, the notation itself tells that 49 is a country code.
    """
    if "(" not in text:
        return None
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
