"""Plays a recording as a phone system that cannot be commanded."""

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

from ...application.ports import Connector, EventSink
from ...domain.agent import Line, Presence, normalized_agent
from ...domain.call import Call, CallEvent
from ...domain.commands import Command, CommandRefused
from .errors import ConnectorMisconfigured, Unreadable
from .settings import MOST_BYTES, ReplaySettings, replay_settings
from .translate import Picture, Reach, Recorded, read_recording, shifted

log = logging.getLogger("cti.replay")

#: Where events come from: each with the time when it was recorded.
Source = Callable[[], AsyncIterator[Recorded]]


class ReplayConnector(Connector):
    """Events of phones that belong to no line are left out."""

    kind = "replay"

    def __init__(
        self,
        connector_id: str,
        lines: Sequence[Line],
        source: Source,
        *,
        repeat: bool = False,
        pause_s: float = 0.0,
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(connector_id, lines)
        self._agents = {line.extension: normalized_agent(line.agent) for line in lines}
        self._source = source
        self._repeat = repeat
        self._pause_s = pause_s
        self._now = now
        self._picture = Picture()
        self._reachable = True
        self._complained: set[str] = set()

    @classmethod
    def from_options(cls, connector_id: str, lines: Sequence[Line], options: Mapping[str, Any]) -> "ReplayConnector":
        """From the configuration; the recording is read at once. Raises ``ConnectorMisconfigured``."""
        settings = replay_settings(options)
        source = recorded_rhythm(_read(settings), settings.speed)
        return cls(connector_id, lines, source, repeat=settings.repeat, pause_s=settings.pause_s)

    # --- ports.Connector ---

    async def run(self, sink: EventSink) -> None:
        """See ``Connector.run``."""
        sink.link(reachable=True)
        sink.resync()
        while True:
            await asyncio.sleep(self._pause_s)
            await self._play_once(sink)
            if not self._repeat:
                await asyncio.Event().wait()

    async def execute(self, agent: str, command: Command) -> None:
        """See ``Connector.execute``. A recording obeys nobody."""
        if normalized_agent(agent) not in self._agents.values():
            raise CommandRefused("unknown_line", "this agent has no phone here")
        raise CommandRefused("not_supported", "this is a recording, which plays what happened and obeys nobody")

    def live_calls(self) -> Sequence[tuple[str, Call]]:
        """See ``Connector.live_calls``."""
        return [(self._agents[call.device], call) for call in self._picture.live()]

    def presences(self) -> Mapping[str, Presence]:
        """See ``Connector.presences``."""
        return dict.fromkeys(self._agents.values(), Presence())

    # --- playing ---

    async def _play_once(self, sink: EventSink) -> None:
        prefix, by = f"{self.id}.{secrets.token_hex(4)}", None
        async for recorded in self._source():
            by = self._now() - recorded.at if by is None else by
            if isinstance(recorded.what, Reach):
                self._reach(sink, recorded.what)
            elif recorded.what.call.device in self._agents:
                self._tell(sink, shifted(recorded.what, by, prefix))
        if self._picture.live():
            # What the recording does not tell the end of has ended with it.
            self._picture.clear()
            sink.resync()

    def _tell(self, sink: EventSink, event: CallEvent) -> None:
        if wrong := self._picture.take(event):
            self._complain(wrong)
        elif self._reachable:
            sink.call(self._agents[event.call.device], event)

    def _reach(self, sink: EventSink, reach: Reach) -> None:
        self._reachable = reach.reachable
        sink.link(reachable=reach.reachable, reason="" if reach.reachable else reach.reason)
        if reach.reachable:
            sink.resync()

    def _complain(self, wrong: str) -> None:
        if wrong not in self._complained and len(self._complained) < 100:
            self._complained.add(wrong)
            log.warning("connector %s: an event of the recording is left out: %s", self.id, wrong)


def recorded_rhythm(recording: Sequence[Recorded], speed: float) -> Source:
    """A source that keeps the pauses of ``recording``, ``speed`` times as fast; 0: no pauses at all."""

    async def play() -> AsyncIterator[Recorded]:
        begun, loop = asyncio.get_running_loop().time(), asyncio.get_running_loop()
        for recorded in recording:
            due = begun + (recorded.at - recording[0].at) / speed if speed else 0.0
            await asyncio.sleep(max(0.0, due - loop.time()))
            yield recorded

    return play


def _read(settings: ReplaySettings) -> list[Recorded]:
    try:
        if settings.file.stat().st_size > MOST_BYTES:
            raise ConnectorMisconfigured(f"file: {settings.file} is larger than {MOST_BYTES // 2**20} MiB")
        with settings.file.open("rb") as lines:
            recording = read_recording(lines)
    except OSError as error:
        raise ConnectorMisconfigured(f"file: {settings.file} cannot be read: {error.strerror}") from None
    except Unreadable as error:
        raise ConnectorMisconfigured(f"file: {settings.file}, {error}") from None
    if not recording:
        raise ConnectorMisconfigured(f"file: {settings.file} holds no event")
    return recording
