"""Rules that keep the phone's presence and Salesforce's Omni-Channel in step, as an admin writes them. Pure."""

import re
from dataclasses import dataclass

from .values import WrongValue, entries, is_nothing

_STATUS = r"[A-Za-z][A-Za-z0-9_]{0,79}"
#: What the agent's phone tells of them; reasons are as long as those of ``awayReasons``.
_PRESENCE = r"(available|away|do_not_disturb)|(away)\s*:\s*(\S.{0,39})"
_SITUATION = re.compile(rf"(call|ringing|wrap_up|\*)|{_PRESENCE}", re.IGNORECASE)
_FOLLOWING = re.compile(rf"(none)|{_PRESENCE}", re.IGNORECASE)
_TOLD = re.compile(rf"{_STATUS}\*?|\*")


@dataclass(frozen=True)
class OmniRule:
    """``condition -> target``, of which the first that fits counts; ``none`` as a target leaves everything as it is."""

    condition: str
    target: str


def to_omni_rules(value: object) -> tuple[OmniRule, ...]:
    """Which status follows from calls and presence, with ``;`` between. Raises ``WrongValue`` naming the rule."""
    return tuple(map(_to_omni, _rules(value)))


def from_omni_rules(value: object) -> tuple[OmniRule, ...]:
    """Which presence follows from a status, with ``;`` between. Raises ``WrongValue`` naming the rule."""
    return tuple(map(_from_omni, _rules(value)))


def _rules(value: object) -> tuple[str, ...]:
    text = str(value).strip()
    return () if is_nothing(text) else entries(text, "omni_rules")


def _to_omni(text: str) -> OmniRule:
    condition, target = _sides(text)
    if not re.fullmatch(_STATUS, target):
        raise WrongValue("to_omni_target", f"has the rule {text[:40]!r} without -> name of a presence status, or none")
    said = _SITUATION.fullmatch(condition)
    if said is None:
        sentence = (
            f"has the rule {text[:40]!r}; one begins with call, ringing, wrap_up, away:Reason, away, do_not_disturb,"
            " available or *"
        )
        raise WrongValue("to_omni_condition", sentence)
    return OmniRule(_word(said), "none" if is_nothing(target) else target)


def _from_omni(text: str) -> OmniRule:
    condition, target = _sides(text)
    said = _FOLLOWING.fullmatch(target)
    if said is None:
        sentence = f"has the rule {text[:40]!r} without -> available, away, away:Reason, do_not_disturb or none"
        raise WrongValue("from_omni_target", sentence)
    if not _TOLD.fullmatch(condition):
        sentence = f"has the rule {text[:40]!r}; one begins with the name of a presence status, offline or *"
        raise WrongValue("from_omni_condition", sentence)
    return OmniRule(condition, _word(said))


def _sides(text: str) -> tuple[str, str]:
    condition, _, target = (part.strip() for part in text.partition("->"))
    return condition, target


def _word(said: re.Match[str]) -> str:
    """The words of the grammar in small letters; a reason as it is written."""
    word, presence, away, reason = said.groups()
    return f"{away.casefold()}:{reason.strip()}" if away else str(word or presence).casefold()
