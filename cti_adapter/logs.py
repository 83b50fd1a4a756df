"""How log lines look: one line each, time in UTC, level, part, sentence. Numbers are shortened by who writes a line."""

import logging
import time


class _OneLine(logging.Formatter):
    """Keeps a line a line: control characters from outside cannot forge another one."""

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        first, *trace = super().format(record).split("\n")
        return "\n".join([_printable(first), *trace]) if record.exc_info else _printable(" ".join([first, *trace]))


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)


def configure_logging(level: str) -> None:
    """Log to stderr from ``level`` (debug, info, warning, error) on."""
    handler = logging.StreamHandler()
    handler.setFormatter(_OneLine("%(asctime)sZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S"))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # uvicorn tells of its own starting and stopping; what matters of it this program says itself.
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    # Alembic tells of its own settings at each look at the tables.
    logging.getLogger("alembic").setLevel(logging.WARNING)
