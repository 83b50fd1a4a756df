"""Organizations: made, changed, shut and removed, and the certificates that they sign in with."""

from collections.abc import Mapping
from typing import Any

from msgspec import structs

from ...domain.organization import Organization, SignInMode
from ..registry_changes import Changes
from .acting import Actor, AdministrationRefused, Subject, changer_only, owner_only, seen
from .certificates import MOST, Certificate, read_certificate
from .checking import changed, checked, differences

#: What can be set; ``certificates`` and ``active`` have verbs of their own.
SETTABLE = (
    "name",
    "sign_in",
    "admission",
    "salesforce_org_id",
    "oidc_issuer",
    "oidc_client_id",
    "frame_hosts",
    "dials_per_minute",
    "forbidden_prefixes",
)
#: What protects the server and the telephone bill of its operator: for owners.
OWNERS_ALONE = frozenset({"sign_in", "dials_per_minute", "forbidden_prefixes"})


class Organizations(Subject):
    """All raise ``AdministrationRefused`` and ``RegistryUnavailable``."""

    def all(self, actor: Actor) -> list[Organization]:
        """Those that ``actor`` may see, by id."""
        with self._registry.reading() as records:
            found = records.organizations()
        return [each for each in found if actor.organization in (None, each.id)]

    def one(self, actor: Actor, organization: str) -> Organization:
        """The organization of this id."""
        with self._registry.reading() as records:
            return seen(records, actor, organization)

    def make(self, actor: Actor, organization: str, name: str, values: Mapping[str, Any]) -> Organization:
        """A new one; ``values`` sets fields of ``SETTABLE``."""
        owner_only(actor)
        made = changed(checked(Organization, {"id": organization, "name": name}), values, SETTABLE)
        with self._registry.changing() as changes:
            if changes.organization(made.id) is not None:
                raise AdministrationRefused("id", f"{made.id!r} is an organization already")
            changes.add(made)
            self._tell(
                changes, actor, "organization.made", made.id, organization=made.id, detail=f"sign_in: {made.sign_in}"
            )
        return made

    def change(self, actor: Actor, organization: str, values: Mapping[str, Any]) -> Organization:
        """Set fields of ``SETTABLE``; those of ``OWNERS_ALONE`` are for owners."""
        changer_only(actor)
        with self._registry.changing() as changes:
            before = seen(changes, actor, organization)
            after = changed(before, values, SETTABLE)
            for field in OWNERS_ALONE:
                if getattr(before, field) != getattr(after, field):
                    owner_only(actor)
            self._replace(changes, actor, "organization.changed", before, after)
        return after

    def deactivate(self, actor: Actor, organization: str) -> Organization:
        """Nobody of it may sign in or attach any more; sessions end within five seconds."""
        return self._set_active(actor, organization, False)

    def activate(self, actor: Actor, organization: str) -> Organization:
        """Take a deactivation back."""
        return self._set_active(actor, organization, True)

    def remove(self, actor: Actor, organization: str) -> None:
        """With its agents, connectors and administrators, for good."""
        owner_only(actor)
        with self._registry.changing() as changes:
            found = seen(changes, actor, organization)
            changes.remove(found)
            self._tell(changes, actor, "organization.removed", found.id, organization=found.id)

    # --- certificates of mode apex ---

    def certificates(self, actor: Actor, organization: str) -> list[Certificate]:
        """What is known of each, in the order of their coming."""
        return [read_certificate(pem) for pem in self.one(actor, organization).certificates]

    def add_certificate(self, actor: Actor, organization: str, pem: str) -> Certificate:
        """Believe tokens that are signed with this one, too."""
        changer_only(actor)
        new = read_certificate(pem)
        if new.not_after <= self._now():
            raise AdministrationRefused("certificate", f"has ended on {new.ends_on}")
        with self._registry.changing() as changes:
            before = seen(changes, actor, organization)
            if new.pem in before.certificates:
                raise AdministrationRefused("certificate", f"{new.sha256} is there already")
            if len(before.certificates) >= MOST:
                raise AdministrationRefused("certificate", f"there are {MOST} already; remove one first")
            after = structs.replace(before, certificates=(*before.certificates, new.pem))
            self._replace(changes, actor, "certificate.added", before, after, new.sha256)
        return new

    def remove_certificate(self, actor: Actor, organization: str, fingerprint: str) -> Certificate:
        """Of this SHA-256 ``fingerprint``, with or without colons, or its first 8 digits or more."""
        changer_only(actor)
        with self._registry.changing() as changes:
            before = seen(changes, actor, organization)
            found = _of_fingerprint([read_certificate(pem) for pem in before.certificates], fingerprint)
            rest = tuple(pem for pem in before.certificates if pem != found.pem)
            after = structs.replace(before, certificates=rest)
            self._replace(changes, actor, "certificate.removed", before, after, found.sha256)
        return found

    # --- what they share ---

    def _set_active(self, actor: Actor, organization: str, active: bool) -> Organization:
        owner_only(actor)
        with self._registry.changing() as changes:
            before = seen(changes, actor, organization)
            after = structs.replace(before, active=active)
            self._replace(changes, actor, f"organization.{'' if active else 'de'}activated", before, after)
        return after

    def _replace(
        self, changes: Changes, actor: Actor, action: str, before: Organization, after: Organization, detail: str = ""
    ) -> None:
        if after != before:
            changes.replace(after)
            told = detail or differences(before, after)
            self._tell(changes, actor, action, after.id, organization=after.id, detail=told)


def lacking(organization: Organization) -> list[str]:
    """What has to be set before anybody can sign in, in words; empty: nothing."""
    wanted = {
        SignInMode.APEX: ("salesforce_org_id", "certificates"),
        SignInMode.OIDC: ("oidc_issuer", "oidc_client_id"),
    }
    fields = wanted.get(organization.sign_in, ())
    return [field for field in fields if not getattr(organization, field)]


def _of_fingerprint(certificates: list[Certificate], fingerprint: str) -> Certificate:
    digits = fingerprint.replace(":", "").strip().upper()
    fitting = [each for each in certificates if each.sha256.replace(":", "").startswith(digits)]
    if len(digits) < 8 or len(fitting) != 1:
        raise AdministrationRefused("fingerprint", f"{fingerprint[:100]!r} is not that of exactly one certificate here")
    return fitting[0]
