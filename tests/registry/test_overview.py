"""What the admin console asks: organizations at a glance, agents by id, files looked at, and who has entered."""

import pytest

from cti_adapter.application.administration import Actor, Administration, AdministrationRefused
from cti_adapter.domain.organization import Role
from cti_adapter.registry.store import SqlRegistry

from .people import ADAM, ANNA, OLGA, certificate

ELSEWHERE = Actor("eve@other.example", Role.ADMIN, "other")


@pytest.fixture
def everywhere(registry: SqlRegistry) -> Administration:
    """In both databases."""
    service = Administration(registry)
    for organization in ("acme", "other"):
        service.organizations.make(OLGA, organization, organization.title(), {})
    return service


def test_organizations_at_a_glance(everywhere: Administration) -> None:
    everywhere.agents.import_file(OLGA, "acme", "login,name\na,\nb,\nc,\n")
    everywhere.agents.deactivate(OLGA, "acme", "c")
    everywhere.agents.make(OLGA, "other", "a")
    everywhere.connectors.make(OLGA, "acme", "pbx")
    everywhere.organizations.add_certificate(OLGA, "acme", certificate(ends_at=4e9))
    found = everywhere.overview.all(OLGA)
    assert [(each.organization.id, each.agents, len(each.connectors), len(each.certificates)) for each in found] == [
        ("acme", 3, 1, 1),
        ("other", 1, 0, 0),
    ]
    assert everywhere.overview.one(ANNA, "acme") == found[0]
    assert [each.organization.id for each in everywhere.overview.all(ADAM)] == ["acme"]
    with pytest.raises(AdministrationRefused, match="there is no organization 'other'"):
        everywhere.overview.one(ADAM, "other")


def test_an_agent_by_id(everywhere: Administration) -> None:
    made = everywhere.agents.make(ADAM, "acme", "alice")
    assert everywhere.agents.by_id(ANNA, "acme", made.id) == made
    for actor, organization, agent in (
        (OLGA, "acme", "u_nobody"),
        (OLGA, "acme", ""),
        (OLGA, "acme", "\x00"),
        (OLGA, "acme", "\udcff"),
        (OLGA, "other", made.id),
        (ELSEWHERE, "acme", made.id),
    ):
        with pytest.raises(AdministrationRefused):
            everywhere.agents.by_id(actor, organization, agent)


def test_a_file_is_checked_without_a_change(service: Administration, sqlite: SqlRegistry) -> None:
    service.agents.make(ADAM, "acme", "alice")
    before = sqlite.version()
    rows = service.agents.check_file(ADAM, "acme", "login,name\nBob,Bob Brandt\n")
    assert [(row.line, row.login, row.name) for row in rows] == [(2, "bob", "Bob Brandt")]
    with pytest.raises(AdministrationRefused, match="'alice' is in the registry already"):
        service.agents.check_file(ADAM, "acme", "login\nalice\n")
    with pytest.raises(AdministrationRefused, match="is an auditor"):
        service.agents.check_file(ANNA, "acme", "login\nbob\n")
    assert sqlite.version() == before


def test_who_has_entered(service: Administration) -> None:
    assert service.administrators.nobody_yet()
    olga = service.administrators.make(OLGA, OLGA.login, Role.OWNER, None, "a password that is long")
    assert not service.administrators.nobody_yet()
    service.administrators.entered(olga)
    newest = service.audit.page(OLGA).entries[0]
    assert (newest.action, newest.actor, newest.target) == ("administrator.signed_in", OLGA.login, OLGA.login)
