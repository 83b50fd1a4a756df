"""The logs of all agents, and the one door through which their news go: into the log, to the polls, to other nodes."""

from collections.abc import Callable, Iterator

from ..domain.agent import AgentKey
from ..domain.call import Call, CallId, EventName, Instant
from .agent_log import AgentLog, LogLimits
from .call_claims import ClaimState, Purpose
from .changes import (
    AgentCopy,
    AnyChange,
    Claimed,
    Corrected,
    Described,
    Dropped,
    Forgotten,
    Left,
    Told,
)
from .messages import AgentEvent, Link
from .polls import Polls
from .relay_settings import RelaySettings

#: Random bytes of an epoch: 96 bits never come twice.
EPOCH_BYTES = 12
NO_CONNECTOR = Link(reachable=False, reason="no_connector")


class Agents:
    """Logs by agent, made when first needed. ``now`` is seconds on a clock that never jumps."""

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
        self.spread: Callable[[AgentKey, AnyChange], None] = lambda key, change: None
        """Hears of every change that is made here, and of none that is mirrored."""

    def log(self, key: AgentKey) -> AgentLog:
        """The log of ``key``."""
        log = self._logs.get(key)
        if log is None:
            log = self._logs[key] = AgentLog(key, self._new_epoch, self._limits, NO_CONNECTOR)
        return log

    def known(self, key: AgentKey) -> AgentLog | None:
        """The log of ``key`` if there is one; makes none."""
        return self._logs.get(key)

    # --- changes made here ---

    def tell(self, key: AgentKey, event: AgentEvent, now: float) -> bool:
        """Push ``event`` for ``key`` and wake its polls; False when it was no news."""
        return self._done(key, Told(event=event), self.log(key).push(event, now))

    def correct(self, key: AgentKey, call: Call, event: EventName, at: Instant, now: float) -> bool:
        """Take over ``call`` from its connector's snapshot; False when it was no news."""
        change = Corrected(call=call, event=event, at=at)
        return self._done(key, change, self.log(key).correct(call, event, at, now))

    def describe(self, key: AgentKey, link: Link, extension: str) -> bool:
        """Another connector has the agent's phone; False when nothing is different."""
        return self._done(key, Described(link=link, extension=extension), self.log(key).describe(link, extension))

    def drop_calls(self, key: AgentKey) -> bool:
        """Forget all calls of ``key``; False when there were none."""
        return self._done(key, Dropped(), self.log(key).drop_calls())

    def claim(self, key: AgentKey, call: CallId, purpose: Purpose, session: str, *, done: bool = False) -> ClaimState:
        """``session`` asks for a known call, or says that it is ``done``."""
        log = self.log(key)
        before = log.claims(call)
        state = log.claim(call, purpose, session, done=done)
        after = log.claims(call)
        if after != before:
            self.spread(key, after)
        return state

    def leave(self, key: AgentKey, session: str) -> None:
        """A session is gone; nothing waits for it any more."""
        log = self._logs.get(key)
        if log is not None and log.leave(session):
            self.spread(key, Left(session=session))

    def release(self, key: AgentKey, call: CallId, session: str) -> None:
        """``session`` does not log the call, and leaves that to who asks next."""
        log = self._logs.get(key)
        if log is not None and log.call(call) is not None:
            log.release(call, session)
            self.spread(key, log.claims(call))

    def _done(self, key: AgentKey, change: AnyChange, news: bool) -> bool:
        if news:
            self._polls.ring_agent(key)
            self.spread(key, change)
        return news

    # --- changes made at other nodes ---

    def mirror(self, key: AgentKey, change: AnyChange, now: float) -> None:
        """Repeat what another node has done."""
        if self._mirrored(self.log(key), change, now):
            self._polls.ring_agent(key)

    def _mirrored(self, log: AgentLog, change: AnyChange, now: float) -> bool:
        match change:
            case Told(event=event):
                return log.push(event, now)
            case Corrected(call=call, event=name, at=at):
                return log.correct(call, name, at, now)
            case Described(link=link, extension=extension):
                return log.describe(link, extension)
            case Dropped():
                return log.drop_calls()
            case Claimed():
                log.adopt_claims(change)
            case Left(session=session):
                log.leave(session)
            case Forgotten(call=call_id):
                log.forget_delivered(call_id)
        return False

    def adopt(self, org: str, copy: AgentCopy, now: float) -> None:
        """Take over everything that another node knows of an agent, whatever was known here."""
        key = AgentKey(org, copy.agent)
        if self.log(key).adopt(copy, now):
            self._polls.ring_agent(key)

    # --- time ---

    def sweep(self, now: float, owned: Callable[[AgentKey], bool]) -> None:
        """Forget calls and events whose time has come, and logs that nobody needs."""
        for key, log in list(self._logs.items()):
            for call_id in log.forget(now):
                self.spread(key, Forgotten(call=call_id))
            if log.idle and not owned(key):
                del self._logs[key]

    def __iter__(self) -> Iterator[AgentKey]:
        return iter(list(self._logs))
