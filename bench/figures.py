"""What the benchmarks share: median and percentiles, and one JSON object a line on stdout. Measures nothing itself."""

import json
import math
import os
import sys
from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of ``values`` that at least ``share`` (0 to 1) of them do not exceed (nearest rank)."""
    if not values:
        raise ValueError("no values were measured")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def milliseconds(seconds: Sequence[float]) -> dict[str, float]:
    """Median, 95th percentile and maximum of times in seconds, in milliseconds."""
    shares = {"median_ms": 0.5, "p95_ms": 0.95, "max_ms": 1.0}
    return {name: round(percentile(seconds, share) * 1000, 2) for name, share in shares.items()}


def result(bench: str, **figures: object) -> None:
    """One line of results on stdout, with the machine's load of the last minute: others' work spoils the tails."""
    print(json.dumps({"bench": bench, **figures, "load": round(os.getloadavg()[0], 1)}), flush=True)


def progress(text: str) -> None:
    """A line for whoever waits, on stderr, so that stdout holds nothing but results."""
    print(text, file=sys.stderr, flush=True)
