"""What can be wrong with the simulator: its settings, and the line to it when somebody cuts it."""

from ...application.ports import ConnectorMisconfigured
from ...domain.commands import CommandRefused

__all__ = ["ConnectorMisconfigured", "OutOfReach"]


class OutOfReach(CommandRefused):
    """Nothing can be asked of the PBX now."""

    def __init__(self) -> None:
        super().__init__("phone_system_unreachable", "the simulated phone system is out of reach")
