"""Wrong passwords make the next attempt wait: growing delays for each login and each address, in memory. Pure."""

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import TypeAlias

#: Keys that are remembered; strangers must not fill the memory.
MOST = 20_000
#: A key without a wrong password for so long is forgotten, in seconds.
FORGET_S = 3600.0


@dataclass(frozen=True, slots=True)
class Patience:
    """``free`` wrong passwords cost nothing; from then on the delay doubles from 1 s to ``longest_s``."""

    free: int
    longest_s: float


#: A login's delay stays short: whoever knows the login could else shut its owner out.
LOGIN = Patience(free=3, longest_s=60.0)
#: Several people may sit behind one address.
ADDRESS = Patience(free=10, longest_s=900.0)
#: Kind (``login`` or ``address``) and value.
Key: TypeAlias = tuple[str, str]


@dataclass(slots=True)
class _Wrong:
    count: int = 0
    last: float = 0.0
    free_at: float = 0.0


class Attempts:
    """Each attempt is counted before its password is looked at, so that a hundred at once do not count as one."""

    def __init__(self) -> None:
        self._wrong: OrderedDict[Key, _Wrong] = OrderedDict()
        self._lock = Lock()

    def begin(self, login: str, address: str | None, now: float) -> float:
        """Count one attempt. 0: go on; else do not, and it makes sense again after so many seconds.

        ``address`` None: it says nothing of who asks.
        """
        keys = [(("login", login), LOGIN)]
        if address is not None:
            keys.append((("address", address), ADDRESS))
        with self._lock:
            wait = max(self._wait(key, now) for key, _ in keys)
            if wait > 0:
                return wait
            for key, patience in keys:
                self._count(key, patience, now)
            return 0.0

    def right(self, login: str, address: str | None) -> None:
        """The attempt that ``begin`` has counted had the right password."""
        with self._lock:
            self._wrong.pop(("login", login), None)
            if address is not None:
                self._take_back(("address", address))

    def _wait(self, key: Key, now: float) -> float:
        found = self._wrong.get(key)
        return found.free_at - now if found is not None else 0.0

    def _count(self, key: Key, patience: Patience, now: float) -> None:
        found = self._wrong.get(key)
        if found is None or now >= found.last + FORGET_S:
            found = self._wrong[key] = _Wrong()
        self._wrong.move_to_end(key)
        found.count += 1
        found.last = now
        over = found.count - patience.free
        # 2 ** 20 is above every limit; without the bound it would grow to a number of any length.
        found.free_at = now + min(2.0 ** min(over, 20), patience.longest_s) if over >= 0 else now
        while len(self._wrong) > MOST:
            self._wrong.popitem(last=False)

    def _take_back(self, key: Key) -> None:
        found = self._wrong.get(key)
        if found is not None:
            found.count -= 1
            found.free_at = found.last
