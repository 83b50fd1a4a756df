"""A recording sink with shorthands for tests that follow single agents through a story."""

from __future__ import annotations

from cti_adapter.domain.call import Call, CallEvent

from .recording_sink import RecordingSink


class StorySink(RecordingSink):
    """``names`` are what an agent was told of, without CallInformation: how often those come is nobody's business."""

    @property
    def reasons(self) -> list[str]:
        """``up``, or why the phone system was out of reach, each once in a row."""
        states = ["up" if reachable else reason for reachable, reason in self.links]
        return [state for n, state in enumerate(states) if n == 0 or state != states[n - 1]]

    def told(self, agent: str) -> list[CallEvent]:
        """All events of this agent."""
        return [event for whose, event in self.events if whose == agent]

    def names(self, agent: str) -> list[str]:
        """Names of this agent's events in order."""
        return [event.event.value for event in self.told(agent) if event.event != "CallInformation"]

    def last(self, agent: str) -> Call:
        """The newest record of this agent."""
        return self.told(agent)[-1].call

    async def state(self, agent: str, state: str) -> Call:
        """The agent's newest record, as soon as it is in ``state``."""
        await self.until(lambda: bool(self.told(agent)) and self.last(agent).state == state, f"{agent} is {state}")
        return self.last(agent)

    async def event(self, agent: str, name: str, count: int = 1) -> CallEvent:
        """The ``count``-th event of this name, as soon as it was told."""
        await self.until(lambda: self.names(agent).count(name) >= count, f"{agent} is told {name}")
        return [event for event in self.told(agent) if event.event == name][count - 1]

    async def lost(self, reason: str = "phone_system_unreachable") -> None:
        """The phone system is out of reach for this reason."""
        await self.until(lambda: self.reasons[-1:] == [reason], f"lost because of {reason}")

    async def up(self, resyncs: int = 1) -> None:
        """The phone system is within reach, and so many fresh pictures were offered."""
        await self.until(lambda: self.reasons[-1:] == ["up"] and self.resyncs >= resyncs, f"up and {resyncs} resyncs")
