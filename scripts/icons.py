"""Prints a sprite of the icons that a page uses: `make icons` writes `static/icons/<sprite>.svg` from it.

The drawings are those of Salesforce's Lightning Design System, taken as they are (the licence forbids to change them).
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "node_modules/@salesforce-ux/icons"
DRAWINGS = PACKAGE / "dist/salesforce-lightning-design-system-icons/utility-sprite/svg/symbols.svg"

#: Sprite -> name in our pages -> name among the utility icons of the Lightning Design System.
SPRITES = {
    "softphone": {
        "call": "call",
        "end": "end_call",
        "hold": "pause",
        "retrieve": "play",
        "mute": "unmuted",
        "muted": "muted",
        "keypad": "keypad",
        "transfer": "change_owner",
        "inbound": "incoming_call",
        "outbound": "outbound_call",
        "missed": "missed_call",
        "history": "recent",
        "settings": "settings",
        "backspace": "back",
        "close": "close",
        "search": "search",
        "add": "add",
        "check": "check",
        "error": "error",
        "warning": "warning",
        "info": "info",
        "chevron": "chevrondown",
        "spinner": "spinner",
        "Account": "account",
        "Contact": "contact",
        "Lead": "lead",
        "Case": "case",
        "record": "page",
        "swap": "retweet",
        "conference": "merge",
        "back": "undo",
        "people": "people",
        "recording": "record",
        "recording-pause": "pause_alt",
        "voicemail": "voicemail_drop",
        "forward": "internal_share",
        "park": "pinned",
    },
    # Softphones name the icon of their item themselves, by the design system's own names.
    "standin": {
        name: name
        for name in (
            "alert",
            "call",
            "end_call",
            "incoming_call",
            "minimize_window",
            "new_window",
            "outbound_call",
            "pause",
            "pop_in",
            "record",
            "search",
            "user",
        )
    },
}
CREDIT = (
    "Icons: Salesforce Lightning Design System, copyright Salesforce, Inc., https://www.lightningdesignsystem.com, "
    "CC BY-ND 4.0, https://creativecommons.org/licenses/by-nd/4.0/. The drawings are unchanged."
)


def sprite(icons: dict[str, str]) -> str:
    """One file with a symbol for each of ``icons``."""
    drawings = DRAWINGS.read_text("utf-8")
    symbols = "".join(_symbol(drawings, theirs, ours) for ours, theirs in icons.items())
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n<!-- {CREDIT} -->\n{symbols}</svg>\n'


def _symbol(drawings: str, theirs: str, ours: str) -> str:
    """Their symbol under our name; all of them take the colour of the text from ``fill`` of what uses them."""
    found = re.search(rf'<symbol viewBox="([\d ]+)"\s+id="{theirs}"[^>]*>(.*?)</symbol>', drawings, re.S)
    if found is None:
        sys.exit(f"{DRAWINGS.relative_to(ROOT)} has no icon {theirs!r}")
    return f'<symbol id="{ours}" viewBox="{found[1]}">{found[2].strip()}</symbol>\n'


if __name__ == "__main__":
    print(sprite(SPRITES[sys.argv[1]]), end="")  # noqa: T201 - into the file that the Makefile names
