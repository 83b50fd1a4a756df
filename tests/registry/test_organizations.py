"""Organizations and their certificates, as administrators see them."""

import subprocess
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cti_adapter.application.administration import Actor, Administration, AdministrationRefused
from cti_adapter.application.administration.certificates import read_certificate
from cti_adapter.application.administration.organizations import SETTABLE, lacking
from cti_adapter.domain.organization import Organization, Role, SignInMode
from cti_adapter.registry.store import SqlRegistry

from .people import ADAM, ANNA, NOW, OLGA, certificate


def actions(service: Administration, actor: Actor = OLGA) -> list[str]:
    """Newest first."""
    return [f"{each.action} {each.target} {each.detail}".strip() for each in service.audit.page(actor).entries]


def test_an_organization_is_made_changed_and_removed(service: Administration) -> None:
    made = service.organizations.make(OLGA, "new-1", "New One", {"sign_in": "oidc", "frame_hosts": ["https://a.b"]})
    assert made == Organization(
        id="new-1", name="New One", sign_in=SignInMode.OIDC, frame_hosts=("https://a.b",), certificates=()
    )
    values = {"sign_in": "apex", "name": "Newer", "salesforce_org_id": "00D000000000001", "dials_per_minute": 5}
    changed = service.organizations.change(OLGA, "new-1", values)
    assert service.organizations.one(OLGA, "new-1") == changed
    assert (changed.sign_in, changed.name, changed.dials_per_minute) == ("apex", "Newer", 5)
    service.organizations.remove(OLGA, "new-1")
    assert [each.id for each in service.organizations.all(OLGA)] == ["acme", "other"]
    assert actions(service)[:3] == [
        "organization.removed new-1",
        "organization.changed new-1 name, sign_in: oidc -> apex, salesforce_org_id, dials_per_minute",
        "organization.made new-1 sign_in: oidc",
    ]


def test_it_is_shut_and_opened_once(service: Administration, sqlite: SqlRegistry) -> None:
    version = sqlite.version()
    for _ in range(2):
        service.organizations.deactivate(OLGA, "acme")
    assert sqlite.snapshot().organization("acme") is None
    for _ in range(2):
        service.organizations.activate(OLGA, "acme")
    assert sqlite.snapshot().organization("acme") is not None
    assert sqlite.version() == version + 2
    assert actions(service)[:2] == [
        "organization.activated acme active: False -> True",
        "organization.deactivated acme active: True -> False",
    ]


def test_a_change_to_the_same_is_none(service: Administration, sqlite: SqlRegistry) -> None:
    version = sqlite.version()
    service.organizations.change(OLGA, "acme", {"name": "Acme"})
    assert sqlite.version() == version


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"name": ""}, "name", "at most 80 characters"),
        ({"name": "x\n"}, "name", "printable"),
        ({"name": 7}, "name", "80 characters"),
        ({"sign_in": "magic"}, "sign_in", "must be one of apex, oidc, token, id"),
        ({"admission": "some"}, "admission", "must be one of everybody, listed"),
        ({"salesforce_org_id": "001000000000001"}, "salesforce_org_id", "00D"),
        ({"oidc_issuer": "http://login.example"}, "oidc_issuer", "'http://login.example' must be an https URL"),
        ({"frame_hosts": ["https://a.b; script-src *"]}, "frame_hosts", "without a path"),
        ({"frame_hosts": ["https://a.b"] * 21}, "frame_hosts", "at most 20 hosts"),
        ({"dials_per_minute": 0}, "dials_per_minute", "from 1 to 600"),
        ({"dials_per_minute": "5"}, "dials_per_minute", "from 1 to 600"),
        ({"forbidden_prefixes": ["0900x"]}, "forbidden_prefixes", "beginnings of numbers"),
        ({"forbidden_prefixes": ["x" * 999]}, "forbidden_prefixes", "'" + "x" * 38 + "… must be"),
        ({"certificates": []}, "certificates", "none of the fields"),
        ({"active": False}, "active", "none of the fields"),
        ({"id": "x"}, "id", "none of the fields"),
        ({"name": "\ud800"}, "name", "is not text"),
        ({"frame_hosts": ["\x00"]}, "frame_hosts", "is not text"),
    ],
)
def test_wrong_values_are_named_with_their_rule(
    service: Administration, values: dict[str, Any], field: str, words: str
) -> None:
    before = service.organizations.one(OLGA, "acme")
    with pytest.raises(AdministrationRefused) as told:
        service.organizations.change(OLGA, "acme", values)
    assert told.value.field == field
    assert words in told.value.message
    assert service.organizations.one(OLGA, "acme") == before


