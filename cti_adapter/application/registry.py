"""The registry as the relay sees it: a picture of it in memory, and how a first sign-in is written down. No I/O.

The registry is durable and small; what is live is elsewhere. Each node holds a ``Snapshot`` and looks every two seconds
whether there is a newer one, so that a withdrawn right ends everywhere within five seconds without asking a database
at each request.
"""

from collections.abc import Iterable
from typing import Protocol

from ..domain.organization import AgentRecord, ConnectorKey, ConnectorRecord, Organization, PersonalToken


class Snapshot:
    """All organizations, agents and connectors at one moment; never changes. ``version`` grows with every change."""

    def __init__(
        self,
        version: int,
        organizations: Iterable[Organization] = (),
        agents: Iterable[AgentRecord] = (),
        tokens: Iterable[PersonalToken] = (),
        connectors: Iterable[ConnectorRecord] = (),
    ) -> None:
        self.version = version
        self.organizations = {each.id: each for each in organizations}
        self._agents = {each.id: each for each in agents}
        self._by_login = {(each.organization, each.login): each for each in self._agents.values()}
        self._by_subject = {
            (each.organization, each.issuer, each.subject): each for each in self._agents.values() if each.subject
        }
        self._tokens = {each.hash: each for each in tokens}
        self._connectors = {(each.organization, each.id): each for each in connectors}
        self._keys = {key.value: (each, key) for each in self._connectors.values() for key in each.keys}

    def organization(self, organization: str) -> Organization | None:
        """The organization, if there is one of this id and it is active."""
        found = self.organizations.get(organization)
        return found if found is not None and found.active else None

    def agent_by_login(self, organization: str, login: str) -> AgentRecord | None:
        """Who has the normalized ``login``, active or not."""
        return self._by_login.get((organization, login))

    def agent_by_subject(self, organization: str, issuer: str, subject: str) -> AgentRecord | None:
        """Whom ``issuer`` knows as ``subject``, active or not."""
        return self._by_subject.get((organization, issuer, subject))

    def agent_by_token(self, organization: str, token_hash: str, now: float) -> AgentRecord | None:
        """Whose personal token has this hash, if it is good at ``now`` and belongs to ``organization``."""
        token = self._tokens.get(token_hash)
        if token is None or (token.ends_at is not None and now >= token.ends_at):
            return None
        agent = self._agents.get(token.agent)
        return agent if agent is not None and agent.organization == organization else None

    def connector(self, organization: str, connector: str) -> ConnectorRecord | None:
        """A connector of an active organization, active or not."""
        return self._connectors.get((organization, connector)) if self.organization(organization) else None

    def connector_by_key(self, value: str, now: float) -> tuple[ConnectorRecord, ConnectorKey] | None:
        """Whose credential ``value`` (``ConnectorKey.value``) is, if it is good at ``now``."""
        found = self._keys.get(value)
        if found is None or not good(found[1], now) or not found[0].active:
            return None
        return found if self.organization(found[0].organization) else None


def good(key: ConnectorKey, now: float) -> bool:
    """Whether ``key`` may be used at ``now``."""
    return key.ends_at is None or now < key.ends_at


class RegistryUnavailable(Exception):
    """The database does not answer. What is known already goes on."""


class RegistryConflict(Exception):
    """Somebody else was faster, or the name belongs to another identity."""


class Registry(Protocol):
    """The durable store, as nodes use it. Blocking; called from a thread. All raise ``RegistryUnavailable``."""

    def version(self) -> int:
        """Of the latest change; cheap."""
        ...

    def snapshot(self) -> Snapshot:
        """Everything."""
        ...

    def admit(self, organization: str, issuer: str, subject: str, login: str, name: str) -> AgentRecord:
        """First sign-in of (``issuer``, ``subject``): make an agent, or bind the one of ``login`` without an identity.

        Returns the record as it is now. Raises ``RegistryConflict`` when ``login`` belongs to another identity.
        """
        ...

    def secret(self, name: str) -> bytes:
        """32 random bytes under ``name``, the same on every node: made when first asked for."""
        ...
