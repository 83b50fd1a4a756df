"""Signing in at the console by the company's identity provider: out to it, and back with a code.

Between the two requests the server keeps nothing: a cookie holds a random word for ten minutes, and state, nonce and
verifier are made of it with a key that only this process has. That cookie is ``Lax``, since browsers send no ``Strict``
one when another site leads back here; for the same reason the way into the console is a page that goes on by itself.
"""

import base64
import hashlib
import hmac
import logging
import re
import secrets
from dataclasses import dataclass
from threading import BoundedSemaphore

import msgspec
from flask import Blueprint, Response, g, make_response, request

from ...application.refusals import Refused
from ...application.sign_in_messages import OidcRequest, SignInByOidc
from ...domain.organization import Administrator
from .access import ConsoleOptions, console_session
from .answers import address, go, render
from .identity_provider import IdentityProvider
from .sessions import ConsoleSessions, cookie_name
from .texts import Texts

log = logging.getLogger("cti.console")

COOKIE = "cti-admin-provider"
#: How long somebody may take at the provider, in seconds.
PATIENCE_S = 600
#: Conversations with the provider at a time: each may take its time-out, and strangers may begin many.
TOGETHER = 4
_WORD = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Transaction:
    """One way out and back: all words are made of ``word`` and ``key``, and none tells another."""

    key: bytes
    word: str

    def made(self, purpose: str) -> str:
        """256 bits in 43 characters."""
        return _base64url(hmac.new(self.key, f"{purpose}:{self.word}".encode(), hashlib.sha256).digest())

    def begin(self) -> OidcRequest:
        """What the provider is told at first (RFC 7636, 4.2; OIDC Core 3.1.2.1)."""
        challenge, nonce = (_hashed(self.made(each)) for each in ("verifier", "nonce"))
        return OidcRequest(challenge=challenge, state=self.made("state"), nonce_hash=nonce)

    def back(self, code: str, issuer: str | None) -> SignInByOidc:
        """What proves that the same browser has come back. Raises ``msgspec.ValidationError``."""
        values = {"mode": "oidc", "code": code, "issuer": issuer}
        return msgspec.convert(values | {each: self.made(each) for each in ("verifier", "nonce")}, SignInByOidc)


class NotEntered(Exception):
    """Nobody is let in; says why, in the language of the page."""


class ProviderDesk:
    """Out and back. ``Refused`` becomes a sentence on the sign-in page."""

    def __init__(self, options: ConsoleOptions, provider: IdentityProvider) -> None:
        self._administrators = options.administration.administrators
        self._url = options.url
        self._secure = options.secure
        self._provider = provider
        self._key = secrets.token_bytes(32)
        self._places = BoundedSemaphore(TOGETHER)

    def out(self) -> Response:
        """To the provider. Raises ``Refused``."""
        transaction = Transaction(self._key, secrets.token_urlsafe(32))
        with self._places:
            url = self._provider.authorize_url(transaction.begin(), self._redirect_uri())
        answer = make_response("", 303)
        answer.headers["Location"] = url
        answer.set_cookie(
            self._cookie_name(), transaction.word, PATIENCE_S, secure=self._secure(), httponly=True, samesite="Lax"
        )
        return answer

    def back(self) -> Administrator:
        """Who has come back. Raises ``NotEntered``, and ``Refused``."""
        texts: Texts = g.texts
        transaction = self._transaction()
        if transaction is None:
            raise NotEntered(texts("provider_begin_again"))
        if "error" in request.args:
            # RFC 6749, 4.1.2.1: a short code, and a sentence that anybody may have written.
            log.warning("the identity provider signs nobody in: %s", _code(request.args["error"]))
            raise NotEntered(texts("provider_says_no"))
        try:
            asked = transaction.back(request.args.get("code", ""), request.args.get("iss"))
        except msgspec.ValidationError:
            raise NotEntered(texts("provider_begin_again")) from None
        with self._places:
            identity = self._provider.identity(asked, self._redirect_uri())
        found = self._administrators.by_provider(identity.subject, identity.login)
        if found is None:
            log.warning("somebody whom the identity provider knows is no administrator, from %s", request.remote_addr)
            raise NotEntered(texts("provider_nobody"))
        return found

    def forget(self, answer: Response) -> Response:
        """The word is of use once."""
        answer.delete_cookie(self._cookie_name(), secure=self._secure(), httponly=True, samesite="Lax")
        return answer

    def _cookie_name(self) -> str:
        return cookie_name(COOKIE, self._secure())

    def _transaction(self) -> Transaction | None:
        word = request.cookies.get(self._cookie_name(), "")
        transaction = Transaction(self._key, word)
        state = request.args.get("state", "")
        if not _WORD.fullmatch(word) or not hmac.compare_digest(state.encode(), transaction.made("state").encode()):
            return None
        return transaction

    def _redirect_uri(self) -> str:
        return f"{self._url()}{address('from_provider')}"


def add_routes(
    blueprint: Blueprint, options: ConsoleOptions, sessions: ConsoleSessions, provider: IdentityProvider
) -> None:
    """Routes of this file's subject."""
    desk = ProviderDesk(options, provider)

    @blueprint.get("/sign-in/provider")
    def to_provider() -> Response:
        if "actor" in g and g.with_password:
            return go("overview")
        try:
            return desk.out()
        except Refused as refused:
            return _not_entered(refused)

    @blueprint.get("/sign-in/provider/done")
    def from_provider() -> Response:
        try:
            found = desk.back()
        except Refused as refused:
            return desk.forget(_not_entered(refused))
        except NotEntered as reason:
            return desk.forget(render("not_entered.html", 422, text=str(reason)))
        options.administration.administrators.entered(found)
        sessions.enter(console_session(), found)
        answer = render("entered.html")
        answer.headers["Refresh"] = f"0; url={address('overview')}"
        return desk.forget(answer)


def _not_entered(refused: Refused) -> Response:
    # Its words name the rule, and nothing of what the provider has sent.
    log.warning("the identity provider could not sign in an administrator: %s", refused.detail)
    texts: Texts = g.texts
    return render("not_entered.html", 502, text=texts("provider_fails"))


def _code(error: str) -> str:
    return error if re.fullmatch(r"[a-z_]{1,60}", error) else "with a code that no standard knows"


def _hashed(word: str) -> str:
    return _base64url(hashlib.sha256(word.encode()).digest())


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
