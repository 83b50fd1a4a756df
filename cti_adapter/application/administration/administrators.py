"""Administrators: made, changed, shut out, and how they prove who they are."""

from collections.abc import Mapping
from typing import Any

from msgspec import structs

from ...domain.organization import Administrator, Role
from ..registry_changes import Changes, Records
from . import passwords
from .acting import Actor, AdministrationRefused, Subject, owner_only, seen
from .checking import changed, checked, checked_login, differences

#: What can be set of an administrator.
SETTABLE = ("role", "organization")


class Administrators(Subject):
    """All raise ``AdministrationRefused`` and ``RegistryUnavailable``. ``login`` is normalized here."""

    def all(self, actor: Actor) -> list[Administrator]:
        """By login; who sees one organization only sees its administrators only."""
        with self._registry.reading() as records:
            found = records.administrators()
        return [each for each in found if actor.organization in (None, each.organization)]

    def one(self, actor: Actor, login: str) -> Administrator:
        """The administrator of this login."""
        with self._registry.reading() as records:
            return _found(records, actor, login)

    def make(
        self, actor: Actor, login: str, role: Role, organization: str | None = None, password: str | None = None
    ) -> Administrator:
        """A new one; without a password there is only the console's OpenID Connect provider to sign in with."""
        owner_only(actor)
        login = checked_login(login)
        password_hash = passwords.hashed(login, password) if password is not None else ""
        values = {"login": login, "role": role, "organization": organization, "password_hash": password_hash}
        made = checked(Administrator, values)
        with self._registry.changing() as changes:
            _refuse_wrong_reach(changes, actor, made)
            if changes.administrator(made.login) is not None:
                raise AdministrationRefused("login", f"{made.login!r} is an administrator already")
            changes.add(made)
            self._told(changes, actor, "administrator.made", made, f"role: {made.role}")
        return made

    def change(self, actor: Actor, login: str, values: Mapping[str, Any]) -> Administrator:
        """Set fields of ``SETTABLE``."""
        owner_only(actor)
        with self._registry.changing() as changes:
            before = _found(changes, actor, login)
            after = changed(before, values, SETTABLE)
            _refuse_wrong_reach(changes, actor, after)
            self._replace(changes, actor, "administrator.changed", before, after)
        return after

    def set_password(self, actor: Actor, login: str, password: str) -> Administrator:
        """Give somebody a new one. Their sessions end."""
        owner_only(actor)
        return self._set_password(actor, login, password)

    def change_own_password(self, actor: Actor, former: str, password: str) -> Administrator:
        """Whoever acts proves it with the ``former`` one. All their sessions end, this one too."""
        if self.check_password(actor.login, former) is None:
            raise AdministrationRefused("former", "is not your password")
        return self._set_password(actor, actor.login, password)

    def deactivate(self, actor: Actor, login: str) -> Administrator:
        """No sign-in any more, and sessions end."""
        return self._set_active(actor, login, False)

    def activate(self, actor: Actor, login: str) -> Administrator:
        """Take a deactivation back."""
        return self._set_active(actor, login, True)

    def sign_out(self, actor: Actor, login: str) -> Administrator:
        """End all sessions; everybody may end their own."""
        if checked_login(login) != actor.login:
            owner_only(actor)
        with self._registry.changing() as changes:
            after = self._signed_out(_found(changes, actor, login))
            changes.replace(after)
            self._told(changes, actor, "administrator.signed_out", after)
        return after

    def release(self, actor: Actor, login: str) -> Administrator:
        """Forget who this is to the identity provider: the next one with this login is bound. Sessions end."""
        owner_only(actor)
        with self._registry.changing() as changes:
            before = _found(changes, actor, login)
            if not before.subject:
                raise AdministrationRefused("login", f"{before.login!r} is not bound to an identity")
            after = structs.replace(self._signed_out(before), subject="")
            changes.replace(after)
            self._told(changes, actor, "administrator.released", after)
        return after

    def remove(self, actor: Actor, login: str) -> None:
        """For good."""
        owner_only(actor)
        with self._registry.changing() as changes:
            found = _found(changes, actor, login)
            _refuse_last_owner(changes, found, None)
            changes.remove(found)
            self._told(changes, actor, "administrator.removed", found)

    # --- sign-in; nobody acts yet ---

    def check_password(self, login: str, password: str) -> Administrator | None:
        """Who signs in with ``password``, if it fits and they may; takes about as long when not. Limit the attempts."""
        found = self.current(login)
        password_hash = found.password_hash if found is not None else ""
        if not passwords.fits(password_hash, password) or found is None:
            return None
        if passwords.is_outdated(password_hash):
            found = self._rehashed(found, password)
        return found

    def current(self, login: str) -> Administrator | None:
        """As they are now, for each request of a session; None: not there, not active, or their organization is not.

        A session that was opened before ``signed_out_before`` is void.
        """
        try:
            login = checked_login(login)
        except AdministrationRefused:
            return None
        with self._registry.reading() as records:
            found = records.administrator(login)
            return found if found is not None and _may_enter(records, found) else None

    def by_provider(self, subject: str, login: str) -> Administrator | None:
        """Whom the console's identity provider calls ``subject``, and ``login`` today; None: nobody who may enter.

        The first time, ``subject`` is bound to the administrator of this login. From then on it alone counts, since a
        login may be given to somebody else (OWASP ASVS 10.5.2).
        """
        if not subject:
            return None
        with self._registry.changing() as changes:
            found = next((each for each in changes.administrators() if each.subject == subject), None)
            if found is None:
                found = self._bound(changes, subject, login)
            return found if found is not None and _may_enter(changes, found) else None

    def nobody_yet(self) -> bool:
        """Whether there is no administrator at all: then somebody at the server's keyboard has to make one."""
        with self._registry.reading() as records:
            return not records.administrators()

    def entered(self, administrator: Administrator) -> None:
        """Write down that they have signed in at the console."""
        actor = Actor(administrator.login, administrator.role, administrator.organization)
        with self._registry.changing() as changes:
            self._told(changes, actor, "administrator.signed_in", administrator)

    # --- what they share ---

    def _bound(self, changes: Changes, subject: str, login: str) -> Administrator | None:
        try:
            found = changes.administrator(checked_login(login))
            if found is None or found.subject or not _may_enter(changes, found):
                return None
            after = checked(Administrator, structs.asdict(found) | {"subject": subject})
        except AdministrationRefused:
            return None
        changes.replace(after)
        own = Actor(after.login, after.role, after.organization)
        self._told(changes, own, "administrator.identity_bound", after)
        return after

    def _set_password(self, actor: Actor, login: str, password: str) -> Administrator:
        with self._registry.changing() as changes:
            before = _found(changes, actor, login)
            password_hash = passwords.hashed(before.login, password)
            after = structs.replace(self._signed_out(before), password_hash=password_hash)
            changes.replace(after)
            self._told(changes, actor, "administrator.password_set", after)
        return after

    def _set_active(self, actor: Actor, login: str, active: bool) -> Administrator:
        owner_only(actor)
        with self._registry.changing() as changes:
            before = _found(changes, actor, login)
            after = before
            if before.active != active:
                after = structs.replace(before if active else self._signed_out(before), active=active)
            self._replace(changes, actor, f"administrator.{'' if active else 'de'}activated", before, after)
        return after

    def _rehashed(self, administrator: Administrator, password: str) -> Administrator:
        with self._registry.changing() as changes:
            now = changes.administrator(administrator.login)
            if now is None or now.password_hash != administrator.password_hash:
                return administrator
            after = structs.replace(now, password_hash=passwords.hashed_again(password))
            changes.replace(after)
            own = Actor(now.login, now.role, now.organization)
            self._told(changes, own, "administrator.password_rehashed", after)
        return after

    def _signed_out(self, administrator: Administrator) -> Administrator:
        return structs.replace(administrator, signed_out_before=self._now())

    def _replace(
        self, changes: Changes, actor: Actor, action: str, before: Administrator, after: Administrator
    ) -> None:
        if after != before:
            _refuse_last_owner(changes, before, after)
            changes.replace(after)
            visible = structs.replace(after, signed_out_before=before.signed_out_before, active=before.active)
            self._told(changes, actor, action, after, differences(before, visible))

    def _told(
        self, changes: Changes, actor: Actor, action: str, administrator: Administrator, detail: str = ""
    ) -> None:
        organization = administrator.organization or ""
        self._tell(changes, actor, action, administrator.login, organization=organization, detail=detail)


def _found(records: Records, actor: Actor, login: str) -> Administrator:
    found = records.administrator(checked_login(login))
    if found is None or actor.organization not in (None, found.organization):
        raise AdministrationRefused("login", f"{login[:60]!r} is not an administrator")
    return found


def _may_enter(records: Records, administrator: Administrator) -> bool:
    if administrator.organization is None:
        return administrator.active
    organization = records.organization(administrator.organization)
    return administrator.active and organization is not None and organization.active


def _refuse_wrong_reach(records: Records, actor: Actor, administrator: Administrator) -> None:
    if administrator.role is Role.OWNER and administrator.organization is not None:
        raise AdministrationRefused("organization", "an owner is that of all organizations; leave it out")
    if administrator.organization is not None:
        seen(records, actor, administrator.organization)


def _refuse_last_owner(records: Records, before: Administrator, after: Administrator | None) -> None:
    def rules(each: Administrator | None) -> bool:
        return each is not None and each.role is Role.OWNER and each.active

    others = any(rules(each) for each in records.administrators() if each.login != before.login)
    if rules(before) and not rules(after) and not others:
        raise AdministrationRefused("login", f"{before.login!r} is the only active owner; make another one first")
