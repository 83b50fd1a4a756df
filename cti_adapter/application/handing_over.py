"""What goes along when a call is handed to a colleague: the record, what it is about, and the notes. Pure.

Phone systems tell of a transfer at both ends: the colleague's call names who has transferred it, and has the same party
at its other end as the call of the one who did. Nothing else joins the two.
"""

from msgspec.structs import replace

from ..domain.call import Call
from .agent_log import AgentLog
from .messages import CallWork


def handed_over(call: Call, giver: AgentLog) -> CallWork | None:
    """What ``giver``, who has transferred ``call``, knows of it; none where they know nothing.

    Their subject, disposition and follow-up stay with their own part of the call, which is logged as theirs.
    """
    party = call.other.number
    if not party:
        return None
    for candidate in reversed(giver.calls()):
        work = giver.work(candidate.id)
        if candidate.other.number == party and work is not None:
            return replace(CallWork(call=call.id), notes=work.notes, record=work.record, related=work.related)
    return None
