"""The relay's side of the connectors: who is attached, which agents are theirs, and what their batches change.

A connector is the only writer of its calls. The relay writes exactly two things itself, because nobody else can:

* a call that is missing in its connector's snapshot gets its end (cause ``lost``, revision one higher);
* the link of the agents of a connector that is silent for longer than its lease becomes ``connector_lost``. Their
  calls stay as they are: nobody knows, and nothing is invented.
"""

import logging
from collections.abc import Callable, Iterator

from msgspec.structs import replace

from ..domain.agent import AgentKey, Line, normalized_agent
from ..domain.call import Call, CallState, Cause, EventName
from ..domain.commands import Outcome
from .agents import NO_CONNECTOR, Agents
from .attached_connector import AttachedConnector
from .command_book import CommandBook
from .connector_messages import (
    Ack,
    AgentCall,
    AgentFeatures,
    AgentPresence,
    Attached,
    Batch,
    CommandOutcome,
    ConnectorEvent,
    Hello,
    SnapshotBegin,
    SnapshotCall,
    SnapshotEnd,
    SystemLink,
)
from .handing_over import handed_over
from .messages import CallHappened, CommandChanged, FeaturesChanged, Link, LinkChanged, PresenceChanged, WorkChanged
from .ports import Clock
from .refusals import ErrorId, Refused
from .relay_settings import RelaySettings

log = logging.getLogger("cti.relay")

#: By which event a softphone learns of a call from a snapshot, when its state is another than the one known.
_NAME_OF = {
    CallState.INITIATED: EventName.ORIGINATED,
    CallState.ALERTING: EventName.DELIVERED,
    CallState.QUEUED: EventName.QUEUED,
    CallState.CONNECTED: EventName.ESTABLISHED,
    CallState.HELD: EventName.HELD,
    CallState.FAILED: EventName.FAILED,
    CallState.CLEARED: EventName.CONNECTION_CLEARED,
}


