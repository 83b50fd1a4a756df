"""What an organization lets its agents dial, and how often: against toll fraud by who has got hold of a session.

The phone system's own barring is the last word; these rules hold even where nobody has set that up.
"""

import math
import re
from collections.abc import Callable, Mapping

from ..domain.agent import AgentKey
from ..domain.call_center.settings import read_settings
from ..domain.numbers.outgoing import explain_outgoing
from ..domain.organization import Organization
from .adapter import Prepared
from .limits import Limiter, Rate
from .ports import Clock
from .refusals import ErrorId, Refused
from .registry import Snapshot

#: Longest emergency number, with an outside prefix. The page says what is one, so it cannot be a long one.
LONGEST_EMERGENCY = 6


class DialRules:
    """``site`` gives the settings of this server's own call center definition: the page's could be anybody's."""

    def __init__(self, picture: Callable[[], Snapshot], site: Callable[[], Mapping[str, str]], clock: Clock) -> None:
        self._picture = picture
        self._site = site
        self._clock = clock
        self._limiter: Limiter[AgentKey] = Limiter(Rate(1.0, 1))

    def check(self, key: AgentKey, prepared: Prepared) -> None:
        """May the agent dial this now? Raises ``Refused`` (number_forbidden, too_many_requests), never for emergencies.

        Whatever carries a number counts: a call, a consultation, a transfer, a forwarding.
        """
        organization = self._picture().organization(key.org)
        if prepared.dialled is None or organization is None:
            return
        if prepared.emergency and len(prepared.dialled) <= LONGEST_EMERGENCY:
            return
        if any(number.startswith(organization.forbidden_prefixes) for number in self._readings(prepared)):
            raise Refused(
                ErrorId.NUMBER_FORBIDDEN,
                "your organization does not allow calls to this number",
                field="command.number",
            )
        self._count(key, organization)

    def _count(self, key: AgentKey, organization: Organization) -> None:
        most = organization.dials_per_minute
        wait_s = self._limiter.take(key, self._clock.monotonic(), Rate(most / 60, most))
        if wait_s:
            raise Refused(
                ErrorId.TOO_MANY_REQUESTS,
                f"more than {most} calls in a minute; your organization allows no more",
                retry_after_s=math.ceil(wait_s),
            )

    def _readings(self, prepared: Prepared) -> set[str]:
        """The number as dialled, and as what this site would understand it to be."""
        dialled = re.sub(r"[^0-9*#+]", "", prepared.dialled or "")
        settings = read_settings(self._site()).settings
        numbers = {dialled, dialled.removeprefix(settings.outside_prefix)} - {""}
        understood = {explain_outgoing(number, settings).e164 for number in numbers} | {prepared.e164}
        return numbers | {number for number in understood if number}
