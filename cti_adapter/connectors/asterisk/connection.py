"""One connection to Asterisk's manager interface: socket, TLS, time limits, keep-alive. Knows nothing of calls."""

import asyncio
import contextlib
import secrets
import ssl
from collections.abc import AsyncIterator
from typing import NoReturn

from ...protocols.ami.dialogue import Answer
from ...protocols.ami.framing import RemoteProtocolError
from ...protocols.ami.messages import Fields, Message
from ...protocols.ami.session import SHUTTING_DOWN, Milestone, Session
from .errors import ActionRefused, AsteriskUnreachable, LoginRefused, NotSent
from .settings import AsteriskSettings

READ_BYTES = 64 * 1024
#: Events that wait to be worked on. A PBX in full swing sends some thousand a second in short bursts; whoever is slower
#: than that for so long had better connect anew and take a snapshot.
MOST_EVENTS = 100_000
#: Classes of events that calls need; the rest (variables, dial plan steps, RTCP) is most of the traffic.
EVENT_MASK = "call,agent,user,system,dtmf"
#: How long a goodbye may take, in seconds.
CLOSE_S = 1.0


class Connection:
    """Made by ``connect``. ``events`` ends with ``AsteriskUnreachable`` when the connection is lost."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, settings: AsteriskSettings) -> None:
        self._reader = reader
        self._writer = writer
        self._settings = settings
        self._session = Session(
            settings.username,
            settings.secret.get_secret_value(),
            events=EVENT_MASK,
            prefix=secrets.token_hex(4),
            plain=settings.tls,
        )
        self._waiting: dict[str, asyncio.Future[Answer]] = {}
        self._events: asyncio.Queue[Message | None] = asyncio.Queue(MOST_EVENTS)
        self._steps: asyncio.Queue[Milestone | None] = asyncio.Queue()
        self._lost: str | None = None
        self.booted = False
        """Whether Asterisk has said that all of it is up."""
        self._tasks = [asyncio.create_task(self._read())]

    @classmethod
    async def connect(cls, settings: AsteriskSettings) -> "Connection":
        """Connect, log in and wait until Asterisk is up. Raises ``AsteriskUnreachable`` or ``LoginRefused``."""
        try:
            async with asyncio.timeout(settings.connect_timeout_s):
                connection = cls(*await _open(settings), settings)
        except TimeoutError:
            raise AsteriskUnreachable(f"no connection within {settings.connect_timeout_s:g} s") from None
        try:
            await connection._start()
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _start(self) -> None:
        limit = self._settings.connect_timeout_s
        try:
            async with asyncio.timeout(limit):
                await self._reach(Milestone.LOGGED_IN)
        except TimeoutError:
            raise AsteriskUnreachable(f"connected, but no login within {limit:g} s (is it the right port?)") from None
        # While Asterisk boots, its lists are not complete. A user without the read class `system` is never told.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit):
                await self._reach(Milestone.BOOTED)
                self.booted = True
        self._tasks.append(asyncio.create_task(self._keep_alive()))

    async def _reach(self, wanted: Milestone) -> None:
        while (step := await self._steps.get()) is not wanted:
            if step is Milestone.LOGIN_REFUSED:
                raise LoginRefused("Asterisk refuses the login: check username and secret of this connector")
            if step is Milestone.GOING_AWAY:
                raise AsteriskUnreachable(SHUTTING_DOWN)
            if step is None:
                self._is_lost()

    async def action(self, name: str, fields: Fields = ()) -> Answer:
        """Send an action and wait for its whole answer.

        Raises ``ActionRefused``, ``NotSent``, ``AsteriskUnreachable`` (it was sent, and the answer does not come), or
        ``LocalProtocolError`` for a value that AMI cannot carry.
        """
        if self._lost is not None:
            raise NotSent(self._lost)
        action_id = self._session.action(name, fields)
        waiting: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[action_id] = waiting
        self._flush()
        try:
            async with asyncio.timeout(self._settings.answer_timeout_s):
                answer = await waiting
        except TimeoutError:
            raise AsteriskUnreachable(f"no answer to {name} within {self._settings.answer_timeout_s:g} s") from None
        finally:
            self._waiting.pop(action_id, None)
            self._session.give_up(action_id)
        if answer.message == SHUTTING_DOWN:  # nothing to do with this action or its rights
            raise NotSent(SHUTTING_DOWN)
        if not answer.success:
            raise ActionRefused(answer.message or f"{name} was refused")
        return answer

    async def events(self) -> AsyncIterator[Message]:
        """Events in order of arrival. Ends by raising ``AsteriskUnreachable``."""
        while (message := await self._events.get()) is not None:
            yield message
        self._is_lost()

    def nothing_waits(self) -> bool:
        """Whether every event that has come was taken."""
        return self._events.empty()

    async def close(self) -> None:
        """Give everything back."""
        self._break("closed")
        self._writer.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        # Not asyncio.wait_for: until Python 3.12 it may swallow the cancellation of whoever closes.
        try:
            async with asyncio.timeout(CLOSE_S):
                await self._writer.wait_closed()
        except (OSError, ssl.SSLError):
            pass
        except TimeoutError:
            # What was written last is not taken any more; waiting for that would keep the socket for ever.
            self._writer.transport.abort()

    async def _read(self) -> None:
        try:
            while data := await self._reader.read(READ_BYTES):
                for happening in self._session.receive(data):
                    self._take(happening)
                self._flush()
            self._break("Asterisk closed the connection")
        except asyncio.QueueFull:
            self._break(f"more than {MOST_EVENTS} events waited to be worked on")
        except (OSError, ssl.SSLError, RemoteProtocolError) as error:
            self._break(str(error) or type(error).__name__)

    def _take(self, happening: Milestone | Answer | Message) -> None:
        if isinstance(happening, Milestone):
            self._steps.put_nowait(happening)
        elif isinstance(happening, Answer):
            waiting = self._waiting.get(happening.id)
            if waiting is not None and not waiting.done():
                waiting.set_result(happening)
        else:
            self._events.put_nowait(happening)

    def _flush(self) -> None:
        if data := self._session.data_to_send():
            self._writer.write(data)

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
        self._steps.put_nowait(None)

    def _is_lost(self) -> NoReturn:
        raise AsteriskUnreachable(self._lost or "the connection ended")


async def _open(settings: AsteriskSettings) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Raises ``AsteriskUnreachable``; a certificate that does not fit is one, since certificates get renewed."""
    name = (settings.tls_server_name or settings.host) if settings.tls else None
    try:
        return await asyncio.open_connection(
            settings.host, settings.port, ssl=settings.tls_context(), server_hostname=name
        )
    except ssl.SSLCertVerificationError as error:
        raise AsteriskUnreachable(f"its certificate is not accepted: {error.verify_message}") from None
    except ssl.SSLError as error:
        raise AsteriskUnreachable(f"no TLS there (is it the port of tlsbindaddr?): {error.reason}") from None
    except OSError as error:
        raise AsteriskUnreachable(f"no connection: {error.strerror or error}") from None
