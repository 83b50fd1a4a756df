"""Requests that two parsers in a row may read differently, so that the second of them sees a request that the first
took for a body, a header or nothing at all. ``HIDDEN`` is that request."""

#: Answered by the relay as operation "openapi", which nothing else in these tests asks for.
HIDDEN = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
#: Answered 405 where it is read at all.
POST = b"POST /healthz HTTP/1.1\r\nHost: localhost\r\n"
GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n"
#: A chunked body that is empty, and then the hidden request.
ENDED = b"0\r\n\r\n" + HIDDEN


def _length(content: bytes) -> bytes:
    return b"Content-Length: %d\r\n" % len(content)


#: Ill-formed by RFC 9112, or of two readings: 400 or the end of the connection, and no operation of the relay.
REFUSED = {
    "both lengths, Content-Length first": POST + _length(ENDED) + b"Transfer-Encoding: chunked\r\n\r\n" + ENDED,
    "both lengths, Transfer-Encoding first": CHUNKED + _length(ENDED) + b"\r\n" + ENDED,
    "both lengths, the shorter one hides": CHUNKED + b"Content-Length: 4\r\n\r\n" + b"2e\r\n" + HIDDEN + b"0\r\n\r\n",
    "two Content-Length that differ": POST + _length(b"") + _length(HIDDEN) + b"\r\n" + HIDDEN,
    "two Content-Length, the longer first": POST + _length(HIDDEN) + _length(b"") + b"\r\n" + HIDDEN,
    "Content-Length with a list": POST + b"Content-Length: 0, %d\r\n\r\n" % len(HIDDEN) + HIDDEN,
    "Content-Length with a plus": POST + b"Content-Length: +%d\r\n\r\n" % len(HIDDEN) + HIDDEN,
    "Content-Length below zero": POST + b"Content-Length: -1\r\n\r\n" + HIDDEN,
    "Content-Length in hexadecimal": POST + b"Content-Length: 0x2e\r\n\r\n" + HIDDEN,
    "Content-Length without a number": POST + b"Content-Length:\r\n\r\n" + HIDDEN,
    "Content-Length beyond 64 bits": POST + b"Content-Length: 99999999999999999999999\r\n\r\n" + HIDDEN,
    "obs-fold before a length": POST + b"X-A: a\r\n " + _length(HIDDEN) + b"\r\n" + HIDDEN,
    "obs-fold within Transfer-Encoding": POST + b"Transfer-Encoding:\r\n chunked\r\n" + b"\r\n" + ENDED,
    "bare CR in a header": POST + b"X-A: a\r" + _length(HIDDEN) + b"\r\n" + HIDDEN,
    "bare CR before the value": POST + b"Transfer-Encoding:\rchunked\r\n\r\n" + ENDED,
    "bare LF ends a header": POST + b"X-A: a\n" + _length(HIDDEN) + b"\r\n" + HIDDEN,
    "bare LF ends every line": GET.replace(b"\r\n", b"\n") + b"\n" + HIDDEN,
    "bare LF ends the head": GET + b"\n" + HIDDEN,
    "chunked, identity": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n" + ENDED,
    "identity, chunked": POST + b"Transfer-Encoding: identity, chunked\r\n\r\n" + ENDED,
    "gzip, chunked": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + ENDED,
    "identity alone": POST + b"Transfer-Encoding: identity\r\n\r\n" + HIDDEN,
    "a coding nobody knows": POST + b"Transfer-Encoding: xchunked\r\n\r\n" + ENDED,
    "Transfer-Encoding twice": CHUNKED + b"Transfer-Encoding: chunked\r\n\r\n" + ENDED,
    "Transfer-Encoding twice, the second identity": CHUNKED + b"Transfer-Encoding: identity\r\n\r\n" + ENDED,
    "chunked after a vertical tab": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n" + ENDED,
    "chunked in quotes": POST + b'Transfer-Encoding: "chunked"\r\n\r\n' + ENDED,
    "chunked in HTTP/1.0": CHUNKED.replace(b"HTTP/1.1", b"HTTP/1.0") + b"\r\n" + ENDED,
    "space before the colon of Transfer-Encoding": POST + b"Transfer-Encoding : chunked\r\n\r\n" + ENDED,
    "space before the colon of Content-Length": POST + b"Content-Length : %d\r\n\r\n" % len(HIDDEN) + HIDDEN,
    "space before the first header": b"GET /healthz HTTP/1.1\r\n Host: localhost\r\n\r\n" + HIDDEN,
    "NUL in a value": POST + b"X-A: a\x00b\r\n" + _length(HIDDEN) + b"\r\n" + HIDDEN,
    "NUL in a name": POST + b"X-\x00A: a\r\n" + _length(HIDDEN) + b"\r\n" + HIDDEN,
    "a header without a colon": POST + b"X-A\r\n" + _length(HIDDEN) + b"\r\n" + HIDDEN,
    "a chunk size beyond 64 bits": CHUNKED + b"\r\n" + b"F" * 17 + b"\r\n" + HIDDEN,
    "a chunk size with 0x": CHUNKED + b"\r\n0x2e\r\n" + HIDDEN + b"\r\n0\r\n\r\n",
    "a chunk size below zero": CHUNKED + b"\r\n-2\r\n{}\r\n" + ENDED,
    "a chunk that is longer than its size": CHUNKED + b"\r\n2\r\n{}" + ENDED,
    "a chunk size that bare LF ends": CHUNKED + b"\r\n2\n{}\n0\n\n" + HIDDEN,
    "a chunk extension that bare LF ends": CHUNKED + b"\r\n2;a\n{}\r\n" + ENDED,
    "a chunk extension with bare CR": CHUNKED + b"\r\n2;a\rb\r\n{}\r\n" + ENDED,
    "an absolute target": GET.replace(b"/healthz", b"http://other.example/healthz") + b"\r\n" + HIDDEN,
    "a target without a slash": GET.replace(b"/healthz", b"healthz") + b"\r\n" + HIDDEN,
    "a method that does not exist": GET.replace(b"GET", b"SMUGGLE") + b"\r\n" + HIDDEN,
    "a method in lower case": GET.replace(b"GET", b"get") + b"\r\n" + HIDDEN,
    "CONNECT": b"CONNECT localhost:443 HTTP/1.1\r\nHost: localhost\r\n\r\n" + HIDDEN,
    "HTTP/0.9": b"GET /healthz\r\n\r\n" + HIDDEN,
    "HTTP/2.0 by name": GET.replace(b"HTTP/1.1", b"HTTP/2.0") + b"\r\n" + HIDDEN,
    "HTTP/1.10": GET.replace(b"HTTP/1.1", b"HTTP/1.10") + b"\r\n" + HIDDEN,
    "no Host": b"GET /healthz HTTP/1.1\r\n\r\n" + HIDDEN,
    "two Host": GET + b"Host: other.example\r\n\r\n" + HIDDEN,
    "an upgrade with a body": POST + b"Connection: Upgrade\r\nUpgrade: h2c\r\n" + _length(HIDDEN) + b"\r\n" + HIDDEN,
}

#: Well-formed, and of one reading: the whole of it is one request, which gets one answer.
ONE_REQUEST = {
    "a request in a body": POST + _length(HIDDEN) + b"\r\n" + HIDDEN,
    "a request in the body of a GET": GET + _length(HIDDEN) + b"\r\n" + HIDDEN,
    "a request in a chunk": CHUNKED + b"\r\n%x\r\n" % len(HIDDEN) + HIDDEN + b"\r\n0\r\n\r\n",
    "a request in a chunk extension": CHUNKED + b'\r\n2;a="GET /openapi.json"\r\n{}\r\n0\r\n\r\n',
    "a tab before chunked": POST + b"Transfer-Encoding:\tchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "a space after chunked": POST + b"Transfer-Encoding: chunked \r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "a session in a trailer": CHUNKED + b"\r\n2\r\n{}\r\n0\r\nAuthorization: Bearer forged\r\n\r\n",
    "a request after Connection: close": GET + b"Connection: close\r\n\r\n" + HIDDEN,
}
