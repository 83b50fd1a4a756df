"""Values of settings as admins write them, read into types or refused with the rule they break. No settings here."""

import re

import phonenumbers

from ..numbers.numbering import plan_of
from ..numbers.patterns import PatternError, Patterns, parse_patterns

#: What an admin writes for "nothing". An empty value means the same, but the import rules want every item filled.
NOTHING = "none"
#: What an admin writes for "as is usual in this country".
AUTOMATIC = "auto"
#: Longest prefix in digits. The longest in use are carrier selections such as 010330 (Germany) behind an access code.
MAX_PREFIX = 10
MAX_AREA_CODE = 6
#: Longest internal number in digits; longer ones are public numbers.
MAX_INTERNAL = 9
_MAX_HEAD_OFFICE = 6
#: Most rules, results and objects that an admin may name.
MOST = 30


class WrongValue(ValueError):
    """A value that breaks a rule. ``rule`` is its stable id; the message is a half sentence to follow the value."""

    def __init__(self, rule: str, sentence: str) -> None:
        super().__init__(sentence)
        self.rule = rule


def is_nothing(text: str) -> bool:
    """Whether the setting is left out."""
    return text.casefold() in ("", NOTHING)


def prefix(value: object) -> str:
    """Digits, ``*`` and ``#``; empty for none."""
    if not isinstance(value, str):
        raise WrongValue("prefix_not_text", "is not a text")
    if is_nothing(value):
        return ""
    if re.search(r"\s", value):
        raise WrongValue("prefix_with_spaces", "holds spaces; a prefix is written without any")
    if not re.fullmatch(r"[0-9*#]+", value):
        sentence = f"holds other characters than digits, * and # (write {NOTHING!r} for no prefix)"
        raise WrongValue("prefix_characters", sentence)
    if len(value) > MAX_PREFIX:
        raise WrongValue("prefix_too_long", f"has {len(value)} digits; a prefix has at most {MAX_PREFIX}")
    return value


def country(value: object) -> str:
    """ISO 3166 region in capitals; empty for none."""
    text = _text(value)
    if is_nothing(text):
        return ""
    if text.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise WrongValue(
            "country_unknown", "is no country code of two letters (ISO 3166), such as DE, AT, CH, GB or US"
        )
    return text.upper()


def area_code(value: object, region: str) -> str:
    """Digits, without the prefix for long distance."""
    text = _text(value)
    if is_nothing(text):
        return ""
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise WrongValue("area_code_digits", f"is no area code: it has 1 to {MAX_AREA_CODE} digits and nothing else")
    trunk = plan_of(region).trunk
    if trunk and text.startswith(trunk):
        sentence = (
            f"begins with the long-distance prefix {trunk}, which does not belong to it; write {text[len(trunk) :]}"
        )
        raise WrongValue("area_code_with_prefix", sentence)
    return text


def main_number(value: object) -> str:
    """E.164 of the site without extension; empty for none. ``-0`` at the end stands for the switchboard."""
    text = _text(value)
    if is_nothing(text):
        return ""
    digits = re.sub(r"[\s()/.-]", "", re.sub(r"\s*-\s*0$", "", text))
    if not re.fullmatch(r"\+[1-9][0-9]{5,14}", digits):
        sentence = "is no number with + and country code, such as +49 89 123456 (without an extension)"
        raise WrongValue("main_number_form", sentence)
    return digits


def length(value: object) -> int:
    """Digits of an internal number."""
    return _whole(value, 1, MAX_INTERNAL, "length_range")


def head_office_digits(value: object) -> int | None:
    """Digits to cut; None for what is usual in the country."""
    return None if _text(value).casefold() in ("", AUTOMATIC) else _whole(value, 0, _MAX_HEAD_OFFICE, "digits_range")


def patterns(value: object) -> Patterns:
    """Patterns with ``;`` between."""
    text = _text(value)
    try:
        return Patterns() if is_nothing(text) else parse_patterns(text)
    except PatternError as error:
        raise WrongValue("pattern", f"holds a pattern that cannot be used: {error}") from None


def yes_or_no(value: object) -> bool:
    """``true`` or ``false``."""
    text = _text(value).casefold()
    if text not in ("true", "false"):
        raise WrongValue("true_or_false", "is neither true nor false")
    return text == "true"


def dial_format(value: object) -> str:
    """``national``, ``international`` or ``plus``."""
    text = _text(value).casefold()
    if text not in ("national", "international", "plus"):
        raise WrongValue("dial_format", "is none of national, international, plus")
    return text


def numbers(value: object) -> tuple[str, ...]:
    """Short numbers with ``;`` between."""
    text = _text(value)
    if is_nothing(text):
        return ()
    found = tuple(part.strip() for part in text.split(";") if part.strip())
    if len(found) > 20 or not all(re.fullmatch(r"[0-9]{2,8}", number) for number in found):
        raise WrongValue("emergency_numbers", "is no list of up to 20 numbers of 2 to 8 digits with ; between")
    return found


def entries(text: str, rule: str) -> tuple[str, ...]:
    """What stands between ``;``, each once; ``rule`` is broken by too many."""
    found = tuple(dict.fromkeys(part.strip() for part in text.split(";") if part.strip()))
    if len(found) > MOST:
        raise WrongValue(rule, f"holds {len(found)} entries; at most {MOST} are possible")
    return found


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise WrongValue("not_text", "is not a text")
    return value.strip()


def _whole(value: object, lowest: int, highest: int, rule: str) -> int:
    text = _text(value)
    if not re.fullmatch(r"[0-9]{1,3}", text) or not lowest <= int(text) <= highest:
        raise WrongValue(rule, f"is no whole number from {lowest} to {highest}")
    return int(text)
