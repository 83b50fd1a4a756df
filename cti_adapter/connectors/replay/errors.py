"""What can be wrong with a replay: its settings, or a line of the recording."""

from ...application.ports import ConnectorMisconfigured

__all__ = ["ConnectorMisconfigured", "Unreadable"]


class Unreadable(ValueError):
    """A line that is no recorded event. The message says why; it holds no number."""
