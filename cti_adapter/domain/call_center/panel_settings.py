"""How the panel works, from the settings of the call center: when a record opens, what is logged. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from .item_reader import ItemReader, SettingProblem
from .omni_rules import OmniRule, from_omni_rules, to_omni_rules
from .panel_items import CONSENT, LOGGING, MESSAGES, OMNI_CHANNEL, PRESENCE, SCREEN_POP
from .values import WrongValue, entries, is_nothing, yes_or_no

#: Characters of one result (Task.CallDisposition takes 255).
LONGEST_RESULT = 80
#: Characters of one reason; Asterisk's queue log and a narrow panel take no more.
LONGEST_REASON = 40

PopOn = Literal["ring", "answer", "manual"]
DoNotCall = Literal["warn", "block", "off"]
WrapUp = Literal["off", "optional", "required"]

_API_NAME = r"[A-Za-z][A-Za-z0-9_]{0,79}"
_DATA = r"data\.[A-Za-z0-9_-]{1,40}"
_CONDITION = re.compile(rf"(queue|called|caller|{_DATA})\s*=\s*(\S.*)", re.IGNORECASE)
_TARGET = re.compile(rf"(?:record|none|(flow|home|new):({_API_NAME})|(record|search):({_DATA}))", re.IGNORECASE)


@dataclass(frozen=True)
class PopRule:
    """What opens for which calls.

    ``field`` is empty for all calls, ``queue``, ``called``, ``caller``, or ``data.NAME`` for what the phone system has
    attached to the call; ``pattern`` may end in ``*``.
    """

    field: str
    pattern: str
    target: str
    """``record``, ``none``, ``flow``, ``home``, ``new`` or ``search``."""
    name: str = ""
    """API name of the flow or object; ``data.NAME`` where its value is the record's id, or is searched."""

    def __str__(self) -> str:
        """As an admin writes it."""
        condition = f"{self.field}={self.pattern}" if self.field else "*"
        return f"{condition} -> {self.target}{':' + self.name if self.name else ''}"


@dataclass(frozen=True)
class PanelSettings:
    """The defaults are what counts where the definition says nothing."""

    pop_on: PopOn = "ring"
    pop_rules: tuple[PopRule, ...] = ()
    new_records: tuple[str, ...] = ("Contact", "Lead", "Account", "Case")
    wrap_up: WrapUp = "optional"
    dispositions: tuple[str, ...] = ("Solved", "Call back", "Left a message", "Wrong number")
    log_calls: bool = True
    log_internal: bool = False
    away_reasons: tuple[str, ...] = ("Break", "Meeting", "Training")
    message_channel: str = ""
    do_not_call: DoNotCall = "warn"
    pickup_code: str = ""
    omni_channel: str = ""
    to_omni: tuple[OmniRule, ...] = ()
    from_omni: tuple[OmniRule, ...] = ()


class PanelReading(NamedTuple):
    """Result of ``read_panel_settings``; always usable, whatever the problems."""

    settings: PanelSettings
    problems: tuple[SettingProblem, ...]


def read_panel_settings(raw: Mapping[str, object]) -> PanelReading:
    """How the panel works, from ``getCallCenterSettings().returnValue``; what is wrong counts as not given."""
    reader, usual = ItemReader(raw), PanelSettings()
    settings = PanelSettings(
        pop_on=reader.read(f"/{SCREEN_POP}/popOn", _OneOf("ring", "answer", "manual"), usual.pop_on),
        pop_rules=reader.read(f"/{SCREEN_POP}/popRules", pop_rules, usual.pop_rules),
        new_records=reader.read(f"/{SCREEN_POP}/newRecords", objects, usual.new_records),
        wrap_up=reader.read(f"/{LOGGING}/wrapUp", _OneOf("off", "optional", "required"), usual.wrap_up),
        dispositions=reader.read(f"/{LOGGING}/dispositions", results, usual.dispositions),
        log_calls=reader.read(f"/{LOGGING}/logCalls", yes_or_no, usual.log_calls),
        log_internal=reader.read(f"/{LOGGING}/logInternal", yes_or_no, usual.log_internal),
        pickup_code=reader.read(f"/{PRESENCE}/pickupCode", pickup_code, usual.pickup_code),
        do_not_call=reader.read(f"/{CONSENT}/doNotCall", _OneOf("warn", "block", "off"), usual.do_not_call),
        message_channel=reader.read(f"/{MESSAGES}/channel", message_channel, usual.message_channel),
        away_reasons=reader.read(f"/{PRESENCE}/awayReasons", reasons, usual.away_reasons),
        omni_channel=reader.read(f"/{OMNI_CHANNEL}/channel", message_channel, usual.omni_channel),
        to_omni=reader.read(f"/{OMNI_CHANNEL}/toOmni", to_omni_rules, usual.to_omni),
        from_omni=reader.read(f"/{OMNI_CHANNEL}/fromOmni", from_omni_rules, usual.from_omni),
    )
    return PanelReading(settings, tuple(reader.problems))


