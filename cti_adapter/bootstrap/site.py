"""This server's own call center definition, as its configuration makes it."""

from collections.abc import Callable
from dataclasses import dataclass

from ..config import Config
from ..domain.call_center.definition import DefinitionOptions, build_definition
from ..domain.call_center.settings import flat_settings
from ..domain.organization import DEFAULT_ORGANIZATION


@dataclass(frozen=True)
class Site:
    """``port`` tells the port in use where the configuration leaves it open."""

    config: Config
    port: Callable[[], int] | None = None

    def url(self) -> str:
        """URL under which browsers reach this server, without a slash at its end."""
        return self.config.url_at(self.port() if self.port else self.config.port)

    def definition(self, organization: str = DEFAULT_ORGANIZATION) -> DefinitionOptions:
        """What stands in the definition file that this server writes for ``organization``."""
        path = "" if organization == DEFAULT_ORGANIZATION else f"/t/{organization}"
        return DefinitionOptions(
            url=f"{self.url()}{path}/softphone",
            standby_url=self.config.standby_url,
            timeout_ms=self.config.standby_timeout_ms,
            internal_name=self.config.call_center_name,
            country=self.config.country,
        )

    def settings(self) -> dict[str, str]:
        """The definition as ``getCallCenterSettings`` returns it."""
        return flat_settings(build_definition(self.definition()))
