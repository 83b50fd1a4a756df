"""The records of the dial plan: what is to be dialled, which rules changed it, what the agent should know. No rules."""

from dataclasses import dataclass, replace

from phonenumbers import PhoneNumber


@dataclass(frozen=True)
class RuleApplied:
    """One change on the way: which rule, why, and the text before and after."""

    rule: str
    why: str
    before: str
    after: str


@dataclass(frozen=True)
class DialProblem:
    """Something the agent should know. ``refused``: nothing is dialled."""

    error_id: str
    """Refused: ``nothing_to_dial``, ``control_characters``, ``number_too_long``. Only noted: ``not_understood``,
    ``unknown_number``, ``several_numbers``, ``extension_not_dialled``, ``no_international_prefix``."""
    message: str
    """A sentence; numbers in it are shortened."""
    refused: bool = False


@dataclass(frozen=True)
class DialPlan:
    """What to dial and why. ``dial`` is empty only where a problem is ``refused``."""

    dial: str
    """For the phone system: digits, ``*``, ``#``, a leading ``+``; the typed text where it was not understood."""
    display: str
    """For people."""
    e164: str | None
    """The number for searching and logging, where it is certain."""
    internal: bool
    """It stays within the phone system: an extension or a star code."""
    emergency: bool
    rules: tuple[RuleApplied, ...]
    """In the order in which they were applied; each begins with the text that the one before it left."""
    problems: tuple[DialProblem, ...]

    @property
    def refused(self) -> DialProblem | None:
        """The reason why nothing can be dialled, or None."""
        return next((problem for problem in self.problems if problem.refused), None)


@dataclass(frozen=True)
class Draft:
    """A plan in the making. ``done``: the remaining rules leave it alone."""

    typed: str
    text: str
    shown: str
    """For people, where no number is recognised."""
    number: PhoneNumber | None = None
    internal: bool = False
    emergency: bool = False
    done: bool = False
    rules: tuple[RuleApplied, ...] = ()
    problems: tuple[DialProblem, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether nothing may be dialled."""
        return any(problem.refused for problem in self.problems)

    def changed(self, after: str, rule: str, why: str) -> "Draft":
        """The same with ``after`` as text; recorded unless nothing changed."""
        if after == self.text:
            return self
        return replace(self, text=after, rules=(*self.rules, RuleApplied(rule, why, self.text, after)))

    def noted(self, error_id: str, message: str) -> "Draft":
        """The same with one more problem."""
        return replace(self, problems=(*self.problems, DialProblem(error_id, message)))

    def refuse(self, error_id: str, message: str) -> "Draft":
        """The end of it: nothing may be dialled."""
        problem = DialProblem(error_id, message, refused=True)
        return replace(self, problems=(*self.problems, problem), done=True)
