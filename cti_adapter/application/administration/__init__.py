"""The one service that changes the registry: it checks, changes and writes down who has changed what.

Used by the ``cti`` command and by the admin console. Each use case takes the person who acts and refuses by role:
owners may do everything, admins everything inside their organization except make, shut and remove organizations and
what concerns administrators, auditors see. No SQL, no HTTP.
"""

import time
from collections.abc import Callable

from ..registry_changes import ChangeableRegistry
from .acting import Actor, AdministrationRefused
from .administrators import Administrators
from .agents import Agents
from .audit import Audit
from .connectors import Connectors
from .organizations import Organizations
from .overview import Overview

__all__ = ["Actor", "Administration", "AdministrationRefused"]


class Administration:
    """The use cases by subject. Blocking; may be used by several threads."""

    def __init__(self, registry: ChangeableRegistry, now: Callable[[], float] = time.time) -> None:
        """``now`` gives seconds since 1970 (UTC)."""
        self.organizations = Organizations(registry, now)
        self.agents = Agents(registry, now)
        self.connectors = Connectors(registry, now)
        self.administrators = Administrators(registry, now)
        self.audit = Audit(registry, now)
        self.overview = Overview(registry, now)
