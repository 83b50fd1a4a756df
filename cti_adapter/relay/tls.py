"""The server's certificate: checked with sentences before anything listens, and renewed while it runs."""

import asyncio
import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key

log = logging.getLogger("cti.server")

#: From when on the end of a certificate is spoken of. Let's Encrypt's clients renew 30 days before it.
EXPIRES_SOON = timedelta(days=14)
#: How often the files are looked at, in seconds.
LOOK_S = 30.0


class CertificateUnusable(Exception):
    """Certificate or key cannot be used; the message names the key of the configuration and why."""


@dataclass(frozen=True)
class _Loaded:
    context: ssl.SSLContext
    expires: datetime


class ServerCertificate:
    """Certificate chain and private key (PEM files). Raises ``CertificateUnusable``.

    ``now`` is UTC. ``context`` is for the listening socket: each handshake gets the newest certificate that could be
    read, connections that exist keep theirs.
    """

    def __init__(self, certificate: Path, key: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._certificate = certificate
        self._key = key
        self._now = now
        self._seen = self._stamps()
        self._loaded = _load(certificate, key)
        self._told_on = self._tell_expiry()
        self.context = self._loaded.context
        # A context in use that is given a new chain, and then a key that does not fit, serves nobody any more. So every
        # handshake is handed over to the newest context; Python calls this also when no server name is asked for.
        self.context.sni_callback = self._hand_over

    def _hand_over(self, handshake: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        handshake.context = self._loaded.context

    def renew(self) -> None:
        """Read the files again. What cannot be used is said, and the certificate in use stays."""
        self._seen = self._stamps()
        try:
            self._loaded = _load(self._certificate, self._key)
        except CertificateUnusable as error:
            log.error("the certificate in use stays: %s", error)
            return
        log.info("tls_cert was read again; it is good until %s", f"{self._loaded.expires:%Y-%m-%d}")
        self._told_on = self._tell_expiry()

    async def watch(self, look_s: float = LOOK_S) -> None:
        """Take up renewed files, and say once a day that the end is near; runs until cancelled."""
        while True:
            await asyncio.sleep(look_s)
            if self._stamps() != self._seen:
                self.renew()
            elif self._now().date() != self._told_on.date():
                self._told_on = self._tell_expiry()

    def _stamps(self) -> list[int]:
        """What changes when a file is written or a link leads to another one; a file that is gone for a moment is 0."""
        stamps = []
        for path in (self._certificate, self._key):
            try:
                stamps += [path.stat().st_mtime_ns, path.stat().st_ino]
            except OSError:
                stamps += [0, 0]
        return stamps

    def _tell_expiry(self) -> datetime:
        now, expires = self._now(), self._loaded.expires
        if expires <= now:
            log.error("tls_cert: %s has expired on %s; browsers refuse it", self._certificate, f"{expires:%Y-%m-%d}")
        elif expires - now < EXPIRES_SOON:
            days = (expires - now).days
            log.warning("tls_cert: %s expires in %d days, on %s", self._certificate, days, f"{expires:%Y-%m-%d}")
        return now


def _load(certificate: Path, key: Path) -> _Loaded:
    leaf = _leaf(certificate)
    if _private_key(key).public_key() != leaf.public_key():
        raise CertificateUnusable(f"tls_key: {key} is not the key of the certificate in tls_cert ({certificate})")
    context = _context()
    try:
        context.load_cert_chain(certificate, key)
    except (ssl.SSLError, OSError) as error:
        raise CertificateUnusable(f"tls_cert: {certificate} cannot be used: {error.strerror or error}") from None
    return _Loaded(context, leaf.not_valid_after_utc)


def _context() -> ssl.SSLContext:
    """Python's defaults for servers, which leave ciphers without forward secrecy and old versions away."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def _leaf(path: Path) -> x509.Certificate:
    """The server's own certificate, which stands first (RFC 8446, 4.4.2)."""
    try:
        return x509.load_pem_x509_certificates(_content("tls_cert", path))[0]
    except ValueError:
        raise CertificateUnusable(f"tls_cert: {path} holds no certificate in PEM form") from None


def _private_key(path: Path) -> PrivateKeyTypes:
    try:
        return load_pem_private_key(_content("tls_key", path), password=None)
    except TypeError:
        raise CertificateUnusable(
            f"tls_key: {path} needs a passphrase, which nobody types at a server's start"
        ) from None
    except ValueError:
        raise CertificateUnusable(f"tls_key: {path} holds no private key in PEM form") from None


def _content(setting: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CertificateUnusable(f"{setting}: {path} cannot be read: {error.strerror}") from None
