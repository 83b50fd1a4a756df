"""Authorization code flow with PKCE at an OpenID Connect provider: sign-in mode ``oidc`` of agents, and administrators.

Whoever begins makes verifier, state and nonce and keeps them; nothing is kept here between the two requests, so that
any node of a pool can go on. The code is exchanged here, the ID token checked (OIDC Core 3.1.3.7), and the access token
used at most once, for a login name that the ID token does not tell. No refresh token is asked for.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp
import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from ...application.ports import Clock
from ...application.refusals import ErrorId, Refused
from ...application.sign_in import Identity, refused
from ...application.sign_in_messages import OidcRequest, SignInByOidc
from .handoffs import hashed
from .signed_tokens import PublicKey, TokenRefused, check_times, header_of, text_claim, verified_claims

log = logging.getLogger("cti.sign_in")

#: Longest wait for an answer of the provider, in seconds, and its largest answer, in bytes.
PATIENCE = aiohttp.ClientTimeout(total=10.0)
MAX_ANSWER = 256 * 1024
#: How long what a provider says of itself is kept, and how soon its keys may be fetched again, in seconds.
KEEP_S = 3600.0
KEYS_AGAIN_S = 30.0
#: Asymmetric and in common use; each needs its own kind of key.
ALGORITHMS = ("RS256", "PS256", "ES256")


class ProviderUnavailable(Exception):
    """The provider does not answer, or not with what its standard says. The message names the address's host."""


@dataclass(slots=True)
class _Provider:
    """What a provider says of itself (OIDC Discovery 3)."""

    issuer: str
    authorization: str
    token: str
    userinfo: str
    jwks: str
    sends_issuer: bool
    fetched_at: float
    keys: dict[str, list[PublicKey]] = field(default_factory=dict)
    keys_at: float = -KEEP_S


@dataclass(frozen=True, slots=True)
class OidcClient:
    """What this server is to a provider."""

    whose: str
    """For errors: who has to enter what is missing."""
    issuer: str
    client_id: str
    secret: str = field(default="", repr=False)
    """Where the provider insists on one."""
    scope: str = "openid"


