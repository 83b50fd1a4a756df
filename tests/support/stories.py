"""Calls as readable lines, for tables of what an agent's softphone is told."""

from collections.abc import Iterable, Sequence

from cti_adapter.connectors.asterisk.recording import Timed, replay
from cti_adapter.connectors.asterisk.translate import Told
from cti_adapter.domain.agent import Line
from cti_adapter.domain.call import Call, CallEvent, Party

LINES = tuple(Line(agent=extension, extension=extension) for extension in ("101", "102", "103"))


def events_of(messages: Iterable[Timed], lines: Sequence[Line] = LINES) -> dict[str, list[CallEvent]]:
    """What each agent is told, in order."""
    told: dict[str, list[CallEvent]] = {}
    for agent, event in replay("pbx", lines, messages):
        told.setdefault(agent, []).append(event)
    return told


def told_lines(told: Iterable[Told]) -> list[str]:
    """``agent: line`` for each event."""
    return [f"{agent}: {line(event)}" for agent, event in told]


def stories(events: Iterable[CallEvent]) -> list[list[str]]:
    """One list of lines for each call, in order of beginning."""
    calls: dict[str, list[str]] = {}
    for event in events:
        calls.setdefault(event.call.id, []).append(line(event))
    return list(calls.values())


def line(event: CallEvent) -> str:
    """One event, such as ``Established connected inbound +49… "Erika Muster" > 101 "Alice" queue=support``.

    ``>`` points from caller to called; an asterisk marks the side that is the agent's.
    """
    call = event.call
    mine, other = ("*", "") if call.role == "caller" else ("", "*")
    words = [event.event, call.state, call.direction, f"{mine}{shown(call.caller)} > {other}{shown(call.called)}"]
    return " ".join([*words, *_marks(call)])


def shown(party: Party) -> str:
    """``101 "Alice"``, ``-`` when withheld."""
    return (party.number or "-") + (f' "{party.name}"' if party.name else "")


def _marks(call: Call) -> list[str]:
    marks = {
        "queue": call.queue,
        "cause": call.cause,
        "to": shown(call.transferred_to) if call.transferred_to else None,
        "from": shown(call.transferred_from) if call.transferred_from else None,
        "with": ",".join(shown(party) for party in call.parties),
        "command": call.command,
    }
    flags = [name for name, on in (("remote_hold", call.remote_hold), ("muted", call.muted)) if on]
    flags += ["consultation"] if call.consultation_of else []
    return [f"{name}={value}" for name, value in marks.items() if value] + flags
