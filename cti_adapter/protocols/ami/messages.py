"""AMI messages: how they are read, and how an action becomes bytes. Knows no connection."""

import re
from collections.abc import Mapping, Sequence

#: Header -> value; a header that comes several times has a list of its values, in order.
Message = Mapping[str, "str | list[str]"]
#: Headers of an action in order; the same one may come several times (``Variable``).
Fields = Sequence[tuple[str, str]]

#: Longest value of a header in bytes. Asterisk cuts a line at 1024 (manager.c, ``inbuf``), silently.
MAX_VALUE = 900
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_FORBIDDEN = re.compile(r"[\r\n\x00]")


class LocalProtocolError(Exception):
    """We were about to send something that AMI does not allow; nothing was sent. The message names the header."""


def action(name: str, fields: Fields, action_id: str) -> bytes:
    """One action as bytes. Raises ``LocalProtocolError``.

    A value with a line break would be more than one header, and with two of them more than one action: the number
    ``1\\r\\n\\r\\nAction: Command`` must not become a command of Asterisk's console.
    """
    headers = [("Action", name), *fields, ("ActionID", action_id)]
    return "".join(map(_header, headers)).encode() + b"\r\n"


def _header(header: tuple[str, str]) -> str:
    key, value = header
    if not _KEY.fullmatch(key):
        raise LocalProtocolError(f"{key!r} cannot be a header of AMI")
    if _FORBIDDEN.search(value):
        raise LocalProtocolError(f"{key}: a value may not hold line breaks or NUL")
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise LocalProtocolError(f"{key}: half of a surrogate pair is not text") from None
    if size > MAX_VALUE:
        raise LocalProtocolError(f"{key}: a value may have {MAX_VALUE} bytes, not {size}")
    return f"{key}: {value}\r\n"


def text(message: Message, header: str) -> str:
    """The value of ``header``: empty where it is absent, the lines of one that came several times."""
    value = message.get(header, "")
    return value if isinstance(value, str) else "\n".join(value)
