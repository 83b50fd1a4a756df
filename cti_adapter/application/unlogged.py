"""Ended calls that no softphone has logged, for who logs them in place of the softphones. No I/O."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..domain.agent import AgentKey
from ..domain.call import Call, Direction
from .agent_log import AgentLog
from .agents import Agents
from .messages import CallWork
from .ports import Clock

#: The claims' name for the server; a softphone's session has another kind of id.
SERVER = "server"
#: Calls remembered as given up or called back; only a salted hash (of this process) is kept.
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class UnloggedCall:
    """A call of ``key`` that the server may log now, with what the agent has written about it."""

    key: AgentKey
    call: Call
    work: CallWork | None


class Unlogged:
    """Hands out unlogged calls, each once."""

    def __init__(self, agents: Agents, clock: Clock) -> None:
        self._agents = agents
        self._clock = clock
        self._given_up: dict[int, None] = {}
        self._called_back: dict[int, None] = {}
        self.decides: Callable[[AgentKey], bool] = lambda key: True
        """Whether it is this node that logs calls of an agent."""

    def take(self, after_s: float) -> list[UnloggedCall]:
        """Calls that ended at least ``after_s`` seconds ago and that no softphone has claimed; now the server has."""
        now = self._clock.monotonic()
        return [
            UnloggedCall(key, call, log.work(call.id))
            for key, log in self._logs()
            for call in log.unlogged(now - after_s)
            if hash(call.id) not in self._given_up and self._agents.claim(key, call.id, "log", SERVER).granted
        ]

    def done(self, unlogged: UnloggedCall) -> None:
        """It is logged."""
        log = self._agents.known(unlogged.key)
        if log is not None and log.call(unlogged.call.id) is not None:
            self._agents.claim(unlogged.key, unlogged.call.id, "log", SERVER, done=True)

    def give_back(self, unlogged: UnloggedCall) -> None:
        """Not now; whoever comes first may try."""
        self._agents.release(unlogged.key, unlogged.call.id, SERVER)

    def give_up(self, unlogged: UnloggedCall) -> None:
        """Never by the server."""
        self.give_back(unlogged)
        _remember(self._given_up, hash(unlogged.call.id))

    def called_back(self) -> list[tuple[AgentKey, Call]]:
        """Outgoing calls that were answered and have ended, each once."""
        found = [(key, call) for key, log in self._logs() for call in log.calls() if _reached(call)]
        news = [(key, call) for key, call in found if hash(call.id) not in self._called_back]
        for _, call in news:
            _remember(self._called_back, hash(call.id))
        return news

    def _logs(self) -> Iterator[tuple[AgentKey, AgentLog]]:
        for key in self._agents:
            log = self._agents.known(key)
            if log is not None and self.decides(key):
                yield key, log


def _reached(call: Call) -> bool:
    return call.ended and call.direction is Direction.OUTBOUND and call.answered_at is not None


def _remember(known: dict[int, None], what: int) -> None:
    known[what] = None
    while len(known) > _MOST:
        del known[next(iter(known))]
