"""A bus in memory whose messages a test holds back, loses, doubles and swaps."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field


class Carrier:
    """What all nodes of a cell are joined to. Nothing arrives before it is delivered."""

    def __init__(self) -> None:
        self.ends: dict[str, End] = {}
        self.under_way: list[tuple[str, str, bytes]] = []
        self.cut: set[str] = set()
        """Nodes that nothing reaches, and that reach nobody; they do not know."""
        self.sent = 0

    def end(self) -> "End":
        return End(self)

    def deliver(self) -> int:
        """Everything that is under way, in order, and what that leads to; returns how many messages it was."""
        count = 0
        while self.under_way:
            self.deliver_one(0)
            count += 1
        return count

    def deliver_one(self, index: int) -> None:
        sender, to, data = self.under_way.pop(index)
        end = self.ends.get(to)
        if end is not None and sender not in self.cut and to not in self.cut:
            end.receive(data)

    def stir(self, rng: random.Random) -> None:
        """Lose, double or swap one message."""
        if not self.under_way:
            return
        index = rng.randrange(len(self.under_way))
        match rng.randrange(3):
            case 0:
                del self.under_way[index]
            case 1:
                self.under_way.append(self.under_way[index])
            case _:
                self.under_way.append(self.under_way.pop(index))


@dataclass
class End:
    """One node's end. Implements ``pool.bus.Bus``."""

    carrier: Carrier
    up: bool = True
    node: str = ""
    receive: Callable[[bytes], None] = field(default=lambda data: None)

    def send(self, data: bytes, to: str | None = None) -> None:
        if not self.up:
            return
        self.carrier.sent += 1
        for name in [to] if to is not None else [name for name in self.carrier.ends if name != self.node]:
            self.carrier.under_way.append((self.node, name, data))

    def bind(self, node: str, receive: Callable[[bytes], None]) -> None:
        self.node, self.receive = node, receive
        self.carrier.ends[node] = self
