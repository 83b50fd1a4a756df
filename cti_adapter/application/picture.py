"""This node's picture of the registry, kept fresh. The only one who asks the registry what has changed."""

import asyncio
import logging
from collections.abc import Callable

from ..domain.organization import Organization
from .registry import Registry, RegistryUnavailable, Snapshot

log = logging.getLogger("cti.registry")

#: How often the registry's version is looked at, in seconds; a withdrawn right ends within twice that.
LOOK_EVERY_S = 2.0
#: How often everything is checked anew without a change: tokens and keys may have run out, in looks.
CHECK_EVERY = 15


class Picture:
    """``changed`` is called on the loop after each change, and now and then without one."""

    def __init__(self, registry: Registry, changed: Callable[[], None], fallback: Organization | None = None) -> None:
        """Loads the first snapshot; raises ``RegistryUnavailable``: a node without one can let nobody in.

        ``fallback`` is there as long as the registry knows no organization.
        """
        self._registry = registry
        self._changed = changed
        self._fallback = fallback
        self._snapshot = self._load()
        self._away = False

    def __call__(self) -> Snapshot:
        """The newest snapshot. May be called from any thread."""
        return self._snapshot

    async def run(self) -> None:
        """Look for changes until cancelled."""
        looks = 0
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            looks += 1
            if await self.refresh() or looks % CHECK_EVERY == 0:
                self._changed()

    async def refresh(self) -> bool:
        """Look now; whether there was a change. The old picture stays when the registry does not answer."""
        try:
            version = await asyncio.to_thread(self._registry.version)
            if version == self._snapshot.version:
                self._back()
                return False
            self._snapshot = await asyncio.to_thread(self._load)
        except RegistryUnavailable as error:
            if not self._away:
                log.warning("the registry is out of reach, its last picture goes on: %s", error)
            self._away = True
            return False
        self._back()
        return True

    def _load(self) -> Snapshot:
        snapshot = self._registry.snapshot()
        if snapshot.organizations or self._fallback is None:
            return snapshot
        return Snapshot(snapshot.version, [self._fallback])

    def _back(self) -> None:
        if self._away:
            log.info("the registry is back")
        self._away = False
