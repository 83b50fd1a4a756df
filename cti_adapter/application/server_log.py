"""Logs calls that no softphone has logged: missed ones, and those taken at the desk phone with no Salesforce tab open.

A tab that is open logs within seconds; the server asks for the right to do so (the same claim) only after a while, so
that no call is logged twice. The writer looks for the Task before it writes one: a tab may have gone away in between.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from datetime import tzinfo

from ..domain.agent import AgentKey
from ..domain.call import Call, Direction
from .adapter import explain_one
from .call_task import task_of
from .messages import ExplainQuery
from .ports import CallLogRefused, CallLogUnavailable, CallLogWriter
from .relay import Relay
from .unlogged import UnloggedCall

log = logging.getLogger("cti.server_log")

#: How often ended calls are looked at, in seconds.
EVERY_S = 2.0
#: Pauses after Salesforce was out of reach: from, to, in seconds; a random part is waited.
PAUSE_S = (5.0, 120.0)


class ServerLog:
    """``after_s``: seconds after its end in which a call belongs to the softphones; ``zone``: where its day is told."""

    def __init__(
        self,
        relay: Relay,
        writer: CallLogWriter,
        settings: Callable[[], Mapping[str, str]],
        after_s: float,
        zone: tzinfo,
        rng: random.Random | None = None,
    ) -> None:
        self._relay = relay
        self._writer = writer
        self._settings = settings
        self._after_s = after_s
        self._zone = zone
        self._rng = rng or random.SystemRandom()
        self._told: set[str] = set()

    async def run(self) -> None:
        """Look for unlogged calls until cancelled."""
        pause = PAUSE_S[0]
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self._round()
                pause = PAUSE_S[0]
            except CallLogUnavailable as error:
                self._tell_once(f"Salesforce is out of reach, trying again: {error}")
                await asyncio.sleep(self._rng.uniform(pause / 2, pause))
                pause = min(pause * 2, PAUSE_S[1])
            except Exception:
                log.exception("logging calls failed")

    async def _round(self) -> None:
        for unlogged in self._relay.unlogged.take(self._after_s):
            try:
                await self._log(unlogged)
            except CallLogUnavailable:
                self._relay.unlogged.give_back(unlogged)
                raise
            except CallLogRefused as refused:
                # The same would be refused again; a softphone that opens may still do it.
                self._relay.unlogged.give_up(unlogged)
                self._tell_once(str(refused))
        for key, call in self._relay.unlogged.called_back():
            await self._complete_missed(key, call)

    async def _log(self, unlogged: UnloggedCall) -> None:
        key, call, work = unlogged.key, unlogged.call, unlogged.work
        keys = () if work is not None and work.record is not None else self._lookup(call)
        await asyncio.to_thread(
            self._writer.write, key.agent, call.id, keys, lambda record: task_of(call, work, record, self._zone)
        )
        self._relay.unlogged.done(unlogged)

    async def _complete_missed(self, key: AgentKey, call: Call) -> None:
        try:
            await asyncio.to_thread(self._writer.complete_missed, key.agent, call.other.number)
        except (CallLogRefused, CallLogUnavailable) as error:
            self._tell_once(f"a missed call that was called back stays open: {error}")

    def _lookup(self, call: Call) -> tuple[str, ...]:
        """What to search the other party by; nothing for one who has withheld their number."""
        number = call.other.number
        if not number or call.direction is Direction.INTERNAL:
            return ()
        return explain_one(ExplainQuery(number=number[:200], incoming=True), dict(self._settings())).lookup

    def _tell_once(self, sentence: str) -> None:
        if sentence not in self._told:
            self._told.add(sentence)
            log.warning("%s", sentence)
