"""Lets agents in: which proof an organization wants, whose proof it is, and whether that person is an agent here.

What a proof proves is found out by the verifiers (``SignInProofs``); what follows from it is decided here, by the
picture of the registry. No HTTP, no cryptography.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from ..domain.agent import AgentKey, normalized_agent
from ..domain.organization import Admission, AgentRecord, Organization, SignInMode
from .credentials import kept
from .ports import Clock
from .refusals import ErrorId, Refused
from .registry import Registry, RegistryConflict, RegistryUnavailable, Snapshot
from .sessions import Standing
from .sign_in_messages import SignIn, SignInByApex, SignInById, SignInByOidc, SignInByTicket, SignInByToken

log = logging.getLogger("cti.sign_in")

#: How long a signed token of Salesforce is taken for true, in seconds: whoever was deactivated there is out after that.
APEX_PROOF_S = 30 * 60.0


@dataclass(frozen=True, slots=True)
class Identity:
    """What a proof proves: ``issuer`` vouches for ``subject``, whom it calls ``login`` and ``name`` today."""

    issuer: str
    subject: str
    login: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Admitted:
    """An agent who has proved it, and on what that stands."""

    key: AgentKey
    standing: Standing


class SignInProofs(Protocol):
    """Checks proofs. All raise ``Refused`` (sign_in_refused), with a sentence that repeats nothing of the proof."""

    def apex(self, organization: Organization, token: str) -> Identity:
        """Of a token that the Salesforce org has signed."""
        ...

    async def oidc(self, organization: Organization, asked: SignInByOidc, origin: str) -> Identity:
        """Of a code that the provider gave the page of ``origin``; the provider is asked. Also raises ``Refused``
        (unavailable)."""
        ...

    def ticket(self, organization: str, ticket: str) -> Admitted:
        """Of a ticket of this relay."""
        ...


class SignInDesk:
    """``picture`` gives the newest snapshot; ``by_name_allowed``: whether mode ``id`` may be used at this address."""

    def __init__(
        self,
        picture: Callable[[], Snapshot],
        registry: Registry,
        proofs: SignInProofs,
        clock: Clock,
        refresh: Callable[[], Awaitable[bool]],
        *,
        by_name_allowed: bool,
    ) -> None:
        """``refresh`` looks for a newer snapshot now."""
        self._picture = picture
        self._refresh = refresh
        self._registry = registry
        self._proofs = proofs
        self._clock = clock
        self._by_name_allowed = by_name_allowed

    async def admit(self, asked: SignIn, origin: str = "") -> Admitted:
        """Who signs in, on a page of ``origin``.

        Raises ``Refused`` (sign_in_refused; unavailable when the registry or the provider is away).
        """
        mode = _mode(asked)
        try:
            admitted = await self._admit(asked, origin)
        except Refused as refused:
            log.info("sign-in refused: organization %s, mode %s: %s", asked.organization, mode, refused.detail)
            raise
        agent = admitted.standing.agent_id or "not listed"
        log.info("sign-in: organization %s, mode %s, agent %s", asked.organization, mode, agent)
        return admitted

    async def _admit(self, asked: SignIn, origin: str) -> Admitted:
        organization = self.organization(asked.organization)
        if isinstance(asked, SignInByTicket):
            admitted = self._proofs.ticket(organization.id, asked.ticket)
            if not self.stands(admitted.key, admitted.standing):
                raise refused("this ticket belongs to a session that has ended")
            return admitted
        if organization.sign_in is not SignInMode(_mode(asked)):
            raise refused(f"organization {organization.id!r} signs in by '{organization.sign_in}'; load the page anew")
        match asked:
            case SignInById():
                return await self._by_name(organization, normalized_agent(asked.agent))
            case SignInByToken():
                return await self._by_token(organization, asked.token)
            case SignInByApex():
                identity = self._proofs.apex(organization, asked.token)
                return await self._identified(organization, identity, APEX_PROOF_S)
            case SignInByOidc():
                return await self._identified(organization, await self._proofs.oidc(organization, asked, origin), None)

    def organization(self, organization: str) -> Organization:
        """The active organization of this id. Raises ``Refused`` (sign_in_refused)."""
        found = self._picture().organization(organization)
        if found is None:
            raise refused(f"organization {organization!r} is not known here")
        return found

    def stands(self, key: AgentKey, standing: Standing) -> bool:
        """Whether the registry, as it is now, still bears a session out."""
        picture = self._picture()
        organization = picture.organization(key.org)
        if organization is None or organization.sign_in is not standing.mode:
            return False
        record = picture.agent_by_login(key.org, key.agent)
        if record is None:
            return standing.agent_id == "" and organization.admission is Admission.EVERYBODY
        if not record.active or standing.since < record.signed_out_before:
            return False
        if standing.agent_id and standing.agent_id != record.id:
            return False
        if standing.mode is SignInMode.TOKEN:
            return picture.agent_by_token(key.org, standing.token_hash, self._clock.now()) == record
        # An identity that an administrator has released is nobody's until its next sign-in.
        return standing.mode is SignInMode.ID or bool(record.subject)

    # --- modes ---

    async def _by_name(self, organization: Organization, login: str) -> Admitted:
        if not self._by_name_allowed:
            raise refused(
                "signing in by name alone is not allowed on an address that others can reach; see "
                "sign_in_by_id_on_public_address"
            )
        record = await self._look(lambda picture: picture.agent_by_login(organization.id, login))
        if record is None and organization.admission is Admission.LISTED:
            raise refused(f"this login is not an agent of organization {organization.id!r}")
        return self._admitted(organization, login, record)

    async def _by_token(self, organization: Organization, token: str) -> Admitted:
        token_hash = kept(token)
        now = self._clock.now()
        record = await self._look(lambda picture: picture.agent_by_token(organization.id, token_hash, now))
        if record is None:
            raise refused("this token is not valid (any more)")
        return self._admitted(organization, record.login, record, token_hash=token_hash)

    async def _identified(self, organization: Organization, identity: Identity, proof_s: float | None) -> Admitted:
        record = self._picture().agent_by_subject(organization.id, identity.issuer, identity.subject)
        if record is None:
            record = await self._first_time(organization, identity)
        return self._admitted(organization, record.login, record, proof_s=proof_s)

    async def _first_time(self, organization: Organization, identity: Identity) -> AgentRecord:
        """Bind the identity to the agent of its login name, or make one where everybody is welcome."""
        login = normalized_agent(identity.login)
        if not login:
            raise refused("the identity provider tells no login name (preferred_username), which is needed once")
        known = await self._look(lambda picture: picture.agent_by_login(organization.id, login))
        if known is None and organization.admission is Admission.LISTED:
            raise refused(f"this login is not an agent of organization {organization.id!r}")
        if known is not None and not known.active:
            raise refused("this agent is deactivated")
        try:
            record = await asyncio.to_thread(
                self._registry.admit, organization.id, identity.issuer, identity.subject, login, identity.name[:80]
            )
        except RegistryConflict:
            raise refused("this login belongs to another identity; an administrator can release it") from None
        except RegistryUnavailable:
            raise Refused(
                ErrorId.UNAVAILABLE, "the registry is out of reach, and this is a first sign-in", retry_after_s=10
            ) from None
        await self._refresh()
        return record

    async def _look(self, find: Callable[[Snapshot], AgentRecord | None]) -> AgentRecord | None:
        """Whom the picture does not know may have been entered this second: then it is looked at anew."""
        found = find(self._picture())
        return find(self._picture()) if found is None and await self._refresh() else found

    def _admitted(
        self,
        organization: Organization,
        login: str,
        record: AgentRecord | None,
        *,
        token_hash: str = "",
        proof_s: float | None = None,
    ) -> Admitted:
        if record is not None and not record.active:
            raise refused("this agent is deactivated")
        standing = Standing(
            mode=organization.sign_in,
            agent_id=record.id if record is not None else "",
            token_hash=token_hash,
            since=self._clock.now(),
            proof_s=proof_s,
        )
        return Admitted(AgentKey(organization.id, login), standing)


def refused(detail: str) -> Refused:
    """A sign-in that is not let in, with a sentence for the agent."""
    return Refused(ErrorId.SIGN_IN_REFUSED, detail)


def _mode(asked: SignIn) -> str:
    return str(asked.__struct_config__.tag)
