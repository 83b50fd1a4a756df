"""One run of one connector as the relay knows it: its place in the stream of events, its snapshot, its commands."""

import asyncio
import logging

from ..domain.agent import Line
from ..domain.commands import CommandState
from .command_book import Entry
from .connector_messages import Batch, ConnectorEvent
from .messages import Link
from .polls import Bell

log = logging.getLogger("cti.relay")


class AttachedConnector:
    """State of the connector ``id`` of ``org`` in its run ``boot``. ``former`` is its run before, if known."""

    def __init__(self, org: str, connector_id: str, boot: str, former: "AttachedConnector | None") -> None:
        self.org = org
        self.id = connector_id
        self.boot = boot
        self.lines: dict[str, Line] = dict(former.lines) if former else {}
        self.extensions = frozenset(line.extension for line in self.lines.values())
        self.heard_at = 0.0
        self.lost = False
        self.link: Link | None = None
        self.next_event = 0
        self._wants_snapshot = True
        self._ask_from = 0.0
        self._follows = False
        self._snapshot: set[tuple[str, str]] | None = None
        self._complaints: set[str] = set()
        # The caller has given up what the former run took: only what nobody has taken yet goes on to this one.
        self._queue: list[tuple[int, Entry]] = []
        self._under_way: list[Entry] = []
        self.next_command = 0
        self.waiting: asyncio.Future[Bell] | None = None
        for entry in former.under_way() if former else ():
            self.enqueue(entry)

    # --- events ---

    def gap_before(self, first: int) -> bool:
        """Whether events are missing before the one numbered ``first``; then the connector is asked for a snapshot.

        Each event carries a whole record, so those after the gap are good; but a snapshot that was being told cannot
        be trusted to be complete.
        """
        if not self._follows:
            self._follows = True
            self.next_event = first
            return False
        if first <= self.next_event:
            return False
        self.next_event = first
        self._wants_snapshot = True
        self._ask_from = 0.0
        self._snapshot = None
        return True

    def asks_for_snapshot(self, now: float, pause_s: float) -> bool:
        """Whether to ask for a snapshot with this answer; not more often than every ``pause_s`` seconds.

        Not while one is being told, and not while the phone system is out of reach: there is none to be had then.
        """
        reachable = self.link is None or self.link.reachable
        if not self._wants_snapshot or self._snapshot is not None or not reachable or now < self._ask_from:
            return False
        self._ask_from = now + pause_s
        return True

    def unseen(self, batch: Batch) -> tuple[ConnectorEvent, ...]:
        """Events of ``batch`` that did not come before; they count as seen from now on."""
        known = self.next_event - batch.first
        fresh = batch.events[known:] if known >= 0 else ()
        self.next_event += len(fresh)
        return fresh

    def begin_snapshot(self) -> None:
        """All live calls follow."""
        self._snapshot = set()

    def saw(self, agent: str, call_id: str) -> None:
        """A call of ``agent`` was told of."""
        if self._snapshot is not None:
            self._snapshot.add((agent, call_id))

    def end_snapshot(self) -> set[tuple[str, str]] | None:
        """Calls told of since the snapshot began, as (agent, call id); None when its beginning was not seen."""
        seen, self._snapshot = self._snapshot, None
        if seen is not None:
            self._wants_snapshot = False
        return seen

    def complain(self, what: str) -> None:
        """Log once what this connector does wrong."""
        if what not in self._complaints:
            self._complaints.add(what)
            log.warning("connector %s %s", self.id, what)

    # --- commands ---

    def enqueue(self, entry: Entry) -> None:
        """Put a command in line and wake the waiting request."""
        self._queue.append((self.next_command, entry))
        self._under_way = [known for known in self._under_way if known.command is not None] + [entry]
        self.next_command += 1
        self.ring(Bell.NEWS)

    def acknowledge(self, after: int) -> None:
        """The connector has everything before ``after``. What it was never given it cannot acknowledge."""
        self._queue = [
            (number, entry)
            for number, entry in self._queue
            if entry.command is not None and (number >= after or entry.state is CommandState.ACCEPTED)
        ]

    def due(self, now: float) -> list[Entry]:
        """Commands to hand over now, oldest first; also those handed over whose receipt is not acknowledged."""
        return [
            entry
            for _, entry in self._queue
            if entry.command is not None and now < entry.expires_at and entry.key.agent in self.lines
        ]

    def under_way(self) -> list[Entry]:
        """Commands given to this run (or waiting for it) that have no outcome yet."""
        return [entry for entry in self._under_way if entry.command is not None]

    def ring(self, bell: Bell) -> None:
        """Wake the waiting request for commands, if any."""
        if self.waiting is not None and not self.waiting.done():
            self.waiting.set_result(bell)

    def close(self) -> None:
        """This run is over."""
        self._queue, self._under_way = [], []
        self.ring(Bell.SUPERSEDED)
