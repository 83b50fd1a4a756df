"""What the console asks of an identity provider."""

from typing import Protocol

from ...application.sign_in import Identity
from ...application.sign_in_messages import OidcRequest, SignInByOidc


class IdentityProvider(Protocol):
    """The console's OpenID Connect provider. Blocking. Both raise ``Refused``."""

    name: str
    """What people read on the button."""

    def authorize_url(self, asked: OidcRequest, redirect_uri: str) -> str:
        """Where the browser goes."""
        ...

    def identity(self, asked: SignInByOidc, redirect_uri: str) -> Identity:
        """Whom it has signed in."""
        ...
