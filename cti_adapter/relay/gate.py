"""Who may ask how often: limits by address, session, agent and organization, before anything is done for a request."""

import math

from ..application.limits import Limiter
from ..application.ports import Clock
from ..application.refusals import ErrorId, Refused
from ..application.relay_settings import RelaySettings
from ..domain.agent import AgentKey


class Gate:
    """All ``Raises``: ``Refused`` (too_many_requests) with the seconds after which it makes sense to come back."""

    def __init__(self, clock: Clock, settings: RelaySettings) -> None:
        self._clock = clock
        self._strangers: Limiter[str] = Limiter(settings.strangers)
        self._sessions: Limiter[int] = Limiter(settings.session)
        self._agents: Limiter[AgentKey] = Limiter(settings.agent)
        self._organizations: Limiter[str] = Limiter(settings.organization)

    def stranger(self, address: str) -> None:
        """Somebody who has not shown who they are, or could not."""
        self._pass(self._strangers.take(address, self._clock.monotonic()), "this address asks too often")

    def session(self, bearer: str, key: AgentKey) -> None:
        """A page of an agent."""
        now = self._clock.monotonic()
        self._pass(self._sessions.take(hash(bearer), now), "this page asks too often")
        self._pass(self._agents.take(key, now), "this agent's pages ask too often")
        self.organization(key.org)

    def organization(self, organization: str) -> None:
        """Anybody of an organization."""
        wait_s = self._organizations.take(organization, self._clock.monotonic())
        self._pass(wait_s, "this organization asks too often")

    @staticmethod
    def _pass(wait_s: float, detail: str) -> None:
        if wait_s:
            raise Refused(ErrorId.TOO_MANY_REQUESTS, detail, retry_after_s=math.ceil(wait_s))
