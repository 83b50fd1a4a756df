"""Reads items of the call center definition one by one, with a fallback and a sentence for each that is wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .values import AUTOMATIC, WrongValue

_MISSING = object()
#: Characters of a value that an error message repeats.
_SHOWN = 40
UNTIL_THEN = "Until it is corrected, "


@dataclass(frozen=True)
class SettingProblem:
    """One setting that cannot be used as it stands in Salesforce, or that will not lead anywhere."""

    setting: str
    """Key as Salesforce hands it out, ``/section/item``."""
    value: str
    """The value found, cut to 40 characters, control characters made visible."""
    rule: str
    """Stable id, such as ``prefix_characters`` or ``country_unknown``."""
    message: str
    """A sentence for the admin: item, value, rule, and what is used instead."""


class ItemReader:
    """Reads one item after the other and collects what is wrong."""

    def __init__(self, raw: Mapping[str, object]) -> None:
        self.raw = raw
        self.problems: list[SettingProblem] = []

    def given(self, key: str) -> object:
        """The value of ``key``, also without its leading slash; ``_MISSING`` if it is not there."""
        return self.raw.get(key, self.raw.get(key.removeprefix("/"), _MISSING))

    def is_automatic(self, key: str, otherwise: bool) -> bool:
        """Whether the admin leaves the value to the country; ``otherwise`` where the key is not there."""
        value = self.given(key)
        return otherwise if value is _MISSING else str(value).strip().casefold() == AUTOMATIC

    def read(self, key: str, reader: Callable[[object], Any], fallback: Any, consequence: str = "") -> Any:
        """The typed value of ``key``; ``fallback`` where it is missing or wrong."""
        value = self.given(key)
        if value is _MISSING:
            return fallback
        try:
            return reader(value)
        except WrongValue as wrong:
            self.complain(key, value, wrong.rule, f"{wrong}. {consequence or instead(fallback)}")
            return fallback

    def complain(self, key: str, value: object, rule: str, sentence: str) -> None:
        """Add a problem."""
        shown = _visible(value)
        self.problems.append(SettingProblem(key, shown, rule, f"{key.rpartition('/')[2]}: {shown!r} {sentence}"))


def instead(fallback: object) -> str:
    """What counts until the item is corrected."""
    shown = str(fallback).casefold() if isinstance(fallback, bool | int | str) and fallback != "" else ""
    return f"{UNTIL_THEN}{shown} is used." if shown else f"{UNTIL_THEN}it counts as not given."


def _visible(value: object) -> str:
    text = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in str(value))
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
