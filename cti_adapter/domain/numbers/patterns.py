"""Patterns by which an admin says which numbers are internal or external whatever their length. No other regexes.

Two notations, several patterns with ``;`` between (``2??;77*;^9[0-4]``):

- wildcards for a whole number: digits, ``?`` for one digit, ``*`` for any further digits, ``200-299`` for a range;
- a regular expression where ``^`` or ``$`` marks it as one: digits, ``.``, ``\\d``, ``[0-4]``, and ``? * + {n,m}``. No
  groups and few repetitions, because the pattern comes from a page and must not be able to keep a server busy.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

#: Patterns of one setting, and characters of one pattern.
MAX_PATTERNS = 50
MAX_LENGTH = 60
#: ``*``, ``+`` and ``{n,}`` in one regular expression; each multiplies the time that it may take.
MAX_REPETITIONS = 2

_RANGE = re.compile(r"([0-9]{1,15})-([0-9]{1,15})")
_WILDCARD = re.compile(r"[0-9?]*\*?")
_ATOM = r"(?:[0-9#]|\\d|\\\*|\.|\[[0-9-]+\])"
_EXPRESSION = re.compile(rf"\^?(?:{_ATOM}(?:[?*+]|\{{[0-9]{{1,2}}(?:,[0-9]{{0,2}})?\}})?)*\$?")
_REPETITION = re.compile(r"[*+]|,\}|\{[0-9]+,[0-9]+\}")


class PatternError(ValueError):
    """A pattern that cannot be used; the message is the rule that it breaks, to follow the pattern itself."""

    def __init__(self, pattern: str, rule: str) -> None:
        super().__init__(f"{pattern!r} {rule}")
        self.pattern = pattern
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Patterns:
    """Patterns of one setting. Equal when they were written the same way."""

    written: tuple[str, ...] = ()

    def match(self, digits: str) -> str | None:
        """The first pattern, as written, that ``digits`` fit; None if there is none."""
        if not self.written:
            return None
        return next((text for text, fits in _compiled(self.written) if fits.match(digits)), None)


def parse_patterns(text: str) -> Patterns:
    """The patterns in a setting's value. Raises ``PatternError`` for the first that breaks a rule."""
    written = tuple(piece for piece in (part.strip() for part in text.split(";")) if piece)
    if len(written) > MAX_PATTERNS:
        raise PatternError(shortened_list(written), f"are {len(written)} patterns; at most {MAX_PATTERNS} are allowed")
    for piece in written:
        _expression(piece)
    return Patterns(written)


def shortened_list(written: tuple[str, ...]) -> str:
    """The first patterns, for a message."""
    return ";".join(written)[:MAX_LENGTH]


@lru_cache(maxsize=64)
def _compiled(written: tuple[str, ...]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Settings are few and come with every request; what is kept here are an admin's patterns, never a number."""
    return tuple((piece, re.compile(_expression(piece))) for piece in written)


def _expression(piece: str) -> str:
    if len(piece) > MAX_LENGTH:
        raise PatternError(piece[:MAX_LENGTH], f"has more than {MAX_LENGTH} characters")
    if (found := _RANGE.fullmatch(piece)) is not None:
        return _range(piece, found[1], found[2])
    if "^" not in piece and "$" not in piece and _WILDCARD.fullmatch(piece):
        return piece.replace("?", "[0-9]").replace("*", "[0-9]*") + r"\Z"
    return _regular(piece)


def _regular(piece: str) -> str:
    if not _EXPRESSION.fullmatch(piece):
        raise PatternError(piece, "is no pattern: write digits with ? and *, a range 200-299, or ^ and $ expressions")
    if len(_REPETITION.findall(piece)) > MAX_REPETITIONS:
        raise PatternError(piece, f"repeats more than {MAX_REPETITIONS} times; split it into several patterns")
    try:
        re.compile(piece)
    except re.error as error:
        raise PatternError(piece, f"is no regular expression ({error.msg})") from None
    anchored = piece if piece.startswith("^") else f"[0-9*#+]*?{piece}"
    return anchored.replace("$", r"\Z")


def _range(piece: str, first: str, last: str) -> str:
    if len(first) != len(last) or first > last:
        raise PatternError(piece, "is no range: both ends have the same number of digits, the smaller one first")
    return "(?:" + "|".join(_between(first, last)) + r")\Z"


def _between(first: str, last: str) -> list[str]:
    """Alternatives that match exactly the numbers from ``first`` to ``last``, both of the same length."""
    if first == last:
        return [first]
    head, low, high = first[0], first[1:], last[1:]
    if not low:
        return [f"[{head}-{last[0]}]"]
    if head == last[0]:
        return [head + rest for rest in _between(low, high)]
    pieces = [head + rest for rest in _between(low, "9" * len(low))]
    if int(last[0]) - int(head) > 1:
        pieces.append(f"[{int(head) + 1}-{int(last[0]) - 1}][0-9]{{{len(low)}}}")
    return pieces + [last[0] + rest for rest in _between("0" * len(high), high)]
