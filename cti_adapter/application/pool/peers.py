"""The other nodes: in what order their changes are taken, what is missing of them, and who is gone."""

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from ..ports import Clock
from . import messages
from .messages import AnyTold, Changes, Everything

log = logging.getLogger("cti.pool")

#: A node that was not heard of for so long is gone, in seconds; it says something twice a second.
GONE_S = 2.5
#: … and is forgotten after so long.
FORGET_S = 60.0
#: How long to wait for everything before asking again, in seconds; up to half as much again, at random.
SYNC_AGAIN_S = 2.0
#: Changes kept while everything is under way.
MOST_WAITING = 20_000


@dataclass(slots=True)
class Peer:
    """One other node."""

    node: str
    heard_at: float
    next: int | None = None
    """Number of its next change; None: everything of it is needed first."""
    draining: bool = False
    gone: bool = False
    more: bool = False
    """It knows things from others that it has not told of."""
    sync: int = 0
    ask_at: float = 0.0
    parts: dict[int, Everything] = field(default_factory=dict)
    waiting: list[Changes] = field(default_factory=list)


@dataclass(frozen=True)
class Hearing:
    """What is to be done with what peers say."""

    change: Callable[[str, AnyTold], None]
    """A change of a node."""
    everything: Callable[[str, list[Everything]], None]
    """All that is at home at a node, whatever was known of it."""
    ask_everything: Callable[[str, int], None]
    gone: Callable[[str], None]
    back: Callable[[str], None]


class Peers:
    """``bus_up`` says whether silence means anything."""

    def __init__(self, clock: Clock, hearing: Hearing, bus_up: Callable[[], bool]) -> None:
        self._clock = clock
        self._hearing = hearing
        self._bus_up = bus_up
        self._peers: dict[str, Peer] = {}
        self._syncs = 0
        self._complained: set[str] = set()
        self._was_up = True
        self._rng = random.Random()  # nosec B311 - spreads repetitions

    def heard(self, changes: Changes) -> None:
        """A node has said something."""
        now = self._clock.monotonic()
        peer = self._peers.get(changes.node)
        if peer is None:
            peer = self._peers[changes.node] = Peer(changes.node, now)
        if peer.gone:
            peer.gone = False
            log.info("node %s is back", peer.node)
            self._hearing.back(peer.node)
        peer.heard_at, peer.draining = now, changes.draining
        self._take(peer, changes)
        if peer.next is None and now >= peer.ask_at:
            self._ask(peer, now)

    def _take(self, peer: Peer, changes: Changes) -> None:
        known = peer.next
        if known is None:
            self._keep(peer, changes)
            return
        if changes.first > known:
            log.info("changes of node %s are missing, everything of it is asked for", peer.node)
            self._need_everything(peer)
            self._keep(peer, changes)
            return
        for part in changes.changes[known - changes.first :]:
            self._apply(peer.node, part)
        peer.next = max(known, changes.first + len(changes.changes))
        if peer.more:
            self._need_everything(peer)

    def _need_everything(self, peer: Peer) -> None:
        peer.next, peer.more = None, False
        self._ask(peer, self._clock.monotonic())

    def want_everything(self, node: str) -> None:
        """There is more at ``node`` than what it has told of: it has taken something over from another one."""
        peer = self._peers.get(node)
        if peer is not None:
            peer.more = True

    def _keep(self, peer: Peer, changes: Changes) -> None:
        if changes.changes:
            peer.waiting.append(changes)
        if len(peer.waiting) > MOST_WAITING:
            peer.waiting.clear()  # what is missing then is asked for again

    def _apply(self, node: str, part: msgspec.Raw) -> None:
        try:
            change = messages.told(part)
        except msgspec.MsgspecError as error:
            self._complain(f"node {node} tells what this release does not know: {error}")
            return
        self._hearing.change(node, change)

    def _complain(self, what: str) -> None:
        if what not in self._complained and len(self._complained) < 100:
            self._complained.add(what)
            log.warning("%s", what)

    # --- everything ---

    def _ask(self, peer: Peer, now: float) -> None:
        self._syncs += 1
        peer.sync, peer.parts = self._syncs, {}
        peer.ask_at = now + SYNC_AGAIN_S * self._rng.uniform(1.0, 1.5)
        self._hearing.ask_everything(peer.node, peer.sync)

    def everything(self, part: Everything) -> None:
        """A part of everything has come."""
        peer = self._peers.get(part.node)
        if peer is None or peer.next is not None or part.id != peer.sync:
            return
        peer.parts[part.part] = part
        if len(peer.parts) < part.parts:
            return
        peer.more = False
        self._hearing.everything(peer.node, [peer.parts[number] for number in sorted(peer.parts)])
        peer.parts, peer.next = {}, part.next
        waiting, peer.waiting = peer.waiting, []
        for changes in waiting:
            self._take(peer, changes)

    # --- life ---

    def sweep(self) -> None:
        """Notice who is silent, ask again for what did not come."""
        now = self._clock.monotonic()
        up = self._bus_up()
        if up and not self._was_up:
            for peer in self._peers.values():
                peer.heard_at = now
        self._was_up = up
        if not up:
            return
        for peer in list(self._peers.values()):
            if now >= peer.heard_at + FORGET_S:
                del self._peers[peer.node]
            elif not peer.gone and now >= peer.heard_at + GONE_S:
                peer.gone = True
                log.warning("node %s is gone: nothing heard for %.1f s", peer.node, GONE_S)
                self._hearing.gone(peer.node)
            elif not peer.gone and peer.next is None and now >= peer.ask_at:
                self._ask(peer, now)

    def usable(self, node: str) -> bool:
        """Whether ``node`` is there and takes work."""
        peer = self._peers.get(node)
        return peer is not None and not peer.gone and not peer.draining and self._bus_up()

    @property
    def complete(self) -> bool:
        """Whether everything is known of all that are there."""
        return all(peer.gone or peer.next is not None for peer in self._peers.values())

    def __len__(self) -> int:
        return sum(not peer.gone for peer in self._peers.values())
