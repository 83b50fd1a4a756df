"""Who the client is, and whether it came over TLS: proxies say so in headers, and only those are believed that the
configuration names. An ASGI wrapper around everything.

One family of headers is read, ``X-Forwarded-For`` and ``X-Forwarded-Proto``. ``Forwarded`` (RFC 7239) says the same,
and is ignored from everybody: a proxy that writes the one family passes the other on as the client has sent it.
"""

import ipaddress
from collections.abc import Container, Sequence
from typing import Any, cast

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

#: Value of Strict-Transport-Security (RFC 6797): a year. Neither preload nor subdomains, which are not ours to decide.
HSTS = "max-age=31536000"
_CLAIMS = (b"forwarded", b"x-real-ip")


class Forwarded:
    """Sets ``scope["client"]`` and ``scope["scheme"]`` to what ``proxies`` (addresses or networks) say, hides from
    ``app`` what anybody says of it, and adds Strict-Transport-Security to answers that leave over TLS."""

    def __init__(self, app: ASGIApp, proxies: Sequence[str]) -> None:
        self._app = app
        self._believe = ProxyHeadersMiddleware(_changes_the_scope_only, list(proxies))

    @property
    def trusted(self) -> Container[str]:
        """Addresses of proxies."""
        return cast(Container[str], self._believe.trusted_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        peer = scope["client"]
        await self._believe(cast(Any, scope), cast(Any, receive), cast(Any, send))
        if scope["client"] is not peer and not _is_address(scope["client"][0]):
            # A proxy may say "unknown" or a name; limits by address need one.
            scope["client"] = peer
        scope["headers"] = [(name, value) for name, value in scope["headers"] if not _is_claim(name)]
        await self._app(scope, receive, _with_hsts(send) if scope["scheme"] == "https" else send)


async def _changes_the_scope_only(_scope: object, _receive: object, _send: object) -> None:
    """Stands where uvicorn's middleware expects the application."""


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_claim(name: bytes) -> bool:
    # Underscores: WSGI cannot tell X_Forwarded_For from X-Forwarded-For. nginx drops such names, too.
    return name in _CLAIMS or name.startswith(b"x-forwarded-") or b"_" in name


def _with_hsts(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).setdefault("Strict-Transport-Security", HSTS)
        await send(message)

    return sending
