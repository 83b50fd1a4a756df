"""Applies the call center's settings to the number of a command, on the server. Pure; the rules are the domain's.

Salesforce hands the settings to the page (``getCallCenterSettings``), the page sends them along with each dial. Wrong
settings never keep anybody from dialling: they count as not set.
"""

import asyncio
from collections.abc import Collection, Iterable
from typing import NamedTuple

from msgspec.structs import replace

from ..domain.call import MAX_NUMBER
from ..domain.call_center.item_reader import SettingProblem
from ..domain.call_center.omni_rules import OmniRule
from ..domain.call_center.panel_settings import PanelSettings, read_panel_settings
from ..domain.call_center.settings import effective, read_settings
from ..domain.commands import Command, ConsultationCall, MakeCall, SetForwarding, SingleStepTransferCall
from ..domain.numbers.explanation import Explanation
from ..domain.numbers.incoming import explain_incoming
from ..domain.numbers.outgoing import explain_outgoing, explain_raw
from ..domain.numbers.settings import NumberSettings
from .messages import (
    CommandRequest,
    Dialing,
    ExplainAnswer,
    ExplainQuery,
    ExplainRequest,
    OmniRuleSetup,
    PanelSetup,
    PopRuleSetup,
    RawSettings,
    SettingComplaint,
    SettingsReport,
)
from .refusals import ErrorId, Refused

#: Numbers that are explained before others get their turn; about a millisecond's work.
EXPLAINED_AT_ONCE = 25


class Prepared(NamedTuple):
    """A command as the phone system gets it. ``dialled`` is None for commands without a number."""

    command: Command
    dialled: str | None = None
    extension: str = ""
    emergency: bool = False
    """No limit applies to it."""
    e164: str | None = None
    """The number in full, as far as the settings that came with it tell."""


def prepare(request: CommandRequest, extensions: Collection[str] = ()) -> Prepared:
    """``request`` with the number as it is dialled; ``extensions`` are those that the phone system has told.

    Raises ``Refused`` (nothing_to_dial, several_numbers, out_of_range).
    """
    command, dialing = request.command, request.dialing or Dialing()
    if not isinstance(command, MakeCall | SingleStepTransferCall | ConsultationCall | SetForwarding):
        return Prepared(command)
    if isinstance(command, SetForwarding) and not command.number:
        return Prepared(command)
    explanation = _explained(command.number, dialing, extensions)
    _check(explanation)
    dialled = replace(command, number=explanation.dial)
    return Prepared(dialled, explanation.dial, explanation.extension, explanation.emergency, e164=explanation.e164)


def _explained(typed: str, dialing: Dialing, extensions: Collection[str]) -> Explanation:
    if dialing.raw:
        return explain_raw(typed)
    settings = read_settings(dialing.settings).settings
    return explain_outgoing(typed, settings, record_country=dialing.record_country, extensions=extensions)


async def explain(request: ExplainRequest, site: RawSettings) -> ExplainAnswer:
    """How the numbers of ``request`` are dialled or recognised; ``site`` is this server's own definition."""
    reading = read_settings(site if request.settings is None else request.settings)
    explained = []
    for position, number in enumerate(request.numbers):
        if position % EXPLAINED_AT_ONCE == EXPLAINED_AT_ONCE - 1:
            await asyncio.sleep(0)  # others' calls do not wait for a list of numbers
        explained.append(_explanation(number, reading.settings, request.record_country, request.incoming))
    return ExplainAnswer(explanations=tuple(explained), problems=_complaints(reading.problems))


def explain_one(query: ExplainQuery, site: RawSettings) -> Explanation:
    """The same for one number."""
    # In a URL a plus that was not written %2B arrives as a blank, and no number begins with one.
    number = f"+{query.number[1:]}" if query.number.startswith(" ") else query.number
    return _explanation(number, read_settings(site).settings, query.record_country, query.incoming)


def _explanation(number: str, settings: NumberSettings, record_country: str, incoming: bool) -> Explanation:
    if incoming:
        return explain_incoming(number, settings)
    return explain_outgoing(number, settings, record_country=record_country)


def _check(plan: Explanation) -> None:
    if len(plan.alternatives) > 1:
        # Which of them is meant is the agent's choice, and a dial cannot be taken back.
        raise Refused(ErrorId.SEVERAL_NUMBERS, "this text holds several numbers; choose one", field="command.number")
    refused = plan.refused
    if refused is not None:
        error_id = ErrorId.NOTHING_TO_DIAL if refused.error_id == "nothing_to_dial" else ErrorId.OUT_OF_RANGE
        raise Refused(error_id, refused.message, field="command.number")
    if not plan.dial.strip():
        raise Refused(ErrorId.NOTHING_TO_DIAL, "there is nothing to dial in this number", field="command.number")
    if len(plan.dial) > MAX_NUMBER:
        raise Refused(
            ErrorId.OUT_OF_RANGE, f"with its prefixes the number is longer than {MAX_NUMBER}", field="command.number"
        )


def report_settings(raw: RawSettings) -> SettingsReport:
    """What is wrong with the settings as the page got them, and what is in force."""
    reading, panel = read_settings(raw), read_panel_settings(raw)
    return SettingsReport(
        problems=_complaints(reading.problems),
        effective=effective(reading.settings),
        panel=_panel(panel.settings),
        panel_problems=_complaints(panel.problems),
    )


def _panel(settings: PanelSettings) -> PanelSetup:
    rules = settings.pop_rules
    return PanelSetup(
        pop_on=settings.pop_on,
        pop_rules=tuple(PopRuleSetup(field=r.field, pattern=r.pattern, target=r.target, name=r.name) for r in rules),
        new_records=settings.new_records,
        wrap_up=settings.wrap_up,
        dispositions=settings.dispositions,
        log_calls=settings.log_calls,
        log_internal=settings.log_internal,
        away_reasons=settings.away_reasons,
        message_channel=settings.message_channel,
        do_not_call=settings.do_not_call,
        pickup_code=settings.pickup_code,
        omni_channel=settings.omni_channel,
        to_omni=_omni_rules(settings.to_omni),
        from_omni=_omni_rules(settings.from_omni),
    )


def _omni_rules(rules: Iterable[OmniRule]) -> tuple[OmniRuleSetup, ...]:
    return tuple(OmniRuleSetup(condition=rule.condition, target=rule.target) for rule in rules)


def _complaints(problems: Iterable[SettingProblem]) -> tuple[SettingComplaint, ...]:
    return tuple(
        SettingComplaint(setting=wrong.setting, value=wrong.value, rule=wrong.rule, message=wrong.message)
        for wrong in problems
    )
