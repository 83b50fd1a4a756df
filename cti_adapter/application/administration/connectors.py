"""Connectors that attach from outside, and the keys that they show."""

import secrets
from typing import Literal

from msgspec import structs

from ...domain.organization import ConnectorKey, ConnectorRecord
from ..credentials import kept, new_api_key, read_public_key
from ..registry import good
from ..registry_changes import Changes, Records
from .acting import Actor, AdministrationRefused, Subject, changer_only, seen
from .checking import checked

#: How long the former key is good after a rotation, in seconds: time to bring the new one to where it is used.
OVERLAP_S = 24 * 3600.0
LONGEST_OVERLAP_S = 90 * 24 * 3600.0
#: ``ConnectorRecord.keys`` holds no more.
MOST_KEYS = 2


class Connectors(Subject):
    """All raise ``AdministrationRefused`` and ``RegistryUnavailable``."""

    def all(self, actor: Actor, organization: str) -> list[ConnectorRecord]:
        """By id; what is said of keys does not let anybody in."""
        with self._registry.reading() as records:
            seen(records, actor, organization)
            return records.connectors(organization)

    def one(self, actor: Actor, organization: str, connector: str) -> ConnectorRecord:
        """The connector of this id."""
        with self._registry.reading() as records:
            return _found(records, actor, organization, connector)

    def make(self, actor: Actor, organization: str, connector: str) -> ConnectorRecord:
        """A new one, without a key."""
        changer_only(actor)
        with self._registry.changing() as changes:
            seen(changes, actor, organization)
            made = checked(ConnectorRecord, {"organization": organization, "id": connector}, {"id": "connector"})
            if changes.connector(organization, made.id) is not None:
                message = f"{made.id!r} is a connector of organization {organization!r} already"
                raise AdministrationRefused("connector", message)
            changes.add(made)
            self._told(changes, actor, "connector.made", made)
        return made

    def deactivate(self, actor: Actor, organization: str, connector: str) -> ConnectorRecord:
        """It is cut off within five seconds; its keys stay."""
        return self._set_active(actor, organization, connector, False)

    def activate(self, actor: Actor, organization: str, connector: str) -> ConnectorRecord:
        """Take a deactivation back."""
        return self._set_active(actor, organization, connector, True)

    def remove(self, actor: Actor, organization: str, connector: str) -> None:
        """With its keys, for good."""
        changer_only(actor)
        with self._registry.changing() as changes:
            found = _found(changes, actor, organization, connector)
            changes.remove(found)
            self._told(changes, actor, "connector.removed", found)

    # --- keys ---

    def add_api_key(self, actor: Actor, organization: str, connector: str) -> tuple[str, ConnectorKey]:
        """A new API key, told now and never again."""
        text = new_api_key()
        return text, self._add(actor, organization, connector, "api_key", kept(text), None)

    def add_public_key(self, actor: Actor, organization: str, connector: str, public_key: str) -> ConnectorKey:
        """Believe requests that are signed by the private part of ``public_key`` (``whpk_…``)."""
        return self._add(actor, organization, connector, "ed25519", _public(public_key), None)

    def rotate_api_key(
        self, actor: Actor, organization: str, connector: str, overlap_s: float = OVERLAP_S
    ) -> tuple[str, ConnectorKey]:
        """Like ``add_api_key``; the former key ends after ``overlap_s`` seconds, with 0 at once."""
        text = new_api_key()
        return text, self._add(actor, organization, connector, "api_key", kept(text), overlap_s)

    def rotate_public_key(
        self, actor: Actor, organization: str, connector: str, public_key: str, overlap_s: float = OVERLAP_S
    ) -> ConnectorKey:
        """Like ``add_public_key``; the former key ends after ``overlap_s`` seconds, with 0 at once."""
        return self._add(actor, organization, connector, "ed25519", _public(public_key), overlap_s)

    def withdraw_key(self, actor: Actor, organization: str, connector: str, key: str) -> ConnectorRecord:
        """``key`` is ``ConnectorKey.id``. It is good for nothing within five seconds."""
        changer_only(actor)
        with self._registry.changing() as changes:
            before = _found(changes, actor, organization, connector)
            rest = tuple(each for each in before.keys if each.id != key)
            if rest == before.keys:
                raise AdministrationRefused("key", f"{before.id!r} has no key {key[:40]!r}")
            after = structs.replace(before, keys=rest)
            changes.replace(after)
            self._told(changes, actor, "key.withdrawn", after, key)
        return after

    # --- what they share ---

    def _add(
        self,
        actor: Actor,
        organization: str,
        connector: str,
        kind: Literal["api_key", "ed25519"],
        value: str,
        overlap_s: float | None,
    ) -> ConnectorKey:
        """``overlap_s`` None: the former key does not end."""
        changer_only(actor)
        if overlap_s is not None and not 0 <= overlap_s <= LONGEST_OVERLAP_S:
            raise AdministrationRefused("overlap_s", f"must be 0 to {LONGEST_OVERLAP_S:.0f} seconds")
        now = self._now()
        with self._registry.changing() as changes:
            before = _found(changes, actor, organization, connector)
            if changes.key_is_known(value):
                raise AdministrationRefused("public_key", "is in use already; every connector has its own")
            former = [each for each in (_ending(key, overlap_s, now) for key in before.keys) if good(each, now)]
            if len(former) >= MOST_KEYS:
                ids = " and ".join(each.id for each in former)
                raise AdministrationRefused("key", f"{ids} are valid, and only {MOST_KEYS} can be; withdraw one first")
            new = ConnectorKey(id=f"k_{secrets.token_hex(6)}", kind=kind, value=value, made_at=now)
            changes.replace(structs.replace(before, keys=(*former, new)))
            action = "key.added" if overlap_s is None else "key.rotated"
            self._told(changes, actor, action, before, f"{new.id} ({kind})")
        return new

    def _set_active(self, actor: Actor, organization: str, connector: str, active: bool) -> ConnectorRecord:
        changer_only(actor)
        with self._registry.changing() as changes:
            before = _found(changes, actor, organization, connector)
            after = structs.replace(before, active=active)
            if after != before:
                changes.replace(after)
                self._told(changes, actor, f"connector.{'' if active else 'de'}activated", after)
        return after

    def _told(self, changes: Changes, actor: Actor, action: str, connector: ConnectorRecord, detail: str = "") -> None:
        self._tell(changes, actor, action, connector.id, organization=connector.organization, detail=detail)


def _found(records: Records, actor: Actor, organization: str, connector: str) -> ConnectorRecord:
    seen(records, actor, organization)
    # What cannot be an id need not be looked for, and may be no text at all.
    wanted = checked(ConnectorRecord, {"organization": organization, "id": connector}, {"id": "connector"})
    found = records.connector(organization, wanted.id)
    if found is None:
        raise AdministrationRefused("connector", f"{connector!r} is not a connector of organization {organization!r}")
    return found


def _ending(key: ConnectorKey, overlap_s: float | None, now: float) -> ConnectorKey:
    """``key`` with an end after the overlap, or an earlier one that it has already."""
    if overlap_s is None:
        return key
    ends_at = now + overlap_s
    return key if key.ends_at is not None and key.ends_at <= ends_at else structs.replace(key, ends_at=ends_at)


def _public(text: str) -> str:
    try:
        return read_public_key(text)
    except ValueError as error:
        raise AdministrationRefused("public_key", str(error)) from None
