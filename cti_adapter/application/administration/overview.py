"""All organizations at a glance: what is in each, and what needs somebody's attention."""

from dataclasses import dataclass

from ...domain.organization import ConnectorRecord, Organization
from ..registry_changes import Records
from .acting import Actor, Subject, seen
from .certificates import Certificate, read_certificate


@dataclass(frozen=True, slots=True)
class OrganizationAtAGlance:
    """One organization, how many agents it has, and its connectors and certificates."""

    organization: Organization
    agents: int
    connectors: tuple[ConnectorRecord, ...]
    certificates: tuple[Certificate, ...]


class Overview(Subject):
    """All raise ``AdministrationRefused`` and ``RegistryUnavailable``."""

    def all(self, actor: Actor) -> list[OrganizationAtAGlance]:
        """Organizations that ``actor`` may see, by id."""
        with self._registry.reading() as records:
            found = [each for each in records.organizations() if actor.organization in (None, each.id)]
            return [_at_a_glance(records, each) for each in found]

    def one(self, actor: Actor, organization: str) -> OrganizationAtAGlance:
        """The organization of this id."""
        with self._registry.reading() as records:
            return _at_a_glance(records, seen(records, actor, organization))


def _at_a_glance(records: Records, organization: Organization) -> OrganizationAtAGlance:
    return OrganizationAtAGlance(
        organization,
        records.count_agents(organization.id),
        tuple(records.connectors(organization.id)),
        tuple(read_certificate(pem) for pem in organization.certificates),
    )
