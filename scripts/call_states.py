"""Prints docs/call-states.md from the state table of the domain; a test keeps the page and the table together."""

import sys

from cti_adapter.domain.call import BEGINNINGS, TRANSITIONS, Call, CallState, Cause, EventName


def page() -> str:
    """The whole page as Markdown with one Mermaid diagram."""
    lines = [
        "# States of a call",
        "",
        "Written by `python scripts/call_states.py` from `cti_adapter/domain/call.py`; do not edit.",
        "A state belongs to one agent's device. A move that is not here is a surprise of the phone system,",
        "after which the connector takes a snapshot.",
        "",
        "```mermaid",
        "stateDiagram-v2",
    ]
    lines += [f"    [*] --> {state}: {event}" for event, state in BEGINNINGS.items()]
    for state, row in TRANSITIONS.items():
        for event, following in row.items():
            lines += [f"    {state} --> {after}: {event}" for after in sorted(following)]
    lines += ["    cleared --> [*]", "```", "", "| state | moves on |", "|---|---|"]
    for state in CallState:
        moves = ", ".join(f"{event} → {' or '.join(sorted(after))}" for event, after in TRANSITIONS[state].items())
        lines.append(f"| `{state}` | {moves or 'final'} |")
    lines += ["", "## Why a call failed or ended", "", "| cause |", "|---|", *(f"| `{cause}` |" for cause in Cause)]
    lines += ["", "## Events", "", ", ".join(f"`{event}`" for event in EventName) + "."]
    lines += ["", "## Fields of a call", "", ", ".join(f"`{name}`" for name in Call.__struct_fields__) + "."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
