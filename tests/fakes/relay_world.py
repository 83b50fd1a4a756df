"""A relay with connectors and softphones around it, on a clock that a test moves."""

import itertools
from collections.abc import Sequence
from typing import Any

from cti_adapter.application.connector_messages import (
    Ack,
    AgentCall,
    Batch,
    CommandBatch,
    CommandsRequest,
    ConnectorEvent,
    Hello,
    SnapshotBegin,
    SnapshotCall,
    SnapshotEnd,
    SystemLink,
)
from cti_adapter.application.messages import (
    CallHappened,
    ClaimRequest,
    CommandAnswer,
    CommandRequest,
    Dialing,
    LinkChanged,
    PollAnswer,
    PollRequest,
    PresenceChanged,
)
from cti_adapter.application.relay import Relay
from cti_adapter.application.relay_settings import RelaySettings
from cti_adapter.application.sessions import Standing
from cti_adapter.application.sign_in import Admitted
from cti_adapter.domain.agent import AgentKey, Line
from cti_adapter.domain.call import Call, CallState, Direction, EventName, Party, advance
from cti_adapter.domain.commands import Command, MakeCall
from cti_adapter.domain.organization import SignInMode

from .clock import FakeClock

ORG = "acme"
_ids = itertools.count(1)


def ringing(call_id: str = "pbx-1", number: str = "+4930111222", extension: str = "101") -> Call:
    """A call that rings at ``extension``."""
    return Call(
        id=call_id,
        revision=1,
        device=extension,
        direction=Direction.INBOUND,
        role="called",
        state=CallState.ALERTING,
        caller=Party(number=number),
        called=Party(number=extension),
        started_at=100.0,
    )


def answered(call: Call) -> Call:
    """The same call, connected."""
    return advance(call, EventName.ESTABLISHED, 105.0, CallState.CONNECTED).call


def hung_up(call: Call) -> Call:
    """The same call, over."""
    return advance(call, EventName.CONNECTION_CLEARED, 110.0, CallState.CLEARED).call


_EVENT = {
    CallState.ALERTING: EventName.DELIVERED,
    CallState.CONNECTED: EventName.ESTABLISHED,
    CallState.CLEARED: EventName.CONNECTION_CLEARED,
}


class FakeConnector:
    """A connector that numbers its events and says what a test tells it to say."""

    def __init__(self, relay: Relay, agents: Sequence[str], name: str = "pbx", org: str = ORG) -> None:
        self.relay, self.name, self.org = relay, name, org
        self.boot = f"boot-{next(_ids):06}"
        self.lines = tuple(Line(agent=agent, extension=str(101 + n)) for n, agent in enumerate(agents))
        self.next = 0
        self.after = 0

    def attach(self) -> "FakeConnector":
        self.relay.attach(self.org, Hello(connector=self.name, kind="fake", boot=self.boot, lines=self.lines))
        return self

    def up(self, *calls: tuple[str, Call]) -> "FakeConnector":
        """Attach, and tell that the phone system is reachable with these calls."""
        self.attach()
        self.publish(SystemLink(reachable=True))
        self.snapshot(*calls)
        return self

    def batch(self, *events: ConnectorEvent, first: int | None = None) -> Batch:
        return Batch(
            connector=self.name, boot=self.boot, first=self.next if first is None else first, events=tuple(events)
        )

    def publish(self, *events: ConnectorEvent) -> Ack:
        ack = self.relay.publish(self.org, self.batch(*events))
        self.next += len(events)
        return ack

    def lose(self, *events: ConnectorEvent) -> None:
        """Number events that never arrive."""
        self.next += len(events)

    def call(self, agent: str, call: Call) -> Ack:
        return self.publish(told(agent, call))

    def snapshot(self, *calls: tuple[str, Call]) -> Ack:
        told_of = [SnapshotCall(agent=agent, call=call) for agent, call in calls]
        return self.publish(SnapshotBegin(), *told_of, SnapshotEnd())

    async def commands(self, wait: float = 0) -> CommandBatch:
        batch = await self.relay.commands(
            self.org, CommandsRequest(connector=self.name, boot=self.boot, after=self.after, wait=wait)
        )
        self.after = batch.next
        return batch


def told(agent: str, call: Call) -> AgentCall:
    """The event by which a connector tells of ``call``."""
    return AgentCall(agent=agent, event=_EVENT.get(call.state, EventName.CALL_INFORMATION), at=100.0, call=call)


def by_name(relay: Relay, key: AgentKey) -> Admitted:
    """An agent who has proved nothing, now."""
    return Admitted(key, Standing(SignInMode.ID, since=relay._clock.now()))


class FakePage:
    """A softphone: signs in, polls, and keeps its copy as a page does (state replaces, events merge by revision)."""

    def __init__(self, relay: Relay, agent: str, org: str = ORG) -> None:
        self.relay = relay
        self.bearer = relay.sign_in(by_name(relay, AgentKey(org, agent))).session
        self.cursor: str | None = None
        self.calls: dict[str, Call] = {}
        self.seen: list[Any] = []
        self.link: Any = None
        self.presence: Any = None
        self.answers: list[PollAnswer] = []

    async def poll(self, wait: float = 0) -> PollAnswer:
        answer = await self.relay.poll(self.bearer, PollRequest(cursor=self.cursor, wait=wait))
        self.take(answer)
        return answer

    def take(self, answer: PollAnswer) -> None:
        self.answers.append(answer)
        self.cursor = answer.cursor
        if answer.state is not None:
            self.calls = {call.id: call for call in answer.state.calls}
            self.link, self.presence = answer.state.link, answer.state.presence
        for event in answer.events:
            self.seen.append(event)
            match event:
                case CallHappened(call=call):
                    known = self.calls.get(call.id)
                    if known is None or call.revision > known.revision:
                        self.calls[call.id] = call
                case LinkChanged(link=link):
                    self.link = link
                case PresenceChanged(state=state):
                    self.presence = state

    def command(self, command: Command, dialing: Dialing | None = None) -> CommandAnswer:
        return self.relay.command(self.bearer, CommandRequest(command=command, dialing=dialing))

    def claim(self, call_id: str, purpose: Any = "pop") -> bool:
        return self.relay.claim(self.bearer, ClaimRequest(call=call_id, purpose=purpose)).granted


class World:
    """Clock and relay, and a time machine."""

    def __init__(self, **settings: Any) -> None:
        self.clock = FakeClock()
        self.relay = Relay(self.clock, settings=RelaySettings(**settings))

    def connector(self, *agents: str, name: str = "pbx", org: str = ORG) -> FakeConnector:
        return FakeConnector(self.relay, agents, name, org)

    def page(self, agent: str = "alice", org: str = ORG) -> FakePage:
        return FakePage(self.relay, agent, org)

    def pass_time(self, seconds: float, *alive: FakeConnector) -> None:
        """Let ``seconds`` pass in small steps; ``alive`` connectors keep sending heartbeats."""
        steps = max(1, int(seconds // 2))
        for _ in range(steps):
            self.clock.advance(seconds / steps)
            for connector in alive:
                connector.publish()
            self.relay.sweep()


def new_id() -> str:
    """An id for a command."""
    return f"command-{next(_ids):06}"


def dial(number: str = "+4930999888", command_id: str | None = None) -> MakeCall:
    """A dial command."""
    return MakeCall(id=command_id or new_id(), number=number)
