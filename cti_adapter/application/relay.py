"""The relay: agents' sessions on one side, connectors on the other, soft state between them. No HTTP, no disk.

Lives on one event loop and in its thread only; nothing here is locked. Recovery is the start-up path: after a restart
pages sign in again, connectors attach again, and snapshots bring everything back.
"""

import asyncio
import logging
import random
import secrets
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Protocol

from ..domain.agent import AgentKey, Line
from .adapter import Prepared
from .agent_log import AgentLog
from .agents import NO_CONNECTOR, Agents
from .attached_connector import AttachedConnector
from .changes import AgentCopy, AnyChange, Described, Dropped
from .colleagues import find
from .command_book import CommandBook
from .command_desk import CommandDesk
from .connector_desk import ConnectorDesk
from .connector_messages import Ack, Attached, Batch, CommandBatch, CommandsRequest, Hello
from .messages import (
    CallWork,
    ClaimAnswer,
    ClaimRequest,
    Colleagues,
    ColleaguesQuery,
    CommandAnswer,
    CommandRequest,
    PollAnswer,
    PollRequest,
    WorkChanged,
    WorkPatch,
)
from .polls import Bell, Parked, Polls
from .ports import Clock, NotAttached, RelayRefused, RelayUnavailable
from .refusals import ErrorId, Refused
from .relay_settings import RelaySettings
from .sessions import BEARER_BYTES, OpenSession, SessionCopy, Sessions, Standing, hashed
from .sign_in import Admitted
from .sign_in_messages import Session
from .unlogged import Unlogged

log = logging.getLogger("cti.relay")

#: How somebody who waits is told of a way to say that he hung up: gets the function to call then.
HangUp = Callable[[Callable[[], None]], None]


class Homes(Protocol):
    """Connectors that are attached to other nodes of a pool."""

    def of_agent(self, key: AgentKey) -> object | None:
        """Where an agent's phone is; None: not at another node."""
        ...

    def connector_of(self, key: AgentKey) -> str | None:
        """Id of the connector that has the agent's phone at another node that is there."""
        ...

    def lines(self, org: str) -> Iterator[tuple[str, Line]]:
        """Every agent of ``org`` with a phone there."""
        ...


