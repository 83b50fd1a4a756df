"""Which connectors are at home at other nodes, and whose phones they have. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ...domain.agent import AgentKey, Line
from .messages import Home


@dataclass(slots=True)
class Elsewhere:
    """A connector whose home is another node."""

    node: str
    home: Home
    lines: dict[str, Line] = field(default_factory=dict)
    """By normalized login name."""
    silent_since: float | None = None
    """When that node was found to be gone; None: it is there."""

    @property
    def rank(self) -> tuple[int, str]:
        """Of two homes of one connector the higher one is right."""
        return self.home.term, self.node


class Homes:
    """All of them. ``now`` is seconds on a clock that never jumps."""

    def __init__(self) -> None:
        self._of: dict[tuple[str, str], Elsewhere] = {}
        self._passed_over: dict[tuple[str, str], dict[str, Elsewhere]] = {}
        """By connector and node: lower homes told while a higher one was thought to be there."""
        self._of_agent: dict[AgentKey, Elsewhere] = {}

    def put(self, node: str, home: Home, lines: dict[str, Line]) -> Elsewhere | None:
        """Take ``home`` in, unless a higher one is known whose node is there; the former one is returned, if any.

        A lower one is kept in mind: the node of the higher one may be dead, and nobody has noticed yet.
        """
        name = (home.org, home.connector)
        former, found = self._of.get(name), Elsewhere(node, home, lines)
        if former is not None and former.rank > found.rank and former.silent_since is None:
            if former.node != node:
                self._passed_over.setdefault(name, {})[node] = found
            return former
        self._passed_over.pop(name, None)
        if former is not None:
            self.remove(*name)
        self._of[name] = found
        for agent in lines:
            self._of_agent[AgentKey(home.org, agent)] = found
        return former

    def withdraw(self, node: str, org: str, connector: str) -> None:
        """``node`` knows by now that it is not the home; nothing is different where it was not thought to be."""
        self._passed_over.get((org, connector), {}).pop(node, None)

    def silent(self, node: str, now: float) -> list[Elsewhere]:
        """``node`` is gone. Returns the homes that were passed over because of it, and should be put again."""
        for others in self._passed_over.values():
            others.pop(node, None)
        better = []
        for each in self.at(node):
            each.silent_since = now
            others = self._passed_over.pop((each.home.org, each.home.connector), {})
            better += sorted(others.values(), key=lambda other: other.rank)
        return better

    def remove(self, org: str, connector: str) -> Elsewhere | None:
        """It is at home nowhere else any more."""
        found = self._of.pop((org, connector), None)
        if found is not None:
            for agent in found.lines:
                if self._of_agent.get(AgentKey(org, agent)) is found:
                    del self._of_agent[AgentKey(org, agent)]
        return found

    def of(self, org: str, connector: str) -> Elsewhere | None:
        """Where a connector is at home."""
        return self._of.get((org, connector))

    def of_agent(self, key: AgentKey) -> Elsewhere | None:
        """Where the connector is at home that has an agent's phone."""
        return self._of_agent.get(key)

    def connector_of(self, key: AgentKey) -> str | None:
        """Id of that connector, if its node is there."""
        found = self._of_agent.get(key)
        return found.home.connector if found is not None and found.silent_since is None else None

    def at(self, node: str) -> list[Elsewhere]:
        """All that are at home at ``node``."""
        return [each for each in self._of.values() if each.node == node]

    def lines(self, org: str) -> Iterator[tuple[str, Line]]:
        """Every agent of ``org`` with a phone at one of them."""
        for (owner, _), each in self._of.items():
            if owner == org:
                yield from each.lines.items()

    def __iter__(self) -> Iterator[Elsewhere]:
        return iter(list(self._of.values()))
