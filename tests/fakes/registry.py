"""A registry in memory, with the rules of the real one that matter for signing in."""

from itertools import count

from msgspec.structs import replace

from cti_adapter.application.registry import RegistryConflict, RegistryUnavailable, Snapshot
from cti_adapter.domain.organization import (
    Admission,
    AgentRecord,
    ConnectorRecord,
    Organization,
    PersonalToken,
    SignInMode,
)

BY_NAME = Organization(id="default", name="Default", sign_in=SignInMode.ID, admission=Admission.EVERYBODY)


class MemoryRegistry:
    """``add`` and ``remove`` change it; ``away`` makes it unreachable."""

    def __init__(self, *records: Organization | AgentRecord | PersonalToken | ConnectorRecord) -> None:
        self.away = False
        self._numbers = count(1)
        self._version = 0
        self._records: dict[tuple[type, str, str], Organization | AgentRecord | PersonalToken | ConnectorRecord] = {}
        self.add(*(records or (BY_NAME,)))

    def add(self, *records: Organization | AgentRecord | PersonalToken | ConnectorRecord) -> None:
        for record in records:
            self._records[_key(record)] = record
        self._version += 1

    def remove(self, record: Organization | AgentRecord | PersonalToken | ConnectorRecord) -> None:
        del self._records[_key(record)]
        self._version += 1

    def agent(self, login: str, organization: str = "default", **fields: object) -> AgentRecord:
        """Make an agent, or change it."""
        known = self.snapshot().agent_by_login(organization, login)
        fresh = known or AgentRecord(id=f"u_{next(self._numbers)}", organization=organization, login=login)
        record = replace(fresh, **fields)
        self.add(record)
        return record

    def version(self) -> int:
        self._answer()
        return self._version

    def snapshot(self) -> Snapshot:
        self._answer()
        every = list(self._records.values())
        return Snapshot(
            self._version,
            [each for each in every if isinstance(each, Organization)],
            [each for each in every if isinstance(each, AgentRecord)],
            [each for each in every if isinstance(each, PersonalToken)],
            [each for each in every if isinstance(each, ConnectorRecord)],
        )

    def admit(self, organization: str, issuer: str, subject: str, login: str, name: str) -> AgentRecord:
        known = self.snapshot().agent_by_login(organization, login)
        if known is not None and known.subject and (known.issuer, known.subject) != (issuer, subject):
            raise RegistryConflict(login)
        return self.agent(login, organization, issuer=issuer, subject=subject, name=name)

    def forget_audit(self, before: float) -> int:
        return 0

    def secret(self, name: str) -> bytes:
        return name.encode().ljust(32, b".")

    def _answer(self) -> None:
        if self.away:
            raise RegistryUnavailable("switched off by the test")


def _key(record: Organization | AgentRecord | PersonalToken | ConnectorRecord) -> tuple[type, str, str]:
    return type(record), getattr(record, "organization", ""), record.id
