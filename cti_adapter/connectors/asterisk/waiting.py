"""Waiting for what an event will show. Knows neither calls nor phones."""

import asyncio
from collections.abc import Callable


class Changes:
    """A bell that rings whenever something changed. Used on one event loop."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def tell(self) -> None:
        """Something changed: all who wait look again."""
        self._next.set()
        self._next = asyncio.Event()

    async def until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Whether ``condition`` came true within ``seconds``; looked at after every change."""
        try:
            async with asyncio.timeout(seconds):
                while not condition():
                    await self._next.wait()
        except TimeoutError:
            return condition()
        return True
