"""Which commands a connector has begun: each id once, none too late. Pure; bounded memory."""

from collections import OrderedDict

#: How long an id counts, in seconds; as long as at the relay.
REMEMBER_S = 5 * 60
#: Most ids remembered. Far more than the agents of one site can click in five minutes.
MOST = 50_000


class Executions:
    """Remembers (agent, id) of commands. ``now`` is seconds on a clock that never jumps."""

    def __init__(self, remember_s: float = REMEMBER_S, most: int = MOST) -> None:
        self._remember_s = remember_s
        self._most = most
        self._begun: OrderedDict[tuple[str, str], float] = OrderedDict()

    def begin(self, agent: str, command_id: str, now: float) -> bool:
        """Whether this command may be carried out: true the first time only."""
        self._forget(now)
        if (agent, command_id) in self._begun:
            return False
        self._begun[agent, command_id] = now
        return True

    def _forget(self, now: float) -> None:
        while self._begun and (
            len(self._begun) >= self._most or now - next(iter(self._begun.values())) > self._remember_s
        ):
            self._begun.popitem(last=False)
