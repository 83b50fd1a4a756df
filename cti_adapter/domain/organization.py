"""Organizations and who belongs to them: records of the registry, with the rules that every field obeys. Pure.

An organization (one customer, mostly one Salesforce org) is the outer wall: nothing of it is ever told to another.
Times are seconds since 1970 (UTC). Secrets are here as hashes or public keys only.
"""

from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct

from .agent import AgentId

#: Part of addresses: ``/t/<organization>/softphone``.
OrganizationId = Annotated[str, Meta(max_length=40, pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$(?!\n)")]
ConnectorId = Annotated[str, Meta(max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$(?!\n)")]
#: The organization of a server that was not told of any.
DEFAULT_ORGANIZATION = "default"

Title = Annotated[str, Meta(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$(?!\n)")]
#: A host that may show the softphone in a frame, such as ``https://acme.lightning.force.com``; it becomes part of a
#: header, so nothing in it may end the directive (CSP 3, host-source).
FrameHost = Annotated[str, Meta(max_length=255, pattern=r"^https?://[A-Za-z0-9*.-]+(:([0-9]+|\*))?$(?!\n)")]
#: Digits as dialled, after all dialling rules: ``+`` and country code, or an internal number.
NumberPrefix = Annotated[str, Meta(min_length=1, max_length=20, pattern=r"^\+?[0-9*#]+$(?!\n)")]
#: Salesforce's key of an organization (00D…): 15 characters, or 18 with the checksum that makes it safe for any case.
SalesforceOrgId = Annotated[str, Meta(pattern=r"^(00D[A-Za-z0-9]{12}([A-Z0-5]{3})?)?$(?!\n)")]
#: Issuer of an OpenID Connect provider (OIDC Core 2: https, no query, no fragment); http on this machine only.
Issuer = Annotated[
    str,
    Meta(max_length=255, pattern=r"^(https://[^\s?#]+|http://(localhost|127\.0\.0\.1)(:[0-9]+)?(/[^\s?#]*)?)?$(?!\n)"),
]
#: The key with which an identity provider knows a person; never a name.
Subject = Annotated[str, Meta(max_length=255, pattern=r"^[^\s\x00-\x1f\x7f]*$(?!\n)")]


class SignInMode(StrEnum):
    """How the agents of an organization prove who they are."""

    APEX = "apex"
    """A class in the Salesforce org signs a token with the org's own certificate. Silent."""
    OIDC = "oidc"
    """OpenID Connect in a window of its own: Salesforce or the company's provider."""
    TOKEN = "token"  # nosec B105 - a word of the configuration
    """A personal token that an administrator hands out."""
    ID = "id"
    """The name alone: whoever knows it is let in."""


class Admission(StrEnum):
    """Who of those that can prove who they are is an agent."""

    EVERYBODY = "everybody"
    """Whoever proves it becomes an agent with the first sign-in."""
    LISTED = "listed"
    """Only whom an administrator has entered before."""


class Organization(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One organization and its rules."""

    id: OrganizationId
    name: Title
    active: bool = True
    sign_in: SignInMode = SignInMode.APEX
    admission: Admission = Admission.LISTED
    salesforce_org_id: SalesforceOrgId = ""
    """Whose tokens are believed in mode ``apex``."""
    certificates: Annotated[tuple[Annotated[str, Meta(max_length=16_000)], ...], Meta(max_length=3)] = ()
    """Certificates (PEM) that the org signs with in mode ``apex``; two while one follows the other."""
    oidc_issuer: Issuer = ""
    oidc_client_id: Annotated[str, Meta(max_length=300, pattern=r"^[^\s\x00-\x1f\x7f]*$(?!\n)")] = ""
    frame_hosts: Annotated[tuple[FrameHost, ...], Meta(max_length=20)] = ()
    """Who may show the softphone; empty: whom the server's configuration names."""
    dials_per_minute: Annotated[int, Meta(ge=1, le=600)] = 30
    """Calls that one agent may start in a minute: against toll fraud."""
    forbidden_prefixes: Annotated[tuple[NumberPrefix, ...], Meta(max_length=200)] = ()
    """Numbers beginning with one of these are not dialled."""


class AgentRecord(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An agent. Who it is, is (``issuer``, ``subject``); ``login`` is what connectors call the agent."""

    id: str
    """``u_`` and random characters; never used again."""
    organization: OrganizationId
    login: AgentId
    """Normalized (``domain.agent.normalized_agent``); one agent has it, and it does not follow a later renaming."""
    name: Annotated[str, Meta(max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$(?!\n)")] = ""
    active: bool = True
    issuer: Annotated[str, Meta(max_length=255)] = ""
    """Who vouches for ``subject``; empty until the first sign-in in modes ``apex`` and ``oidc``."""
    subject: Subject = ""
    signed_out_before: float = 0.0
    """Sessions that were opened before are void."""


class PersonalToken(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For mode ``token``: what an agent signs in with."""

    id: str
    agent: str
    """``AgentRecord.id``."""
    hash: str
    """SHA-256 of the token, in hex: it is random and long, so one fast hash is enough."""
    made_at: float
    ends_at: float | None = None
    """None: until it is withdrawn."""


class ConnectorKey(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One credential of a connector."""

    id: str
    kind: Literal["api_key", "ed25519"]
    value: str
    """SHA-256 in hex of the API key, or the public key (32 bytes, base64)."""
    made_at: float
    ends_at: float | None = None
    """While keys are rotated the former one is good until then."""


class ConnectorRecord(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A connector that may attach from outside."""

    organization: OrganizationId
    id: ConnectorId
    active: bool = True
    keys: Annotated[tuple[ConnectorKey, ...], Meta(max_length=2)] = ()


class Role(StrEnum):
    """What an administrator may do."""

    OWNER = "owner"
    """Everything, in every organization."""
    ADMIN = "admin"
    """Everything in one organization, but not make organizations and administrators."""
    AUDITOR = "auditor"
    """See, not change."""


class Administrator(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody who may use the admin console."""

    login: AgentId
    """Normalized; an e-mail address mostly."""
    role: Role
    organization: OrganizationId | None = None
    """Whose administrator this is; None: of all of them."""
    active: bool = True
    password_hash: str = ""
    """Argon2id in its own notation; empty: no password, only OpenID Connect."""
    subject: Subject = ""
    """Of the console's OpenID Connect provider; bound at the first sign-in with it."""
    signed_out_before: float = 0.0


class AuditEntry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who has changed what. Holds no phone number, no password and no key."""

    at: float
    actor: str
    """Login of the administrator, or ``cli`` with the user of the operating system."""
    organization: str
    """Empty: not a matter of one organization."""
    action: str
    """Stable code such as ``agent.deactivated``."""
    target: str
    """What it was done to: an id or login."""
    detail: Annotated[str, Meta(max_length=300)] = ""
