"""One node of a pool: a relay that repeats what the others tell, and passes on what is decided elsewhere.

Without a bus it is the relay alone, and passes nothing on.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from ...domain.agent import AgentKey, normalized_agent
from ..attached_connector import AttachedConnector
from ..changes import AgentCopy, AnyChange, Forgotten, Left, Told
from ..connector_messages import Ack, Attached, Batch, CommandBatch, CommandsRequest, Hello
from ..messages import (
    ClaimAnswer,
    ClaimRequest,
    Colleagues,
    ColleaguesQuery,
    CommandAnswer,
    CommandRequest,
    Link,
    LinkChanged,
    PollAnswer,
    PollRequest,
    WorkPatch,
)
from ..ports import Clock
from ..refusals import ErrorId, Refused
from ..relay import HangUp, Relay
from ..sessions import SessionCopy, hashed
from ..sign_in import Admitted
from ..sign_in_messages import Handoff, Session
from . import messages
from .asking import Asking, Unreachable, answer_to
from .bus import Bus
from .homes import Elsewhere, Homes
from .messages import (
    AnyQuestion,
    AnyTold,
    Ask,
    CodeLeft,
    DoAttach,
    DoClaim,
    DoCommand,
    DoPublish,
    DoTakeCommands,
    DoWork,
    Everything,
    FindSession,
    Home,
    Homeless,
    OfAgent,
    OrgAgents,
    SessionBegun,
    SessionEnded,
    TellAll,
    WordUsed,
)
from .peers import Hearing, Peers
from .stream import Stream

log = logging.getLogger("cti.pool")

#: How often a node says that it lives, and looks who does, in seconds.
BEAT_S = 0.5
#: After so many beats on the bus a node has heard of all others; without the bus it begins alone after so many.
TOGETHER_BEATS, ALONE_BEATS = 2, 10
#: Longest wait for another node's answer, in seconds.
ANSWER_S = 2.0
#: Longest wait until the connector of an agent has a home again, in seconds, before a page is told to try again.
HOMELESS_S = 4.0
#: How long to ask all nodes for a session that is not known here.
SESSION_S = 0.4
#: Agents in one message of everything.
AGENTS_AT_ONCE = 200

#: What a node says that is not, or not much longer, the home: another one will be.
ELSEWHERE = frozenset({ErrorId.NOT_ATTACHED, ErrorId.DRAINING})
#: Sessions looked for at other nodes at a time: strangers may send any number of bearers.
MOST_SEARCHES = 100

#: Different complaints that are told of; each of them once.
MOST_COMPLAINTS = 100

Result = TypeVar("Result")


class PoolNode:
    """``relay`` as one of several. ``on_told`` hears of words and codes of signing in (``messages``)."""

    def __init__(
        self,
        relay: Relay,
        clock: Clock,
        node: str = "",
        bus: Bus | None = None,
        on_told: Callable[[WordUsed | CodeLeft], None] = lambda told: None,
    ) -> None:
        self.relay = relay
        self.name = node
        self._clock = clock
        self._bus = bus
        self._on_told = on_told
        self._homes = Homes()
        self._terms: dict[tuple[str, str], int] = {}
        self._searches = 0
        self._complaints: set[str] = set()
        self._beats = self._beats_together = 0
        self.ready = bus is None
        """Whether work may be sent here: not before everything is known that the others know."""
        self._waiting: list[asyncio.Future[None]] = []
        if bus is None:
            return
        self._stream = Stream(node, bus, lambda: relay.draining)
        self._asking = Asking(node, bus, clock)
        hearing = Hearing(self._heard, self._adopt, self._ask_everything, self._peer_gone, self._peer_back)
        self._peers = Peers(clock, hearing, lambda: bus.up)
        self._answering: set[asyncio.Task[None]] = set()
        relay.join_pool(self._spread, self._at_home_here, self._left_here, self._homes)
        bus.bind(node, self._receive)

    # --- sessions ---

    async def find_session(self, bearer: str) -> None:
        """Make a session of another node known here, if there is one; costs nothing for those that are."""
        if self._bus is None or self.relay.knows_session(bearer) or not len(self._peers):
            return
        if self._searches >= MOST_SEARCHES:
            return
        question = FindSession(session=hashed(bearer))
        self._searches += 1
        try:
            copy = await self._asking.ask(question, SessionCopy, to=None, patience_s=SESSION_S)
        except (Unreachable, Refused):
            return
        finally:
            self._searches -= 1
        self.relay.remember_session(copy)

    def sign_in(self, admitted: Admitted) -> Session:
        """See ``Relay.sign_in``."""
        return self._begun(self.relay.sign_in(admitted))

    def renew(self, bearer: str, admitted: Admitted) -> Session:
        """See ``Relay.renew``."""
        return self._begun(self.relay.renew(bearer, admitted))

    def _begun(self, session: Session) -> Session:
        copy = self.relay.session_copy(hashed(session.session))
        if self._bus is not None and copy is not None:
            self._stream.tell(SessionBegun(session=copy))
        return session

    def sign_out(self, bearer: str) -> None:
        """See ``Relay.sign_out``."""
        self.relay.sign_out(bearer)
        if self._bus is not None:
            self._stream.tell(SessionEnded(session=hashed(bearer)))

    def word_used(self, digest: bytes, for_s: float) -> None:
        """A nonce or ticket was used here, and is of use nowhere else."""
        if self._bus is not None:
            self._stream.tell(WordUsed(digest=digest.hex(), for_s=for_s))

    def code_left(self, handoff: Handoff) -> None:
        """A provider's code waits here, and shall be found at every node."""
        if self._bus is not None:
            self._stream.tell(CodeLeft(state=handoff.state, code=handoff.code, issuer=handoff.issuer))

    # --- agents ---

    async def poll(self, bearer: str, request: PollRequest, hang_up: HangUp | None = None) -> PollAnswer:
        """See ``Relay.poll``: every node has a copy of every agent's log."""
        return await self.relay.poll(bearer, request, hang_up)

    async def command(self, bearer: str, request: CommandRequest) -> CommandAnswer:
        """See ``Relay.command``. Raises ``Refused`` (unavailable) when nobody can say whether it was accepted."""
        key = self.relay.active(bearer).key
        question = DoCommand(org=key.org, agent=key.agent, request=request)
        return await self._at_home(key, lambda: self.relay.submit(key, request), question, CommandAnswer)

    async def claim(self, bearer: str, request: ClaimRequest) -> ClaimAnswer:
        """See ``Relay.claim``."""
        session = self.relay.active(bearer, may_drain=True)
        key = session.key
        question = DoClaim(org=key.org, agent=key.agent, session=session.id, request=request)
        return await self._at_home(key, lambda: self.relay.grant(key, session.id, request), question, ClaimAnswer)

    async def work(self, bearer: str, changes: WorkPatch) -> None:
        """See ``Relay.work``."""
        key = self.relay.active(bearer, may_drain=True).key
        question = DoWork(org=key.org, agent=key.agent, changes=changes)
        await self._at_home(key, lambda: self.relay.keep_work(key, changes), question, None)

    def colleagues(self, bearer: str, query: ColleaguesQuery) -> Colleagues:
        """See ``Relay.colleagues``."""
        return self.relay.colleagues(bearer, query)

    async def _at_home(
        self, key: AgentKey, here: Callable[[], Result], question: AnyQuestion, kind: type[Result] | None
    ) -> Result:
        """Where the connector of ``key`` is attached; a home that has just gone may come back as another."""
        until = self._clock.monotonic() + HOMELESS_S
        while True:
            elsewhere = self._homes.of_agent(key)
            if self.relay.has_connector(key) or elsewhere is None:
                return here()
            if self._peers.usable(elsewhere.node):
                try:
                    answer: Result = await self._asking.ask(question, kind, to=elsewhere.node, patience_s=ANSWER_S)
                    return answer
                except Unreachable:
                    pass
                except Refused as refused:
                    if refused.error_id not in ELSEWHERE:
                        raise
            if self._clock.monotonic() >= until:
                raise Refused(ErrorId.UNAVAILABLE, "a part of the relay is out of reach", retry_after_s=2)
            await self._news()

    async def _news(self) -> None:
        """Wait until something of the other nodes is different, or half a second."""
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        await waiting

    def _tell_news(self) -> None:
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            if not each.done():
                each.set_result(None)

    # --- connectors ---

    async def attach(self, org: str, hello: Hello) -> Attached:
        """See ``Relay.attach``. A connector that has a home at another node stays there."""
        elsewhere = self._home_of(org, hello.connector)
        if elsewhere is not None:
            try:
                answer: Attached = await self._ask(elsewhere, DoAttach(org=org, hello=hello), Attached)
                return answer
            except Unreachable:
                log.info("connector %s has its home here from now on, since that one does not answer", hello.connector)
        return self.relay.attach(org, hello)

    async def publish(self, org: str, batch: Batch) -> Ack:
        """See ``Relay.publish``."""
        elsewhere = self._home_of(org, batch.connector)
        if elsewhere is None:
            return self.relay.publish(org, batch)
        ack: Ack = await self._for_connector(elsewhere, DoPublish(org=org, batch=batch), Ack)
        return ack

    async def commands(self, org: str, request: CommandsRequest, hang_up: HangUp | None = None) -> CommandBatch:
        """See ``Relay.commands``."""
        elsewhere = self._home_of(org, request.connector)
        if elsewhere is None:
            return await self.relay.commands(org, request, hang_up)
        question = DoTakeCommands(org=org, request=request)
        batch: CommandBatch = await self._for_connector(elsewhere, question, CommandBatch, request.wait)
        return batch

    def _home_of(self, org: str, connector: str) -> Elsewhere | None:
        """The other node where a connector is at home, if that takes work."""
        found = self._homes.of(org, connector)
        return found if found is not None and self._peers.usable(found.node) else None

    async def _ask(self, elsewhere: Elsewhere, question: AnyQuestion, kind: Any, longer_s: float = 0.0) -> Any:
        return await self._asking.ask(question, kind, to=elsewhere.node, patience_s=ANSWER_S + longer_s)

    async def _for_connector(
        self, elsewhere: Elsewhere, question: AnyQuestion, kind: Any, longer_s: float = 0.0
    ) -> Any:
        try:
            return await self._ask(elsewhere, question, kind, longer_s)
        except Unreachable:
            raise Refused(ErrorId.NOT_ATTACHED, "the node of this connector is gone; attach first") from None

    # --- told by this node ---

    def _spread(self, key: AgentKey, change: AnyChange) -> None:
        self._stream.tell(OfAgent(org=key.org, agent=key.agent, change=messages.raw(change)))

    def _at_home_here(self, connector: AttachedConnector) -> None:
        name = (connector.org, connector.id)
        former = self._homes.remove(*name)
        self._tell_news()
        if name not in self._terms or former is not None:
            self._terms[name] = 1 + max(self._terms.get(name, 0), former.home.term if former else 0)
        self._stream.tell(self._home(connector))

    def _left_here(self, connector: AttachedConnector) -> None:
        term = self._terms.pop((connector.org, connector.id), 0)
        self._stream.tell(Homeless(org=connector.org, connector=connector.id, term=term))

    def _home(self, connector: AttachedConnector) -> Home:
        term = self._terms[connector.org, connector.id]
        lines = tuple(connector.lines.values())
        return Home(org=connector.org, connector=connector.id, boot=connector.boot, term=term, lines=lines)

    # --- heard from others ---

    def _receive(self, data: bytes) -> None:
        try:
            message = messages.decoded(data)
        except msgspec.MsgspecError as error:
            self._complain(f"a message is not understood: {error}")
            return
        if message.node == self.name:
            return
        match message:
            case messages.Changes():
                self._peers.heard(message)
            case messages.Everything():
                self._peers.everything(message)
            case messages.Answer():
                self._asking.answered(message)
            case Ask():
                task = asyncio.get_running_loop().create_task(self._answer(message))
                self._answering.add(task)
                task.add_done_callback(self._answering.discard)

    def _heard(self, node: str, change: AnyTold) -> None:
        match change:
            case OfAgent(org=org, agent=agent, change=part):
                self._heard_change(node, AgentKey(org, agent), part)
            case Home():
                known = self._homes.of(change.org, change.connector)
                if known is None or known.rank != (change.term, node):
                    # It may have been at home here or there before; only the new home says what counts now.
                    self._peers.want_everything(node)
                self._heard_home(node, change)
            case Homeless(org=org, connector=connector, moved=True):
                self._homes.withdraw(node, org, connector)
            case Homeless(org=org, connector=connector):
                self._homes.withdraw(node, org, connector)
                found = self._homes.of(org, connector)
                if found is not None and found.node == node:
                    self._homeless(found)
            case SessionBegun(session=copy):
                self.relay.remember_session(copy)
            case SessionEnded(session=session_id):
                self.relay.forget_session(session_id)
            case WordUsed() | CodeLeft():
                self._on_told(change)

    def _heard_change(self, node: str, key: AgentKey, part: msgspec.Raw) -> None:
        try:
            change = messages.change(part)
        except msgspec.MsgspecError as error:
            self._complain(f"a change of an agent is not understood: {error}")
            return
        home = self._homes.of_agent(key)
        # Readers are anywhere; all else is told by the home alone, and not by one that does not know yet that it was.
        if isinstance(change, Left | Forgotten) or (home is not None and home.node == node):
            self.relay.mirror(key, change)

    def _complain(self, what: str) -> None:
        if what not in self._complaints and len(self._complaints) < MOST_COMPLAINTS:
            self._complaints.add(what)
            log.warning("%s", what)

    def _heard_home(self, node: str, home: Home) -> None:
        name = (home.org, home.connector)
        if name in self._terms:
            if (home.term, node) < (self._terms[name], self.name):
                # The other one gives way as soon as it hears of this.
                self._stream.tell(self._home(self.relay.connector(*name)))
                return
            log.info("connector %s has its home at another node now", home.connector)
            self._stream.tell(Homeless(org=home.org, connector=home.connector, term=self._terms.pop(name), moved=True))
            self.relay.give_way(*name)
        lines = {normalized_agent(line.agent): line for line in home.lines}
        former = self._homes.put(node, home, lines)
        self._tell_news()
        if former is not None and former.node == node:
            for agent in former.lines.keys() - lines.keys():
                self.relay.lost_connector(AgentKey(home.org, agent))

    def _homeless(self, found: Elsewhere) -> None:
        self._homes.remove(found.home.org, found.home.connector)
        for agent in found.lines:
            self.relay.lost_connector(AgentKey(found.home.org, agent))

    def _peer_gone(self, node: str) -> None:
        self._asking.gone(node)
        for other in self._homes.silent(node, self._clock.monotonic()):
            self._peers.want_everything(other.node)
            self._heard_home(other.node, other.home)

    def _peer_back(self, node: str) -> None:
        # Somebody may have taken over what it had, and what it said of that may have been passed over.
        self._peers.want_everything(node)
        for each in self._homes.at(node):
            each.silent_since = None

    # --- everything, for a node that begins or has missed something ---

    def _ask_everything(self, node: str, number: int) -> None:
        assert self._bus is not None  # nosec B101 - there are peers
        self._bus.send(messages.encoded(Ask(node=self.name, id=number, what=TellAll())), node)

    def _tell_everything(self, to: str, number: int) -> None:
        """As it is now; nothing is awaited in between."""
        assert self._bus is not None  # nosec B101 - somebody has asked
        self._stream.flush()
        homes = tuple(self._home(self.relay.connector(*name)) for name in self._terms)
        copies = [(home.org, copy) for home in homes for copy in self.relay.copies(home.org, home.connector)]
        parts = [copies[at : at + AGENTS_AT_ONCE] for at in range(0, len(copies), AGENTS_AT_ONCE)] or [[]]
        for part, chosen in enumerate(parts):
            message = Everything(
                node=self.name,
                id=number,
                part=part,
                parts=len(parts),
                next=self._stream.next,
                homes=homes if part == 0 else (),
                agents=_by_org(chosen),
            )
            self._bus.send(messages.encoded(message), to)

    def _adopt(self, node: str, parts: list[Everything]) -> None:
        told = {(home.org, home.connector) for part in parts for home in part.homes}
        for each in self._homes.at(node):
            if (each.home.org, each.home.connector) not in told:
                self._homeless(each)
        for part in parts:
            for home in part.homes:
                self._heard_home(node, home)
        for part in parts:
            for of_org in part.agents:
                for copy in of_org.agents:
                    self._adopt_agent(node, of_org.org, copy)

    def _adopt_agent(self, node: str, org: str, copy: AgentCopy) -> None:
        found = self._homes.of_agent(AgentKey(org, copy.agent))
        if found is not None and found.node == node:
            self.relay.adopt(org, copy)

    # --- answers ---

    async def _answer(self, ask: Ask) -> None:
        assert self._bus is not None  # nosec B101 - somebody has asked
        if isinstance(ask.what, TellAll):
            self._tell_everything(ask.node, ask.id)
            return
        try:
            result = await self._do(ask.what)
        except Refused as refused:
            result = refused
        except Exception:
            log.exception("a question of another node failed")
            result = Refused(ErrorId.INTERNAL_ERROR, "another part of the relay failed")
        if result is not NOBODY:
            self._bus.send(messages.encoded(answer_to(self.name, ask, result)), ask.node)

    async def _do(self, question: AnyQuestion) -> object:
        match question:
            case DoCommand(org=org, agent=agent, request=request):
                return self.relay.submit(self._of_here(org, agent), request)
            case DoClaim(org=org, agent=agent, session=session, request=claim):
                return self.relay.grant(self._of_here(org, agent), session, claim)
            case DoWork(org=org, agent=agent, changes=changes):
                self.relay.keep_work(self._of_here(org, agent), changes)
                return None
            case DoAttach(org=org, hello=hello):
                return self.relay.attach(org, hello)
            case DoPublish(org=org, batch=batch):
                return self.relay.publish(org, batch)
            case DoTakeCommands(org=org, request=wanted):
                return await self.relay.commands(org, wanted)
            case FindSession(session=session):
                return self.relay.session_copy(session) or NOBODY
            case _:
                return NOBODY

    def _of_here(self, org: str, agent: str) -> AgentKey:
        key = AgentKey(org, agent)
        if not self.relay.has_connector(key):
            raise Refused(ErrorId.NOT_ATTACHED, "the connector of this agent is at home at another node")
        return key

    # --- life ---

    async def run(self) -> None:
        """Say twice a second that this node lives, and look who else does, until cancelled."""
        if self._bus is None:
            return
        while True:
            self._stream.flush()
            self.sweep()
            await asyncio.sleep(BEAT_S)

    def sweep(self) -> None:
        """Do what time demands."""
        self._peers.sweep()
        self._look_whether_ready()
        self._asking.sweep()
        self._tell_news()
        now = self._clock.monotonic()
        for each in self._homes:
            if each.silent_since is None:
                continue
            silent_s = now - each.silent_since
            if silent_s >= self.relay.settings.forget_connector_s:
                self._homeless(each)
            elif silent_s >= self.relay.settings.lease_s:
                self._tell_lost(each)

    def _look_whether_ready(self) -> None:
        """Once it knows what the others know; or there are no others as far as anybody can tell."""
        if self.ready or self._bus is None:
            return
        self._beats += 1
        self._beats_together = self._beats_together + 1 if self._bus.up else 0
        together = self._beats_together > TOGETHER_BEATS and self._peers.complete
        self.ready = together or (not self._bus.up and self._beats > ALONE_BEATS)

    def _tell_lost(self, each: Elsewhere) -> None:
        link = Link(reachable=False, reason="connector_lost", connector=each.home.connector)
        for agent in each.lines:
            self.relay.mirror(AgentKey(each.home.org, agent), Told(event=LinkChanged(link=link)))

    def drain(self) -> int:
        """See ``Relay.drain``; the other nodes hear at once that this one takes no work any more."""
        parked = self.relay.drain()
        if self._bus is not None:
            self._stream.flush()
        return parked

    def health(self) -> dict[str, object]:
        """What an operator wants to know of the pool; empty without one."""
        if self._bus is None:
            return {}
        return {"bus": "up" if self._bus.up else "away", "nodes": len(self._peers) + 1}


#: This node has nothing to say to a question; somebody else may.
NOBODY = object()


def _by_org(copies: list[tuple[str, AgentCopy]]) -> tuple[OrgAgents, ...]:
    by_org: dict[str, list[AgentCopy]] = {}
    for org, copy in copies:
        by_org.setdefault(org, []).append(copy)
    return tuple(OrgAgents(org=org, agents=tuple(found)) for org, found in by_org.items())
