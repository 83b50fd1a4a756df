"""Events of a connector that the relay has not confirmed yet, numbered and bounded. Pure; memory only."""

from collections import deque
from collections.abc import Iterable

from .messages import ConnectorEvent

#: Most events kept while the relay is away. A busy site of 500 agents makes about ten a second; a snapshot says the
#: same in fewer events than an outbox that has filled up.
CAPACITY = 5_000
#: Events in one batch; keeps a batch far below the relay's limit of one mebibyte.
BATCH = 200


class Outbox:
    """First in, first out, each event with a sequence that rises by one; sequences never start over within a boot."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._events: deque[ConnectorEvent] = deque()
        self._first = 0
        self.overflowed = False
        """Events were dropped; a snapshot has to follow, then ``restart`` clears this."""

    def __len__(self) -> int:
        return len(self._events)

    def append(self, event: ConnectorEvent) -> None:
        """Add ``event``. A full outbox drops everything and says so: half a story is worth less than a snapshot."""
        if len(self._events) >= self._capacity:
            self.drop()
            self.overflowed = True
        if not self.overflowed:
            self._events.append(event)

    def drop(self) -> None:
        """Forget what waits; its sequences are not used again."""
        self._first += len(self._events)
        self._events.clear()

    def restart(self, snapshot: Iterable[ConnectorEvent]) -> None:
        """Put ``snapshot`` in the place of everything that waits."""
        self.drop()
        self.overflowed = False
        self._events.extend(snapshot)

    def batch(self, most: int = BATCH) -> tuple[int, tuple[ConnectorEvent, ...]]:
        """Sequence of the first event that waits, and the first ``most`` events."""
        return self._first, tuple(event for event, _ in zip(self._events, range(most), strict=False))

    def confirm(self, next_sequence: int) -> None:
        """The relay has everything before ``next_sequence``. An answer from the past or the future changes nothing."""
        while self._events and self._first < next_sequence:
            self._events.popleft()
            self._first += 1