@pytest.mark.parametrize("wrong", ["", "Acme", "-a", "a-", "a_b", "a" * 41, "a/b", "a\n", "ä"])
def test_wrong_ids_are_refused(service: Administration, wrong: str) -> None:
    with pytest.raises(AdministrationRefused, match="^id: .* small letters"):
        service.organizations.make(OLGA, wrong, "Name", {})


def test_an_id_is_given_once(service: Administration) -> None:
    with pytest.raises(AdministrationRefused, match="'acme' is an organization already"):
        service.organizations.make(OLGA, "acme", "Again", {})


ANY_VALUE = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.text(max_size=5), max_size=3)
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.dictionaries(st.one_of(st.sampled_from(SETTABLE), st.text(max_size=5)), ANY_VALUE, max_size=3))
def test_any_values_are_stored_as_they_are_or_refused_by_name(service: Administration, values: dict[str, Any]) -> None:
    before = service.organizations.one(OLGA, "acme")
    try:
        after = service.organizations.change(OLGA, "acme", values)
    except AdministrationRefused as refused:
        after, named = before, refused.field
    else:
        named = ""
    stored = service.organizations.one(OLGA, "acme")
    assert stored == after
    if named or "" in values:
        assert named in {field[:40] for field in values}
    else:
        for field, value in values.items():
            assert getattr(stored, field) == (tuple(value) if isinstance(value, list) else value)


# --- by role ---


def test_who_may_do_what(service: Administration) -> None:
    organizations = service.organizations
    assert [each.id for each in organizations.all(ADAM)] == ["acme"]
    assert organizations.change(ADAM, "acme", {"name": "Acme Ltd", "admission": "everybody"}).name == "Acme Ltd"
    for owners in ({"sign_in": "id"}, {"dials_per_minute": 600}, {"forbidden_prefixes": ["1"]}):
        with pytest.raises(AdministrationRefused, match="only an owner"):
            organizations.change(ADAM, "acme", owners)
    for act in (organizations.deactivate, organizations.activate, organizations.remove):
        with pytest.raises(AdministrationRefused, match="only an owner"):
            act(ADAM, "acme")
    with pytest.raises(AdministrationRefused, match="only an owner"):
        organizations.make(ADAM, "mine", "Mine", {})


def test_auditors_see_and_change_nothing(service: Administration) -> None:
    assert service.organizations.one(ANNA, "acme").name == "Acme"
    for act in (
        lambda: service.organizations.change(ANNA, "acme", {"name": "x"}),
        lambda: service.organizations.add_certificate(ANNA, "acme", certificate()),
        lambda: service.organizations.remove_certificate(ANNA, "acme", "AB" * 32),
    ):
        with pytest.raises(AdministrationRefused, match="an auditor, who may see"):
            act()


def test_anothers_organization_looks_like_none(service: Administration) -> None:
    for organization in ("other", "none"):
        with pytest.raises(AdministrationRefused) as told:
            service.organizations.change(ADAM, organization, {"name": "x"})
        assert str(told.value) == f"organization: there is no organization {organization!r}"


def test_an_admin_of_all_organizations_is_no_owner(service: Administration) -> None:
    everywhere = Actor("a", Role.ADMIN)
    assert service.organizations.change(everywhere, "other", {"name": "New"}).name == "New"
    with pytest.raises(AdministrationRefused, match="only an owner"):
        service.organizations.remove(everywhere, "other")


# --- certificates ---


