"""An ``EventSink`` that keeps what a connector tells, folds it into a picture, and notes each broken promise."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import msgspec

from cti_adapter.application.ports import Connector
from cti_adapter.domain.agent import AgentState, Presence
from cti_adapter.domain.call import BEGINNINGS, TRANSITIONS, Call, CallEvent
from cti_adapter.domain.features import LineFeatures

Value = TypeVar("Value")


class RecordingSink:
    """Implements ``application.ports.EventSink``. ``broken`` must be empty at the end of every test."""

    def __init__(self, patience_s: float = 10.0) -> None:
        self.connector: Connector | None = None
        self.events: list[tuple[str, CallEvent]] = []
        self.calls: dict[tuple[str, str], Call] = {}
        self.links: list[tuple[bool, str]] = []
        self.presences: list[tuple[str, AgentState]] = []
        """Agents' states, whenever they changed."""
        self.duties: list[tuple[str, Presence]] = []
        """All that was told of their presence."""
        self.features_told: list[tuple[str, LineFeatures]] = []
        self.resyncs = 0
        self.broken: list[str] = []
        self._patience_s = patience_s
        self._news = asyncio.Event()

    # --- EventSink ---

    def call(self, agent: str, event: CallEvent) -> None:
        """Fold the event in; a promise of ``domain/call.py`` that it breaks is noted."""
        self.events.append((agent, event))
        self._check(self.calls.get((agent, event.call.id)), event)
        self._keep(agent, event.call)
        self._news.set()

    def presence(self, agent: str, presence: Presence) -> None:
        self.duties.append((agent, presence))
        known = [state for whose, state in self.presences if whose == agent]
        if known[-1:] != [presence.state]:
            self.presences.append((agent, presence.state))
        self._news.set()

    def features(self, agent: str, features: LineFeatures) -> None:
        self.features_told.append((agent, features))
        self._news.set()

    def link(self, *, reachable: bool, reason: str = "") -> None:
        if not reachable and not reason:
            self.broken.append("link lost without a reason")
        self.links.append((reachable, reason))
        self._news.set()

    def resync(self) -> None:
        """As the relay does it: what is not in the snapshot has ended; of what is in it the higher revision counts."""
        self.resyncs += 1
        assert self.connector is not None
        told = {(agent, call.id): call for agent, call in self.connector.live_calls()}
        for key in [key for key, call in self.calls.items() if not call.ended and key not in told]:
            del self.calls[key]
        for (agent, _), call in told.items():
            self._keep(agent, call)
        self._news.set()

    # --- for tests ---

    def live(self) -> dict[tuple[str, str], Call]:
        """What the events say is up now."""
        return {key: call for key, call in self.calls.items() if not call.ended}

    async def until(self, condition: Callable[[], Value | None], what: str) -> Value:
        """Wait until ``condition`` gives something true after an event; fails after the time limit."""
        try:
            async with asyncio.timeout(self._patience_s):
                while not (value := condition()):
                    self._news.clear()
                    await self._news.wait()
                return value
        except TimeoutError:
            raise AssertionError(f"waited in vain for: {what}; told: {self.story()}") from None

    def story(self) -> list[str]:
        """What was told, to read in a failure."""
        return [f"{agent} {e.event} {e.call.state} r{e.call.revision} {e.call.cause or ''}" for agent, e in self.events]

    def _keep(self, agent: str, call: Call) -> None:
        known = self.calls.get((agent, call.id))
        if known is None or call.revision > known.revision:
            self.calls[agent, call.id] = call

    def _check(self, known: Call | None, event: CallEvent) -> None:
        call = event.call
        where = f"{event.event} of {call.id}"
        if msgspec.json.decode(msgspec.json.encode(event), type=CallEvent) != event:
            self.broken.append(f"{where}: does not survive the wire")
        if known is None:
            if BEGINNINGS.get(event.event) is not call.state:
                self.broken.append(f"{where}: a call begins {call.state}")
        elif call.state not in TRANSITIONS[known.state].get(event.event, ()):
            self.broken.append(f"{where}: {known.state} -> {call.state}")
        elif call.revision <= known.revision:
            self.broken.append(f"{where}: revision {known.revision} -> {call.revision}")
        elif (known.device, known.started_at) != (call.device, call.started_at):
            # The role may: whoever dials a pickup code is called in the end.
            self.broken.append(f"{where}: device or beginning changed")
        if call.ended and (call.cause is None or call.ended_at is None):
            self.broken.append(f"{where}: ended without cause or time")
