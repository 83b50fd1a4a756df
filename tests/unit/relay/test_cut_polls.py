"""A hundred thousand polls whose clients hang up while the answer is under way: nobody ever gets another's news.

The textbook leak of such a design: a cancelled read leaves its reply behind, and the next one who asks gets it. The
application is called as uvicorn calls it; the wire is slow at random, and breaks before, during and after an answer.
"""

import asyncio
import random
import re
from typing import Any

import msgspec
import pytest

from cti_adapter.application.limits import Rate
from cti_adapter.domain.agent import AgentKey
from fakes.relay_server import ORG, relay_app
from fakes.relay_world import FakeConnector, World, by_name, hung_up, ringing

POLLS = 100_000
AGENTS = tuple(f"agent-{number:02}" for number in range(20))
FREE = Rate(1e9, 10**9)
#: Each call's id begins with the name of its agent.
OWNER = re.compile(rb'"id":"(agent-\d\d)/')


class Wire:
    """One request at the application: what it is asked, and what of its answer gets out before the client is gone."""

    def __init__(self, bearer: str, body: bytes, rng: random.Random) -> None:
        self.scope = {
            "type": "http",
            "method": "POST",
            "path": "/v1/poll",
            "query_string": b"",
            "headers": [(b"authorization", f"Bearer {bearer}".encode()), (b"content-type", b"application/json")],
            "client": ("127.0.0.1", 1),
            "scheme": "http",
        }
        self._body = body
        self._rng = rng
        self._gone = asyncio.Event()
        self.status = 0
        self.written = b""

    async def receive(self) -> dict[str, Any]:
        if self._body:
            body, self._body = self._body, b""
            return {"type": "http.request", "body": body, "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        for _ in range(self._rng.randrange(3)):  # a slow wire
            await asyncio.sleep(0)
        if not self._gone.is_set():
            self.status = message.get("status", self.status)
            self.written += message.get("body", b"")

    def hang_up(self) -> None:
        self._gone.set()


class Crowd:
    """Agents who poll, and a connector that has news for one of them at a time."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.world = World(session=FREE, agent=FREE, organization=FREE, ring_events=50)
        self.relay = self.world.relay
        self.app = relay_app(self.relay)
        self.connector = FakeConnector(self.relay, AGENTS, org=ORG).up()
        self.bearers = {name: self.relay.sign_in(by_name(self.relay, AgentKey(ORG, name))).session for name in AGENTS}
        self.cursors: dict[str, str] = {}
        self.calls: dict[str, Any] = {}
        self.polls = self.delivered = self.cut = 0

    async def agent(self, name: str) -> None:
        while self.polls < POLLS:
            self.polls += 1
            await self.poll(name)

    async def poll(self, name: str, wait: float = 20.0) -> None:
        body = msgspec.json.encode({"wait": wait, **({"cursor": self.cursors[name]} if name in self.cursors else {})})
        wire = Wire(self.bearers[name], body, self.rng)
        asked = asyncio.ensure_future(self.app(wire.scope, wire.receive, wire.send))
        cut_after = self.rng.randrange(30) if wait else None
        for _ in range(cut_after if cut_after is not None else 10**6):
            if asked.done():
                break
            await asyncio.sleep(0)
        if not asked.done():
            self.cut += 1
            wire.hang_up()
            if self.rng.random() < 0.5:  # uvicorn lets the task run on; another server may cancel it
                asked.cancel()
            await asyncio.gather(asked, return_exceptions=True)
        self.take(name, wire)

    def take(self, name: str, wire: Wire) -> None:
        assert wire.status in (0, 200), wire.written
        assert {owner.decode() for owner in OWNER.findall(wire.written)} <= {name}
        try:
            answer = msgspec.json.decode(wire.written)
        except msgspec.DecodeError:
            return  # nothing, or a part: the page asks again with the cursor that it has
        if "cursor" not in answer:
            return
        self.cursors[name] = answer["cursor"]
        if answer.get("state") is not None:
            self.calls = {key: value for key, value in self.calls.items() if not key.startswith(f"{name}/")}
        told = [event["call"] for event in answer["events"] if "call" in event]
        for call in (*told, *((answer.get("state") or {}).get("calls") or ())):
            self.delivered += 1
            assert call["id"].startswith(f"{name}/")
            known = self.calls.get(call["id"])
            assert known is None or known["revision"] <= call["revision"]
            self.calls[call["id"]] = call

    async def phone_system(self) -> None:
        """Rings at somebody, and hangs up."""
        number = 0
        while self.polls < POLLS:
            number += 1
            name = self.rng.choice(AGENTS)
            call = ringing(f"{name}/{number}")
            self.connector.call(name, call)
            await asyncio.sleep(0)
            self.connector.call(name, hung_up(call))
            if number % 10 == 0:  # so that calls are forgotten as they are in life
                self.world.pass_time(1, self.connector)
            for _ in range(self.rng.randrange(3)):
                await asyncio.sleep(0)


@pytest.mark.timeout(400)
async def test_a_hundred_thousand_cut_polls_give_nothing_to_a_wrong_owner() -> None:
    crowd = Crowd(seed=20261123)
    system = asyncio.create_task(crowd.phone_system())
    await asyncio.gather(*(crowd.agent(name) for name in AGENTS))
    await system
    for name in AGENTS:  # whoever was cut asks again, and misses nothing
        await crowd.poll(name, wait=0)
    # Every call is over by now; an agent who had missed something would have one that still rings.
    assert {call["state"] for call in crowd.calls.values()} == {"cleared"}
    assert crowd.cut > POLLS / 10, "many were cut"
    assert crowd.delivered > POLLS / 10, "and many got something"
    assert len(crowd.relay._polls) == 0, "nothing stays parked"
