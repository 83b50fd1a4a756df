"""How log lines look: one line each, time in UTC, level, part, sentence. No number and no secret leaves in full.

Whoever writes a line shortens numbers and leaves names out; what is done here is the net below, for texts of others:
errors of libraries and phone systems, and tracebacks.
"""

import logging
import re
import time

#: Digits that could be somebody's number: six or more, with the marks that people put between them. Not part of a
#: word, so that ids of our own (hexadecimal, base64) stay whole as long as they hold a letter.
_NUMBER = re.compile(r"(?<![\w.])(\+?\(?\d(?:[ \u00a0/()-]{0,3}\d){5,})(?![\w])")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
#: Personal tokens, connectors' keys, bearers, signed tokens, and random words as long as our sessions.
_SECRET = re.compile(
    r"\b(?:ctp_|ctk_|whsk_|whpk_|eyJ)[\w.+/=-]*|(?i:(?<=bearer )\S+)|(?<![\w/.-])[\w-]{40,}(?![\w/.-])"
)


class _OneLine(logging.Formatter):
    """Keeps a line a line: control characters from outside cannot forge another one."""

    converter = staticmethod(time.gmtime)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        record.message = _printable(redacted(record.message))
        return super().formatMessage(record)

    def formatException(self, ei: object) -> str:  # noqa: N802
        trace = redacted(super().formatException(ei))  # type: ignore[arg-type]
        return "\n".join(_printable(line) for line in trace.split("\n"))


def redacted(text: str) -> str:
    """``text`` with numbers shortened to their first three and last two characters, and without secrets."""
    return _NUMBER.sub(_shortened, _SECRET.sub(lambda secret: f"{secret[0][:4]}…", text))


def _shortened(found: re.Match[str]) -> str:
    number = found[1]
    if _DAY.fullmatch(number):
        return number
    return f"{number[:3]}…{number[-2:]}"


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
