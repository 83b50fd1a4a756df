"""Certificates that a Salesforce org signs with: what is believed of a PEM text, and what people are shown of it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from .acting import AdministrationRefused

#: Kept for one organization: the one in use, its follower, and one to spare (``Organization.certificates``).
MOST = 3
#: BSI TR-02102-1 wants 3000 bits; Salesforce makes keys of 2048 unless told otherwise.
LEAST_BITS = 2048
#: OpenSSL refuses to check signatures by longer ones (OPENSSL_RSA_MAX_MODULUS_BITS).
MOST_BITS = 16_384
LONGEST_PEM = 16_000


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate. Times are seconds since 1970; ``sha256`` is its fingerprint as OpenSSL writes it (AB:CD:…)."""

    subject: str
    sha256: str
    not_before: float
    not_after: float
    pem: str

    @property
    def ends_on(self) -> str:
        """The day of its end (UTC), such as 2027-11-23."""
        return datetime.fromtimestamp(self.not_after, UTC).date().isoformat()


def read_certificate(pem: str) -> Certificate:
    """The only certificate in ``pem``. Raises ``AdministrationRefused``."""
    if len(pem) > LONGEST_PEM:
        raise AdministrationRefused("certificate", f"has more than {LONGEST_PEM} characters")
    if "PRIVATE KEY" in pem:
        raise AdministrationRefused("certificate", "has a private key with it, which has to stay where it is")
    try:
        found = x509.load_pem_x509_certificates(pem.encode("utf-8", "replace"))
        key = found[0].public_key()
        subject = found[0].subject.rfc4514_string()
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion):
        raise AdministrationRefused("certificate", "is no certificate in PEM (-----BEGIN CERTIFICATE-----)") from None
    if len(found) != 1:
        raise AdministrationRefused("certificate", f"are {len(found)} certificates; give one at a time")
    if not isinstance(key, RSAPublicKey) or not LEAST_BITS <= key.key_size <= MOST_BITS:
        raise AdministrationRefused("certificate", f"must have an RSA key of at least {LEAST_BITS} bits")
    return Certificate(
        subject=subject[:200],
        sha256=found[0].fingerprint(SHA256()).hex(":").upper(),
        not_before=found[0].not_valid_before_utc.timestamp(),
        not_after=found[0].not_valid_after_utc.timestamp(),
        pem=found[0].public_bytes(Encoding.PEM).decode(),
    )
