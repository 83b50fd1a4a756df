"""Administrators: who may make whom, how they prove who they are, and that one owner is always left."""

from collections.abc import Callable

import argon2
import pytest
from msgspec import structs

from cti_adapter.application.administration import Actor, Administration, AdministrationRefused, passwords
from cti_adapter.domain.organization import Administrator, Role
from cti_adapter.registry.store import SqlRegistry
from fakes.clock import FakeClock

from .people import ADAM, ANNA, NOW, OLGA

PASSWORD = "correct horse battery"


@pytest.fixture
def adam(service: Administration) -> Administrator:
    service.administrators.make(OLGA, "olga@acme.example", Role.OWNER, password=PASSWORD)
    return service.administrators.make(OLGA, " Adam@ACME.example", Role.ADMIN, "acme", PASSWORD)


def test_administrators_are_made_listed_and_removed(service: Administration, adam: Administrator) -> None:
    assert (adam.login, adam.role, adam.organization) == ("adam@acme.example", Role.ADMIN, "acme")
    assert adam.password_hash.startswith("$argon2id$")
    assert [each.login for each in service.administrators.all(OLGA)] == ["adam@acme.example", "olga@acme.example"]
    assert [each.login for each in service.administrators.all(ADAM)] == ["adam@acme.example"]
    assert service.administrators.one(ANNA, "ADAM@acme.example") == adam
    with pytest.raises(AdministrationRefused, match="is not an administrator"):
        service.administrators.one(ANNA, "olga@acme.example")
    with pytest.raises(AdministrationRefused, match="is an administrator already"):
        service.administrators.make(OLGA, adam.login, Role.AUDITOR)
    service.administrators.remove(OLGA, adam.login)
    assert service.administrators.check_password(adam.login, PASSWORD) is None


def test_only_owners_deal_with_administrators(service: Administration, adam: Administrator) -> None:
    administrators = service.administrators
    acts: list[Callable[[Actor], object]] = [
        lambda who: administrators.make(who, "eve", Role.OWNER, password=PASSWORD),
        lambda who: administrators.change(who, adam.login, {"role": "owner"}),
        lambda who: administrators.set_password(who, adam.login, PASSWORD),
        lambda who: administrators.deactivate(who, adam.login),
        lambda who: administrators.activate(who, adam.login),
        lambda who: administrators.remove(who, adam.login),
        lambda who: administrators.sign_out(who, "olga@acme.example"),
    ]
    for who in (ADAM, ANNA, Actor("x", Role.ADMIN)):
        for act in acts:
            with pytest.raises(AdministrationRefused, match="only an owner may do this"):
                act(who)
    assert service.administrators.one(OLGA, adam.login) == adam


def test_reach_and_role_fit_together(service: Administration, adam: Administrator) -> None:
    administrators = service.administrators
    with pytest.raises(AdministrationRefused, match="^organization: an owner is that of all"):
        administrators.make(OLGA, "eve", Role.OWNER, "acme")
    with pytest.raises(AdministrationRefused, match="there is no organization 'none'"):
        administrators.make(OLGA, "eve", Role.ADMIN, "none")
    with pytest.raises(AdministrationRefused, match="^organization: an owner is that of all"):
        administrators.change(OLGA, adam.login, {"role": "owner"})
    changed = administrators.change(OLGA, adam.login, {"role": "owner", "organization": None})
    assert (changed.role, changed.organization) == (Role.OWNER, None)
    with pytest.raises(AdministrationRefused, match="^role: 'king' must be one of owner, admin, auditor"):
        administrators.change(OLGA, adam.login, {"role": "king"})
    for field in ("password_hash", "active", "login", "subject"):
        with pytest.raises(AdministrationRefused, match=f"^{field}: is none of the fields"):
            administrators.change(OLGA, adam.login, {field: "x"})


def test_one_active_owner_is_left(service: Administration, adam: Administrator) -> None:
    administrators, olga = service.administrators, "olga@acme.example"
    acts: list[Callable[[], object]] = [
        lambda: administrators.deactivate(OLGA, olga),
        lambda: administrators.remove(OLGA, olga),
        lambda: administrators.change(OLGA, olga, {"role": "auditor"}),
    ]
    administrators.make(OLGA, "second", Role.OWNER)
    administrators.deactivate(OLGA, "second")
    for act in acts:
        with pytest.raises(AdministrationRefused, match="is the only active owner"):
            act()
    administrators.activate(OLGA, "second")
    administrators.deactivate(OLGA, olga)
    administrators.remove(OLGA, olga)