class _OneOf:
    """Reads one of some words."""

    def __init__(self, *words: str) -> None:
        self._words = words

    def __call__(self, value: object) -> str:
        """The word in small letters. Raises ``WrongValue``."""
        text = str(value).strip().casefold()
        if text not in self._words:
            raise WrongValue("one_of", f"is none of {', '.join(self._words)}")
        return text


def pop_rules(value: object) -> tuple[PopRule, ...]:
    """Rules with ``;`` between, each ``condition -> target``. Raises ``WrongValue`` naming the rule."""
    text = str(value).strip()
    if is_nothing(text):
        return ()
    return tuple(map(_pop_rule, entries(text, "pop_rules")))


def _pop_rule(text: str) -> PopRule:
    condition, arrow, target = (part.strip() for part in text.partition("->"))
    found = _TARGET.fullmatch(target)
    if not arrow or found is None:
        sentence = (
            f"has the rule {text[:40]!r} without -> record, none, flow:Name, home:Object, new:Object, record:data.NAME"
            " or search:data.NAME"
        )
        raise WrongValue("pop_rule_target", sentence)
    kind, name = (found[1] or found[3] or target).casefold(), _data_name(found[2] or found[4] or "")
    if condition == "*":
        return PopRule("", "", kind, name)
    said = _CONDITION.fullmatch(condition)
    if said is None:
        sentence = f"has the rule {text[:40]!r}; one begins with queue=, called=, caller=, data.NAME= or *"
        raise WrongValue("pop_rule_condition", sentence)
    return PopRule(_data_name(said[1]), said[2].strip(), kind, name)


def _data_name(said: str) -> str:
    """``Data.CASE`` as ``data.CASE``, since names of data may differ by capitals alone; ``QUEUE`` as ``queue``."""
    if said.casefold().startswith("data."):
        return f"data.{said[5:]}"
    return said.casefold() if said.casefold() in ("queue", "called", "caller") else said


def objects(value: object) -> tuple[str, ...]:
    """API names of objects with ``;`` between; empty for none. Raises ``WrongValue``."""
    text = str(value).strip()
    if is_nothing(text):
        return ()
    names = entries(text, "objects")
    wrong = next((name for name in names if not re.fullmatch(_API_NAME, name)), None)
    if wrong is not None:
        raise WrongValue("object_name", f"holds {wrong[:40]!r}, which is no API name of an object")
    return names


def results(value: object) -> tuple[str, ...]:
    """Results of calls with ``;`` between; empty for none. Raises ``WrongValue``."""
    text = str(value).strip()
    if is_nothing(text):
        return ()
    found = entries(text, "dispositions")
    if any(len(result) > LONGEST_RESULT for result in found):
        raise WrongValue("disposition_length", f"holds a result of more than {LONGEST_RESULT} characters")
    return found


def reasons(value: object) -> tuple[str, ...]:
    """Reasons for being away with ``;`` between; empty for none. Raises ``WrongValue``."""
    text = str(value).strip()
    if is_nothing(text):
        return ()
    found = entries(text, "away_reasons")
    if any(len(reason) > LONGEST_REASON for reason in found):
        raise WrongValue("reason_length", f"holds a reason of more than {LONGEST_REASON} characters")
    return found


def pickup_code(value: object) -> str:
    """What is dialled before an extension to take its call; empty for none. Raises ``WrongValue``."""
    text = str(value).strip()
    if is_nothing(text):
        return ""
    if not re.fullmatch(r"[0-9*#]{1,8}", text):
        raise WrongValue("pickup_code", "holds something else than digits, * and #, or more than 8 of them")
    return text


def message_channel(value: object) -> str:
    """API name of a Lightning message channel, with ``__c``; empty for none. Raises ``WrongValue``."""
    text = str(value).strip()
    if is_nothing(text):
        return ""
    if not re.fullmatch(r"([A-Za-z][A-Za-z0-9]*__)?[A-Za-z][A-Za-z0-9_]{0,79}__c", text):
        raise WrongValue(
            "message_channel", f"is {text[:40]!r}, which is no name of a message channel such as CtiCall__c"
        )
    return text
