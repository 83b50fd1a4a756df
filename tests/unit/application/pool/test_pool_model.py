"""Everything that can happen to a pool, at random: connectors, pages, nodes, cuts, kills, losses, doubles, swaps.

The phone systems know the truth. While things go wrong pages may show what was true a moment ago, but never a call that
has gone back in time, or somebody else's; as soon as everything can be reached again all of them show the truth.
"""

import asyncio
import os
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from cti_adapter.application.messages import CallHappened, PollAnswer
from cti_adapter.application.refusals import Refused
from cti_adapter.domain.call import Call, CallState, EventName, advance
from fakes.pool_world import PoolConnector, PoolPage, PoolWorld
from fakes.relay_world import ringing

#: Names of nodes; two connectors with two agents each.
NODES = ("a", "b", "c")
AGENTS = {"pbx": ("alice", "bob"), "far": ("carol", "dave")}
#: A few here; POOL_MODEL_RUNS=5000 is what a release is tried with.
RUNS = int(os.environ.get("POOL_MODEL_RUNS", "25"))
STEPS = 50


class CheckedPage(PoolPage):
    """Looks at every answer: a call never goes back, and is the agent's own."""

    def take(self, answer: PollAnswer) -> None:
        told = [event.call for event in answer.events if isinstance(event, CallHappened)]
        for call in (*told, *(answer.state.calls if answer.state else ())):
            assert call.id.startswith(f"{self.key.agent}-"), f"{self.key.agent} was told of {call.id}"
        before = dict(self.calls)
        super().take(answer)
        if answer.state is None:
            for call_id, call in before.items():
                assert self.calls[call_id].revision >= call.revision, "back in time"

    async def poll_anew(self, node: str) -> None:
        """Sign in again, as a page does whose session is not known."""
        self.sign_in(node)
        self.cursor = None
        await self.poll(node)


