"""The relay as a connector process sees it over HTTPS. Implements ``ports.RelayGateway``; retries are not its job."""

from typing import Any, TypeVar

import aiohttp
import msgspec

from ..application.connector_messages import Ack, Attached, Batch, CommandBatch, CommandsRequest, Hello
from ..application.ports import Clock, NotAttached, RelayRefused, RelayUnavailable
from .signatures import Signer

#: Longest time for a request that is not parked, in seconds; for a parked one, beyond its wait.
PATIENCE_S = 10.0
Answer = TypeVar("Answer")


class _Problem(msgspec.Struct):
    """What matters of an ``application/problem+json`` answer."""

    error_id: str = ""
    detail: str = ""


class HttpGateway:
    """Talks to the relay at ``url`` (its root) with a connector's API key, or signs as it; one HTTP session."""

    def __init__(self, url: str, credential: str | Signer, clock: Clock) -> None:
        self._url = url.rstrip("/")
        self._clock = clock
        self._signer = credential if isinstance(credential, Signer) else None
        self._headers = {"Content-Type": "application/json"}
        if isinstance(credential, str):
            self._headers["Authorization"] = f"Bearer {credential}"
        self._session: aiohttp.ClientSession | None = None

    async def attach(self, hello: Hello) -> Attached:
        """See ``RelayGateway.attach``."""
        return await self._ask("attach", hello, Attached)

    async def publish(self, batch: Batch) -> Ack:
        """See ``RelayGateway.publish``."""
        return await self._ask("events", batch, Ack)

    async def commands(self, request: CommandsRequest) -> CommandBatch:
        """See ``RelayGateway.commands``."""
        return await self._ask("commands", request, CommandBatch, request.wait)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _ask(
        self, path: str, message: Hello | Batch | CommandsRequest, answer: type[Answer], wait_s: float = 0.0
    ) -> Answer:
        if self._session is None:
            self._session = aiohttp.ClientSession(headers=self._headers)
        limit = aiohttp.ClientTimeout(total=PATIENCE_S + wait_s)
        body = msgspec.json.encode(message)
        signed = self._signer.headers(message.connector, body, self._clock.now()) if self._signer else {}
        try:
            async with self._session.post(
                f"{self._url}/v1/connector/{path}",
                data=body,
                headers=signed,
                timeout=limit,
                allow_redirects=False,
            ) as response:
                return _understood(response.status, response.headers, await response.read(), answer)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise RelayUnavailable(f"{type(error).__name__}: {error}") from error


def _understood(status: int, headers: Any, body: bytes, answer: type[Answer]) -> Answer:
    """The answer, or the error of ports that it means."""
    if status == 200:
        try:
            return msgspec.json.decode(body, type=answer)
        except msgspec.DecodeError as error:
            # Something between us and the relay answered in its place (a captive portal, a proxy's error page).
            raise RelayUnavailable(f"the answer is not the relay's: {error}") from None
    problem = _problem(body)
    if problem.error_id == "not_attached":
        raise NotAttached(problem.detail)
    if status in (408, 429) or status >= 500:
        raise RelayUnavailable(f"HTTP {status} {problem.error_id}".strip(), _retry_after(headers))
    raise RelayRefused(f"HTTP {status} {problem.error_id}: {problem.detail}")


def _problem(body: bytes) -> _Problem:
    try:
        return msgspec.json.decode(body, type=_Problem)
    except msgspec.DecodeError:
        return _Problem()


def _retry_after(headers: Any) -> float | None:
    """Seconds of a ``Retry-After`` header (RFC 9110, 10.2.3), at most 60; None where there is none or it is a date."""
    text = headers.get("Retry-After", "")
    return min(float(text), 60.0) if text.isascii() and text.isdigit() else None
