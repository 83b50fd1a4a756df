"""Parked polls: one asyncio future each, no thread and no task. A future is only a doorbell and never carries data.

So a poll that is cancelled, or answered late, cannot hand one agent's events to another: whoever wakes up reads the
log of its own agent anew (the textbook leak is a shared reply that reaches the next one in the queue).
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

from ..domain.agent import AgentKey
from .refusals import ErrorId, Refused
from .sessions import OpenSession


class Bell(Enum):
    """Why a parked poll is woken."""

    NEWS = auto()
    TIME = auto()
    SUPERSEDED = auto()
    DRAINING = auto()
    SIGNED_OUT = auto()
    HUNG_UP = auto()


@dataclass(slots=True, eq=False)
class Parked:
    """One waiting poll. Await ``bell``, then hand it to ``Relay.finish_poll``."""

    session: OpenSession
    cursor: str
    bell: "asyncio.Future[Bell]"
    timer: asyncio.TimerHandle | None = field(default=None)

    def ring(self, bell: Bell) -> None:
        """Wake it; only the first call counts."""
        if not self.bell.done():
            self.bell.set_result(bell)


class Polls:
    """All parked polls: at most one for each session, and a bounded number for each agent."""

    def __init__(self, per_agent: int) -> None:
        self._per_agent = per_agent
        self._of_agent: dict[AgentKey, dict[str, Parked]] = {}

    def park(self, session: OpenSession, cursor: str, wait_s: float) -> Parked:
        """Park a poll for ``wait_s`` seconds; the one that the session had before is woken as superseded.

        Raises ``Refused`` (too_many_requests) when the agent has too many.
        """
        of_agent = self._of_agent.setdefault(session.key, {})
        if session.id not in of_agent and len(of_agent) >= self._per_agent:
            raise Refused(
                ErrorId.TOO_MANY_REQUESTS,
                f"{self._per_agent} pages of this agent are waiting already",
                retry_after_s=5,
            )
        loop = asyncio.get_running_loop()
        parked = Parked(session, cursor, loop.create_future())
        parked.timer = loop.call_later(wait_s, parked.ring, Bell.TIME)
        self.supersede(session)
        self._of_agent.setdefault(session.key, {})[session.id] = parked
        return parked

    def supersede(self, session: OpenSession) -> None:
        """Another poll of this session is here: the parked one, if any, is answered now."""
        self.ring_session(session, Bell.SUPERSEDED)

    def remove(self, parked: Parked) -> None:
        """Forget a poll, whatever became of it."""
        if parked.timer is not None:
            parked.timer.cancel()
        of_agent = self._of_agent.get(parked.session.key, {})
        if of_agent.get(parked.session.id) is parked:
            del of_agent[parked.session.id]
        if not of_agent:
            self._of_agent.pop(parked.session.key, None)

    def ring_session(self, session: OpenSession, bell: Bell) -> None:
        """Wake the poll of ``session``, if any."""
        parked = self._of_agent.get(session.key, {}).get(session.id)
        if parked is not None:
            parked.ring(bell)
            self.remove(parked)

    def ring_agent(self, key: AgentKey, bell: Bell = Bell.NEWS) -> None:
        """Wake all polls of one agent."""
        for parked in list(self._of_agent.get(key, {}).values()):
            parked.ring(bell)

    def ring_all(self, bell: Bell) -> int:
        """Wake all polls; returns how many there were."""
        every = list(self)
        for parked in every:
            parked.ring(bell)
        return len(every)

    def has(self, session: OpenSession) -> bool:
        """Whether ``session`` has a poll parked."""
        return session.id in self._of_agent.get(session.key, {})

    def __iter__(self) -> Iterator[Parked]:
        return (parked for of_agent in list(self._of_agent.values()) for parked in list(of_agent.values()))

    def __len__(self) -> int:
        return sum(len(of_agent) for of_agent in self._of_agent.values())