class OidcProviders:
    """All providers that were asked, with what they say of themselves."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[str, _Provider] = {}

    async def authorize_url(self, client: OidcClient, asked: OidcRequest, redirect_uri: str) -> str:
        """Where the window goes. Raises ``Refused`` (sign_in_refused, unavailable)."""
        provider = await self._provider(client)
        parameters = {
            "response_type": "code",
            "client_id": client.client_id,
            "redirect_uri": redirect_uri,
            "scope": client.scope,
            "state": asked.state,
            "nonce": asked.nonce_hash,
            "code_challenge": asked.challenge,
            "code_challenge_method": "S256",
        }
        joint = "&" if urlsplit(provider.authorization).query else "?"
        return f"{provider.authorization}{joint}{urlencode(parameters)}"

    async def identity(self, client: OidcClient, asked: SignInByOidc, redirect_uri: str) -> Identity:
        """Whom the provider has signed in. Raises ``Refused`` (sign_in_refused, unavailable)."""
        provider = await self._provider(client)
        if (asked.issuer is not None or provider.sends_issuer) and asked.issuer != provider.issuer:
            raise refused("the answer is of another identity provider (iss)")
        try:
            tokens = await self._exchange(provider, client, asked, redirect_uri)
            claims = await self._claims(provider, client, tokens, asked.nonce)
            login, name = await self._login(provider, claims, tokens)
        except TokenRefused as reason:
            raise refused(f"the provider's ID token {reason}") from None
        except ProviderUnavailable as reason:
            raise _unavailable(reason) from None
        return Identity(provider.issuer, text_claim(claims, "sub"), login, name)

    # --- what a provider says of itself ---

    async def _provider(self, client: OidcClient) -> _Provider:
        if not client.issuer or not client.client_id:
            raise refused(f"{client.whose} has no OpenID Connect issuer or client id entered here")
        known = self._known.get(client.issuer)
        if known is not None and self._clock.monotonic() < known.fetched_at + KEEP_S:
            return known
        try:
            found = await self._discover(client.issuer)
        except ProviderUnavailable as reason:
            if known is None:
                raise _unavailable(reason) from None
            return known
        if known is not None and known.jwks == found.jwks:
            found.keys, found.keys_at = known.keys, known.keys_at
        self._known[client.issuer] = found
        return found

    async def _discover(self, issuer: str) -> _Provider:
        said = await _ask("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if said.get("issuer") != issuer:
            raise ProviderUnavailable(f"{urlsplit(issuer).hostname} says of itself to be another issuer")
        return _Provider(
            issuer=issuer,
            authorization=_address(said, "authorization_endpoint", issuer),
            token=_address(said, "token_endpoint", issuer),
            userinfo=_address(said, "userinfo_endpoint", issuer) if said.get("userinfo_endpoint") else "",
            jwks=_address(said, "jwks_uri", issuer),
            sends_issuer=said.get("authorization_response_iss_parameter_supported") is True,
            fetched_at=self._clock.monotonic(),
        )

    # --- the code and what it brings ---

    async def _exchange(
        self, provider: _Provider, client: OidcClient, asked: SignInByOidc, redirect_uri: str
    ) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": asked.code,
            "redirect_uri": redirect_uri,
            "client_id": client.client_id,
            "code_verifier": asked.verifier,
        }
        if client.secret:
            form["client_secret"] = client.secret
        return await _ask("POST", provider.token, form=form)

    async def _claims(
        self, provider: _Provider, client: OidcClient, tokens: Mapping[str, Any], nonce: str
    ) -> Mapping[str, Any]:
        token = tokens.get("id_token")
        if not isinstance(token, str):
            raise TokenRefused("is missing")
        claims = verified_claims(token, await self._keys(provider, token), ALGORITHMS)
        check_times(claims, self._clock.now())
        if claims.get("iss") != provider.issuer:
            raise TokenRefused("is of another issuer")
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        if client.client_id not in audiences:
            raise TokenRefused("is for another client")
        if len(audiences) > 1 and claims.get("azp") != client.client_id:
            raise TokenRefused("was issued to another client (azp)")
        if claims.get("nonce") != hashed(nonce):
            raise TokenRefused("belongs to another sign-in (nonce)")
        text_claim(claims, "sub")
        return claims

    async def _keys(self, provider: _Provider, token: str) -> list[PublicKey]:
        """The keys that the token may be signed with, by its ``kid``; fetched anew for one that is not known yet."""
        kid = header_of(token).get("kid")
        wanted = kid if isinstance(kid, str) else None
        now = self._clock.monotonic()
        missing = wanted not in provider.keys if wanted is not None else not provider.keys
        if (missing and now >= provider.keys_at + KEYS_AGAIN_S) or now >= provider.keys_at + KEEP_S:
            provider.keys_at = now
            provider.keys = _keys_by_id(await _ask("GET", provider.jwks))
        if wanted is None:
            return [key for keys in provider.keys.values() for key in keys]
        return provider.keys.get(wanted, [])

    async def _login(
        self, provider: _Provider, claims: Mapping[str, Any], tokens: Mapping[str, Any]
    ) -> tuple[str, str]:
        """Login and name as the provider tells them today; they decide about the first sign-in only."""
        told = claims
        access = tokens.get("access_token")
        if "preferred_username" not in claims and provider.userinfo and isinstance(access, str):
            told = await _ask("GET", provider.userinfo, bearer=access)
            if told.get("sub") != claims.get("sub"):
                raise TokenRefused("and the provider's userinfo are about different persons")
        login, name = told.get("preferred_username"), told.get("name")
        if login is None and told.get("email_verified") is True:
            login = told.get("email")
        return (login if isinstance(login, str) else "")[:120], name if isinstance(name, str) else ""


def _unavailable(reason: Exception) -> Refused:
    log.warning("identity provider: %s", reason)
    return Refused(ErrorId.UNAVAILABLE, f"the identity provider cannot be used: {reason}", retry_after_s=10)


def _address(said: Mapping[str, Any], name: str, issuer: str) -> str:
    """An address that the provider names; over https where the issuer is."""
    address = said.get(name)
    if not isinstance(address, str) or urlsplit(address).scheme not in ("https", urlsplit(issuer).scheme):
        raise ProviderUnavailable(f"{urlsplit(issuer).hostname} names no usable {name}")
    return address


def _keys_by_id(said: Mapping[str, Any]) -> dict[str, list[PublicKey]]:
    """Public keys for signatures by key id (RFC 7517); what cannot be used here is left out."""
    found: dict[str, list[PublicKey]] = {}
    keys = said.get("keys")
    for each in keys[:50] if isinstance(keys, list) else []:
        if not isinstance(each, dict) or each.get("use", "sig") != "sig":
            continue
        kinds: dict[Any, type[RSAKey] | type[ECKey]] = {"RSA": RSAKey, "EC": ECKey}
        kind = kinds.get(each.get("kty"))
        public = {name: value for name, value in each.items() if name in ("kty", "n", "e", "crv", "x", "y")}
        try:
            key = kind.import_key(public) if kind else None
        except (JoseError, ValueError, TypeError):
            continue
        if key is not None:
            found.setdefault(str(each.get("kid", "")), []).append(key)
    return found


async def _ask(
    method: str, address: str, *, form: Mapping[str, str] | None = None, bearer: str = ""
) -> Mapping[str, Any]:
    """A JSON object from the provider. Raises ``ProviderUnavailable``, or ``TokenRefused`` where it says no."""
    host = urlsplit(address).hostname
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
    try:
        async with (
            aiohttp.ClientSession(timeout=PATIENCE) as session,
            session.request(method, address, data=form, headers=headers, allow_redirects=False) as response,
        ):
            if form is not None and 400 <= response.status < 500:
                raise TokenRefused("was not given out: the provider refuses the code")
            if response.status != 200:
                raise ProviderUnavailable(f"{host} answers with HTTP {response.status}")
            body = await response.content.read(MAX_ANSWER)
            answer = _parsed(body)
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        raise ProviderUnavailable(f"{host} does not answer ({type(error).__name__})") from None
    if not isinstance(answer, dict):
        raise ProviderUnavailable(f"{host} answers with something else than JSON")
    return answer


def _parsed(body: bytes) -> object:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return None