class Pool(RuleBasedStateMachine):
    """One pool and what is done to it."""

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        self.loop = asyncio.new_event_loop()
        self.rng = random.Random(seed)
        self.world = PoolWorld(*NODES)
        self.count = 0
        self.popped: dict[tuple[str, str], list[CheckedPage]] = {}
        self.run(self.world.pass_time(2))
        self.connectors = {name: PoolConnector(self.world, agents, name) for name, agents in AGENTS.items()}
        self.at = {name: "a" for name in self.connectors}
        for connector in self.connectors.values():
            self.run(connector.up("a"))
        self.pages: list[tuple[CheckedPage, str]] = []
        for agents in AGENTS.values():
            for agent in agents:
                self.pages += [(self.page(agent, node), node) for node in "bc"]

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def page(self, agent: str, node: str) -> CheckedPage:
        async def opened() -> CheckedPage:
            return CheckedPage(self.world, agent, node)

        page: CheckedPage = self.run(opened())
        return page

    def node(self, number: int) -> str:
        alive = sorted(self.world.nodes)
        return alive[number % len(alive)]

    # --- phone systems ---

    @rule(agent=st.sampled_from([each for agents in AGENTS.values() for each in agents]))
    def ring(self, agent: str) -> None:
        self.count += 1
        self.tell(agent, ringing(f"{agent}-{self.count}"))

    @rule(number=st.integers(0, 99), ends=st.booleans())
    def go_on(self, number: int, ends: bool) -> None:
        live = [each for connector in self.connectors.values() for each in connector.calls.values()]
        if not live:
            return
        agent, call = live[number % len(live)]
        at = 100.0 + call.revision
        if ends:
            changed = advance(call, EventName.CONNECTION_CLEARED, at, CallState.CLEARED).call
        elif call.state is CallState.CONNECTED:
            changed = advance(call, EventName.HELD, at, CallState.HELD).call
        elif call.state is CallState.HELD:
            changed = advance(call, EventName.RETRIEVED, at, CallState.CONNECTED).call
        else:
            changed = advance(call, EventName.ESTABLISHED, at, CallState.CONNECTED).call
        self.tell(agent, changed)

    def tell(self, agent: str, call: Call) -> None:
        name = next(name for name, agents in AGENTS.items() if agent in agents)
        self.run(self.connectors[name].call(self.at[name], agent, call))

    @rule(name=st.sampled_from(sorted(AGENTS)), number=st.integers(0, 9))
    def balance(self, name: str, number: int) -> None:
        """The load balancer leads the connector to another node from now on."""
        self.at[name] = self.node(number)

    @rule(name=st.sampled_from(sorted(AGENTS)))
    def beat(self, name: str) -> None:
        self.run(self.connectors[name].beat(self.at[name]))

    # --- pages ---

    @rule(number=st.integers(0, 99), where=st.integers(0, 9))
    def poll(self, number: int, where: int) -> None:
        page, _ = self.pages[number % len(self.pages)]
        self.polled(page, self.node(where))

    def polled(self, page: CheckedPage, node: str) -> None:
        try:
            self.run(page.poll(node))
        except Refused:  # nobody who is there has heard of the session
            self.run(page.poll_anew(node))

    @rule(number=st.integers(0, 99), where=st.integers(0, 9))
    def pop(self, number: int, where: int) -> None:
        page, _ = self.pages[number % len(self.pages)]
        for call_id in list(page.live())[:1]:
            try:
                granted = self.run(page.claim(self.node(where), call_id, "pop")).granted
            except Refused:
                continue
            if granted:
                self.popped.setdefault((page.key.agent, call_id), []).append(page)

    # --- what goes wrong ---

    @rule()
    def stir(self) -> None:
        """The bus loses, doubles or swaps a message."""
        self.run(self.stirred())

    async def stirred(self) -> None:
        for node in self.world.nodes.values():
            node._stream.flush()
        self.world.carrier.stir(self.rng)
        await self.world.settle()

    @rule(number=st.integers(0, 9))
    def cut(self, number: int) -> None:
        self.world.carrier.cut = {self.node(number)}

    @rule()
    def heal(self) -> None:
        self.world.carrier.cut = set()

    @rule(up=st.booleans(), number=st.integers(0, 9))
    def bus(self, up: bool, number: int) -> None:
        self.world.carrier.ends[self.node(number)].up = up

    @rule(number=st.integers(0, 9))
    def replace(self, number: int) -> None:
        """A node is killed, and another one started."""
        name = self.node(number)
        self.world.kill(name)
        self.count += 1
        new = f"{name[0]}{self.count}"
        self.world.start(new)
        for connector, at in self.at.items():
            if at == name:
                self.at[connector] = self.node(number)

    @rule(seconds=st.floats(0.5, 6.0))
    def wait(self, seconds: float) -> None:
        self.run(self.world.pass_time(seconds))

    # --- in the end ---

    def teardown(self) -> None:
        if not hasattr(self, "loop"):
            return
        try:
            self.mend()
            self.check_pages()
        finally:  # Else a test that comes later is blamed for the open loop.
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
            self.loop.close()

    def mend(self) -> None:
        self.world.carrier.cut = set()
        for end in self.world.carrier.ends.values():
            end.up = True
        self.run(self.world.pass_time(8))
        for _ in range(4):
            for name, connector in self.connectors.items():
                self.run(connector.beat(self.at[name]))
            self.run(self.world.pass_time(3))

    def check_pages(self) -> None:
        truth: dict[str, dict[str, Call]] = {}
        for connector in self.connectors.values():
            for agent, call in connector.calls.values():
                truth.setdefault(agent, {})[call.id] = call
        for page, _ in self.pages:
            for node in sorted(self.world.nodes):
                self.polled(page, node)
                fresh = self.page(page.key.agent, node)
                self.run(fresh.poll(node))
                want = truth.get(page.key.agent, {})
                assert fresh.live() == want, f"{page.key.agent} at {node}"
                assert page.live() == fresh.live(), "a copy and its events are not the whole"
                assert page.link.reachable


Pool.TestCase.settings = settings(
    max_examples=RUNS,
    stateful_step_count=STEPS,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestPool = pytest.mark.timeout(0)(Pool.TestCase)
