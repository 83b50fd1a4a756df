"""All proofs of who an agent is, joined: what is given out before a sign-in, and checked in it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

import msgspec

from ...application.pool.messages import CodeLeft, WordUsed
from ...application.ports import Clock
from ...application.sessions import Standing
from ...application.sign_in import Admitted, Identity, SignInProofs, refused
from ...application.sign_in_messages import Handoff, Nonce, OidcRequest, OidcStart, SignInByOidc, Ticket
from ...domain.agent import AgentKey
from ...domain.organization import Organization, SignInMode
from .apex import NONCE_S, ApexTokens
from .handoffs import Handoffs
from .oidc import OidcClient, OidcProviders
from .vouchers import VoucherRefused, Vouchers

TICKET = "ticket"
#: A ticket goes from one tab to the next; that takes milliseconds.
TICKET_S = 10
#: Where providers send the window back to, on the server of the page.
RETURN_PATH = "/sign-in/done"


class Proofs(SignInProofs):
    """``site_url`` tells the URL of this server; ``origins`` are those of pages that are served elsewhere.

    ``oidc_secrets``: organization -> client secret, where its OpenID Connect provider insists on one.
    """

    def __init__(
        self,
        vouchers: Vouchers,
        providers: OidcProviders,
        clock: Clock,
        site_url: Callable[[], str],
        origins: Collection[str] = (),
        oidc_secrets: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.handoffs = Handoffs(clock)
        self._vouchers = vouchers
        self._apex = ApexTokens(vouchers, site_url, clock)
        self._providers = providers
        self._site_url = site_url
        self._origins = frozenset(origins)
        self._oidc_secrets = oidc_secrets

    # --- other nodes of a pool ---

    @property
    def tell(self) -> Callable[[bytes, float], None]:
        """Hears of each nonce or ticket that is used up here."""
        return self._vouchers.tell

    @tell.setter
    def tell(self, tell: Callable[[bytes, float], None]) -> None:
        self._vouchers.tell = tell

    def heard(self, told: WordUsed | CodeLeft) -> None:
        """What another node says of its sign-ins."""
        match told:
            case WordUsed(digest=digest, for_s=for_s):
                self._vouchers.remember(bytes.fromhex(digest), for_s)
            case CodeLeft(state=state, code=code, issuer=issuer):
                self.handoffs.put(Handoff(state=state, code=code, issuer=issuer))

    # --- given out ---

    def nonce(self, organization: Organization) -> Nonce:
        """For the organization's Salesforce org to sign. Raises ``Refused`` where that is not its mode."""
        _expect(organization, SignInMode.APEX)
        return Nonce(nonce=self._apex.nonce(organization), expires_in_s=NONCE_S)

    async def begin_oidc(self, organization: Organization, asked: OidcRequest, origin: str) -> OidcStart:
        """Where the page's window goes. Raises ``Refused`` (sign_in_refused, unavailable)."""
        _expect(organization, SignInMode.OIDC)
        url = await self._providers.authorize_url(self._client(organization), asked, self._return_to(origin))
        return OidcStart(authorize_url=url)

    def give_ticket(self, admitted: Admitted) -> Ticket:
        """For another tab. Raises ``Refused`` where each tab can prove by itself who its agent is."""
        if admitted.standing.mode not in (SignInMode.OIDC, SignInMode.TOKEN):
            raise refused("this organization's pages need no ticket")
        content = {"agent": admitted.key.agent, "org": admitted.key.org} | asdict(admitted.standing)
        return Ticket(ticket=self._vouchers.issue(TICKET, content), expires_in_s=TICKET_S)

    # --- checked ---

    def apex(self, organization: Organization, token: str) -> Identity:
        """See ``SignInProofs.apex``."""
        return self._apex.identity(organization, token)

    async def oidc(self, organization: Organization, asked: SignInByOidc, origin: str) -> Identity:
        """See ``SignInProofs.oidc``."""
        return await self._providers.identity(self._client(organization), asked, self._return_to(origin))

    def _client(self, organization: Organization) -> OidcClient:
        return OidcClient(
            whose=f"organization {organization.id!r}",
            issuer=organization.oidc_issuer,
            client_id=organization.oidc_client_id,
            secret=self._oidc_secrets.get(organization.id, ""),
        )

    def ticket(self, organization: str, ticket: str) -> Admitted:
        """See ``SignInProofs.ticket``."""
        try:
            content: dict[str, Any] = self._vouchers.redeem(TICKET, ticket, TICKET_S)
        except VoucherRefused as reason:
            raise refused(f"the ticket {reason}") from None
        key = AgentKey(content.pop("org"), content.pop("agent"))
        if key.org != organization:
            raise refused("the ticket is of another organization")
        return Admitted(key, msgspec.convert(content, Standing))

    def _return_to(self, origin: str) -> str:
        """Browsers say where a page comes from; it counts only where the operator has named it."""
        return (origin if origin in self._origins else self._site_url()) + RETURN_PATH


def _expect(organization: Organization, mode: SignInMode) -> None:
    if organization.sign_in is not mode:
        raise refused(f"organization {organization.id!r} signs in by '{organization.sign_in}'; load the page anew")
