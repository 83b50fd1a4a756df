"""A while after the last hang-up no object that can be reached from the relay or a connector holds anything of a call.

Relay, session and simulated phone system in one loop, with the real times but shorter; caches of functions count, too.
"""

import asyncio
import gc
import secrets
from collections.abc import Callable
from functools import _lru_cache_wrapper

import pytest

from cti_adapter.application.connector_session import ConnectorSession
from cti_adapter.application.messages import ClaimRequest, CommandRequest, Dialing, PollRequest, WorkPatch
from cti_adapter.application.relay import InProcessGateway, Relay
from cti_adapter.application.relay_settings import RelaySettings
from cti_adapter.connectors.simulator.connector import SimulatorConnector
from cti_adapter.domain.agent import AgentKey, Line
from cti_adapter.domain.commands import ClearConnection, MakeCall
from fakes.relay_server import SystemClock, relay_parts
from fakes.relay_world import FakePage, by_name
from support.reachable import holders

#: A hundredth of the real time after the end; how long events and commands are remembered is as it is.
SHORT = RelaySettings(forget_after_s=0.3, forget_undelivered_s=1.2, sweep_every_s=0.05)
CALLS = 25


class Site:
    """A relay with a simulated phone system, and Alice's softphone."""

    def __init__(self) -> None:
        self.relay = Relay(SystemClock(), settings=SHORT)
        self.parts = relay_parts(self.relay)
        self.connector = SimulatorConnector("pbx", [Line(agent="alice", extension="101")])
        self.session = ConnectorSession(self.connector, InProcessGateway(self.relay, "default"), SystemClock())
        self.tasks = [asyncio.create_task(self.relay.run()), asyncio.create_task(self.session.run())]
        self.bearer = self.relay.sign_in(by_name(self.relay, AgentKey("default", "alice"))).session
        self.cursor: str | None = None

    @property
    def roots(self) -> list[object]:
        """Where the search begins: what the program holds, its tasks, and every cache of a function."""
        gc.collect()
        caches = [each for each in gc.get_objects() if isinstance(each, _lru_cache_wrapper)]
        return [self.relay, self.parts, self.connector, self.session, *self.tasks, *caches]

    async def poll(self, wait: float = 0.0) -> list[object]:
        answer = await self.relay.poll(self.bearer, PollRequest(cursor=self.cursor, wait=wait))
        self.cursor = answer.cursor
        return [*answer.events, *(answer.state.calls if answer.state else ())]

    def live(self) -> list[str]:
        log = self.relay.log_of(AgentKey("default", "alice"))
        return [call.id for call in log.live_calls()] if log else []

    def known(self) -> int:
        log = self.relay.log_of(AgentKey("default", "alice"))
        return len(list(log.calls())) if log else 0

    async def until(self, condition: Callable[[], object], what: str) -> None:
        async with asyncio.timeout(20):
            while not condition():
                await self.poll()
                await asyncio.sleep(0.01)

    async def one_call(self, number: str, notes: str, count: int) -> None:
        command = MakeCall(id=f"command-dial-{count}", number=number, name=notes)
        settings = {"/ctiNumbers/country": "DE"}
        self.relay.command(self.bearer, CommandRequest(command=command, dialing=Dialing(settings=settings)))
        await self.until(self.live, "the call")
        (call,) = self.live()
        self.relay.work(self.bearer, WorkPatch(call=call, notes=notes))
        clear = ClearConnection(id=f"command-clear-{count}", call=call)
        self.relay.command(self.bearer, CommandRequest(command=clear))
        await self.until(lambda: not self.live(), "the end")
        self.relay.claim(self.bearer, ClaimRequest(call=call, purpose="log", done=True))

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


@pytest.fixture
async def site() -> Site:
    return Site()


async def test_nothing_of_a_call_can_be_reached_any_more(site: Site) -> None:
    digits, notes = f"{secrets.randbelow(9 * 10**6) + 10**6}", f"Notes{secrets.token_hex(6)}"
    await site.until(lambda: site.relay.log_of(AgentKey("default", "alice")), "the connector")
    await site.until(lambda: site.relay.log_of(AgentKey("default", "alice")).link.reachable, "the phone system")  # type: ignore[union-attr]
    for count in range(CALLS):
        await site.one_call("+4930" + digits, notes, count)
    assert site.known()
    assert holders(site.roots, [digits]), "what is to be forgotten was there"
    await site.until(lambda: not site.known(), "the calls to be forgotten")
    await site.poll()
    assert holders(site.roots, [digits, notes]) == []
    await site.close()


async def test_what_is_kept_would_be_found(site: Site) -> None:
    """The search sees through tasks, closures, records with slots, bytes and caches."""
    word = f"kept{secrets.token_hex(6)}"
    page = FakePage(site.relay, "alice", org="default")
    page.relay._commands._kept = lambda: word  # type: ignore[attr-defined]
    site.connector._kept = {1: [bytearray(word.encode())]}  # type: ignore[attr-defined]
    found = holders(site.roots, [word])
    assert len(found) == 2, found
    await site.close()
