"""What this node tells all others: numbered, and many in one message where much happens at once."""

import asyncio
from collections.abc import Callable

from msgspec import Raw

from . import messages
from .bus import Bus
from .messages import AnyTold, Changes

#: Largest message in bytes; NATS carries 1 MiB by default.
MOST_BYTES = 256 * 1024


class Stream:
    """``draining`` is told along, so that nobody sends work here any more."""

    def __init__(self, node: str, bus: Bus, draining: Callable[[], bool]) -> None:
        self._node = node
        self._bus = bus
        self._draining = draining
        self._waiting: list[Raw] = []
        self._bytes = 0
        self.next = 0
        """Number of the next change."""
        self._soon: asyncio.Handle | None = None

    def tell(self, change: AnyTold) -> None:
        """With everything else that happens in this turn of the loop."""
        part = messages.raw(change)
        if self._bytes + len(part) > MOST_BYTES:
            self.flush()
        self._waiting.append(part)
        self._bytes += len(part)
        self.next += 1
        if self._soon is None:
            self._soon = asyncio.get_running_loop().call_soon(self.flush)

    def flush(self) -> None:
        """Send what waits; without anything the others hear that this node lives."""
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        told, self._waiting, self._bytes = tuple(self._waiting), [], 0
        first = self.next - len(told)
        self._bus.send(messages.encoded(Changes(node=self._node, first=first, changes=told, draining=self._draining())))
