"""What the nodes of a pool need of whatever carries their messages."""

from collections.abc import Callable
from typing import Protocol


class Bus(Protocol):
    """Carries bytes between the nodes of one cell; may lose, double and delay them. All on one event loop."""

    up: bool
    """Whether the others can be reached, as far as this node knows."""

    def send(self, data: bytes, to: str | None = None) -> None:
        """To the node ``to``, or to all others. Never waits, and never fails: what cannot be carried is lost."""
        ...

    def bind(self, node: str, receive: Callable[[bytes], None]) -> None:
        """``receive`` what is meant for ``node``, or for all."""
        ...
