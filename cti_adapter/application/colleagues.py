"""Who works in the same organization, and whether they can be reached now. Pure.

The relay knows it of every connector alike, from what it holds of each agent anyway; no phone system has to be asked.
Told are presence and whether the phone is in use, never with whom: a colleague's call is not one's own.
"""

import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache

from ..domain.agent import Line
from ..domain.call import CallState
from .agent_log import AgentLog
from .messages import Colleague, Colleagues, ColleaguesQuery, LineState


def describe(line: Line, agent: str, log: AgentLog | None, *, states: bool) -> Colleague:
    """``line`` of ``agent`` as others may see it; without ``states`` nothing of what they do now."""
    known = log is not None and log.link.reachable and states
    return Colleague(
        agent=agent,
        extension=line.extension,
        name=line.name or agent.partition("@")[0],
        presence=log.presence.state if log is not None and known else None,
        line=_line_state(log) if log is not None and known else "unknown",
        parked=_parked(log) if log is not None and known else (),
    )


def _line_state(log: AgentLog) -> LineState:
    states = {call.state for call in log.live_calls() if call.parked_at is None}
    if not states:
        return "idle"
    return "ringing" if states == {CallState.ALERTING} else "busy"


def _parked(log: AgentLog) -> tuple[str, ...]:
    return tuple(call.parked_at for call in log.live_calls() if call.parked_at is not None)


def matching(lines: Iterable[tuple[str, Line]], search: str, most: int) -> tuple[list[tuple[str, Line]], bool]:
    """Those whose name or login contains ``search``, or whose extension begins with it, and whether there are more.

    Capitals and accents do not count. First come those whose name, or a word of it, begins so; then by name.
    """
    wanted = _plain(search)
    found = sorted(
        (rank, _plain(line.name or agent), agent, line)
        for agent, line in lines
        if (rank := _rank(agent, line, wanted)) is not None
    )
    return [(agent, line) for _, _, agent, line in found[:most]], len(found) > most


def _rank(agent: str, line: Line, wanted: str) -> int | None:
    name = _plain(line.name or agent)
    if line.extension.startswith(wanted) or any(word.startswith(wanted) for word in (name, *name.split())):
        return 0
    return 1 if wanted in name or wanted in _plain(agent) else None


@lru_cache(maxsize=50_000)
def _plain(text: str) -> str:
    """Without capitals and accents. Remembered: thousands of the same names are compared with every key of a search."""
    decomposed = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def find(
    lines: Iterable[tuple[str, Line]],
    query: ColleaguesQuery,
    log_of: Callable[[str], AgentLog | None],
    *,
    states: bool,
) -> Colleagues:
    """The answer to ``query`` among ``lines`` (login name, line); ``log_of`` a login name is asked for those only."""
    chosen, more = matching(lines, query.search, query.most)
    people = tuple(describe(line, agent, log_of(agent), states=states) for agent, line in chosen)
    return Colleagues(colleagues=people, more=more)
