"""What can be wrong with the simulator: only its settings."""

from ...application.ports import ConnectorMisconfigured

__all__ = ["ConnectorMisconfigured"]
