"""The registry as those use it who administer it: read single records, change them in one transaction. No I/O."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from ..domain.organization import Administrator, AgentRecord, AuditEntry, ConnectorRecord, Organization, PersonalToken
from .registry import Registry

#: What can be added, replaced and removed. A connector comes and goes with its keys.
Record: TypeAlias = Organization | AgentRecord | PersonalToken | ConnectorRecord | Administrator


@dataclass(frozen=True, slots=True)
class NumberedEntry:
    """An audit entry with its number, which grows; pages of the list follow each other by it."""

    number: int
    entry: AuditEntry


class Records(Protocol):
    """One consistent view of the registry. What is not there is None, or missing in the list."""

    def organizations(self) -> list[Organization]:
        """All, by id."""
        ...

    def organization(self, organization: str) -> Organization | None:
        """Active or not."""
        ...

    def agents(self, organization: str, *, contains: str, after: str, limit: int) -> list[AgentRecord]:
        """By login, behind login ``after``; those whose login or name contains ``contains``, in any case."""
        ...

    def agent(self, organization: str, login: str) -> AgentRecord | None:
        """Of the normalized ``login``."""
        ...

    def agent_by_id(self, organization: str, agent: str) -> AgentRecord | None:
        """Whose ``AgentRecord.id`` is ``agent``."""
        ...

    def logins(self, organization: str) -> set[str]:
        """Of all its agents."""
        ...

    def count_agents(self, organization: str) -> int:
        """Active or not."""
        ...

    def tokens(self, agent: str) -> list[PersonalToken]:
        """Of the agent with this ``AgentRecord.id``, the oldest first."""
        ...

    def connectors(self, organization: str) -> list[ConnectorRecord]:
        """By id."""
        ...

    def connector(self, organization: str, connector: str) -> ConnectorRecord | None:
        """With its keys, the oldest first."""
        ...

    def key_is_known(self, value: str) -> bool:
        """Whether any connector has a key of this ``ConnectorKey.value``."""
        ...

    def administrators(self) -> list[Administrator]:
        """All, by login."""
        ...

    def administrator(self, login: str) -> Administrator | None:
        """Of the normalized ``login``."""
        ...

    def audit(self, organization: str | None, *, before: int | None, limit: int) -> list[NumberedEntry]:
        """Newest first, those numbered below ``before``; of one organization, or of all where it is None."""
        ...


class Changes(Records, Protocol):
    """A transaction: what it reads nobody else changes meanwhile, and what it does is done wholly or not at all."""

    def add(self, *records: Record) -> None:
        """New ones, of one kind. Raises ``RegistryConflict`` where a name or key is taken."""
        ...

    def replace(self, record: Record) -> None:
        """The stored one of the same key by ``record``."""
        ...

    def remove(self, record: Record) -> None:
        """It and what belongs to it."""
        ...

    def tell(self, entry: AuditEntry) -> None:
        """Write down who has changed what; no change without it."""
        ...


class ChangeableRegistry(Registry, Protocol):
    """The whole store. Blocking; all raise ``RegistryUnavailable``."""

    def reading(self) -> AbstractContextManager[Records]:
        """One view for several questions."""
        ...

    def changing(self) -> AbstractContextManager[Changes]:
        """One change, stored on leaving with a raised version; an exception, or no change at all, takes it back."""
        ...

    def forget_audit(self, before: float) -> int:
        """Delete audit entries older than ``before`` (seconds since 1970); how many."""
        ...
