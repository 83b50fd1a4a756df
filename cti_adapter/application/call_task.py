"""The Salesforce Task of an ended call, as the server writes it for agents who have no softphone open. Pure.

The same fields as the page's (static/js/task.js), so that both find each other's by ``CallObject``. Names and values of
fields are those of the Task object (Salesforce object reference).
"""

from datetime import datetime, tzinfo

from ..domain.call import Call, Cause, Direction
from .messages import CallWork, RecordRef

#: Longest values that the Task fields take, in characters.
SUBJECT, DESCRIPTION = 255, 32_000
_CALL_TYPES = {Direction.INBOUND: "Inbound", Direction.OUTBOUND: "Outbound", Direction.INTERNAL: "Internal"}
_RESULTS = {
    Cause.NORMAL: "Answered",
    Cause.MISSED: "Missed",
    Cause.BUSY: "Busy",
    Cause.DECLINED: "Declined",
    Cause.FORWARDED: "Forwarded",
    Cause.ANSWERED_ELSEWHERE: "Answered by a colleague",
    Cause.CANCELLED: "Cancelled",
    Cause.UNREACHABLE: "Not reachable",
    Cause.NO_ANSWER: "No answer",
    Cause.TRANSFERRED: "Transferred",
    Cause.CONFERENCED: "Joined into a conference",
    Cause.LOST: "End unknown",
}
MISSED = _RESULTS[Cause.MISSED]
#: A missed call is something still to be done; calling back completes it.
OPEN, COMPLETED = "Not Started", "Completed"


def task_of(call: Call, work: CallWork | None, record: RecordRef | None, zone: tzinfo) -> dict[str, str | int]:
    """Fields of a new Task. ``record``: whose call it is, where ``work`` does not say; ``zone``: of its times."""
    work = work or CallWork(call=call.id)
    started = datetime.fromtimestamp(call.started_at, zone)
    party = call.other.number or call.other.name or "Number withheld"
    direction = "outbound" if call.direction is Direction.OUTBOUND else "inbound"
    fields: dict[str, str | int] = {
        "Subject": (work.subject or f"Call {direction} {party} {started:%Y-%m-%d %H:%M}")[:SUBJECT],
        "Status": OPEN if call.cause is Cause.MISSED else COMPLETED,
        "ActivityDate": f"{started:%Y-%m-%d}",
        "TaskSubtype": "Call",
        "CallType": _CALL_TYPES[call.direction],
        "CallDurationInSeconds": _talked_s(call),
        "CallObject": call.id,
        "CallDisposition": work.disposition or _RESULTS[call.cause or Cause.NORMAL],
    }
    if work.notes:
        fields["Description"] = work.notes[:DESCRIPTION]
    return fields | _references(work.record or record, work.related)


def _talked_s(call: Call) -> int:
    if call.answered_at is None or call.ended_at is None:
        return 0
    return max(0, round(call.ended_at - call.answered_at))


def _references(record: RecordRef | None, related: RecordRef | None) -> dict[str, str]:
    """People go into WhoId, everything else into WhatId; Salesforce refuses WhatId beside a lead (Task, WhatId)."""
    known = [each for each in (record, related) if each is not None]
    who = next((each for each in known if _is_person(each)), None)
    is_lead = who is not None and who.id.startswith("00Q")
    what = None if is_lead else next((each for each in reversed(known) if not _is_person(each)), None)
    found = {"WhoId": (who.contact_id or who.id) if who else "", "WhatId": what.id if what else ""}
    return {name: value for name, value in found.items() if value}


def _is_person(record: RecordRef) -> bool:
    return bool(record.contact_id) or record.id.startswith(("003", "00Q"))
