"""HTTP/2 over one TLS connection, as a browser speaks it: many requests at once, each in a stream of its own."""

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h2.config
import h2.connection
import h2.events


@dataclass
class Http2Answer:
    """One answer, complete when ``done`` is set."""

    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    done: "asyncio.Future[None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def values(self, name: str) -> list[str]:
        """Of a header, in lower case."""
        return [value for key, value in self.headers if key == name]


class Http2Connection:
    """Use ``http2_connection``."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, authority: str) -> None:
        self._reader, self._writer, self._authority = reader, writer, authority
        self._h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8"))
        self._answers: dict[int, Http2Answer] = {}
        self._h2.initiate_connection()
        self._flush()

    async def read(self) -> None:
        """Take in what the server sends until it ends the connection."""
        while data := await self._reader.read(65536):
            for event in self._h2.receive_data(data):
                self._handle(event)
            self._flush()

    async def request(self, method: str, path: str, body: Any = None, **headers: str) -> Http2Answer:
        """Send one request and wait for its answer."""
        return await self.wait(self.send(method, path, body, **headers))

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Http2Answer:
        """Send one request; its answer comes later."""
        stream = self._h2.get_next_available_stream_id()
        fields = {":method": method, ":scheme": "https", ":authority": self._authority, ":path": path}
        fields |= {name.replace("_", "-"): value for name, value in headers.items()}
        content = b"" if body is None else json.dumps(body).encode()
        if content:
            fields |= {"content-type": "application/json", "content-length": str(len(content))}
        self._h2.send_headers(stream, list(fields.items()), end_stream=not content)
        if content:
            self._h2.send_data(stream, content, end_stream=True)
        self._flush()
        answer = self._answers[stream] = Http2Answer()
        return answer

    async def wait(self, answer: Http2Answer) -> Http2Answer:
        """Until ``answer`` is complete."""
        async with asyncio.timeout(40):
            await answer.done
        return answer

    def _handle(self, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.ConnectionTerminated):
            raise ConnectionError(f"the server ended the connection: {event.error_code}")
        answer = self._answers.get(getattr(event, "stream_id", 0) or 0)
        if answer is None:
            return
        if isinstance(event, h2.events.ResponseReceived):
            fields = [(str(name), str(value)) for name, value in event.headers]
            answer.status = int(dict(fields)[":status"])
            answer.headers = fields
        elif isinstance(event, h2.events.DataReceived):
            answer.body += event.data
            self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            answer.done.set_result(None)
        elif isinstance(event, h2.events.StreamReset):
            answer.done.set_exception(ConnectionError(f"the stream was reset: {event.error_code}"))

    def _flush(self) -> None:
        self._writer.write(self._h2.data_to_send())


@contextlib.asynccontextmanager
async def http2_connection(port: int, root: Path) -> AsyncIterator[Http2Connection]:
    """One connection to localhost, whose certificate must come from ``root``."""
    context = ssl.create_default_context(cafile=str(root))
    context.set_alpn_protocols(["h2"])
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
    assert writer.get_extra_info("ssl_object").selected_alpn_protocol() == "h2"
    connection = Http2Connection(reader, writer, f"localhost:{port}")
    reading = asyncio.create_task(connection.read())
    try:
        yield connection
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        writer.close()
        with contextlib.suppress(OSError, ssl.SSLError):
            await writer.wait_closed()
