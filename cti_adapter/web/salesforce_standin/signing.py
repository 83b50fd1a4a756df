"""The certificate of the stand-in's org, and ``CtiSignIn.token`` with it. In memory only: new with each start."""

import re
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from threading import Lock

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from joserfc import jwt
from joserfc.jwk import RSAKey

from .apex import ApexMethod
from .seed import ORGANIZATION_ID, User

#: Unique name of the certificate, as in ``Certificate__c`` of the record that is deployed.
CERTIFICATE_NAME = "CtiSignIn"
VALID_S = 90  # seconds, as in CtiSignIn.cls
LIFETIME = timedelta(days=365)  # of a certificate with 2048 bits (Salesforce help, Generate a Self-Signed Certificate)

_NONCE = re.compile(r"[A-Za-z0-9_.-]{16,200}")


class OrgCertificate:
    """RSA key and self-signed certificate of the org; safe to use from several threads.

    ``now`` reads the time, aware and in UTC. The key is made when it is first needed, which takes a moment.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self._lock = Lock()
        self._made: tuple[RSAKey, str] | None = None

    @property
    def pem(self) -> str:
        """The certificate (PEM), as *Download Certificate* in Certificate and Key Management gives it."""
        return self._key_and_certificate()[1]

    def sign(self, claims: Mapping[str, object]) -> str:
        """What ``Auth.JWS`` makes of ``claims``: RS256, compact form (RFC 7515, 3.1)."""
        return jwt.encode({"alg": "RS256"}, dict(claims), self._key_and_certificate()[0], algorithms=["RS256"])

    def _key_and_certificate(self) -> tuple[RSAKey, str]:
        with self._lock:
            if self._made is None:
                key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
                self._made = RSAKey.import_key(key), _self_signed(key, self.now())
            return self._made


def sign_in_token(certificate: OrgCertificate, audience: Callable[[], str]) -> ApexMethod:
    """``CtiSignIn.token``: who is signed in, for the relay at ``audience``, which the org's settings name.

    The method raises ``ValueError`` for a parameter ``nonce`` that the class refuses.
    """

    def token(user: User, parameters: Mapping[str, str]) -> str:
        nonce = parameters.get("nonce", "")
        if not _NONCE.fullmatch(nonce):
            raise ValueError("nonce: 16 to 200 characters A-Z, a-z, 0-9, _ - and . are needed")
        made_at = int(certificate.now().timestamp())
        return certificate.sign(
            {
                "iss": ORGANIZATION_ID,
                "sub": user.id,
                "aud": audience(),
                "iat": made_at,
                # Auth.JWT adds these two by itself.
                "nbf": made_at,
                "jti": secrets.token_urlsafe(16),
                "exp": made_at + VALID_S,
                "nonce": nonce,
                "username": user.username,
                "name": user.name,
            }
        )

    return token


def _self_signed(key: rsa.RSAPrivateKey, now: datetime) -> str:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, CERTIFICATE_NAME),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, ORGANIZATION_ID),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Salesforce stand-in"),
        ]
    )
    builder = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now,
        not_valid_after=now + LIFETIME,
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()
