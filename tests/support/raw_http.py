"""HTTP byte by byte, for what no HTTP client would send."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator


class Raw:
    """One connection to ``port`` of this machine."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self.writer = reader, writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def to_end(self) -> bytes:
        """Everything until the server ends the connection."""
        received = b""
        async with asyncio.timeout(20):
            with contextlib.suppress(ConnectionError):
                while piece := await self._reader.read(65536):
                    received += piece
        return received

    async def answer(self) -> bytes:
        """One answer with a length; the connection goes on."""
        async with asyncio.timeout(20):
            head = await self._reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", head)
            return head + await self._reader.readexactly(int(length[1]) if length else 0)


@contextlib.asynccontextmanager
async def raw(port: int, host: str = "127.0.0.1") -> AsyncIterator[Raw]:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        yield Raw(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def statuses(received: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3})", received)]
