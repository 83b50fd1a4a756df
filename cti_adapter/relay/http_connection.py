"""HTTP/1.1 at the socket: what uvicorn and llhttp leave open is bounded or refused here, before any application runs.

uvicorn's limit on headers is one of its other parser, h11; with httptools a header may have any size, a request may
take for ever, and what RFC 9112 leaves to the server is answered leniently. A relay behind a proxy must not read
anything otherwise than the proxy: what two parsers could read differently gets 400 and the end of the connection.
"""

import asyncio
import http
import ipaddress
import logging
from collections import Counter
from collections.abc import Container
from dataclasses import dataclass
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .forwarded import HSTS

log = logging.getLogger("cti.server")

#: How long the rest of a refused request is read and thrown away, in seconds: a socket that is closed with unread bytes
#: is reset, and the client might never see the answer (RFC 9112, 9.6).
LINGER_S = 2.0
#: Leading bits of an IPv6 address that one site has: whoever has one of its addresses has all of them.
SITE_BITS = 64


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """What one request may take. Sizes in bytes, times in seconds."""

    head: int = 32 * 1024
    """Request line and headers. Node.js allows 16 KiB, nginx 32; an ID token or somebody else's cookies fit."""
    fields: int = 100
    """Number of headers, trailers included."""
    body: int = 8 * 1024 * 1024
    """Twice the largest body of the relay (an attach); operations have limits of their own below that."""
    request_s: float = 30.0
    """From the first byte of a request to its last."""
    reader_s: float = 30.0
    """How long a client may leave an answer lying that does not fit into the buffers."""
    pipelined: int = 8
    """Requests sent ahead, before the answer to the one before. Browsers and proxies send none."""


class Places:
    """Connections by address, at most ``limit`` each; ``exempt`` are addresses that speak for many (proxies)."""

    def __init__(self, limit: int, exempt: Container[str] = ()) -> None:
        self._limit = limit
        self._exempt = exempt
        self._taken: Counter[str] = Counter()
        self._told: set[str] = set()

    def take(self, address: str) -> bool:
        """Whether one more connection from ``address`` has a place; then it is taken until ``leave``."""
        site = _site(address)
        if self._taken[site] >= self._limit and address not in self._exempt:
            self._tell(site)
            return False
        self._taken[site] += 1
        return True

    def leave(self, address: str) -> None:
        """One connection from ``address`` is gone."""
        site = _site(address)
        self._taken[site] -= 1
        if self._taken[site] <= 0:
            del self._taken[site]
            self._told.discard(site)

    def _tell(self, site: str) -> None:
        if site not in self._told:
            self._told.add(site)
            log.warning("%s has %d connections, further ones are refused (connections_per_address)", site, self._limit)


def _site(address: str) -> str:
    if ":" not in address:
        return address
    # A scope (fe80::1%eth0) names the interface, not the other side.
    return str(ipaddress.ip_network((address.partition("%")[0], SITE_BITS), strict=False))


