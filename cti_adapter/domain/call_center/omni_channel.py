"""Section ctiOmniChannel: which presence status goes with what the agent does at the phone, and the reverse. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from .values import WrongValue, is_nothing

#: Most rules of one kind.
MOST = 30
#: What the agent may be doing; the first three count for more than what they have chosen.
DOING = ("call", "ringing", "wrap_up")
STATES = ("available", "away", "do_not_disturb")
_STATUS = r"[A-Za-z][A-Za-z0-9_]{0,79}"
_AWAY = re.compile(r"away\s*:\s*(\S.{0,39})", re.IGNORECASE)


@dataclass(frozen=True)
class OmniRule:
    """``condition`` is what is the case, ``target`` what follows.

    On the phone's side: words of ``DOING`` and ``STATES``, ``away:Reason``, ``*`` (condition) or ``none`` (target). On
    Omni-Channel's: API names of presence statuses, ``offline``, ``*`` or ``none``.
    """

    condition: str
    target: str

    def __str__(self) -> str:
        """As an admin writes it."""
        return f"{self.condition} -> {self.target}"


def to_omni(value: object) -> tuple[OmniRule, ...]:
    """Rules from the phone to Omni-Channel, with ``;`` between. Raises ``WrongValue`` naming the rule."""
    return _rules(value, _Side("omni_rule_phone", _phone_side), _Side("omni_rule_status", _status))


def from_omni(value: object) -> tuple[OmniRule, ...]:
    """Rules from Omni-Channel to the phone. Raises ``WrongValue`` naming the rule."""
    return _rules(value, _Side("omni_rule_status", _status_pattern), _Side("omni_rule_phone", _state))


@dataclass(frozen=True)
class _Side:
    """One side of a rule: what it may be (``read`` gives it as it is kept, else nothing), and which rule it breaks."""

    rule: str
    read: Callable[[str], str]


def _rules(value: object, when: _Side, then: _Side) -> tuple[OmniRule, ...]:
    text = str(value).strip()
    if is_nothing(text):
        return ()
    parts = tuple(dict.fromkeys(part.strip() for part in text.split(";") if part.strip()))
    if len(parts) > MOST:
        raise WrongValue("omni_rules", f"holds {len(parts)} rules; at most {MOST} are possible")
    return tuple(_rule(part, when, then) for part in parts)


def _rule(text: str, when: _Side, then: _Side) -> OmniRule:
    said_when, _, said_then = (part.strip() for part in text.partition("->"))
    known = when.read(said_when), then.read(said_then)
    for side, side_known, where in ((when, known[0], "before"), (then, known[1], "after")):
        if not side_known:
            raise WrongValue(side.rule, f"has the rule {text[:40]!r}, with nothing that is known {where} the ->")
    return OmniRule(*known)


def _phone_side(text: str) -> str:
    word = text.casefold()
    return word if word in (*DOING, "*") else _agent_state(text)


def _state(text: str) -> str:
    return "none" if text.casefold() == "none" else _agent_state(text)


def _agent_state(text: str) -> str:
    if text.casefold() in STATES:
        return text.casefold()
    away = _AWAY.fullmatch(text)
    return f"away:{away[1].strip()}" if away else ""


def _status(text: str) -> str:
    if text.casefold() in ("none", "offline"):
        return text.casefold()
    return text if re.fullmatch(_STATUS, text) else ""


def _status_pattern(text: str) -> str:
    if text == "*" or text.casefold() == "offline":
        return text.casefold()
    return text if re.fullmatch(rf"{_STATUS}\*?", text) else ""
