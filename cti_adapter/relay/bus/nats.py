"""NATS as the bus of a pool: core publish and subscribe, nothing stored.

A message that cannot be sent now is dropped, not kept for later: whoever misses it sees the gap and asks for
everything, which is newer than anything that was kept.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg

log = logging.getLogger("cti.pool")

#: Messages that wait to be written to the socket; beyond, they are dropped.
MOST_WAITING = 10_000
#: How often the connection is tested, in seconds, and after how many tests without an answer it counts as lost.
PING_S, PINGS = 2, 2
#: Pause between tries to connect, in seconds, and longest duration of one.
AGAIN_S, CONNECT_S = 0.5, 2


@dataclass(frozen=True)
class NatsOptions:
    """``servers``: URLs; ``cell``: nodes of one cell hear each other, and no others."""

    servers: Sequence[str]
    cell: str = "main"
    user: str = ""
    password: str = field(default="", repr=False)
    ca: Path | None = None
    """Certificates that the servers' must come from; None: those of the system, where the URL says tls."""
    cert: Path | None = None
    key: Path | None = None

    def context(self) -> ssl.SSLContext | None:
        """How to speak TLS; None: not at all. Raises ``OSError``, ``ssl.SSLError`` for files that cannot be used."""
        if not self.ca and not any(urlsplit(server).scheme == "tls" for server in self.servers):
            return None
        context = ssl.create_default_context(cafile=self.ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.cert and self.key:
            context.load_cert_chain(self.cert, self.key)
        return context


class NatsBus:
    """Implements ``application.pool.bus.Bus``. Lives on one loop; ``run`` connects, and stays connected."""

    def __init__(self, options: NatsOptions) -> None:
        self.up = False
        self._options = options
        self._context = options.context()
        self._all = f"cti.{options.cell}.all"
        self._node = ""
        self._receive: Callable[[bytes], None] = lambda data: None
        self._waiting: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue(MOST_WAITING)
        self._told_full = self._told_away = False

    def bind(self, node: str, receive: Callable[[bytes], None]) -> None:
        """See ``Bus``."""
        self._node, self._receive = node, receive

    def send(self, data: bytes, to: str | None = None) -> None:
        """See ``Bus``."""
        if not self.up:
            return
        try:
            self._waiting.put_nowait((self._all if to is None else self._of(to), data))
        except asyncio.QueueFull:
            if not self._told_full:
                log.warning("the bus does not take messages as fast as they are made; some are dropped")
            self._told_full = True

    def _of(self, node: str) -> str:
        return f"cti.{self._options.cell}.node.{node}"

    async def run(self) -> None:
        """Connect, and carry messages until cancelled."""
        while True:
            try:
                client = await self._connected()
            except (TimeoutError, OSError, nats.errors.Error, ssl.SSLError) as error:
                self._away(error)
                await asyncio.sleep(AGAIN_S)
                continue
            try:
                await self._carry(client)
            finally:
                self.up = False
                await client.close()

    async def _connected(self) -> Client:
        options = self._options
        client = await nats.connect(
            list(options.servers),
            name=f"cti relay {self._node}",
            user=options.user or None,
            password=options.password or None,
            tls=self._context,
            no_echo=True,
            connect_timeout=CONNECT_S,
            reconnect_time_wait=AGAIN_S,
            max_reconnect_attempts=-1,
            ping_interval=PING_S,
            max_outstanding_pings=PINGS,
            pending_size=0,
            error_cb=self._failed,
            disconnected_cb=self._disconnected,
            reconnected_cb=self._reconnected,
        )
        for subject in (self._all, self._of(self._node)):
            await client.subscribe(subject, cb=self._heard)
        await client.flush(CONNECT_S)
        await self._reconnected()
        return client

    async def _carry(self, client: Client) -> None:
        while not client.is_closed:
            subject, data = await self._waiting.get()
            try:
                await client.publish(subject, data)
            except (nats.errors.Error, OSError):
                continue  # nobody hears it; those who miss it will ask

    async def _heard(self, message: Msg) -> None:
        try:
            self._receive(message.data)
        except Exception:
            log.exception("a message of another node failed")

    async def _reconnected(self) -> None:
        if not self.up:
            log.info("the bus is there")
        self.up, self._told_away, self._told_full = True, False, False

    async def _disconnected(self) -> None:
        self._away(None)

    async def _failed(self, error: Exception) -> None:
        if self.up:
            log.warning("the bus: %s", error)
        else:
            self._away(error)

    def _away(self, error: BaseException | None) -> None:
        if not self._told_away:
            log.warning("the bus is out of reach (%s); this node goes on with what it has", error or "it was closed")
        self.up, self._told_away = False, True
        while not self._waiting.empty():
            self._waiting.get_nowait()
