"""One connection to Asterisk's manager interface: socket, TLS, login, answers, keep-alive. Knows nothing of calls."""

import asyncio
import contextlib
import hashlib
import secrets
import ssl
from collections.abc import AsyncIterator, Sequence

from ...protocols.ami.dialogue import Answer, Dialogue
from ...protocols.ami.framing import Framer, Message, RemoteProtocolError
from .errors import ActionRefused, AsteriskUnreachable, LoginRefused
from .settings import AsteriskSettings

READ_BYTES = 64 * 1024
#: Events that wait to be worked on. A PBX in full swing sends some thousand a second in short bursts; whoever is slower
#: than that for so long had better connect anew and take a snapshot.
MOST_EVENTS = 100_000
#: Classes of events that calls need; the rest (variables, dial plan steps, RTCP) is most of the traffic.
EVENT_MASK = "call,agent,user,system,dtmf"


class Connection:
    """Made by ``connect``. ``events`` ends with ``AsteriskUnreachable`` when the connection is lost."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, settings: AsteriskSettings) -> None:
        self._reader = reader
        self._writer = writer
        self._settings = settings
        self._framer = Framer()
        self._dialogue = Dialogue(secrets.token_hex(4))
        self._waiting: dict[str, asyncio.Future[Answer]] = {}
        self._events: asyncio.Queue[Message | None] = asyncio.Queue(MOST_EVENTS)
        self._lost: str | None = None
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._keep_alive())]

    @classmethod
    async def connect(cls, settings: AsteriskSettings) -> "Connection":
        """Connect and log in. Raises ``AsteriskUnreachable`` or ``LoginRefused``."""
        try:
            async with asyncio.timeout(settings.connect_timeout_s):
                reader, writer = await asyncio.open_connection(
                    settings.host,
                    settings.port,
                    ssl=_tls(settings),
                    server_hostname=(settings.tls_server_name or settings.host) if settings.tls else None,
                )
        except TimeoutError:
            raise AsteriskUnreachable(f"no connection within {settings.connect_timeout_s:g} s") from None
        except (OSError, ssl.SSLError) as error:
            raise AsteriskUnreachable(f"no connection: {error}") from None
        connection = cls(reader, writer, settings)
        try:
            await connection._login()
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _login(self) -> None:
        """By challenge, so that the secret does not cross the network (manager action Challenge, AuthType MD5)."""
        try:
            challenge = await self.action("Challenge", [("AuthType", "MD5")])
            text = str(challenge.response.get("Challenge", "")) + self._settings.secret.get_secret_value()
            # MD5 is what AMI defines; tls = true protects more.
            key = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
            fields = [("AuthType", "MD5"), ("Username", self._settings.username), ("Key", key)]
            await self.action("Login", [*fields, ("Events", EVENT_MASK)])
        except ActionRefused:
            raise LoginRefused("Asterisk refuses the login: check username and secret of this connector") from None

    async def action(self, name: str, fields: Sequence[tuple[str, str]] = ()) -> Answer:
        """Send an action and wait for its whole answer.

        Raises ``ActionRefused``, ``AsteriskUnreachable`` (also when the answer does not come in time), or
        ``LocalProtocolError`` for a value that AMI cannot carry.
        """
        if self._lost is not None:
            raise AsteriskUnreachable(self._lost)
        action_id, data = self._dialogue.action(name, fields)
        waiting: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[action_id] = waiting
        try:
            self._writer.write(data)
            async with asyncio.timeout(self._settings.answer_timeout_s):
                answer = await waiting
        except TimeoutError:
            raise AsteriskUnreachable(f"no answer to {name} within {self._settings.answer_timeout_s:g} s") from None
        finally:
            self._waiting.pop(action_id, None)
            self._dialogue.give_up(action_id)
        if not answer.success:
            raise ActionRefused(answer.message or f"{name} was refused")
        return answer

    async def events(self) -> AsyncIterator[Message]:
        """Events in order of arrival. Ends by raising ``AsteriskUnreachable``."""
        while True:
            message = await self._events.get()
            if message is None:
                raise AsteriskUnreachable(self._lost or "the connection ended")
            yield message

    def nothing_waits(self) -> bool:
        """Whether every event that has come was taken."""
        return self._events.empty()

    async def close(self) -> None:
        """Give everything back."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._break("closed")
        self._writer.close()
        with contextlib.suppress(OSError, ssl.SSLError, TimeoutError):
            await asyncio.wait_for(self._writer.wait_closed(), 1.0)

    async def _read(self) -> None:
        try:
            while data := await self._reader.read(READ_BYTES):
                for message in self._framer.feed(data):
                    self._take(message)
            self._break("Asterisk closed the connection")
        except (OSError, ssl.SSLError, RemoteProtocolError, asyncio.QueueFull) as error:
            self._break(str(error) or type(error).__name__)

    def _take(self, message: Message) -> None:
        received = self._dialogue.receive(message)
        if isinstance(received, Answer):
            waiting = self._waiting.get(received.id)
            if waiting is not None and not waiting.done():
                waiting.set_result(received)
        elif received is not None:
            self._events.put_nowait(received)

    async def _keep_alive(self) -> None:
        """A cable that was pulled sends no end of connection: only a question without an answer shows it."""
        while self._lost is None:
            await asyncio.sleep(self._settings.ping_s)
            try:
                await self.action("Ping")
            except (ActionRefused, AsteriskUnreachable) as error:
                self._break(str(error))

    def _break(self, why: str) -> None:
        if self._lost is not None:
            return
        self._lost = why
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(AsteriskUnreachable(why))
        if self._events.full():
            self._events.get_nowait()
        self._events.put_nowait(None)


def _tls(settings: AsteriskSettings) -> ssl.SSLContext | None:
    if not settings.tls:
        return None
    return ssl.create_default_context(cafile=str(settings.tls_ca_file) if settings.tls_ca_file else None)
