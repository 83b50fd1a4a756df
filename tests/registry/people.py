"""Who acts in the tests of administration, and certificates for them."""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from cti_adapter.application.administration import Actor
from cti_adapter.domain.organization import Role

OLGA = Actor("olga@acme.example", Role.OWNER)
ADAM = Actor("adam@acme.example", Role.ADMIN, "acme")
ANNA = Actor("anna@acme.example", Role.AUDITOR, "acme")
#: The clock of the tests stands here.
NOW = 1_700_000_000.0

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def certificate(key: Key | None = None, name: str = "acme", ends_at: float = NOW + 1e6) -> str:
    """Self-signed, in PEM."""
    key = key or rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    ends = datetime.fromtimestamp(ends_at, UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ends - timedelta(days=365))
        .not_valid_after(ends)
        .sign(key, None if isinstance(key, ed25519.Ed25519PrivateKey) else SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode()
