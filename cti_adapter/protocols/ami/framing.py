"""Bytes of an AMI connection as messages (Asterisk documentation, "AMI v2 Specification"). Knows no meaning.

After one line of banner (``Asterisk Call Manager/11.0.0``) everything is blocks of ``Key: value`` lines, each ended by
CRLF, a block by an empty line. A key may come several times. Asterisk up to 13 sends the output of a command
(``Response: Follows``) as bare lines; they are taken as ``Output``, which is what later versions call them.
"""

from .messages import Message

#: Longest line in bytes, with its end. Asterisk's own buffers are far smaller; a peer that sends more is not an AMI.
MAX_LINE = 64 * 1024
#: Most bytes of one message; the output of a command is the longest.
MAX_MESSAGE = 4 * 1024 * 1024


class RemoteProtocolError(Exception):
    """The other side does not speak AMI; the connection is of no more use."""


class Framer:
    """Takes bytes as they come and gives whole messages, however the bytes were cut. After an error: throw it away."""

    def __init__(self) -> None:
        self.banner: str | None = None
        self._rest = b""
        self._lines: list[str] = []
        self._size = 0

    def feed(self, data: bytes) -> list[Message]:
        """Messages that ``data`` completes. Raises ``RemoteProtocolError``."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        found = [message for line in lines if (message := self._line(line)) is not None]
        _check(len(self._rest), MAX_LINE, "line")
        return found

    def _line(self, line: bytes) -> Message | None:
        _check(len(line), MAX_LINE, "line")
        # Names come from all over the world and from old phones; a byte that is not UTF-8 must not end the connection.
        text = line.removesuffix(b"\r").decode("utf-8", "replace")
        if self.banner is None:
            self._take_banner(text)
            return None
        if text:
            self._size += len(line) + 1
            _check(self._size, MAX_MESSAGE, "message")
            self._lines.append(text)
            return None
        lines, self._lines, self._size = self._lines, [], 0
        return message_of(lines) if lines else None

    def _take_banner(self, text: str) -> None:
        if "call manager" not in text.lower():
            raise RemoteProtocolError("this is not an Asterisk Manager Interface: its first line is another one")
        self.banner = text


def _check(size: int, most: int, what: str) -> None:
    if size > most:
        raise RemoteProtocolError(f"a {what} of more than {most} bytes")


def message_of(lines: list[str]) -> Message:
    """The headers of one block; a line without a colon is taken as ``Output``."""
    message: dict[str, str | list[str]] = {}
    for line in lines:
        key, colon, value = line.partition(":")
        if not colon:
            key, value = "Output", line
        value = value.removeprefix(" ")
        known = message.get(key)
        if known is None:
            message[key] = value
        elif isinstance(known, list):
            known.append(value)
        else:
            message[key] = [known, value]
    return message
