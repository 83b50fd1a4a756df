"""Who may open, and who may log, one call. Pure.

The first session that asks is granted, and gets the same answer each time. Opening a record is over at once; a log is
settled only when its holder says that it has been written. A holder that goes away before loses it to the next who
asks, who is told so: the Task may have been written, only nobody heard of it.
"""

from dataclasses import dataclass
from typing import Literal

from ..domain.call import CallId
from .changes import Claimed

Purpose = Literal["pop", "log"]


@dataclass(frozen=True, slots=True)
class ClaimState:
    """The answer to one session."""

    granted: bool
    settled: bool = False
    """The call is logged; nothing is left to do."""
    taken_over: bool = False
    """Another session held it and went away without a word."""


class CallClaims:
    """The claims of one call."""

    __slots__ = ("_abandoned", "_holders", "settled")

    def __init__(self) -> None:
        self._holders: dict[Purpose, str] = {}
        self._abandoned = False
        self.settled = False

    def ask(self, purpose: Purpose, session: str) -> ClaimState:
        """May ``session`` do it?"""
        if purpose == "log" and self.settled:
            return ClaimState(granted=False, settled=True)
        granted = self._holders.setdefault(purpose, session) == session
        return ClaimState(granted, taken_over=granted and purpose == "log" and self._abandoned)

    def settle(self) -> ClaimState:
        """The call is logged, or needs no log."""
        self.settled = True
        return ClaimState(granted=False, settled=True)

    def leave(self, session: str) -> bool:
        """``session`` is gone. A record that it has opened is not opened again. True when that changed anything."""
        if self.settled or self._holders.get("log") != session:
            return False
        del self._holders["log"]
        self._abandoned = True
        return True

    def told(self, call: CallId) -> Claimed:
        """Everything, for another node. ``call``: whose claims these are."""
        holder = self._holders.get
        return Claimed(
            call=call,
            pop=holder("pop", ""),
            log=holder("log", ""),
            settled=self.settled,
            abandoned=self._abandoned,
        )

    def adopt(self, told: Claimed) -> None:
        """What another node has granted counts."""
        granted: dict[Purpose, str] = {"pop": told.pop, "log": told.log}
        self._holders = {purpose: session for purpose, session in granted.items() if session}
        self.settled, self._abandoned = told.settled, told.abandoned