class ConnectorDesk:
    """All connectors of this relay. One agent has its phone at one connector at a time."""

    def __init__(self, clock: Clock, agents: Agents, book: CommandBook, settings: RelaySettings) -> None:
        self._clock = clock
        self._agents = agents
        self._book = book
        self._settings = settings
        self._connectors: dict[tuple[str, str], AttachedConnector] = {}
        self._owner: dict[AgentKey, AttachedConnector] = {}
        self.attached_here: Callable[[AttachedConnector], None] = lambda connector: None
        self.left_here: Callable[[AttachedConnector], None] = lambda connector: None
        self.elsewhere: Callable[[AgentKey], str | None] = lambda key: None
        """Which connector at another node has an agent's phone."""

    # --- attaching ---

    def attach(self, org: str, hello: Hello) -> Attached:
        """Take a connector on, or back. Raises ``Refused`` when a line belongs to another connector that is alive."""
        lines = self._checked_lines(org, hello)
        known = self._connectors.get((org, hello.connector))
        if known is None and len(self._connectors) >= self._settings.connectors:
            raise Refused(ErrorId.TOO_MANY_REQUESTS, "this relay holds no more connectors", retry_after_s=30)
        if known is None or known.boot != hello.boot:
            known = self._start(org, hello, known)
        known.heard_at = self._clock.monotonic()
        known.lost = False
        self._assign(known, lines)
        return Attached(lease_s=self._settings.lease_s, heartbeat_s=self._settings.heartbeat_s)

    def _checked_lines(self, org: str, hello: Hello) -> dict[str, Line]:
        lines = {normalized_agent(line.agent): line for line in hello.lines}
        if len(lines) < len(hello.lines):
            raise Refused(ErrorId.OUT_OF_RANGE, "an agent has more than one line; one is allowed", field="lines")
        for agent in lines:
            owner = self._owner.get(AgentKey(org, agent))
            other = owner.id if owner is not None and not owner.lost else self.elsewhere(AgentKey(org, agent))
            if other is not None and other != hello.connector:
                raise Refused(
                    ErrorId.WRONG_CONNECTOR, f"an agent has its phone at connector {other!r} already", field="lines"
                )
        return lines

    def _start(self, org: str, hello: Hello, former: AttachedConnector | None) -> AttachedConnector:
        if former is not None:
            if not former.lost:
                log.warning("connector %s started anew while its former run was alive", former.id)
            self._give_up_commands(former)
        connector = AttachedConnector(org, hello.connector, hello.boot, former)
        if former is not None:
            former.close()
        self._connectors[org, hello.connector] = connector
        log.info("connector %s (%s) attached with %d lines", hello.connector, hello.kind, len(hello.lines))
        return connector

    def _assign(self, connector: AttachedConnector, lines: dict[str, Line]) -> None:
        for agent in connector.lines.keys() - lines.keys():
            self._release(connector, AgentKey(connector.org, agent))
        connector.lines = lines
        connector.extensions = frozenset(line.extension for line in lines.values())
        for agent in lines:
            self._owner[AgentKey(connector.org, agent)] = connector
        # Other nodes take changes of an agent only from where they know its connector to be.
        self.attached_here(connector)
        for agent, line in lines.items():
            key = AgentKey(connector.org, agent)
            agent_log = self._agents.log(key)
            link = connector.link or agent_log.link
            if line.extension == agent_log.extension:
                self._agents.tell(key, LinkChanged(link=link), connector.heard_at)
            else:
                self._agents.describe(key, link, line.extension)

    def _release(self, connector: AttachedConnector, key: AgentKey) -> None:
        if self._owner.get(key) is not None and self._owner[key].id == connector.id:
            del self._owner[key]
        self._agents.drop_calls(key)
        self._agents.describe(key, NO_CONNECTOR, "")

    def attached(self, org: str, connector_id: str, boot: str) -> AttachedConnector:
        """The connector in this run of it. Raises ``Refused`` (not_attached)."""
        connector = self._connectors.get((org, connector_id))
        if connector is None or connector.boot != boot or connector.lost:
            raise Refused(ErrorId.NOT_ATTACHED, "this connector is not attached (any more); attach first")
        return connector

    def one(self, org: str, connector_id: str) -> AttachedConnector:
        """A connector that was attached here, lost or not. Raises ``KeyError``."""
        return self._connectors[org, connector_id]

    def give_way(self, org: str, connector_id: str) -> None:
        """The connector is attached to another node now, and nothing of it is decided here any more."""
        connector = self._connectors.pop((org, connector_id))
        for agent in connector.lines:
            key = AgentKey(org, agent)
            if self._owner.get(key) is connector:
                del self._owner[key]
        self._give_up_commands(connector)
        connector.close()

    def serving(self, key: AgentKey) -> AttachedConnector:
        """The connector of an agent. Raises ``Refused`` (no_connector) when there is none within its lease."""
        connector = self._owner.get(key)
        if connector is None or connector.lost:
            raise Refused(ErrorId.NO_CONNECTOR, "the phone system is out of reach", retry_after_s=5)
        return connector

    def owned(self, key: AgentKey) -> bool:
        """Whether a connector names ``key`` among its lines."""
        return key in self._owner

    def lines(self, org: str) -> Iterator[tuple[str, Line]]:
        """Every agent of ``org`` who has a phone at one of its connectors, with it."""
        for (owner, _), connector in self._connectors.items():
            if owner == org:
                yield from connector.lines.items()

    def extensions(self, key: AgentKey) -> frozenset[str]:
        """All extensions that the connector of an agent has told; empty without a connector."""
        connector = self._owner.get(key)
        return connector.extensions if connector is not None else frozenset()

    def __iter__(self) -> Iterator[AttachedConnector]:
        return iter(list(self._connectors.values()))

    # --- batches ---

    def publish(self, org: str, batch: Batch) -> Ack:
        """Apply the events of ``batch`` that are new. Raises ``Refused`` (not_attached)."""
        connector = self.attached(org, batch.connector, batch.boot)
        connector.heard_at = self._clock.monotonic()
        if connector.gap_before(batch.first):
            log.info("connector %s: events before %d are missing, a snapshot is needed", connector.id, batch.first)
        for event in connector.unseen(batch):
            self._take(connector, event)
        resync = connector.asks_for_snapshot(connector.heard_at, self._settings.ask_snapshot_s)
        return Ack(next=connector.next_event, resync=resync)

    def _take(self, connector: AttachedConnector, event: ConnectorEvent) -> None:
        match event:
            case SystemLink(reachable=reachable, reason=reason):
                self._link(connector, Link(reachable=reachable, reason=reason, connector=connector.id))
            case SnapshotBegin():
                connector.begin_snapshot()
            case SnapshotEnd():
                self._end_snapshot(connector)
            case _:
                self._take_for_agent(connector, event)

    def _take_for_agent(
        self,
        connector: AttachedConnector,
        event: AgentCall | AgentPresence | AgentFeatures | CommandOutcome | SnapshotCall,
    ) -> None:
        agent = normalized_agent(event.agent)
        if agent not in connector.lines:
            connector.complain("tells of an agent who has no line there; such events are left out")
            return
        key, now = AgentKey(connector.org, agent), self._clock.monotonic()
        match event:
            case AgentPresence(state=state, reason=reason, queues=queues):
                self._agents.tell(key, PresenceChanged(state=state, reason=reason, queues=queues), now)
            case AgentFeatures(features=features):
                self._agents.tell(key, FeaturesChanged(features=features), now)
            case CommandOutcome(outcome=outcome):
                self._told(key, self._book.finish(key, outcome))
            case AgentCall(event=name, at=at, call=call):
                if self._has_room(connector, key, call):
                    self._agents.tell(key, CallHappened(event=name, at=at, call=call), now)
                    self._hand_over(connector, key, call)
            case SnapshotCall(call=call):
                if self._has_room(connector, key, call):
                    self._correct(key, call, now)

    def _hand_over(self, connector: AttachedConnector, key: AgentKey, call: Call) -> None:
        """The colleague who has transferred ``call`` may have written something about it."""
        if call.transferred_from is None or call.ended or self._agents.log(key).work(call.id) is not None:
            return
        extension = call.transferred_from.number
        for agent, line in connector.lines.items():
            giver = self._agents.known(AgentKey(connector.org, agent))
            if line.extension == extension and giver is not None and agent != key.agent:
                work = handed_over(call, giver)
                if work is not None:
                    self._agents.tell(key, WorkChanged(work=work), self._clock.monotonic())

    def _has_room(self, connector: AttachedConnector, key: AgentKey, call: Call) -> bool:
        connector.saw(key.agent, call.id)
        agent_log = self._agents.log(key)
        if agent_log.call(call.id) is None and agent_log.full:
            connector.complain("tells of more calls of one agent than can be; such events are left out")
            return False
        return True

    def _correct(self, key: AgentKey, call: Call, now: float) -> None:
        known = self._agents.log(key).call(call.id)
        same = known is not None and known.state is call.state
        name = EventName.CALL_INFORMATION if same else _NAME_OF[call.state]
        self._agents.correct(key, call, name, self._clock.now(), now)

    def _end_snapshot(self, connector: AttachedConnector) -> None:
        seen = connector.end_snapshot()
        if seen is None:
            return
        for agent in connector.lines:
            key = AgentKey(connector.org, agent)
            for call in self._agents.log(key).live_calls():
                if (agent, call.id) not in seen:
                    self._end_lost(key, call)
        if connector.link is None:
            # Who can give a snapshot reaches its phone system; one that cannot says so by a link event before.
            self._link(connector, Link(reachable=True, connector=connector.id))

    def _end_lost(self, key: AgentKey, call: Call) -> None:
        at = self._clock.now()
        ended = replace(
            call,
            revision=call.revision + 1,
            state=CallState.CLEARED,
            cause=Cause.LOST,
            ended_at=at,
            held_at=None,
            remote_hold=False,
        )
        event = CallHappened(event=EventName.CONNECTION_CLEARED, at=at, call=ended)
        self._agents.tell(key, event, self._clock.monotonic())

    def _link(self, connector: AttachedConnector, link: Link) -> None:
        connector.link = link
        self._tell_link(connector, link)

    def _tell_link(self, connector: AttachedConnector, link: Link) -> None:
        now = self._clock.monotonic()
        for agent in connector.lines:
            self._agents.tell(AgentKey(connector.org, agent), LinkChanged(link=link), now)

    def _told(self, key: AgentKey, outcome: Outcome | None) -> None:
        if outcome is not None:
            self._agents.tell(key, CommandChanged(outcome=outcome), self._clock.monotonic())

    # --- time ---

    def sweep(self) -> None:
        """End leases that ran out, and drop connectors that stay away."""
        now = self._clock.monotonic()
        for connector in list(self._connectors.values()):
            if not connector.lost and now >= connector.heard_at + self._settings.lease_s:
                log.warning("connector %s is lost: nothing heard for %.0f s", connector.id, self._settings.lease_s)
                self._lose(connector)
            elif connector.lost and now >= connector.heard_at + self._settings.forget_connector_s:
                self._forget(connector)

    def withdraw(self, connector: AttachedConnector) -> None:
        """Its credential is not good any more."""
        log.warning("connector %s of organization %s is not allowed here any more", connector.id, connector.org)
        self._lose(connector)
        connector.close()

    def _lose(self, connector: AttachedConnector) -> None:
        connector.lost = True
        self._give_up_commands(connector)
        self._tell_link(connector, Link(reachable=False, reason="connector_lost", connector=connector.id))

    def _forget(self, connector: AttachedConnector) -> None:
        for agent in connector.lines:
            self._release(connector, AgentKey(connector.org, agent))
        connector.close()
        del self._connectors[connector.org, connector.id]
        self.left_here(connector)

    def _give_up_commands(self, connector: AttachedConnector) -> None:
        for entry in connector.under_way():
            self._told(entry.key, self._book.give_up(entry))
