"""The replay connector's own keys in the configuration."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import ConnectorMisconfigured

#: A recording is read as a whole. An hour of a busy site is some megabytes.
MOST_BYTES = 64 * 2**20


@dataclass(frozen=True)
class ReplaySettings:
    """What is played, and how."""

    file: Path
    """JSON lines, as `cti replay` prints them."""
    speed: float = 1.0
    """1 = as recorded, 10 = ten times as fast, 0 = as fast as possible."""
    repeat: bool = False
    """Start over at the end."""
    pause_s: float = 5.0
    """Seconds before the first event, and before each repetition."""


def replay_settings(options: Mapping[str, Any]) -> ReplaySettings:
    """Checked settings. Raises ``ConnectorMisconfigured`` that names the key."""
    for key in options:
        if key not in ("file", "speed", "repeat", "pause_s"):
            raise ConnectorMisconfigured(f"unknown key {key!r}; the replay knows file, speed, repeat and pause_s")
    file, repeat = options.get("file"), options.get("repeat", False)
    if not isinstance(file, str) or not file:
        raise ConnectorMisconfigured("file: the path of a recording is missing")
    if not isinstance(repeat, bool):
        raise ConnectorMisconfigured(f"repeat: true or false is possible, not {repeat!r}")
    return ReplaySettings(
        file=Path(file),
        speed=_number(options, "speed", ReplaySettings.speed, 1000),
        repeat=repeat,
        pause_s=_number(options, "pause_s", ReplaySettings.pause_s, 3600),
    )


def _number(options: Mapping[str, Any], key: str, default: float, most: float) -> float:
    value = options.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise ConnectorMisconfigured(f"{key}: 0 to {most} is possible, not {value!r}")
    return float(value)