# --- passwords ---


def test_a_password_lets_in_and_another_does_not(service: Administration, adam: Administrator) -> None:
    check = service.administrators.check_password
    assert check(" ADAM@acme.example", PASSWORD) == adam
    for login, password in [
        (adam.login, PASSWORD + "x"),
        (adam.login, PASSWORD[:-1]),
        (adam.login, ""),
        ("nobody", PASSWORD),
        ("nobody", "nobody has this password"),
        ("a b", PASSWORD),
        ("\ud800", "\ud800"),
    ]:
        assert check(login, password) is None


def test_who_has_no_password_does_not_get_in_by_any(service: Administration, adam: Administrator) -> None:
    service.administrators.make(OLGA, "eve", Role.AUDITOR)
    for password in ("", "nobody has this password", PASSWORD):
        assert service.administrators.check_password("eve", password) is None


@pytest.mark.parametrize("of", ["administrator", "organization"])
def test_who_is_shut_out_does_not_get_in(
    service: Administration, adam: Administrator, of: str, clock: FakeClock
) -> None:
    clock.advance(9)
    shut = service.administrators if of == "administrator" else service.organizations
    name = adam.login if of == "administrator" else "acme"
    shut.deactivate(OLGA, name)
    assert service.administrators.check_password(adam.login, PASSWORD) is None
    assert service.administrators.current(adam.login) is None
    shut.activate(OLGA, name)
    again = service.administrators.check_password(adam.login, PASSWORD)
    assert again is not None
    assert again.signed_out_before == (NOW + 9 if of == "administrator" else 0.0)


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short", "12 to 1000 characters"),
        ("x" * 11, "12 to 1000 characters"),
        ("x" * 1001, "12 to 1000 characters"),
        ("Bartholomaeus", "must not be part of the login"),
        ("bartholomaeus.longname", "must not be part of the login"),
        (" LONG-company-name.example", "must not be part of the login"),
        ("bartholomaeus.LongName@long-company-name.example", "must not be part of the login"),
    ],
)
def test_weak_passwords_are_refused_and_not_repeated(service: Administration, password: str, words: str) -> None:
    login = "Bartholomaeus.Longname@long-company-name.example"
    with pytest.raises(AdministrationRefused, match=f"^password: .*{words}") as told:
        service.administrators.make(OLGA, login, Role.OWNER, password=password)
    assert password not in str(told.value)


def test_a_new_password_ends_sessions(service: Administration, adam: Administrator, clock: FakeClock) -> None:
    clock.advance(7)
    new = "another horse battery"
    after = service.administrators.set_password(OLGA, adam.login, new)
    assert after.signed_out_before == NOW + 7
    assert service.administrators.check_password(adam.login, PASSWORD) is None
    assert service.administrators.check_password(adam.login, new) == after


def test_ones_own_password_needs_the_former(service: Administration, adam: Administrator) -> None:
    for who in (ADAM, ANNA):
        with pytest.raises(AdministrationRefused, match="^former: is not your password"):
            service.administrators.change_own_password(who, "wrong", "another horse battery")
    service.administrators.change_own_password(ADAM, PASSWORD, "another horse battery")
    assert service.administrators.check_password(adam.login, "another horse battery") is not None


def test_everybody_ends_their_own_sessions(service: Administration, adam: Administrator, clock: FakeClock) -> None:
    clock.advance(3)
    assert service.administrators.sign_out(ADAM, adam.login).signed_out_before == NOW + 3


def test_an_outdated_hash_is_renewed_at_the_next_sign_in(
    service: Administration, sqlite: SqlRegistry, adam: Administrator
) -> None:
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with sqlite.changing() as changes:
        changes.replace(structs.replace(adam, password_hash=weak))
        changes.tell(service.audit.page(OLGA).entries[0])
    assert service.administrators.check_password(adam.login, "wrong wrong wrong") is None
    assert service.administrators.one(OLGA, adam.login).password_hash == weak
    found = service.administrators.check_password(adam.login, PASSWORD)
    assert found == service.administrators.one(OLGA, adam.login)
    assert found.password_hash != weak
    assert not passwords.is_outdated(found.password_hash)
    assert service.administrators.check_password(adam.login, PASSWORD) == found
