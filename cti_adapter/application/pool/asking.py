"""Questions to other nodes, and their answers: each is waited for so long, and no longer than the node lives."""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..ports import Clock
from ..refusals import ErrorId, Refused
from . import messages
from .bus import Bus
from .messages import Answer, AnyQuestion, Ask

#: Questions under way; beyond, a node that is asked too much says so at once.
MOST = 20_000


class Unreachable(Exception):
    """No answer came; whether the question has arrived nobody knows."""


@dataclass(frozen=True, slots=True)
class _Open:
    to: str | None
    waiting: asyncio.Future[Answer]
    until: float


class Asking:
    """``node``: who asks."""

    def __init__(self, node: str, bus: Bus, clock: Clock) -> None:
        self._node = node
        self._bus = bus
        self._clock = clock
        self._ids = itertools.count(1)
        self._open: dict[int, _Open] = {}

    async def ask(self, question: AnyQuestion, kind: Any, *, to: str | None, patience_s: float) -> Any:
        """What ``to`` (None: whoever knows) answers. Raises ``Unreachable``, and ``Refused`` as it does."""
        if not self._bus.up or len(self._open) >= MOST:
            raise Unreachable
        number = next(self._ids)
        waiting: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._open[number] = _Open(to, waiting, self._clock.monotonic() + patience_s)
        try:
            self._bus.send(messages.encoded(Ask(node=self._node, id=number, what=question)), to)
            answer = await waiting
        finally:
            del self._open[number]
        if answer.error_id:
            raise _refused(answer)
        return messages.result(answer.result, kind)

    def answered(self, answer: Answer) -> None:
        """An answer has come; the first one counts."""
        found = self._open.get(answer.id)
        if found is not None and not found.waiting.done():
            found.waiting.set_result(answer)

    def gone(self, node: str) -> None:
        """``node`` will not answer any more."""
        self._give_up(lambda each: each.to == node)

    def sweep(self) -> None:
        """End what was waited for long enough."""
        now = self._clock.monotonic()
        self._give_up(lambda each: now >= each.until)

    def _give_up(self, which: Callable[["_Open"], bool]) -> None:
        for each in list(self._open.values()):
            if which(each) and not each.waiting.done():
                each.waiting.set_exception(Unreachable())


def answer_to(node: str, ask: Ask, result: object) -> Answer:
    """``result`` as the answer of ``node``; an exception as a refusal."""
    if isinstance(result, Refused):
        return Answer(
            node=node,
            id=ask.id,
            error_id=result.error_id.value,
            detail=result.detail,
            field=result.field,
            retry_after_s=result.retry_after_s,
        )
    return Answer(node=node, id=ask.id, result=messages.raw(result))


def _refused(answer: Answer) -> Refused:
    try:
        error_id = ErrorId(answer.error_id)
    except ValueError:  # of a later release
        error_id = ErrorId.UNAVAILABLE
    return Refused(error_id, answer.detail, field=answer.field, retry_after_s=answer.retry_after_s)
