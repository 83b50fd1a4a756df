"""The simulator's own keys in the configuration."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import ConnectorMisconfigured

#: Names on the phones 101 to 103 of the demonstration; others are called by their login name.
NAMES = {"101": "Alice Adler", "102": "Bob Brandt", "103": "Carol Cruz"}


@dataclass(frozen=True)
class SimulatorSettings:
    """``outside_answers_after_s``: seconds until somebody outside answers by themselves; 0 = only by hand."""

    outside_answers_after_s: float = 3.0


def simulator_settings(options: Mapping[str, Any]) -> SimulatorSettings:
    """Checked settings. Raises ``ConnectorMisconfigured`` that names the key."""
    for key in options:
        if key != "outside_answers_after_s":
            raise ConnectorMisconfigured(f"unknown key {key!r}; the simulator knows outside_answers_after_s only")
    seconds = options.get("outside_answers_after_s", SimulatorSettings.outside_answers_after_s)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= 600:
        raise ConnectorMisconfigured(f"outside_answers_after_s: 0 to 600 seconds are possible, not {seconds!r}")
    return SimulatorSettings(float(seconds))