def test_certificates_come_and_go(service: Administration) -> None:
    pems = [certificate(name=f"acme-{number}") for number in range(4)]
    added = [service.organizations.add_certificate(ADAM, "acme", f"\n{pem}\n") for pem in pems[:3]]
    assert service.organizations.one(OLGA, "acme").certificates == tuple(pems[:3])
    assert service.organizations.certificates(ANNA, "acme") == added
    assert (added[0].subject, added[0].not_after) == ("CN=acme-0", NOW + 1e6)
    with pytest.raises(AdministrationRefused, match="is there already"):
        service.organizations.add_certificate(ADAM, "acme", pems[1])
    with pytest.raises(AdministrationRefused, match="there are 3 already"):
        service.organizations.add_certificate(ADAM, "acme", pems[3])
    service.organizations.remove_certificate(ADAM, "acme", added[0].sha256)
    service.organizations.remove_certificate(ADAM, "acme", added[1].sha256.replace(":", "").lower()[:8])
    assert service.organizations.one(OLGA, "acme").certificates == (pems[2],)
    assert actions(service, ANNA)[0] == f"certificate.removed acme {added[1].sha256}"


@pytest.mark.parametrize("wrong", ["", "AB", "0" * 64, "AB:CD:EF:01", "x"])
def test_no_certificate_goes_by_accident(service: Administration, wrong: str) -> None:
    service.organizations.add_certificate(ADAM, "acme", certificate())
    with pytest.raises(AdministrationRefused, match="^fingerprint: "):
        service.organizations.remove_certificate(ADAM, "acme", wrong)


def test_the_fingerprint_is_that_of_openssl(service: Administration) -> None:
    pem = certificate()
    command = ["openssl", "x509", "-noout", "-fingerprint", "-sha256"]
    told = subprocess.run(command, input=pem, capture_output=True, text=True, check=True).stdout
    assert told.strip().partition("=")[2] == read_certificate(pem).sha256


def test_weak_or_wrong_certificates_are_refused(service: Administration) -> None:
    weak = rsa.generate_private_key(65537, 1024)
    good = certificate()
    for pem, words in [
        (certificate(weak), "at least 2048 bits"),
        (certificate(ec.generate_private_key(ec.SECP256R1())), "RSA key"),
        (certificate(ed25519.Ed25519PrivateKey.generate()), "RSA key"),
        (certificate(ends_at=NOW - 1), "has ended on 2023-11-14"),
        (good + certificate(), "are 2 certificates"),
        (good + "-----BEGIN PRIVATE KEY-----", "private key"),
        (good[:-100], "no certificate in PEM"),
        ("", "no certificate in PEM"),
        ("x" * 16_001, "more than 16000"),
    ]:
        with pytest.raises(AdministrationRefused, match=f"^certificate: .*{words}"):
            service.organizations.add_certificate(OLGA, "acme", pem)
    assert service.organizations.one(OLGA, "acme").certificates == ()


GOOD = certificate()
GOOD_SHA256 = read_certificate(GOOD).sha256


# Of numbers that a later release of the library will refuse.
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(), st.tuples(st.integers(0, len(GOOD)), st.text(max_size=8))))
def test_no_text_breaks_the_reader_of_certificates(noise: str | tuple[int, str]) -> None:
    pem = noise if isinstance(noise, str) else GOOD[: noise[0]] + noise[1] + GOOD[noise[0] + len(noise[1]) :]
    try:
        outcome = read_certificate(pem).sha256
    except AdministrationRefused as refused:
        outcome = refused.field
    assert outcome == "certificate" or len(outcome) == len(GOOD_SHA256)


def test_what_lacks_before_anybody_can_sign_in() -> None:
    apex = Organization(id="a", name="A")
    assert lacking(apex) == ["salesforce_org_id", "certificates"]
    assert lacking(Organization(id="a", name="A", sign_in=SignInMode.OIDC)) == ["oidc_issuer", "oidc_client_id"]
    assert lacking(Organization(id="a", name="A", sign_in=SignInMode.TOKEN)) == []