class _Refused(Exception):
    """The request is answered ``status``; raised inside the parser's callbacks, which end the parsing."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass(slots=True)
class _Message:
    """What has come of a request."""

    headed: bool = False
    """Its headers are complete."""
    head: int = 0
    fields: int = 0
    body: int = 0
    fed: int = 0
    """Bytes on the wire since those that it began among."""


class HttpConnection(HttpToolsProtocol):
    """One connection. ``places`` and ``trusted`` (proxies) belong to the server, ``limits`` to each request."""

    def __init__(self, *args: Any, limits: HttpLimits, places: Places, trusted: Container[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._limits = limits
        self._places = places
        self._trusted = trusted
        self._place = ""
        self._deadline: asyncio.TimerHandle | None = None
        self._reader_deadline: asyncio.TimerHandle | None = None
        self._refusal: _Refused | None = None
        #: No byte that comes from now on counts.
        self._over = False
        self._message = _Message()
        self._receiving = False
        self._received = 0

    # The connection ----------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection is there, with TLS after its handshake."""
        super().connection_made(transport)
        address = self.client[0] if self.client else ""
        if not self._places.take(address):
            self._answer(503, "too many connections from this address")
            self._over = True
            transport.close()
            return
        self._place = address
        # uvicorn watches idle connections only after their first answer.
        self._wait_for_next()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, for whatever reason."""
        if self._place:
            self._places.leave(self._place)
        self._place = ""
        self._unset_keepalive_if_required()
        self._stop_deadline()
        self._stop_reader_deadline()
        super().connection_lost(exc)

    def timeout_keep_alive_handler(self) -> None:
        """Nothing has come for long: end it, also where the other side does not take in what it was sent."""
        super().timeout_keep_alive_handler()
        if self.transport.get_write_buffer_size():
            self.transport.abort()

    def pause_writing(self) -> None:
        """The buffers are full: from now on the client has to read."""
        super().pause_writing()
        self._stop_reader_deadline()
        self._reader_deadline = self.loop.call_later(self._limits.reader_s, self.transport.abort)

    def resume_writing(self) -> None:
        """The client has read."""
        self._stop_reader_deadline()
        super().resume_writing()

    # Bytes -------------------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Bytes of one or several requests, or of a part of one."""
        if self._over:
            return
        self._unset_keepalive_if_required()
        message, received = self._message, self._received
        try:
            self.parser.feed_data(data)
            if self._message is message:
                message.fed += len(data)
            self._check_fed()
        except httptools.HttpParserUpgrade:
            self._no_upgrade()
        except (httptools.HttpParserError, _Refused) as error:
            known = error if isinstance(error, _Refused) else self._refusal
            self._refuse(known or _Refused(400, "this is not a well-formed HTTP/1.1 request"))
            return
        self._watch(self._received > received)

    def _check_fed(self) -> None:
        # Headers are counted exactly where they are complete (on_header), this bounds what is not: one endless header,
        # chunks with more frame than content.
        if not self._message.headed and self._message.fed > self._limits.head:
            raise self._head_too_large()
        if self._message.fed > self._limits.head + self._limits.body:
            raise self._body_too_large()

    def _watch(self, received: bool) -> None:
        """A clock runs while bytes of a request are missing; ``received``: one has just become complete."""
        if not self._receiving and self.cycle is not None and not self.cycle.response_complete:
            self._stop_deadline()
        elif not self._receiving and received:
            # It was answered before its end.
            self._wait_for_next()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(self._limits.request_s, self._too_slow)

    def _wait_for_next(self) -> None:
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def _too_slow(self) -> None:
        self._deadline = None
        self._refuse(_Refused(408, f"a request has to be complete within {self._limits.request_s:g} s"))

    def _no_upgrade(self) -> None:
        # llhttp stops here, as if the other protocol began. There is none: the request is answered as it is, and then
        # the connection ends, since nobody parses what follows.
        self.cycle.keep_alive = False
        self._over = True
        self._stop_deadline()

    # Messages: callbacks of the parser -----------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """A request begins."""
        self._message = _Message()
        self._receiving = True
        self._stop_deadline()
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """The target, or a part of it."""
        self._count_head(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header, or a trailer, which is dropped: headers that come after the checks of headers forge them."""
        self._message.fields += 1
        # As on the wire: name, colon, space, value, CR, LF.
        self._count_head(len(name) + len(value or b"") + 4)
        if not self._message.headed:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is there: now it is known whether this is a request that can be read in one way only."""
        try:
            self._check_head()
        except _Refused as refused:
            self._refusal = refused
            raise
        super().on_headers_complete()
        self._message.headed = True

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._message.body += len(body)
        if self._message.body > self._limits.body:
            self._refusal = self._body_too_large()
            raise self._refusal
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is there."""
        self._message = _Message()
        self._receiving = False
        self._received += 1
        self._stop_deadline()
        super().on_message_complete()

    def _count_head(self, size: int) -> None:
        self._message.head += size
        if self._message.head > self._limits.head or self._message.fields > self._limits.fields:
            self._refusal = self._head_too_large()
            raise self._refusal

    def _check_head(self) -> None:
        """Raises ``_Refused``."""
        version = self.parser.get_http_version()
        if version not in ("1.0", "1.1"):
            raise _Refused(400, "this server speaks HTTP/1.1")
        if not self._is_origin_form():
            raise _Refused(400, "the request target has to be a path")
        hosts = sum(name == b"host" for name, _ in self.headers)
        if hosts > 1 or (hosts == 0 and version == "1.1"):
            raise _Refused(400, "a request has one Host header (RFC 9112, 3.2)")
        self._check_length(version)
        if len(self.pipeline) >= self._limits.pipelined:
            raise _Refused(400, "too many requests ahead of their answers")

    def _is_origin_form(self) -> bool:
        # Absolute targets are for proxies, and this is none (RFC 9112, 3.2.2 has servers read them for a transition
        # that never came). Two places for the host are one too many.
        if self.url == b"*":
            return bool(self.parser.get_method() == b"OPTIONS")
        return self.url.startswith(b"/") and b"#" not in self.url

    def _check_length(self, version: str) -> None:
        # That only one of the two headers is there, and only once, llhttp has checked.
        lengths = [int(value) for name, value in self.headers if name == b"content-length"]
        codings = [value.strip(b" \t").lower() for name, value in self.headers if name == b"transfer-encoding"]
        if codings and (codings != [b"chunked"] or version == "1.0"):
            raise _Refused(400, "the only Transfer-Encoding is chunked, and only in HTTP/1.1")
        if max(lengths, default=0) > self._limits.body:
            raise self._body_too_large()
        if self.parser.should_upgrade() and (codings or any(lengths)):
            raise _Refused(400, "a request that asks for another protocol has no body here")

    # Refusing ----------------------------------------------------------------------------------------------------

    def _refuse(self, refused: _Refused) -> None:
        """Answer what cannot be read, where that cannot be taken for the answer to something else; then end it."""
        self._over = True
        self._stop_deadline()
        if self.transport.is_closing():
            return
        log.info("a request was refused: %d, %s", refused.status, refused)
        if not self._is_next_answer():
            self.transport.abort()
            return
        if self._message.headed:
            self._abandon()
        self._answer(refused.status, str(refused))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._deadline = self.loop.call_later(LINGER_S, self.transport.close)

    def _is_next_answer(self) -> bool:
        """Whether nothing is between the client and the answer to the request that is received now."""
        if self.pipeline:
            return False
        if self._message.headed:
            return not self.cycle.response_started
        return self.cycle is None or self.cycle.response_complete

    def _abandon(self) -> None:
        """The application works on this request already: to it the client has hung up."""
        self.cycle.disconnected = True
        self.cycle.message_event.set()

    def _answer(self, status: int, why: str) -> None:
        lines = [f"HTTP/1.1 {status} {http.HTTPStatus(status).phrase}"]
        lines += ["content-type: text/plain; charset=utf-8", "cache-control: no-store", "connection: close"]
        if self._over_tls():
            lines.append(f"strict-transport-security: {HSTS}")
        self.transport.write("\r\n".join([*lines, f"content-length: {len(why) + 1}", "", why]).encode() + b"\n")

    def _over_tls(self) -> bool:
        if self.scheme == "https":
            return True
        proxied = (b"x-forwarded-proto", b"https") in (self.headers or ())
        return proxied and self.client is not None and self.client[0] in self._trusted

    def _head_too_large(self) -> _Refused:
        return _Refused(
            431, f"request line and headers may have {self._limits.head} bytes in {self._limits.fields} lines"
        )

    def _body_too_large(self) -> _Refused:
        return _Refused(413, f"the body may have {self._limits.body} bytes")

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _stop_reader_deadline(self) -> None:
        if self._reader_deadline is not None:
            self._reader_deadline.cancel()
            self._reader_deadline = None
