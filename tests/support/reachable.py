"""What can be reached from some objects by references, and on which way; for proofs that something is gone."""

import gc
from collections import deque
from collections.abc import Iterable
from types import FrameType, FunctionType, ModuleType
from typing import Any

#: What leads into the whole interpreter: modules, classes, and the variables of modules that functions see.
_DOORS = (ModuleType, type, FrameType)


def holders(roots: Iterable[object], words: Iterable[str]) -> list[str]:
    """Ways from ``roots`` to texts and bytes that contain one of ``words``, as ``Type > Type > 'text…'``."""
    wanted = [(word, word.encode()) for word in words]
    start = list(roots)
    seen = {id(each) for each in start}
    waiting: deque[tuple[object, str]] = deque((each, type(each).__name__) for each in start)
    found = []
    while waiting:
        each, way = waiting.popleft()
        if isinstance(each, str | bytes | bytearray | memoryview):
            found += [f"{way} {str(each)[:40]!r}" for word, raw in wanted if _contains(each, word, raw)]
            continue
        for below in _referents(each):
            if id(below) not in seen and not isinstance(below, _DOORS):
                seen.add(id(below))
                waiting.append((below, f"{way} > {type(below).__name__}"))
    return found


def _contains(each: Any, word: str, raw: bytes) -> bool:
    return word in each if isinstance(each, str) else raw in bytes(each)


def _referents(each: object) -> list[Any]:
    if isinstance(each, FunctionType):
        # Not its globals: they are the module's.
        return [each.__closure__, each.__defaults__, each.__kwdefaults__, each.__dict__]
    return gc.get_referents(each)
