"""Request smuggling: to the relay itself, and through nginx and Caddy in front of it.

The relay refuses whatever can be read in two ways. A proxy may read some of it by itself, and writes it anew, in one
reading: then what the relay gets is what the proxy has read, and logged, and no request more. The names of the tests
tell which proxy does what.
"""

import re
import socket
import ssl
from collections.abc import Iterator

import pytest
import requests

from support.certificates import CertificateFiles
from support.processes import PATIENCE, until
from support.proxies import Proxy, running

from .conftest import RelayProgram
from .smuggling import ONE_REQUEST, REFUSED

pytestmark = pytest.mark.enable_socket

#: Asked for last on each connection, and answered 404: what stands before it in the answers belongs to the attack.
LAST = b"GET /v1/last HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
HIDDEN_PATH = "/openapi.json"

#: What the proxies do not refuse, since for them it is one request, …
ONE_FOR = {
    "nginx": {
        "bare LF ends a header",
        "a header without a colon",
        "HTTP/0.9",
        "an upgrade with a body",
    },
    "caddy": {"bare LF ends a header"},
}
#: … or two requests, one after the other, each of which passes all rules of the proxy.
TWO_FOR = {
    "nginx": {
        "bare LF ends every line",
        "bare LF ends the head",
        "a chunk size that bare LF ends",
        "a chunk extension that bare LF ends",
        "an absolute target",
        "a method that does not exist",
        "HTTP/1.10",
    },
    "caddy": {
        "both lengths, Content-Length first",
        "both lengths, Transfer-Encoding first",
        "Content-Length without a number",
        "obs-fold before a length",
        "obs-fold within Transfer-Encoding",
        "bare LF ends every line",
        "bare LF ends the head",
        "a chunk extension that bare LF ends",
        "a chunk extension with bare CR",
        "an absolute target",
        "a method that does not exist",
        "a method in lower case",
        "CONNECT",
    },
}


def _cases(proxy: str) -> Iterator[object]:
    for attack in REFUSED:
        reading = "two" if attack in TWO_FOR[proxy] else "one" if attack in ONE_FOR[proxy] else "refused"
        yield pytest.param(proxy, attack, reading, id=f"{proxy}, {attack}: {reading}")


@pytest.fixture(scope="module")
def proxies(
    relay: RelayProgram, certificate: CertificateFiles, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Proxy]]:
    folder = tmp_path_factory.mktemp("proxies")
    with (
        running("nginx", folder / "nginx", certificate, relay.port) as nginx,
        running("caddy", folder / "caddy", certificate, relay.port) as caddy,
    ):
        yield {"nginx": nginx, "caddy": caddy}


def answers(port: int, attack: bytes, certificate: CertificateFiles | None = None) -> list[int]:
    """The status of each answer to ``attack`` and ``LAST`` on one connection, which the other side ends."""
    received = b""
    with _connected(port, certificate) as connection:
        try:
            connection.sendall(attack + LAST)
            while piece := connection.recv(65536):
                received += piece
        except (ConnectionError, ssl.SSLError):
            # Cut in the middle of what we send.
            pass
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", received)]


def _connected(port: int, certificate: CertificateFiles | None) -> socket.socket:
    plain = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    if certificate is None:
        return plain
    context = ssl.create_default_context(cafile=str(certificate.certificate))
    return context.wrap_socket(plain, server_hostname="localhost")


def hidden_reached(relay: RelayProgram) -> int:
    """How often the hidden request has become an operation."""
    # The relay has one loop and writes its line with the answer: what came before this request is in the log.
    requests.get(f"{relay.url}/healthz", timeout=PATIENCE)
    return relay.output().count("GET openapi ")


@pytest.mark.parametrize("attack", REFUSED, ids=[f"{name}: 400" for name in REFUSED])
def test_the_relay_refuses(attack: str, relay: RelayProgram) -> None:
    before = hidden_reached(relay)
    assert answers(relay.port, REFUSED[attack]) == [400]
    assert hidden_reached(relay) == before


@pytest.mark.parametrize("name", ONE_REQUEST, ids=[f"{name}: one answer" for name in ONE_REQUEST])
def test_the_relay_reads_one_request(name: str, relay: RelayProgram) -> None:
    before = hidden_reached(relay)
    first, *last = answers(relay.port, ONE_REQUEST[name])
    assert first in (200, 405)
    assert last == ([] if "Connection: close" in name else [404])
    assert hidden_reached(relay) == before


@pytest.mark.parametrize(("name", "attack", "reading"), [*_cases("nginx"), *_cases("caddy")])
def test_through_a_proxy(
    name: str,
    attack: str,
    reading: str,
    relay: RelayProgram,
    proxies: dict[str, Proxy],
    certificate: CertificateFiles,
) -> None:
    proxy = proxies[name]
    reached, seen = hidden_reached(relay), proxy.asked(HIDDEN_PATH)
    got = answers(proxy.port, REFUSED[attack], certificate)
    more = hidden_reached(relay) - reached
    # A proxy writes its log when it likes. What it has not read itself, the relay must never get.
    until(lambda: more <= proxy.asked(HIDDEN_PATH) - seen, "the proxy to know of every request that the relay got")
    if reading == "refused":
        assert more == 0
        # Where a proxy goes on after the relay's refusal, what comes next is the last request.
        assert got in ([], [400], [501], [502], [505], [400, 404])
    elif reading == "one":
        assert more == 0
    else:
        assert more <= 1


@pytest.mark.parametrize("name", ["nginx", "caddy"])
@pytest.mark.parametrize("request_", ONE_REQUEST)
def test_through_a_proxy_one_request_stays_one(
    name: str, request_: str, relay: RelayProgram, proxies: dict[str, Proxy], certificate: CertificateFiles
) -> None:
    before = hidden_reached(relay)
    first, *rest = answers(proxies[name].port, ONE_REQUEST[request_], certificate)
    assert first in (200, 405, 501)
    assert rest in ([], [404])
    assert hidden_reached(relay) == before
