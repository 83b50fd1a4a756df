"""The records of an explanation: what was made of a number, by which rules, and what somebody should know. No rules."""

from collections.abc import Collection
from dataclasses import dataclass, field

from msgspec import Struct

from .formatting import display
from .numbering import Number, NumberingPlan, is_possible, plan_of
from .settings import NumberSettings


class RuleApplied(Struct, frozen=True, forbid_unknown_fields=True):
    """One rule that fired: which, why, and the text before and after. A rule that only decides leaves the text."""

    rule: str
    why: str
    before: str
    after: str


class NumberProblem(Struct, frozen=True, forbid_unknown_fields=True):
    """Something that whoever dials should know. ``refused``: nothing is dialled."""

    error_id: str
    """Refused: ``nothing_to_dial``, ``control_characters``, ``number_too_long``. Only noted: ``not_understood``,
    ``unknown_number``, ``several_numbers``, ``no_international_prefix``, ``foreign_international_prefix``,
    ``uncertain``."""
    message: str
    """A sentence; numbers in it are shortened."""
    refused: bool = False


class Explanation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a number is and what is done with it. Of an incoming number ``dial`` is what would call it back."""

    input: str
    dial: str
    """For the phone system: digits, ``*``, ``#``, a leading ``+``; the typed text where it was not understood. Empty
    only where a problem is ``refused`` or the number was withheld."""
    e164: str | None
    """The number for searching and logging, where it is certain enough."""
    display: str
    """For people."""
    internal: bool
    """It stays within the phone system: an extension or a star code."""
    emergency: bool
    extension: str
    """Digits to send when the other side has answered; empty: none."""
    alternatives: tuple[str, ...]
    """All numbers of a text that holds several, as typed; ``dial`` is the first."""
    lookup: tuple[str, ...]
    """What to search the record by, best first."""
    probable: tuple[str, ...]
    """Those of ``lookup`` that only find the caller's head office."""
    rules: tuple[RuleApplied, ...]
    """In the order in which they were applied; each begins with the text that the one before it left."""
    problems: tuple[NumberProblem, ...]

    @property
    def refused(self) -> NumberProblem | None:
        """The reason why nothing can be dialled, or None."""
        return next((problem for problem in self.problems if problem.refused), None)


@dataclass(slots=True)
class Draft:
    """An explanation in the making. ``done``: the remaining rules leave it alone."""

    typed: str
    settings: NumberSettings
    known: Collection[str] = ()
    """Extensions that the phone system has told."""
    text: str = ""
    plan: NumberingPlan = field(init=False)
    shown: str = ""
    """For people, where no number is recognised."""
    number: Number | None = None
    extension: str = ""
    direct_dial: str = ""
    """What followed the number as a direct extension and may be dialled with it."""
    alternatives: tuple[str, ...] = ()
    candidates: tuple[Number, ...] = ()
    """Other numbers that the same digits may be."""
    internal: bool = False
    external: bool = False
    """An admin's pattern says that it is no extension."""
    emergency: bool = False
    done: bool = False
    refused: bool = False
    rules: list[RuleApplied] = field(default_factory=list)
    problems: list[NumberProblem] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.text = self.typed.strip()
        self.plan = plan_of(self.settings.country)

    def change(self, after: str, rule: str, why: str) -> None:
        """Go on with ``after``; recorded unless nothing changed."""
        if after != self.text:
            self.rules.append(RuleApplied(rule, why, self.text, after))
            self.text = after

    def decide(self, rule: str, why: str) -> None:
        """Record a rule that fired and leaves the text as it is."""
        self.rules.append(RuleApplied(rule, why, self.text, self.text))

    def note(self, error_id: str, message: str) -> None:
        """Somebody should know."""
        self.problems.append(NumberProblem(error_id, message))

    def refuse(self, error_id: str, message: str) -> None:
        """The end of it: nothing may be dialled."""
        self.problems.append(NumberProblem(error_id, message, refused=True))
        self.refused = self.done = True

    def certain(self) -> Number | None:
        """The number, unless its length rules it out."""
        return self.number if self.number is not None and is_possible(self.number) else None

    def finished(self, lookup: tuple[str, ...], probable: tuple[str, ...]) -> Explanation:
        """The explanation."""
        number = None if self.internal or self.emergency else self.certain()
        shown = "" if self.refused else self.shown or self.text
        return Explanation(
            input=self.typed,
            dial="" if self.refused else self.text,
            e164=number.e164 if number else None,
            display=display(number, self.plan.country_code) if number else shown,
            internal=self.internal,
            emergency=self.emergency,
            extension=self.extension,
            alternatives=self.alternatives,
            lookup=lookup,
            probable=probable,
            rules=tuple(self.rules),
            problems=tuple(self.problems),
        )
