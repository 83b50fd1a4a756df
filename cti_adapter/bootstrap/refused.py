"""How a program ends that cannot begin."""

import sys


def refused(error: Exception) -> int:
    """Tell the person at the keyboard; returns the exit code."""
    print(error, file=sys.stderr)  # noqa: T201
    return 2
