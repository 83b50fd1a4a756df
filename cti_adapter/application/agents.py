"""The logs of all agents, and the one door through which their news leave: pushed to the log, then the bells ring."""

from collections.abc import Callable, Iterator

from ..domain.agent import AgentKey
from .agent_log import AgentLog, LogLimits
from .messages import AgentEvent, Link
from .polls import Polls
from .relay_settings import RelaySettings

#: Random bytes of an epoch: 96 bits never come twice.
EPOCH_BYTES = 12
NO_CONNECTOR = Link(reachable=False, reason="no_connector")


class Agents:
    """Logs by agent, made when first needed."""

    def __init__(self, polls: Polls, token: Callable[[int], str], settings: RelaySettings) -> None:
        self._polls = polls
        self._new_epoch = lambda: token(EPOCH_BYTES)
        self._limits = LogLimits(
            events=settings.ring_events,
            age_s=settings.ring_s,
            calls=settings.calls_per_agent,
            forget_after_s=settings.forget_after_s,
            forget_undelivered_s=settings.forget_undelivered_s,
            keep_unlogged_s=settings.keep_unlogged_s,
        )
        self._logs: dict[AgentKey, AgentLog] = {}

    def log(self, key: AgentKey) -> AgentLog:
        """The log of ``key``."""
        log = self._logs.get(key)
        if log is None:
            log = self._logs[key] = AgentLog(key, self._new_epoch, self._limits, NO_CONNECTOR)
        return log

    def known(self, key: AgentKey) -> AgentLog | None:
        """The log of ``key`` if there is one; makes none."""
        return self._logs.get(key)

    def tell(self, key: AgentKey, event: AgentEvent, now: float) -> bool:
        """Push ``event`` for ``key`` and wake its polls; False when it was no news."""
        news = self.log(key).push(event, now)
        if news:
            self._polls.ring_agent(key)
        return news

    def wake(self, key: AgentKey) -> None:
        """The log of ``key`` was changed otherwise: wake its polls."""
        self._polls.ring_agent(key)

    def sweep(self, now: float, owned: Callable[[AgentKey], bool]) -> None:
        """Forget calls and events whose time has come, and logs that nobody needs."""
        for key, log in list(self._logs.items()):
            log.forget(now)
            if log.idle and not owned(key):
                del self._logs[key]

    def __iter__(self) -> Iterator[AgentKey]:
        return iter(list(self._logs))
