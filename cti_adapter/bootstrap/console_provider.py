"""The admin console's OpenID Connect provider: the relay's client for such providers, asked from Flask's threads."""

import asyncio
from urllib.parse import urlsplit

from ..application.ports import Clock
from ..application.sign_in import Identity
from ..application.sign_in_messages import OidcRequest, SignInByOidc
from ..config import AdminOidcConfig
from ..relay.sign_in.oidc import OidcClient, OidcProviders
from ..web.admin.identity_provider import IdentityProvider


class ConsoleProvider(IdentityProvider):
    """``secret``: where the provider insists on one."""

    def __init__(self, config: AdminOidcConfig, secret: str, clock: Clock) -> None:
        self.name = config.name or urlsplit(config.issuer).hostname or config.issuer
        # Not the relay's: those belong to its event loop.
        self._providers = OidcProviders(clock)
        self._client = OidcClient(
            "the admin console", config.issuer, config.client_id, secret, scope="openid profile email"
        )

    def authorize_url(self, asked: OidcRequest, redirect_uri: str) -> str:
        """See ``IdentityProvider``."""
        return asyncio.run(self._providers.authorize_url(self._client, asked, redirect_uri))

    def identity(self, asked: SignInByOidc, redirect_uri: str) -> Identity:
        """See ``IdentityProvider``."""
        return asyncio.run(self._providers.identity(self._client, asked, redirect_uri))
