"""Who acts, what that person may see and do, and how a refusal is told."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from ...domain.organization import AuditEntry, Organization, OrganizationId, Role
from ..registry_changes import ChangeableRegistry, Changes, Records


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever administers. ``login`` goes into the audit; ``organization``: the only one to see, None: all of them."""

    login: str
    role: Role
    organization: str | None = None


class AdministrationRefused(Exception):
    """It is not done. ``field`` names what is wrong (empty: no field), ``message`` is a sentence for people."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(field, message)
        self.field = field
        self.message = message

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


class Subject:
    """What the services of all subjects share."""

    def __init__(self, registry: ChangeableRegistry, now: Callable[[], float]) -> None:
        self._registry = registry
        self._now = now

    def _tell(
        self, changes: Changes, actor: Actor, action: str, target: str, *, organization: str = "", detail: str = ""
    ) -> None:
        entry = AuditEntry(
            at=self._now(),
            actor=actor.login,
            organization=organization,
            action=action,
            target=target,
            detail=detail[:300],
        )
        changes.tell(entry)


def owner_only(actor: Actor) -> None:
    """Refuse everybody but owners."""
    if actor.role is not Role.OWNER:
        raise AdministrationRefused("", f"only an owner may do this, and {actor.login!r} is {actor.role.value}")


def changer_only(actor: Actor) -> None:
    """Refuse auditors."""
    if actor.role is Role.AUDITOR:
        raise AdministrationRefused("", f"{actor.login!r} is an auditor, who may see and not change")


def seen(records: Records, actor: Actor, organization: str) -> Organization:
    """The organization, active or not; another's is refused like one that does not exist."""
    found = None
    if actor.organization in (None, organization) and _is_id(organization):
        found = records.organization(organization)
    if found is None:
        raise AdministrationRefused("organization", f"there is no organization {organization[:60]!r}")
    return found


def _is_id(organization: str) -> bool:
    """What comes from an address may be anything, also what a database does not take for text."""
    try:
        msgspec.convert(organization, OrganizationId)
    except msgspec.ValidationError:
        return False
    return True
