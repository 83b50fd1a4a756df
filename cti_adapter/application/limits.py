"""How often somebody may do something: a rate and a burst for each key, in memory. Pure.

The generic cell rate algorithm (ITU-T I.371): one number for each key, the time at which it would have used up nothing.
Own code because it runs with every request of the relay, and a bound on the keys matters more than features.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

Key = TypeVar("Key")
#: Keys remembered by one limiter: addresses of strangers must not fill the memory.
MOST = 100_000


@dataclass(frozen=True, slots=True)
class Rate:
    """``per_s`` in the long run, ``burst`` at once."""

    per_s: float
    burst: int


class Limiter(Generic[Key]):
    """Counts by key. ``now`` is seconds on a clock that never jumps, passed in by the caller."""

    def __init__(self, rate: Rate, most: int = MOST) -> None:
        self._rate = rate
        self._most = most
        self._free_at: dict[Key, float] = {}

    def take(self, key: Key, now: float, rate: Rate | None = None) -> float:
        """Count one. 0: allowed; else it is not, and makes sense again after so many seconds.

        ``rate``: of this key, where it has one of its own.
        """
        rate = rate or self._rate
        step = 1.0 / rate.per_s
        free_at = max(self._free_at.get(key, now), now)
        wait = free_at - now - step * (rate.burst - 1)
        if wait > 1e-9:
            return wait
        if key not in self._free_at and len(self._free_at) >= self._most:
            self._make_room(now)
        self._free_at[key] = free_at + step
        return 0.0

    def _make_room(self, now: float) -> None:
        self._free_at = {key: free_at for key, free_at in self._free_at.items() if free_at > now}
        while len(self._free_at) >= self._most:
            del self._free_at[next(iter(self._free_at))]
