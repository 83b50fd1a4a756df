"""Sign-in mode ``apex``: a token that the agent's Salesforce org has signed with its own certificate.

``salesforce/classes/CtiSignIn.cls`` makes it; who the agent is comes from Salesforce's ``UserInfo`` and never from the
page. The nonce comes from this relay, so that a token is of use once.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from cryptography import x509
from joserfc.jwk import RSAKey

from ...application.ports import Clock
from ...application.sign_in import Identity, refused
from ...domain.organization import Organization
from .signed_tokens import TokenRefused, check_times, text_claim, verified_claims
from .vouchers import VoucherRefused, Vouchers

NONCE = "nonce"
NONCE_S = 120
#: Longest life of a token, in seconds.
TOKEN_S = 120.0
_USER_ID = re.compile(r"005[A-Za-z0-9]{12}([A-Z0-5]{3})?")


class ApexTokens:
    """``audience`` tells the URL of this relay, for whom the tokens have to be."""

    def __init__(self, vouchers: Vouchers, audience: Callable[[], str], clock: Clock) -> None:
        self._vouchers = vouchers
        self._audience = audience
        self._clock = clock

    def nonce(self, organization: Organization) -> str:
        """A word to be signed."""
        return self._vouchers.issue(NONCE, {"o": organization.id})

    def identity(self, organization: Organization, token: str) -> Identity:
        """Of the user whom the org has signed for. Raises ``Refused`` (sign_in_refused)."""
        try:
            return self._identity(organization, token)
        except TokenRefused as reason:
            raise refused(f"Salesforce's token {reason}") from None
        except VoucherRefused as reason:
            raise refused(f"the nonce in Salesforce's token {reason}") from None

    def _identity(self, organization: Organization, token: str) -> Identity:
        if not organization.salesforce_org_id or not organization.certificates:
            raise refused(f"organization {organization.id!r} has no Salesforce org id or no certificate entered here")
        keys = [_public_key(pem) for pem in organization.certificates]
        claims = verified_claims(token, keys, ["RS256"])
        check_times(claims, self._clock.now(), TOKEN_S)
        # The last three characters of 18 are a checksum of the first 15.
        if text_claim(claims, "iss")[:15] != organization.salesforce_org_id[:15]:
            raise TokenRefused("is of another Salesforce org")
        if claims.get("aud") != self._audience():
            raise TokenRefused(f"is for another relay (Audience__c in CtiSignIn__mdt must be {self._audience()})")
        if not _USER_ID.fullmatch(subject := text_claim(claims, "sub")):
            raise TokenRefused("is not about a user")
        content = self._vouchers.redeem(NONCE, text_claim(claims, "nonce"), NONCE_S)
        if content.get("o") != organization.id:
            raise TokenRefused("holds the nonce of another organization")
        name = claims.get("name")
        return Identity(
            issuer=f"salesforce:{organization.salesforce_org_id[:15]}",
            subject=subject[:15],
            login=text_claim(claims, "username")[:120],
            name=name if isinstance(name, str) else "",
        )


@lru_cache(maxsize=1_000)
def _public_key(pem: str) -> RSAKey:
    key = x509.load_pem_x509_certificate(pem.encode()).public_key()
    return RSAKey.import_key(key)  # type: ignore[arg-type]  # other kinds were refused when it was entered
