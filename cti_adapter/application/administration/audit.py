"""Who has changed what: read by administrators, forgotten by the server."""

from dataclasses import dataclass

from ...domain.organization import AuditEntry
from .acting import Actor, Subject, seen

#: Entries tell what people did at work, so they do not stay longer than they are of use, in seconds.
KEPT_S = 30 * 24 * 3600.0
MOST_LISTED = 1000


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Entries, newest first. ``next`` is the ``before`` of the following page; None: this is the last."""

    entries: tuple[AuditEntry, ...]
    next: int | None


class Audit(Subject):
    """All raise ``AdministrationRefused`` and ``RegistryUnavailable``."""

    def page(
        self, actor: Actor, organization: str | None = None, *, before: int | None = None, limit: int = 100
    ) -> AuditPage:
        """Of one organization, or of all that ``actor`` may see; ``limit`` entries (1000) at most."""
        organization = organization or actor.organization
        limit = max(1, min(limit, MOST_LISTED))
        with self._registry.reading() as records:
            if organization is not None:
                seen(records, actor, organization)
            found = records.audit(organization, before=before, limit=limit + 1)
        page = found[:limit]
        more = page[-1].number if len(found) > limit else None
        return AuditPage(tuple(each.entry for each in page), more)

    def forget_audit(self, before: float) -> int:
        """Delete what is older than ``before`` (seconds since 1970); how many. The server does, not a person."""
        return self._registry.forget_audit(before)
