"""A hundred thousand random operations of two organizations of the same names: nobody sees what is not theirs."""

import asyncio
import contextlib
import random

from cti_adapter.application.messages import CallHappened, PollAnswer
from cti_adapter.application.refusals import Refused
from cti_adapter.domain.agent import AgentKey
from cti_adapter.domain.call import Call
from fakes.relay_world import FakeConnector, FakePage, World, answered, dial, hung_up, ringing

ORGS = ("acme", "other")
AGENTS = ("alice", "bob", "carol")
OPERATIONS = 100_000


class Watched(FakePage):
    """A softphone that checks each record it gets: its id tells whose it is."""

    def __init__(self, world: World, org: str, agent: str) -> None:
        super().__init__(world.relay, agent, org)
        self.mine = f"{org}/{agent}/"
        self.got = 0

    def take(self, answer: PollAnswer) -> None:
        told = [event.call for event in answer.events if isinstance(event, CallHappened)]
        for call in (*told, *(answer.state.calls if answer.state else ())):
            assert call.id.startswith(self.mine), f"{self.mine} was told of {call.id}"
            self.got += 1
        super().take(answer)


class Crowd:
    """Everybody at once, doing something at random."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.world = World()
        self.connectors = {org: self.world.connector(*AGENTS, org=org).up() for org in ORGS}
        self.pages = [Watched(self.world, org, agent) for org in ORGS for agent in AGENTS for _ in range(2)]
        self.parked: dict[int, asyncio.Task[PollAnswer]] = {}
        self.calls: dict[str, tuple[str, str, Call]] = {}
        self.number = 0
        self.got = 0

    async def step(self) -> None:
        await self.rng.choice(
            [self.tell, self.tell, self.park, self.park, self.cut, self.time, self.command, self.take, self.renew]
        )()

    async def tell(self) -> None:
        if self.calls and self.rng.random() < 0.7:
            call_id = self.rng.choice(list(self.calls))
            org, agent, call = self.calls.pop(call_id)
            call = hung_up(call) if call.answered_at else answered(call)
            if not call.ended:
                self.calls[call_id] = (org, agent, call)
        else:
            org, agent = self.rng.choice(ORGS), self.rng.choice(AGENTS)
            self.number += 1
            call = ringing(f"{org}/{agent}/{self.number}")
            self.calls[call.id] = (org, agent, call)
        self.connectors[org].call(agent, call)

    async def park(self) -> None:
        index = self.rng.randrange(len(self.pages))
        if (task := self.parked.get(index)) is None or task.done():
            self.collect(index)
            self.parked[index] = asyncio.create_task(self.pages[index].poll(20))
        await asyncio.sleep(0)

    def collect(self, index: int) -> None:
        task = self.parked.pop(index, None)
        if task is not None and task.done() and not task.cancelled():
            error = task.exception()
            assert error is None or isinstance(error, Refused), error

    async def cut(self) -> None:
        if self.parked:
            task = self.parked.pop(self.rng.choice(list(self.parked)))
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Refused):
                await task

    async def time(self) -> None:
        self.world.pass_time(self.rng.uniform(0.1, 4), *self.connectors.values())

    async def command(self) -> None:
        with contextlib.suppress(Refused):
            self.rng.choice(self.pages).command(dial())

    async def take(self) -> None:
        org = self.rng.choice(ORGS)
        for given in (await self.connectors[org].commands()).commands:
            assert given.agent in AGENTS

    async def renew(self) -> None:
        if self.rng.random() < 0.9:
            return
        index = self.rng.randrange(len(self.pages))
        old = self.pages[index]
        with contextlib.suppress(Refused):
            self.world.relay.sign_out(old.bearer)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        self.collect(index)
        self.got += old.got
        org, agent = old.mine.split("/")[:2]
        self.pages[index] = Watched(self.world, org, agent)


async def test_a_hundred_thousand_operations_never_show_anybody_a_foreign_call() -> None:
    crowd = Crowd(seed=20261123)
    for _ in range(OPERATIONS):
        await crowd.step()
    crowd.world.relay.drain()
    for index in list(crowd.parked):
        with contextlib.suppress(Refused):
            await crowd.parked[index]
        crowd.collect(index)
    got = crowd.got + sum(page.got for page in crowd.pages)
    assert got > 1000, "the pages really were told something"
    for page in crowd.pages:
        with contextlib.suppress(Refused):
            await page.poll()
            live = {call_id for call_id, (_, _, call) in crowd.calls.items() if call_id.startswith(page.mine)}
            assert live == {call.id for call in page.calls.values() if not call.ended}


def test_a_connector_key_of_one_organization_writes_into_no_other() -> None:
    world = World()
    ours = world.connector("alice").up()
    FakeConnector(world.relay, ["alice"], ours.name, "other").up()
    ours.call("alice", ringing())
    theirs = world.relay.log_of(AgentKey("other", "alice"))
    assert theirs is not None
    assert theirs.state().calls == ()
