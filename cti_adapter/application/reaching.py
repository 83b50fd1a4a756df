"""Trying again until the relay answers: growing pauses, one log line when it is lost and one when it is back."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from .command_runner import trace
from .ports import NotAttached, RelayRefused, RelayUnavailable

log = logging.getLogger("cti.connector")

#: First and longest pause between tries, in seconds; each is shortened at random (full jitter), so that the connectors
#: of many sites do not come back at the same moment.
PAUSE_S = (0.5, 15.0)
#: A request that the relay refuses as it is will be refused again; ask seldom, in case somebody mends the key.
REFUSED_PAUSE_S = 60.0
#: Longest pause that the relay may ask for, in seconds.
ASKED_PAUSE_S = 60.0

Answer = TypeVar("Answer")


class Reaching:
    """How one connector reaches its relay. Several loops may ask at the same time; ``rng`` only spreads pauses."""

    def __init__(self, connector_id: str, rng: random.Random) -> None:
        self._connector_id = connector_id
        self._rng = rng
        self._away: set[str] = set()

    async def answer(self, what: str, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer of ``ask``, tried until there is one. ``what`` names the asking loop. Raises ``NotAttached``."""
        pause = PAUSE_S[0]
        while True:
            try:
                answer = await ask()
            except RelayUnavailable as error:
                self._lost(what, str(error))
                await asyncio.sleep(self._pause(error.retry_after_s, pause))
                pause = min(pause * 2, PAUSE_S[1])
            except RelayRefused as error:
                self._lost(what, f"it refuses this connector: {error}")
                await asyncio.sleep(REFUSED_PAUSE_S)
            except NotAttached:
                raise
            except Exception as error:
                self._lost(what, f"an unforeseen error: {trace(error)}")
                await asyncio.sleep(self._pause(None, pause))
                pause = min(pause * 2, PAUSE_S[1])
            else:
                self.back(what)
                return answer

    def _pause(self, asked_s: float | None, pause_s: float) -> float:
        if asked_s is None:
            return self._rng.uniform(0, pause_s)
        return min(asked_s, ASKED_PAUSE_S) + self._rng.uniform(0, PAUSE_S[0])

    def back(self, what: str) -> None:
        """The loop ``what`` was answered; the relay is back when all of them are."""
        if what in self._away:
            self._away.discard(what)
            if not self._away:
                log.info("connector %s: the relay is back", self._connector_id)

    def _lost(self, what: str, why: str) -> None:
        if not self._away:
            log.warning("connector %s: the relay is out of reach, trying again: %s", self._connector_id, why)
        self._away.add(what)
