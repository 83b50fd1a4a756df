"""The relay behind a real server on a free port: in the test's own loop, in a thread, or as a program to be killed."""

import asyncio
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2])]

from cti_adapter.application.picture import Picture
from cti_adapter.application.pool.node import PoolNode
from cti_adapter.application.relay import Relay
from cti_adapter.application.sign_in import SignInDesk
from cti_adapter.relay.app import RelayParts, create_relay_app
from cti_adapter.relay.credentials import ConnectorCredentials, hashed_keys
from cti_adapter.relay.gate import Gate
from cti_adapter.relay.server import Front, _config, _Server, listen, serve
from cti_adapter.relay.sign_in.oidc import OidcProviders
from cti_adapter.relay.sign_in.proofs import Proofs
from cti_adapter.relay.sign_in.vouchers import Vouchers
from fakes.registry import MemoryRegistry

ORG = "default"
KEYS = {"pbx": "key-of-the-connector-pbx-0001", "other": "key-of-the-connector-other-002"}
ORIGIN = "https://softphone.example"
SITE = "https://relay.example"


class SystemClock:
    """The real time."""

    now = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)


def relay_app(relay: Relay, **options: Any) -> Any:
    """The application as tests use it."""
    return create_relay_app(relay_parts(relay), **{"allowed_origins": [ORIGIN]} | options)


def relay_parts(relay: Relay, registry: MemoryRegistry | None = None) -> RelayParts:
    """What it stands on; ``registry`` lets everybody in by name unless one is given."""
    clock = relay._clock
    registry = registry or MemoryRegistry()
    picture = Picture(registry, lambda: None)
    proofs = Proofs(Vouchers(registry.secret("vouchers"), clock), OidcProviders(clock), clock, lambda: SITE)
    desk = SignInDesk(picture, registry, proofs, clock, picture.refresh, by_name_allowed=True)
    credentials = ConnectorCredentials(picture, clock, hashed_keys(ORG, KEYS))
    return RelayParts(PoolNode(relay, clock), desk, proofs, credentials, Gate(clock, relay.settings))


class Client:
    """Speaks to the relay at ``url`` as a page (after ``sign_in``) or as a connector (``as_connector``)."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self.url, self.http = url, http
        self.headers: dict[str, str] = {}

    async def post(self, path: str, body: Any = None, *, raw: bytes | None = None, **headers: str) -> "Answer":
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        options: dict[str, Any] = {"json": body} if raw is None else {"data": BytesIO(raw) if len(raw) > 2**20 else raw}
        if raw is not None:
            named.setdefault("content-type", "application/json")
        return await self.request("POST", path, headers=self.headers | named, **options)

    async def request(self, method: str, path: str, **options: Any) -> "Answer":
        options.setdefault("headers", self.headers)
        async with self.http.request(method, self.url + path, **options) as response:
            text = await response.text()
            return Answer(response.status, dict(response.headers), text)

    async def sign_in(self, agent: str = "alice") -> "Client":
        answer = await self.post("/v1/sessions", {"mode": "id", "agent": agent})
        signed_in = Client(self.url, self.http)
        signed_in.headers = {"Authorization": f"Bearer {answer.json['session']}"}
        return signed_in

    def as_connector(self, name: str = "pbx") -> "Client":
        connector = Client(self.url, self.http)
        connector.headers = {"Authorization": f"Bearer {KEYS[name]}"}
        return connector

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])


class Answer:
    """Status, headers (names in lower case) and JSON of one answer."""

    def __init__(self, status: int, headers: dict[str, str], text: str) -> None:
        self.status, self.text = status, text
        self.headers = {name.lower(): value for name, value in headers.items()}

    @property
    def json(self) -> Any:
        import json

        return json.loads(self.text)


@asynccontextmanager
async def served(app: Any, front: Front | None = None) -> AsyncIterator[Client]:
    """``app`` behind ``front`` on a free port, in this loop."""
    front = front or Front()
    listener = listen("127.0.0.1", 0)
    url = f"{'https' if front.certificate else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
    server = _Server(_config(app, front))
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup(sockets=[listener])
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as http:
            yield Client(url, http)
    finally:
        await _stop(server, listener)


async def _stop(server: _Server, listener: socket.socket) -> None:
    # Not server.shutdown(): it waits in steps of 0.1 s, and there are many tests.
    for listening in server.servers:
        listening.close()
    listener.close()
    async with asyncio.timeout(10):
        while server.server_state.connections or server.server_state.tasks:
            await asyncio.sleep(0)


@contextmanager
def served_by_thread(app: Any) -> Iterator[str]:
    """``app`` on a free port, in a thread; gives the URL."""
    listener = listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = _Server(_config(app))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])))
    thread.start()
    try:
        yield url
    finally:
        server.should_exit = True
        thread.join(20)


def _main() -> int:
    relay = Relay(SystemClock())
    return serve(
        relay_app(relay),
        "127.0.0.1",
        int(sys.argv[1]),
        on_drain=relay.drain,
        background=[relay.run],
        on_listening=lambda port: sys.stdout.write(f"{port}\n") and sys.stdout.flush(),
    )


if __name__ == "__main__":
    sys.exit(_main())
