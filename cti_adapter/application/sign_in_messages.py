"""What travels when an agent signs in: closed records, as in ``messages``."""

from typing import Annotated

from msgspec import Meta

from ..domain.agent import AgentId
from ..domain.organization import DEFAULT_ORGANIZATION, OrganizationId
from .messages import Message


class SignInById(Message, frozen=True, kw_only=True, tag_field="mode", tag="id"):
    """Open a session by knowing a name only."""

    agent: AgentId
    organization: OrganizationId = DEFAULT_ORGANIZATION


#: A JWS in compact serialization (RFC 7515, 7.1), or a personal token.
SignedToken = Annotated[str, Meta(min_length=1, max_length=8_000, pattern=r"^[A-Za-z0-9_.-]+$(?!\n)")]
#: 32 random bytes, or a SHA-256 of them, in base64url without padding.
Word256 = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{43}$(?!\n)")]


class SignInByApex(Message, frozen=True, kw_only=True, tag_field="mode", tag="apex"):
    """… by a token that the organization's Salesforce org has signed (``salesforce/classes/CtiSignIn.cls``)."""

    organization: OrganizationId = DEFAULT_ORGANIZATION
    token: SignedToken


class SignInByOidc(Message, frozen=True, kw_only=True, tag_field="mode", tag="oidc"):
    """… by the code that an OpenID Connect provider gave the page (OIDC Core 3.1; PKCE, RFC 7636)."""

    organization: OrganizationId = DEFAULT_ORGANIZATION
    code: Annotated[str, Meta(min_length=1, max_length=4_000, pattern=r"^[\x20-\x7e]+$(?!\n)")]
    verifier: Word256
    nonce: Word256
    """Whose SHA-256 the ID token must hold as its nonce: the code is of use to this page alone."""
    issuer: Annotated[str, Meta(max_length=255)] | None = None
    """``iss`` of the redirect (RFC 9207), where the provider sends one."""


class SignInByToken(Message, frozen=True, kw_only=True, tag_field="mode", tag="token"):
    """… by a personal token from an administrator."""

    organization: OrganizationId = DEFAULT_ORGANIZATION
    token: SignedToken


class SignInByTicket(Message, frozen=True, kw_only=True, tag_field="mode", tag="ticket"):
    """… by a ticket that another tab of this browser has got for its session."""

    organization: OrganizationId = DEFAULT_ORGANIZATION
    ticket: SignedToken


SignIn = SignInById | SignInByApex | SignInByOidc | SignInByToken | SignInByTicket


class Session(Message, frozen=True, kw_only=True):
    """A session: ``session`` is the bearer token (256 random bits), to be kept in page memory only."""

    session: str
    agent: AgentId
    expires_in_s: int
    renew_in_s: int | None = None
    """The session ends then unless it is renewed with a fresh proof; null: not needed."""


class NonceRequest(Message, frozen=True, kw_only=True):
    """Ask for a nonce to be signed (mode ``apex``)."""

    organization: OrganizationId = DEFAULT_ORGANIZATION


class Nonce(Message, frozen=True, kw_only=True):
    """A word to be signed, of one use."""

    nonce: str
    expires_in_s: int


class Ticket(Message, frozen=True, kw_only=True):
    """Lets another tab of the same browser sign in, once."""

    ticket: str
    expires_in_s: int


class OidcRequest(Message, frozen=True, kw_only=True):
    """Ask where the window of an OpenID Connect sign-in has to go. All words are made by the page."""

    organization: OrganizationId = DEFAULT_ORGANIZATION
    challenge: Word256
    """SHA-256 of the verifier (RFC 7636, 4.2: S256)."""
    state: Word256
    """SHA-256 of the word with which the page may pick up the code."""
    nonce_hash: Word256


class OidcStart(Message, frozen=True, kw_only=True):
    """Where to go."""

    authorize_url: str


class Handoff(Message, frozen=True, kw_only=True):
    """The code, from a window that has lost its opener (Cross-Origin-Opener-Policy) to the page that has opened it."""

    state: Word256
    code: Annotated[str, Meta(min_length=1, max_length=4_000, pattern=r"^[\x20-\x7e]+$(?!\n)")]
    issuer: Annotated[str, Meta(max_length=255)] | None = None


class HandoffQuestion(Message, frozen=True, kw_only=True):
    """Has the window come back? ``pickup``: the word whose SHA-256 is the state."""

    pickup: Word256


class HandoffAnswer(Message, frozen=True, kw_only=True):
    """The code that was handed over."""

    code: str
    issuer: str | None = None
