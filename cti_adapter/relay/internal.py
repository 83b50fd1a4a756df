"""What only programs on this machine may ask: ``POST /internal/drain``, for load balancers' hooks and orchestrators."""

from collections.abc import Callable
from ipaddress import ip_address

from starlette.types import ASGIApp, Receive, Scope, Send

DRAIN = "/internal/drain"
#: Whoever sends one of these comes through a proxy, or is a browser; neither has a say here.
FROM_OUTSIDE = frozenset(
    b"forwarded x-forwarded-for x-forwarded-host x-real-ip via origin referer sec-fetch-site".split()
)


class Internal:
    """``drain`` ends this program as SIGTERM does; everything else goes to ``app``."""

    def __init__(self, app: ASGIApp, drain: Callable[[], None]) -> None:
        self._app = app
        self._drain = drain

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http" or not scope["path"].startswith("/internal"):
            await self._app(scope, receive, send)
        elif scope["path"] == DRAIN and scope["method"] == "POST" and _is_from_here(scope):
            await _answer(send, 202)
            self._drain()
        else:
            await _answer(send, 404)


def _is_from_here(scope: Scope) -> bool:
    client = scope.get("client")
    if client is None or FROM_OUTSIDE & {name for name, _ in scope["headers"]}:
        return False
    return ip_address(client[0]).is_loopback


async def _answer(send: Send, status: int) -> None:
    headers = [(b"content-length", b"0"), (b"cache-control", b"no-store"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
