"""The one service that changes the registry: it checks, changes and writes down who has changed what.

Used by the ``cti`` command and by the admin console. Each use case takes the person who acts and refuses by role:
owners may do everything, admins everything inside their organization except make, shut and remove organizations and
what concerns administrators, auditors see. No SQL, no HTTP.
"""

from ..ports import Clock
from ..registry_changes import ChangeableRegistry
from .acting import Actor, AdministrationRefused
from .administrators import Administrators
from .agents import Agents
from .audit import Audit
from .connectors import Connectors
from .organizations import Organizations

__all__ = ["Actor", "Administration", "AdministrationRefused"]


class Administration:
    """The use cases by subject."""

    def __init__(self, registry: ChangeableRegistry, clock: Clock) -> None:
        self.organizations = Organizations(registry, clock)
        self.agents = Agents(registry, clock)
        self.connectors = Connectors(registry, clock)
        self.administrators = Administrators(registry, clock)
        self.audit = Audit(registry, clock)
