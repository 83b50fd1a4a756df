"""Bytes of an AMI connection as messages (Asterisk documentation, "AMI v2 specification"). Knows no meaning.

After one line of banner (``Asterisk Call Manager/11.0.0``) everything is blocks of ``Key: value`` lines, each ended by
CRLF, a block by an empty line. A key may come several times.
"""

from collections.abc import Mapping

#: Header -> value; a header that comes several times has a list of its values, in order.
Message = Mapping[str, "str | list[str]"]

#: Longest line in bytes. Asterisk's own limit is far below; a peer that sends more is not an AMI.
MAX_LINE = 64 * 1024
#: Most lines of one message; ``Output`` of a command is the longest.
MAX_LINES = 20_000


class RemoteProtocolError(Exception):
    """The other side does not speak AMI; the connection is of no more use."""


class LocalProtocolError(Exception):
    """We were about to send something that AMI does not allow; nothing was sent."""


class Framer:
    """Takes bytes as they come and gives whole messages. After an error it must be thrown away."""

    def __init__(self) -> None:
        self.banner: str | None = None
        self._rest = b""
        self._lines: list[str] = []

    def feed(self, data: bytes) -> list[Message]:
        """Messages that ``data`` completes. Raises ``RemoteProtocolError``."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > MAX_LINE:
            raise RemoteProtocolError(f"a line of more than {MAX_LINE} bytes")
        return [message for line in lines if (message := self._line(line.removesuffix(b"\r"))) is not None]

    def _line(self, line: bytes) -> Message | None:
        # Names come from all over the world and from old phones; a byte that is not UTF-8 must not end the connection.
        text = line.decode("utf-8", "replace")
        if self.banner is None:
            self._take_banner(text)
            return None
        if text:
            if len(self._lines) >= MAX_LINES:
                raise RemoteProtocolError(f"a message of more than {MAX_LINES} lines")
            self._lines.append(text)
            return None
        lines, self._lines = self._lines, []
        return message_of(lines) if lines else None

    def _take_banner(self, text: str) -> None:
        if "call manager" not in text.lower():
            raise RemoteProtocolError("this is not an Asterisk Manager Interface: its first line is another one")
        self.banner = text


def message_of(lines: list[str]) -> Message:
    """The headers of one block; a line without a colon (output of old commands) is taken as ``Output``."""
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