class Relay:
    """One node. ``token`` makes random URL-safe text of a number of bytes; ``rng`` only spreads waiting times."""

    def __init__(
        self,
        clock: Clock,
        token: Callable[[int], str] = secrets.token_urlsafe,
        rng: random.Random | None = None,
        settings: RelaySettings | None = None,
        may_dial: Callable[[AgentKey, Prepared], None] = lambda key, prepared: None,
    ) -> None:
        """``may_dial`` raises ``Refused`` for what an organization does not allow (``DialRules.check``)."""
        self.settings = settings or RelaySettings()
        self.draining = False
        self._clock = clock
        self._rng = rng or random.SystemRandom()
        self._sessions = Sessions(token, self.settings)
        self._polls = Polls(self.settings.polls_per_agent)
        self._agents = Agents(self._polls, token, self.settings)
        book = CommandBook(token(BEARER_BYTES).encode(), self.settings)
        self._connectors = ConnectorDesk(clock, self._agents, book, self.settings)
        self.unlogged = Unlogged(self._agents, clock)
        self._elsewhere: Callable[[AgentKey], bool] = lambda key: False
        self._lines_elsewhere: Callable[[str], Iterable[tuple[str, Line]]] = lambda org: ()
        self._commands = CommandDesk(
            clock, self._agents, self._connectors, book, self.settings, self._spread_ms, self._shortened, may_dial
        )

    # --- sessions ---

    def sign_in(self, admitted: Admitted) -> Session:
        """Open a session for whom the caller has made sure of. Raises ``Refused`` (too_many_requests)."""
        self._refuse_while_draining()
        now = self._clock.monotonic()
        age_s = max(0.0, self._clock.now() - admitted.standing.since)
        bearer, session, oldest = self._sessions.open(admitted.key, admitted.standing, now, age_s)
        if oldest is not None:
            self._end(oldest)
        return self._told(bearer, session, now)

    def renew(self, bearer: str, admitted: Admitted) -> Session:
        """The agent has proved again who it is. Raises ``Refused`` (session_expired, sign_in_refused)."""
        session, now = self._use(bearer), self._clock.monotonic()
        if session.key != admitted.key:
            raise Refused(ErrorId.SIGN_IN_REFUSED, "this proof is another agent's")
        self._sessions.renew(session, admitted.standing, now)
        return self._told(bearer, session, now)

    def _told(self, bearer: str, session: OpenSession, now: float) -> Session:
        return Session(
            session=bearer,
            agent=session.key.agent,
            expires_in_s=self._sessions.expires_in_s(session, now),
            renew_in_s=None if session.proven_until is None else int(session.proven_until - now),
        )

    def admitted(self, bearer: str) -> Admitted:
        """Who has the session, and on what it stands. Raises ``Refused`` (session_expired)."""
        session = self._use(bearer)
        return Admitted(session.key, session.standing)

    def end_sessions(self, stands: Callable[[AgentKey, Standing], bool]) -> int:
        """End every session that does not stand any more, and answer its poll; returns how many there were."""
        fallen = [session for session in self._sessions if not stands(session.key, session.standing)]
        for session in fallen:
            self._end(session)
        return len(fallen)

    def sign_out(self, bearer: str) -> None:
        """End the session of ``bearer``; its parked poll is answered. Raises ``Refused`` (session_expired)."""
        self._end(self._use(bearer))

    def check(self, bearer: str) -> AgentKey:
        """Whose session ``bearer`` is. Raises ``Refused`` (session_expired)."""
        return self._use(bearer).key

    def _use(self, bearer: str) -> OpenSession:
        return self._sessions.use(bearer, self._clock.monotonic())

    def _end(self, session: OpenSession) -> None:
        self._sessions.close(session)
        self._polls.ring_session(session, Bell.SIGNED_OUT)
        self._agents.leave(session.key, session.id)

    # --- polls ---

    async def poll(self, bearer: str, request: PollRequest, hang_up: HangUp | None = None) -> PollAnswer:
        """Everything after the cursor, as soon as there is anything, or nothing when the time is over.

        Raises ``Refused`` (session_expired, too_many_requests). May be cancelled at any moment.
        """
        begun = self.begin_poll(bearer, request)
        if isinstance(begun, PollAnswer):
            return begun
        if hang_up is not None:
            hang_up(lambda: begun.ring(Bell.HUNG_UP))
        try:
            bell = await begun.bell
        finally:
            self._polls.remove(begun)
        return self.finish_poll(begun, bell)

    def begin_poll(self, bearer: str, request: PollRequest) -> PollAnswer | Parked:
        """First half of ``poll``: the answer if there is one already, else the parked poll."""
        session = self._use(bearer)
        session.polled_at = self._clock.monotonic()
        agent_log = self._agents.log(session.key)
        agent_log.acknowledge(session.id, request.cursor)
        if request.turn < session.turn:
            # Given up by its page before it arrived: it must not take the place of the poll that came after it.
            return PollAnswer(cursor=request.cursor or agent_log.cursor, now=self._clock.now(), superseded=True)
        session.turn = request.turn
        if request.cursor is None or agent_log.since(request.cursor).news or request.wait == 0 or self.draining:
            self._polls.supersede(session)
            return self._answer(session, agent_log, request.cursor)
        return self._polls.park(session, request.cursor, self._shortened(request.wait))

    def finish_poll(self, parked: Parked, bell: Bell) -> PollAnswer:
        """Second half: the log is read now, by whom the session belongs to now. Raises ``Refused``."""
        self._polls.remove(parked)
        session = parked.session
        if bell is Bell.SIGNED_OUT or not self._sessions.is_open(session):
            raise Refused(ErrorId.SESSION_EXPIRED, "this session has ended; sign in again")
        if bell in (Bell.SUPERSEDED, Bell.HUNG_UP):
            return PollAnswer(cursor=parked.cursor, now=self._clock.now(), superseded=True)
        session.polled_at = self._clock.monotonic()
        return self._answer(session, self._agents.log(session.key), parked.cursor)

    def _answer(self, session: OpenSession, agent_log: AgentLog, cursor: str | None) -> PollAnswer:
        if agent_log.owner != session.key:
            # Cannot happen as this is built; if it ever does, no answer is better than another agent's calls.
            raise RuntimeError("a log was about to be read by a session of another agent")
        reading = agent_log.since(cursor)
        return PollAnswer(
            cursor=reading.cursor,
            now=self._clock.now(),
            events=reading.events,
            state=reading.state,
            resync=reading.resync,
            reconnect=self.draining,
            retry_ms=self._spread_ms() if self.draining else 0,
        )

    def _shortened(self, wait_s: float) -> float:
        return wait_s * self._rng.uniform(self.settings.wait_from, 1.0)

    def _spread_ms(self) -> int:
        return self._rng.randint(0, self.settings.drain_spread_ms)

    # --- commands and claims ---

    def command(self, bearer: str, request: CommandRequest) -> CommandAnswer:
        """Take a command on; its outcome comes as ``CommandChanged``. Raises ``Refused`` as ``CommandDesk.submit``."""
        return self.submit(self.active(bearer).key, request)

    def submit(self, key: AgentKey, request: CommandRequest) -> CommandAnswer:
        """``command`` of an agent who is signed in, here or at another node."""
        self._refuse_while_draining()
        return self._commands.submit(key, request)

    def claim(self, bearer: str, request: ClaimRequest) -> ClaimAnswer:
        """May this session pop, or log, this call? Raises ``Refused`` (session_expired, unknown_call)."""
        session = self._use(bearer)
        return self.grant(session.key, session.id, request)

    def grant(self, key: AgentKey, session_id: str, request: ClaimRequest) -> ClaimAnswer:
        """``claim`` of a session, here or at another node."""
        if self._agents.log(key).call(request.call) is None:
            raise Refused(ErrorId.UNKNOWN_CALL, "there is no such call (any more)", field="call")
        state = self._agents.claim(key, request.call, request.purpose, session_id, done=request.done)
        return ClaimAnswer(granted=state.granted, settled=state.settled, taken_over=state.taken_over)

    def work(self, bearer: str, changes: WorkPatch) -> None:
        """Keep what the agent writes about a call for the other pages of this agent, and for this one after a reload.

        Raises ``Refused`` (session_expired, unknown_call).
        """
        self.keep_work(self._use(bearer).key, changes)

    def keep_work(self, key: AgentKey, changes: WorkPatch) -> None:
        """``work`` of an agent who is signed in, here or at another node."""
        agent_log = self._agents.log(key)
        if agent_log.call(changes.call) is None:
            raise Refused(ErrorId.UNKNOWN_CALL, "there is no such call (any more)", field="call")
        work = changes.applied_to(agent_log.work(changes.call) or CallWork(call=changes.call))
        self._agents.tell(key, WorkChanged(work=work), self._clock.monotonic())

    def colleagues(self, bearer: str, query: ColleaguesQuery) -> Colleagues:
        """Who else of the same organization has a phone here. Raises ``Refused`` (session_expired)."""
        own = self._use(bearer).key
        lines = chain(self._connectors.lines(own.org), self._lines_elsewhere(own.org))
        others = ((agent, line) for agent, line in lines if agent != own.agent)
        states = self.settings.colleague_states
        return find(others, query, lambda agent: self._agents.known(AgentKey(own.org, agent)), states=states)

    # --- connectors ---

    def attach(self, org: str, hello: Hello) -> Attached:
        """Take on a connector of ``org``, which the caller knows from its credential. Raises ``Refused``."""
        self._refuse_while_draining()
        return self._connectors.attach(org, hello)

    def publish(self, org: str, batch: Batch) -> Ack:
        """Apply a batch of events. Raises ``Refused`` (not_attached)."""
        return self._connectors.publish(org, batch)

    async def commands(self, org: str, request: CommandsRequest, hang_up: HangUp | None = None) -> CommandBatch:
        """Wait for commands. Raises ``Refused`` (not_attached). May be cancelled at any moment."""
        return await self._commands.commands(org, request, hang_up, self.draining)

    def drop_connectors(self, stands: Callable[[str, str], bool]) -> None:
        """Let go every connector (organization, id) that may not be attached any more."""
        for connector in self._connectors:
            if not connector.lost and not stands(connector.org, connector.id):
                self._connectors.withdraw(connector)

    # --- one of several nodes ---

    def join_pool(
        self,
        spread: Callable[[AgentKey, AnyChange], None],
        at_home: Callable[[AttachedConnector], None],
        left: Callable[[AttachedConnector], None],
        homes: Homes,
    ) -> None:
        """``spread`` hears of all changes here; ``at_home`` and ``left`` of connectors that come and go."""
        self._agents.spread = spread
        self._connectors.attached_here, self._connectors.left_here = at_home, left
        self._connectors.elsewhere = homes.connector_of
        self._elsewhere = lambda key: homes.of_agent(key) is not None
        self._lines_elsewhere = homes.lines
        self.unlogged.decides = lambda key: not self._elsewhere(key)

    def active(self, bearer: str, *, may_drain: bool = False) -> OpenSession:
        """The session of ``bearer``. Raises ``Refused`` (session_expired, draining)."""
        session = self._use(bearer)
        if not may_drain:
            self._refuse_while_draining()
        return session

    def knows_session(self, bearer: str) -> bool:
        """Whether the session is known at this node, wherever it was opened."""
        return self._sessions.knows(hashed(bearer))

    def session_copy(self, session_id: str) -> SessionCopy | None:
        """For other nodes."""
        return self._sessions.copy(session_id, self._clock.monotonic())

    def remember_session(self, copy: SessionCopy) -> None:
        """Another node has opened it."""
        self._sessions.remember(copy, self._clock.monotonic())

    def forget_session(self, session_id: str) -> None:
        """Another node has ended it."""
        session = self._sessions.end(session_id)
        if session is not None:
            self._end(session)

    def has_connector(self, key: AgentKey) -> bool:
        """Whether the connector that has the agent's phone is attached to this node."""
        return self._connectors.owned(key)

    def connector(self, org: str, connector: str) -> AttachedConnector:
        """One that is attached to this node. Raises ``KeyError``."""
        return self._connectors.one(org, connector)

    def give_way(self, org: str, connector: str) -> None:
        """It is attached to another node now."""
        self._connectors.give_way(org, connector)

    def mirror(self, key: AgentKey, change: AnyChange) -> None:
        """Repeat what the node has done where the agent's connector is."""
        self._agents.mirror(key, change, self._clock.monotonic())

    def adopt(self, org: str, copy: AgentCopy) -> None:
        """… and all that is known there of an agent."""
        self._agents.adopt(org, copy, self._clock.monotonic())

    def lost_connector(self, key: AgentKey) -> None:
        """No node has a connector with the agent's phone any more, as far as anybody knows."""
        self.mirror(key, Dropped())
        self.mirror(key, Described(link=NO_CONNECTOR, extension=""))

    def copies(self, org: str, connector: str) -> list[AgentCopy]:
        """Everything known of the agents of a connector."""
        return [self._agents.log(AgentKey(org, agent)).copy() for agent in self.connector(org, connector).lines]

    # --- life ---

    def drain(self) -> int:
        """This node goes away: every parked poll is answered now; returns how many there were."""
        self.draining = True
        self._commands.drain()
        return self._polls.ring_all(Bell.DRAINING)

    def sweep(self) -> None:
        """Do what time demands: leases, commands, sessions, forgetting. Called every ``sweep_every_s``."""
        now = self._clock.monotonic()
        self._connectors.sweep()
        self._commands.sweep()
        for session in self._sessions.ended(now):
            self._end(session)
        for session in self._sessions.silent(now):
            if not self._polls.has(session):
                self._agents.leave(session.key, session.id)
        self._agents.sweep(now, lambda key: self._connectors.owned(key) or self._elsewhere(key))

    async def run(self) -> None:
        """Sweep until cancelled: the one task that drives all timers."""
        while True:
            await asyncio.sleep(self.settings.sweep_every_s)
            try:
                self.sweep()
            except Exception:
                # A fault here must not stop leases and forgetting for everybody.
                log.exception("sweeping failed")

    def log_of(self, key: AgentKey) -> AgentLog | None:
        """The log of an agent, for tests and the status page; makes none."""
        return self._agents.known(key)

    @property
    def parked(self) -> int:
        """How many polls are parked."""
        return len(self._polls)

    def _refuse_while_draining(self) -> None:
        if self.draining:
            raise Refused(ErrorId.DRAINING, "this relay is going away; try again in a moment", retry_after_s=3)


class InProcessGateway:
    """The relay for connectors of the same process, all of ``org``. Implements ``ports.RelayGateway``."""

    def __init__(self, relay: Relay, org: str) -> None:
        self._relay = relay
        self._org = org

    async def attach(self, hello: Hello) -> Attached:
        """See ``RelayGateway.attach``."""
        try:
            return self._relay.attach(self._org, hello)
        except Refused as refused:
            raise _for_connector(refused) from refused

    async def publish(self, batch: Batch) -> Ack:
        """See ``RelayGateway.publish``."""
        try:
            return self._relay.publish(self._org, batch)
        except Refused as refused:
            raise _for_connector(refused) from refused

    async def commands(self, request: CommandsRequest) -> CommandBatch:
        """See ``RelayGateway.commands``."""
        try:
            return await self._relay.commands(self._org, request)
        except Refused as refused:
            raise _for_connector(refused) from refused


def _for_connector(refused: Refused) -> Exception:
    if refused.error_id is ErrorId.NOT_ATTACHED:
        return NotAttached(refused.detail)
    if refused.retry_after_s is not None:
        return RelayUnavailable(refused.detail, refused.retry_after_s)
    return RelayRefused(refused.detail)
