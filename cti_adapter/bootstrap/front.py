"""What stands between the network and the application, as the configuration wants it."""

from ..config import Config
from ..relay.server import Front
from ..relay.tls import ServerCertificate


def create_front(config: Config) -> Front:
    """Raises ``CertificateUnusable``."""
    certificate = ServerCertificate(config.tls_cert, config.tls_key) if config.tls_cert and config.tls_key else None
    return Front(certificate, config.trusted_proxies, config.connections_per_address)
