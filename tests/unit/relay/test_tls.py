"""TLS of our own: what is said about unusable files, which versions are spoken, and renewal without a restart."""

import asyncio
import contextlib
import logging
import shutil
import signal
import socket
import ssl
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from cti_adapter.relay.forwarded import HSTS
from cti_adapter.relay.server import Front
from cti_adapter.relay.tls import CertificateUnusable, ServerCertificate
from fakes.echo import echo_app
from fakes.relay_server import served
from support.certificates import CertificateFiles, make_certificate
from support.processes import PATIENCE, Program, cti, free_port, until
from support.raw_http import raw, statuses


@pytest.fixture
def files(tmp_path: Path) -> CertificateFiles:
    return make_certificate(tmp_path)


def trusting(files: CertificateFiles) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(files.certificate))


def served_certificate(port: int) -> bytes:
    """What a client is shown in a new handshake."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        return connection.getpeercert(binary_form=True) or b""


def test_a_missing_file_is_named_by_its_key(tmp_path: Path, files: CertificateFiles) -> None:
    gone = tmp_path / "gone.pem"
    with pytest.raises(CertificateUnusable, match=r"^tls_cert: .*gone\.pem cannot be read: No such file"):
        ServerCertificate(gone, files.key)
    with pytest.raises(CertificateUnusable, match=r"^tls_key: .*gone\.pem cannot be read: No such file"):
        ServerCertificate(files.certificate, gone)


def test_what_is_not_pem_is_named_by_its_key(tmp_path: Path, files: CertificateFiles) -> None:
    text = tmp_path / "text"
    text.write_text("no PEM", "utf-8")
    with pytest.raises(CertificateUnusable, match=r"^tls_cert: .*text holds no certificate in PEM form"):
        ServerCertificate(text, files.key)
    with pytest.raises(CertificateUnusable, match=r"^tls_key: .*text holds no private key in PEM form"):
        ServerCertificate(files.certificate, text)
    with pytest.raises(CertificateUnusable, match=r"^tls_cert: .*server\.key holds no certificate"):
        ServerCertificate(files.key, files.certificate)


def test_the_key_of_another_certificate(tmp_path: Path, files: CertificateFiles) -> None:
    other = make_certificate(tmp_path, "other")
    with pytest.raises(
        CertificateUnusable, match=r"^tls_key: .*other\.key is not the key of the certificate in tls_cert"
    ):
        ServerCertificate(files.certificate, other.key)


def test_a_key_with_a_passphrase_asks_nobody(tmp_path: Path) -> None:
    locked = make_certificate(tmp_path, passphrase=b"secret")
    with pytest.raises(CertificateUnusable, match="^tls_key: .* needs a passphrase"):
        ServerCertificate(locked.certificate, locked.key)


@pytest.mark.parametrize(
    ("days", "level", "words"),
    [
        (-1, logging.ERROR, "has expired on"),
        (3.5, logging.WARNING, "expires in 3 days, on"),
        (13.5, logging.WARNING, "expires in 13 days, on"),
        (14.5, None, ""),
    ],
)
def test_the_end_of_a_certificate_is_said_at_the_start(
    days: float, level: int | None, words: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = make_certificate(tmp_path, days=days)
    ServerCertificate(files.certificate, files.key)
    said = [(record.levelno, record.message) for record in caplog.records]
    assert [each for each, _ in said] == ([level] if level else [])
    assert all(message.startswith("tls_cert: ") and words in message for _, message in said)


async def test_and_then_once_a_day(files: CertificateFiles, caplog: pytest.LogCaptureFixture) -> None:
    times = iter([datetime.now(UTC) + timedelta(days=day) for day in (76, 77, 77, 78)])
    current = [next(times)]
    certificate = ServerCertificate(files.certificate, files.key, lambda: current[0])
    watching = asyncio.create_task(certificate.watch(0))
    for now in times:
        current[0] = now
        for _ in range(5):
            await asyncio.sleep(0)
    watching.cancel()
    days = [int(record.message.partition("expires in ")[2].split()[0]) for record in caplog.records]
    assert days == [13, 12, 11]


def spoken(port: int, version: ssl.TLSVersion) -> str | None:
    """The version of a handshake of a client that knows no other; None where there is none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    # Old versions need old ciphers, or the client would not even ask.
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as plain:
        try:
            with context.wrap_socket(plain, server_hostname="localhost") as connection:
                return connection.version()
        except (ssl.SSLError, ConnectionError):
            return None


async def test_only_tls_1_2_and_1_3(files: CertificateFiles) -> None:
    async with served(echo_app(), Front(ServerCertificate(files.certificate, files.key))) as client:
        versions = [await asyncio.to_thread(spoken, client.port, version) for version in ssl.TLSVersion if version > 0]
    assert versions == [None, None, None, "TLSv1.2", "TLSv1.3"]


