"""Several relay nodes on one clock and one bus, with connectors and softphones that may use any of them."""

import asyncio
from collections.abc import Sequence
from typing import Any

from cti_adapter.application.connector_messages import (
    Ack,
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
    ClaimAnswer,
    ClaimRequest,
    CommandAnswer,
    CommandRequest,
    LinkChanged,
    PollAnswer,
    PollRequest,
    PresenceChanged,
)
from cti_adapter.application.pool.node import BEAT_S, PoolNode
from cti_adapter.application.refusals import ErrorId, Refused
from cti_adapter.application.relay import Relay
from cti_adapter.application.relay_settings import RelaySettings
from cti_adapter.domain.agent import AgentKey, Line
from cti_adapter.domain.call import Call

from .clock import FakeClock
from .memory_bus import Carrier
from .relay_world import ORG, by_name, told


class PoolWorld:
    """``nodes`` by name. Messages are delivered when ``settle`` or ``pass_time`` is called."""

    def __init__(self, *names: str, **settings: Any) -> None:
        self.clock = FakeClock()
        self.carrier = Carrier()
        self.settings = RelaySettings(**settings)
        self.nodes: dict[str, PoolNode] = {}
        self.told: dict[str, list[Any]] = {}
        """What each node has heard of words and codes of sign-ins."""
        for name in names:
            self.start(name)

    def start(self, name: str) -> PoolNode:
        relay = Relay(self.clock, settings=self.settings)
        self.told[name] = []
        self.nodes[name] = PoolNode(relay, self.clock, name, self.carrier.end(), self.told[name].append)
        return self.nodes[name]

    def kill(self, name: str) -> None:
        """As kill -9: nothing is said any more."""
        del self.nodes[name], self.carrier.ends[name]

    async def settle(self) -> None:
        """Until nothing is under way."""
        for _ in range(3):
            await asyncio.sleep(0)
        while self.carrier.deliver():
            for _ in range(5):
                await asyncio.sleep(0)

    async def beat(self) -> None:
        """Every node says that it lives, and looks who does."""
        self.clock.advance(BEAT_S)
        for node in list(self.nodes.values()):
            node._stream.flush()
            node.sweep()
            node.relay.sweep()
        await self.settle()

    async def pass_time(self, seconds: float) -> None:
        for _ in range(round(seconds / BEAT_S)):
            await self.beat()

    async def waiting(self, awaitable: Any) -> Any:
        """What comes of ``awaitable``, which needs messages to be delivered meanwhile."""
        task = asyncio.ensure_future(awaitable)
        for _ in range(200):
            if task.done():
                return task.result()
            await self.settle()
            if not task.done():
                await self.beat()
        raise AssertionError("it does not come to an end")


class PoolConnector:
    """A connector that keeps calls, as a phone system does, and speaks to whichever node it is told to."""

    def __init__(self, world: PoolWorld, agents: Sequence[str], name: str = "pbx", org: str = ORG) -> None:
        self.world, self.name, self.org = world, name, org
        self.boot = f"boot-of-{name}"
        self.lines = tuple(Line(agent=agent, extension=str(101 + n)) for n, agent in enumerate(agents))
        self.next = self.after = 0
        self.calls: dict[str, tuple[str, Call]] = {}
        """Live calls: id -> agent, record."""
        self.wanted = False
        """A snapshot was asked for."""

    async def publish(self, node: str, *events: ConnectorEvent) -> Ack | None:
        """As a real one does: what is not acknowledged is attached and sent again; None where nobody answers."""
        first, self.next = self.next, self.next + len(events)
        for _ in range(3):
            batch = Batch(connector=self.name, boot=self.boot, first=first, events=events)
            try:
                ack: Ack = await self.world.waiting(self.world.nodes[node].publish(self.org, batch))
            except Refused as refused:
                if refused.error_id is not ErrorId.NOT_ATTACHED or not await self.attach(node):
                    return None
                continue
            self.wanted = self.wanted or ack.resync
            return ack
        return None

    async def attach(self, node: str) -> bool:
        hello = Hello(connector=self.name, kind="fake", boot=self.boot, lines=self.lines)
        try:
            await self.world.waiting(self.world.nodes[node].attach(self.org, hello))
        except Refused:
            return False
        self.wanted = True
        return True

    async def up(self, node: str) -> "PoolConnector":
        assert await self.attach(node)
        await self.publish(node, SystemLink(reachable=True))
        await self.snapshot(node)
        return self

    async def call(self, node: str, agent: str, call: Call) -> Ack | None:
        if call.ended:
            self.calls.pop(call.id, None)
        else:
            self.calls[call.id] = (agent, call)
        return await self.publish(node, told(agent, call))

    async def snapshot(self, node: str) -> None:
        self.wanted = False
        every = [SnapshotCall(agent=agent, call=call) for agent, call in self.calls.values()]
        if await self.publish(node, SnapshotBegin(), *every, SnapshotEnd()) is None:
            self.wanted = True

    async def beat(self, node: str) -> None:
        await self.publish(node)
        if self.wanted:
            await self.snapshot(node)

    async def commands(self, node: str) -> CommandBatch:
        request = CommandsRequest(connector=self.name, boot=self.boot, after=self.after, wait=0)
        batch: CommandBatch = await self.world.waiting(self.world.nodes[node].commands(self.org, request))
        self.after = batch.next
        return batch


class PoolPage:
    """A softphone that polls wherever it is told to, and keeps its copy as a page does."""

    def __init__(self, world: PoolWorld, agent: str, node: str, org: str = ORG) -> None:
        self.world, self.key = world, AgentKey(org, agent)
        self.cursor: str | None = None
        self.turn = 0
        self.calls: dict[str, Call] = {}
        self.presence: str | None = None
        self.link: Any = None
        self.resyncs: list[str] = []
        self.sign_in(node)

    def sign_in(self, node: str) -> None:
        pool_node = self.world.nodes[node]
        self.bearer = pool_node.sign_in(by_name(pool_node.relay, self.key)).session

    async def poll(self, node: str, wait: float = 0.0) -> PollAnswer:
        pool_node = self.world.nodes[node]
        await self.world.waiting(pool_node.find_session(self.bearer))
        self.turn += 1
        request = PollRequest(cursor=self.cursor, wait=wait, turn=self.turn)
        answer: PollAnswer = await self.world.waiting(pool_node.poll(self.bearer, request))
        self.take(answer)
        return answer

    def take(self, answer: PollAnswer) -> None:
        self.cursor = answer.cursor
        if answer.state is not None:
            self.calls = {call.id: call for call in answer.state.calls}
            self.presence, self.link = answer.state.presence, answer.state.link
            self.resyncs.append(answer.resync or "")
        for event in answer.events:
            match event:
                case CallHappened(call=call):
                    known = self.calls.get(call.id)
                    if known is None or call.revision > known.revision:
                        self.calls[call.id] = call
                case PresenceChanged(state=state):
                    self.presence = state
                case LinkChanged(link=link):
                    self.link = link

    def live(self) -> dict[str, Call]:
        return {call.id: call for call in self.calls.values() if not call.ended}

    async def command(self, node: str, request: CommandRequest) -> CommandAnswer:
        answer: CommandAnswer = await self.world.waiting(self.world.nodes[node].command(self.bearer, request))
        return answer

    async def claim(self, node: str, call: str, purpose: Any, *, done: bool = False) -> ClaimAnswer:
        request = ClaimRequest(call=call, purpose=purpose, done=done)
        answer: ClaimAnswer = await self.world.waiting(self.world.nodes[node].claim(self.bearer, request))
        return answer
