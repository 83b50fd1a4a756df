"""Applies the call center's settings to the number of a command, on the server. Pure; the rules are the domain's.

Salesforce hands the settings to the page (``getCallCenterSettings``), the page sends them along with each dial. Wrong
settings never keep anybody from dialling: they count as not set.
"""

from msgspec.structs import replace

from ..domain.call import MAX_NUMBER
from ..domain.call_center.settings import read_settings
from ..domain.commands import Command, MakeCall, SingleStepTransferCall
from ..domain.dialing import DialPlan, dial_as_typed, plan_dial
from .messages import CommandRequest, Dialing, RawSettings, SettingComplaint, SettingsReport
from .refusals import ErrorId, Refused


def prepare(request: CommandRequest) -> tuple[Command, str | None]:
    """The command as the phone system gets it, and what will be dialled (None for commands without a number).

    Raises ``Refused`` (nothing_to_dial, out_of_range).
    """
    command = request.command
    if not isinstance(command, MakeCall | SingleStepTransferCall):
        return command, None
    dialled = number_to_dial(command.number, request.dialing or Dialing())
    return replace(command, number=dialled), dialled


def number_to_dial(typed: str, dialing: Dialing) -> str:
    """What ``typed`` becomes under ``dialing``. Raises ``Refused``."""
    plan = dial_as_typed(typed) if dialing.raw else plan_dial(typed, read_settings(dialing.settings).settings)
    _check(plan)
    return plan.dial


def _check(plan: DialPlan) -> None:
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
    reading = read_settings(raw)
    problems = tuple(
        SettingComplaint(setting=wrong.setting, value=wrong.value, rule=wrong.rule, message=wrong.message)
        for wrong in reading.problems
    )
    return SettingsReport(problems=problems, effective=reading.settings.effective())