@pytest.mark.parametrize("path", ["/v1/echo", "/page"])
async def test_over_tls_the_scheme_is_known_and_hsts_goes_out(path: str, files: CertificateFiles) -> None:
    async with served(echo_app(), Front(ServerCertificate(files.certificate, files.key))) as client:
        answer = await client.request("GET", path, ssl=trusting(files))
        assert answer.json["scheme"] == "https"
        assert answer.headers["strict-transport-security"] == HSTS == "max-age=31536000"
        refused = await client.request("GET", path, ssl=trusting(files), headers={"X-A": "a" * 40_000})
        assert (refused.status, refused.headers["strict-transport-security"]) == (431, HSTS)


async def test_plain_http_on_the_tls_port_ends_that_connection_only(
    files: CertificateFiles, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(echo_app(), Front(ServerCertificate(files.certificate, files.key))) as client:
        for nonsense in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"\0" * 100, b"\0" * 1000):
            async with raw(client.port) as connection:
                connection.send(nonsense)
                assert statuses(await connection.to_end()) == []
        assert (await client.request("GET", "/v1/echo", ssl=trusting(files))).status == 200
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []


def replace(files: CertificateFiles, other: CertificateFiles) -> None:
    """As renewing programs do: each file is there at all times, the one after the other."""
    for ours, theirs in ((files.certificate, other.certificate), (files.key, other.key)):
        shutil.copy(theirs, ours.with_suffix(".new"))
        ours.with_suffix(".new").replace(ours)


async def test_renewed_files_are_taken_up_and_connections_stay(tmp_path: Path, files: CertificateFiles) -> None:
    certificate = ServerCertificate(files.certificate, files.key)
    other = make_certificate(tmp_path, "other")
    old = trusting(files)
    async with served(echo_app(), Front(certificate)) as client:
        watching = asyncio.create_task(certificate.watch(0.01))
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1, ssl=old)) as http:
            async with http.get(f"{client.url}/v1/echo") as answer:
                assert answer.status == 200
            replace(files, other)
            async with asyncio.timeout(PATIENCE):
                while await asyncio.to_thread(served_certificate, client.port) != other.der:
                    await asyncio.sleep(0.01)
            # Only the connection from before can do this: the new certificate is not trusted here.
            async with http.get(f"{client.url}/v1/echo") as answer:
                assert answer.status == 200
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching


async def test_unusable_new_files_change_nothing(
    tmp_path: Path, files: CertificateFiles, caplog: pytest.LogCaptureFixture
) -> None:
    certificate = ServerCertificate(files.certificate, files.key)
    first = files.der
    other = make_certificate(tmp_path, "other")
    async with served(echo_app(), Front(certificate)) as client:
        shutil.copy(other.certificate, files.certificate)
        certificate.renew()
        assert await asyncio.to_thread(served_certificate, client.port) == first
        files.certificate.unlink()
        certificate.renew()
        assert await asyncio.to_thread(served_certificate, client.port) == first
        shutil.copy(other.certificate, files.certificate)
        shutil.copy(other.key, files.key)
        certificate.renew()
        assert await asyncio.to_thread(served_certificate, client.port) == other.der
    errors = [record.message for record in caplog.records if record.levelno == logging.ERROR]
    assert [message.partition(": ")[2][:9] for message in errors] == ["tls_key: ", "tls_cert:"]


@pytest.fixture
def program(tmp_path: Path, files: CertificateFiles) -> Iterator[tuple[Program, int]]:
    """``cti serve`` with TLS."""
    port = free_port()
    options = ("--port", str(port), "--tls-cert", str(files.certificate), "--tls-key", str(files.key))
    running = Program("app.py", *options, log=tmp_path / "serve.txt")
    until(lambda: "Open " in running.output() or running.process.poll() is not None, "the server to listen")
    yield running, port
    assert running.stop() == 0, running.output()
    assert "Traceback" not in running.output()


def test_the_program_speaks_tls_and_reads_the_certificate_again_on_sighup(
    program: tuple[Program, int], tmp_path: Path, files: CertificateFiles
) -> None:
    running, port = program
    assert f"Open https://localhost:{port} " in running.output()
    assert served_certificate(port) == files.der
    other = make_certificate(tmp_path, "other")
    replace(files, other)
    running.process.send_signal(signal.SIGHUP)
    until(lambda: served_certificate(port) == other.der, "the new certificate")
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            assert b"HTTP/1.1 200" not in plain.recv(100)
    # A handshake that has only begun does not hold up the end.
    begun = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    begun.sendall(b"\x16\x03\x01")
    assert running.stop() == 0, running.output()
    begun.close()


@pytest.mark.parametrize("command", ["serve", "relay"])
def test_the_program_names_the_key_and_does_not_start(command: str, tmp_path: Path, files: CertificateFiles) -> None:
    other = make_certificate(tmp_path, "other")
    ended = cti(command, "--port", "0", "--tls-cert", str(files.certificate), "--tls-key", str(other.key))
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert ended.stderr.startswith("tls_key: ")
