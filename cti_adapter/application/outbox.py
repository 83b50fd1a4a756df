"""Events of a connector that the relay has not confirmed yet, numbered and bounded. Pure; memory only."""

from collections import deque
from collections.abc import Iterable

from .connector_messages import ConnectorEvent

#: Most events kept while the relay is away. A busy site of 500 agents makes about ten a second; a snapshot says the
#: same in fewer events than an outbox that has filled up.
CAPACITY = 5_000
#: Events in one batch; keeps a batch far below the relay's limit of one mebibyte.
BATCH = 200


class Outbox:
    """First in, first out, each event with a sequence that rises by one; sequences never start over within a boot."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = self._limit = capacity
        self._events: deque[ConnectorEvent] = deque()
        self._first = 0
        self.overflowed = False
        """Events were dropped; a snapshot has to follow, by ``put_snapshot``."""

    @property
    def first(self) -> int:
        """Sequence of the first event that waits, or of the next one."""
        return self._first

    def __len__(self) -> int:
        return len(self._events)

    def append(self, event: ConnectorEvent) -> None:
        """Add ``event``. A full outbox drops everything and says so: half a story is worth less than a snapshot."""
        if len(self._events) >= self._limit:
            self.give_up()
        if not self.overflowed:
            self._events.append(event)

    def give_up(self) -> None:
        """Forget what waits, and take nothing more until there is a snapshot."""
        self._drop()
        self.overflowed = True

    def _drop(self) -> None:
        """Forget what waits. Its sequences are not used again: the relay shall see that something is missing."""
        self._first += len(self._events)
        self._events.clear()

    def put_snapshot(self, snapshot: Iterable[ConnectorEvent]) -> int:
        """Put ``snapshot`` behind what waits; returns the sequence of its first event.

        What waits stays: a call that ended while the relay was away ended for a reason, which no snapshot tells. Only
        when it is as much as the outbox holds (snapshots that never arrived), it makes room.
        """
        if len(self._events) >= self._capacity:
            self._drop()
        self.overflowed = False
        begin = self._first + len(self._events)
        self._events.extend(snapshot)
        # A site may have more calls up than the outbox holds: its snapshot does not count.
        self._limit = self._capacity + len(self._events)
        return begin

    def batch(self, most: int = BATCH) -> tuple[int, tuple[ConnectorEvent, ...]]:
        """Sequence of the first event that waits, and the first ``most`` events."""
        return self._first, tuple(event for event, _ in zip(self._events, range(most), strict=False))

    def confirm(self, next_sequence: int) -> bool:
        """The relay has everything before ``next_sequence``; whether that is news.

        An answer from the past changes nothing; one that confirms what was never sent confirms what was.
        """
        news = False
        while self._events and self._first < next_sequence:
            self._events.popleft()
            self._first += 1
            news = True
        return news
