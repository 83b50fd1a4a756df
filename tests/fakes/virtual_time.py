"""An asyncio loop whose clock jumps to the next timer when nothing else can happen: minutes pass in milliseconds."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

Value = TypeVar("Value")


class NothingCanHappen(AssertionError):
    """Everybody waits and no timer runs: a deadlock of the code under test."""


class _Selector(selectors.DefaultSelector):
    """Instead of waiting it lets ``passed`` know how long it would have."""

    passed: Callable[[float], None]

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise NothingCanHappen("everybody waits and no timer runs")
            self.passed(timeout)
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Begins at second 1000 of its own clock."""

    def __init__(self) -> None:
        self._virtual_now = 1000.0
        selector = _Selector()
        selector.passed = self._pass
        super().__init__(selector)

    def time(self) -> float:
        return self._virtual_now

    def _pass(self, seconds: float) -> None:
        self._virtual_now += seconds


class LoopClock:
    """Implements ``application.ports.Clock`` by the running loop's time."""

    def now(self) -> float:
        return 1_700_000_000.0 + asyncio.get_running_loop().time()

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()


def run(main: Coroutine[Any, Any, Value]) -> Value:
    """Run ``main`` on a loop of its own with virtual time."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)
