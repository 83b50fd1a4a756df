"""The stand-in's REST API over TLS, with a certificate and an app of its own, on a free port."""

import datetime
import threading
from pathlib import Path
from types import TracebackType

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from flask import Flask
from werkzeug.serving import make_server

from cti_adapter.salesforce.token import Login
from cti_adapter.web.salesforce_standin.org import Organization
from cti_adapter.web.salesforce_standin.rest import create_rest_blueprint

CLIENT_ID = "3MVG9.consumer.key.of.the.tests"
INTEGRATION = "integration@acme.example"
AUDIENCE = "https://login.salesforce.com"


class SalesforceRest:
    """``with SalesforceRest(folder) as salesforce``: ``org`` holds what was written, ``login`` signs in."""

    def __init__(self, folder: Path) -> None:
        self.org = Organization(lambda: datetime.datetime.now(datetime.UTC))
        self.app_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.ca_file = folder / "tls.pem"
        self.key_file = folder / "app.key"
        self.key_file.write_text(_pem(self.app_key))
        public = self.app_key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        app = Flask(__name__)
        app.register_blueprint(
            create_rest_blueprint(
                self.org, issuer=CLIENT_ID, username=INTEGRATION, public_key=public.decode(), audience=AUDIENCE
            )
        )
        tls_key = folder / "tls.key"
        _certify(tls_key, self.ca_file)
        self._server = make_server("127.0.0.1", 0, app, threaded=True, ssl_context=(str(self.ca_file), str(tls_key)))
        self.url = f"https://localhost:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)

    @property
    def login(self) -> Login:
        """How to sign in here."""
        return Login(self.url, CLIENT_ID, INTEGRATION, self.key_file.read_text(), AUDIENCE)

    def tasks(self) -> list[dict[str, object]]:
        """Fields of all Tasks, newest first."""
        return [dict(task.fields) for task in self.org.records("Task")]

    def __enter__(self) -> "SalesforceRest":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _certify(key_file: Path, certificate_file: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    key_file.write_text(_pem(key))
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
