"""What both databases keep: every change whole, told and numbered, one agent for one person, one view for a reader."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import msgspec
import pytest

from cti_adapter.application.registry import RegistryConflict
from cti_adapter.domain.organization import (
    Administrator,
    Admission,
    AgentRecord,
    AuditEntry,
    ConnectorKey,
    ConnectorRecord,
    Organization,
    PersonalToken,
    Role,
    SignInMode,
)
from cti_adapter.registry.store import SqlRegistry, open_registry, registry_exists

ISSUER = "https://acme.my.salesforce.com"
ACME = Organization(
    id="acme",
    name="Acme Österreich 🏔",
    sign_in=SignInMode.OIDC,
    admission=Admission.EVERYBODY,
    salesforce_org_id="00D000000000001",
    certificates=("-----BEGIN…", "second"),
    oidc_issuer=ISSUER,
    oidc_client_id="client",
    frame_hosts=("https://acme.lightning.force.com",),
    dials_per_minute=7,
    forbidden_prefixes=("+49900", "0190"),
)
ALICE = AgentRecord(id="u_a", organization="acme", login="alice@acme.example", name="Älice", signed_out_before=1.5)
BOB = AgentRecord(id="u_b", organization="acme", login="bob@acme.example", issuer=ISSUER, subject="005b", active=False)
TOKEN = PersonalToken(id="t_1", agent="u_a", hash="ab" * 32, made_at=1_700_000_000.25, ends_at=1_800_000_000.0)
KEYS = (
    ConnectorKey(id="k_1", kind="api_key", value="cd" * 32, made_at=1.0, ends_at=3.0),
    ConnectorKey(id="k_2", kind="ed25519", value="A" * 43 + "=", made_at=2.0),
)
PBX = ConnectorRecord(organization="acme", id="pbx", keys=KEYS)
OWNER = Administrator(login="olga@acme.example", role=Role.OWNER, password_hash="$argon2id$", subject="s")
ADMIN = Administrator(login="adam@acme.example", role=Role.ADMIN, organization="acme", signed_out_before=2.0)


def entry(target: str = "acme", organization: str = "acme", at: float = 1.0) -> AuditEntry:
    return AuditEntry(at=at, actor="test", organization=organization, action="test.made", target=target, detail="é")


def fill(registry: SqlRegistry) -> None:
    with registry.changing() as changes:
        changes.add(ACME)
        changes.add(ALICE, BOB)
        changes.add(TOKEN)
        changes.add(PBX)
        changes.add(OWNER, ADMIN)
        changes.tell(entry())


def test_a_new_one_is_empty(registry: SqlRegistry) -> None:
    assert registry.version() == 0
    snapshot = registry.snapshot()
    assert (snapshot.version, snapshot.organizations) == (0, {})


def test_it_is_there_when_it_was_opened(url: str) -> None:
    assert not registry_exists(url)
    open_registry(url).close()
    assert registry_exists(url)


def test_every_record_comes_back_as_it_was(url: str) -> None:
    first = open_registry(url)
    fill(first)
    first.close()
    registry = open_registry(url)
    with registry.reading() as records:
        assert records.organizations() == [ACME]
        assert records.agents("acme", contains="", after="", limit=9) == [ALICE, BOB]
        assert records.tokens("u_a") == [TOKEN]
        assert records.connectors("acme") == [PBX]
        assert records.administrators() == [ADMIN, OWNER]
        assert [each.entry for each in records.audit(None, before=None, limit=9)] == [entry()]
    snapshot = registry.snapshot()
    assert snapshot.organization("acme") == ACME
    assert snapshot.agent_by_login("acme", ALICE.login) == ALICE
    assert snapshot.agent_by_subject("acme", ISSUER, "005b") == BOB
    assert snapshot.agent_by_token("acme", TOKEN.hash, 1_799_999_999.0) == ALICE
    assert snapshot.connector_by_key(KEYS[1].value, 9.0) == (PBX, KEYS[1])
    registry.close()


def test_a_change_raises_the_version_by_one(registry: SqlRegistry) -> None:
    fill(registry)
    assert registry.version() == registry.snapshot().version == 1


def test_a_failed_change_leaves_nothing(registry: SqlRegistry) -> None:
    def fail() -> None:
        with registry.changing() as changes:
            changes.add(ACME)
            changes.tell(entry())
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert registry.version() == 0
    assert registry.snapshot().organizations == {}


def test_a_change_that_nobody_is_told_of_is_not_stored(registry: SqlRegistry) -> None:
    with pytest.raises(RuntimeError, match="audit"), registry.changing() as changes:
        changes.add(ACME)
    assert registry.snapshot().organizations == {}


def test_no_change_raises_nothing(registry: SqlRegistry) -> None:
    with registry.changing() as changes:
        assert changes.organization("acme") is None
    assert registry.version() == 0


@pytest.mark.parametrize(
    "record",
    [
        ACME,
        msgspec.structs.replace(ALICE, id="u_c"),
        msgspec.structs.replace(BOB, id="u_c", login="carol@acme.example"),
        msgspec.structs.replace(ALICE, id="u_c", organization="nobody"),
        msgspec.structs.replace(TOKEN, id="t_2"),
        msgspec.structs.replace(PBX, id="other"),
        ADMIN,
    ],
    ids=["organization", "login", "identity", "no organization", "token", "key", "administrator"],
)
def test_what_is_taken_is_a_conflict_and_takes_the_change_back(registry: SqlRegistry, record: Organization) -> None:
    fill(registry)

    def add() -> None:
        with registry.changing() as changes:
            changes.add(msgspec.structs.replace(ACME, id="before"))
            changes.tell(entry())
            changes.add(record)

    with pytest.raises(RegistryConflict):
        add()
    assert registry.version() == 1
    assert list(registry.snapshot().organizations) == ["acme"]


def test_renaming_to_a_taken_login_is_a_conflict(registry: SqlRegistry) -> None:
    fill(registry)

    def rename() -> None:
        with registry.changing() as changes:
            changes.tell(entry())
            changes.replace(msgspec.structs.replace(ALICE, login=BOB.login))

    with pytest.raises(RegistryConflict):
        rename()
    assert registry.snapshot().agent_by_login("acme", ALICE.login) == ALICE


def test_records_are_replaced(registry: SqlRegistry) -> None:
    fill(registry)
    later = msgspec.structs.replace(KEYS[1], id="k_3", value="ef" * 32)
    changed = [
        msgspec.structs.replace(ACME, name="Acme", certificates=()),
        msgspec.structs.replace(ALICE, issuer=ISSUER, subject="005a"),
        msgspec.structs.replace(PBX, active=False, keys=(KEYS[1], later)),
        msgspec.structs.replace(ADMIN, organization=None, role=Role.AUDITOR),
    ]
    with registry.changing() as changes:
        for record in changed:
            changes.replace(record)
        changes.tell(entry())
    with registry.reading() as records:
        found = [records.organization("acme"), records.agent("acme", ALICE.login), records.connector("acme", "pbx")]
        assert [*found, records.administrator(ADMIN.login)] == changed
        assert not records.key_is_known(KEYS[0].value)
        assert records.key_is_known(later.value)


def test_what_belongs_to_an_organization_goes_with_it(registry: SqlRegistry) -> None:
    fill(registry)
    with registry.changing() as changes:
        changes.remove(ACME)
        changes.tell(entry())
    with registry.reading() as records:
        assert records.organizations() == []
        assert records.agents("acme", contains="", after="", limit=9) == []
        assert records.tokens("u_a") == []
        assert records.connectors("acme") == []
        assert not records.key_is_known(KEYS[0].value)
        assert records.administrators() == [OWNER]
        assert len(records.audit("acme", before=None, limit=9)) == 2


def test_agents_are_listed_in_pages_and_found_by_part_of_their_names(registry: SqlRegistry) -> None:
    fill(registry)
    names = {"ab": "Åsa_1", "a.b": "100 %", "b-c": "ÄRGER", "B": "x"}
    with registry.changing() as changes:
        changes.add(msgspec.structs.replace(ACME, id="other"))
        many = [AgentRecord(id=login, organization="other", login=login, name=name) for login, name in names.items()]
        changes.add(*many)
        changes.tell(entry())

    def logins(contains: str = "", after: str = "", limit: int = 9) -> list[str]:
        with registry.reading() as records:
            return [each.login for each in records.agents("other", contains=contains, after=after, limit=limit)]

    assert logins() == ["B", "a.b", "ab", "b-c"]
    assert logins(limit=2) == ["B", "a.b"]
    assert logins(after="a.b", limit=1) == ["ab"]
    assert logins("ärger") == logins("ÄRG") == ["b-c"]
    assert logins("%") == ["a.b"]
    assert logins("_") == ["ab"]
    assert logins("alice") == []
    with registry.reading() as records:
        assert records.logins("other") == set(names)


def test_the_audit_is_read_backwards_in_pages_and_forgotten_by_age(registry: SqlRegistry) -> None:
    for at in (10.0, 20.0, 30.0):
        with registry.changing() as changes:
            changes.tell(entry(f"at {at:.0f}", "acme" if at != 20.0 else "", at))

    def targets(organization: str | None, before: int | None = None, limit: int = 9) -> list[str]:
        with registry.reading() as records:
            found = records.audit(organization, before=before, limit=limit)
            return [each.entry.target for each in found]

    assert targets(None) == ["at 30", "at 20", "at 10"]
    assert targets("acme") == ["at 30", "at 10"]
    with registry.reading() as records:
        newest = records.audit(None, before=None, limit=1)[0].number
    assert targets(None, before=newest, limit=1) == ["at 20"]
    version = registry.version()
    assert registry.forget_audit(30.0) == 2
    assert targets(None) == ["at 30"]
    assert registry.version() == version


# --- first sign-ins ---


def admit(registry: SqlRegistry, subject: str = "005x", login: str = "xenia@acme.example") -> AgentRecord:
    return registry.admit("acme", ISSUER, subject, login, "Xenia")


def test_a_first_sign_in_makes_an_agent(registry: SqlRegistry) -> None:
    fill(registry)
    made = admit(registry)
    assert (made.login, made.name, made.issuer, made.subject, made.active) == (
        "xenia@acme.example",
        "Xenia",
        ISSUER,
        "005x",
        True,
    )
    assert registry.version() == 2
    assert registry.snapshot().agent_by_subject("acme", ISSUER, "005x") == made
    with registry.reading() as records:
        told = records.audit("acme", before=None, limit=1)[0].entry
    assert (told.action, told.actor, told.target) == ("agent.admitted", made.login, made.login)


def test_a_second_one_changes_nothing_whatever_the_name(registry: SqlRegistry) -> None:
    fill(registry)
    made = admit(registry)
    assert admit(registry, login="renamed@acme.example") == made
    assert registry.version() == 2


def test_a_first_sign_in_binds_the_agent_of_the_login(registry: SqlRegistry) -> None:
    fill(registry)
    bound = admit(registry, login=ALICE.login)
    assert bound == msgspec.structs.replace(ALICE, issuer=ISSUER, subject="005x")
    assert registry.snapshot().agent_by_login("acme", ALICE.login) == bound


def test_a_login_of_another_identity_is_refused(registry: SqlRegistry) -> None:
    fill(registry)
    with pytest.raises(RegistryConflict):
        admit(registry, login=BOB.login)
    assert registry.version() == 1


def test_nobody_signs_in_at_an_organization_that_is_gone(registry: SqlRegistry) -> None:
    with pytest.raises(RegistryConflict):
        admit(registry)


@pytest.mark.parametrize("wrong", ["", "a b", "x" * 121, "a\x00", "\ud800"])
def test_a_login_that_cannot_be_kept_is_refused(registry: SqlRegistry, wrong: str) -> None:
    fill(registry)
    with pytest.raises(RegistryConflict, match="cannot be kept"):
        admit(registry, login=wrong)
    with pytest.raises(RegistryConflict, match="cannot be kept"):
        admit(registry, subject=f"{wrong} ")
    assert registry.version() == 1


def test_what_cannot_be_kept_of_a_name_is_left_out(registry: SqlRegistry) -> None:
    fill(registry)
    made = registry.admit("acme", ISSUER, "s", "new@acme.example", "A\x00b\ud800c\nd" + "x" * 99)
    assert made.name == "Abcd" + "x" * 76


def at_once(url: str, nodes: int, act: Callable[[SqlRegistry], object]) -> list[object]:
    """What each of several nodes gets that ``act`` at the same moment."""
    barrier = threading.Barrier(nodes)

    def node(registry: SqlRegistry) -> object:
        barrier.wait()
        try:
            return act(registry)
        except RegistryConflict:
            return RegistryConflict

    with ExitStack() as stack:
        opened = [open_registry(url) for _ in range(nodes)]
        for each in opened:
            stack.callback(each.close)
        pool = stack.enter_context(ThreadPoolExecutor(nodes))
        return list(pool.map(node, opened))


def test_one_person_at_several_nodes_is_one_agent(url: str) -> None:
    registry = open_registry(url)
    fill(registry)
    for number in range(10):
        found = at_once(url, 6, lambda each, number=number: admit(each, f"s{number}", f"new{number}@acme.example"))
        assert found == [found[0]] * 6
    with registry.reading() as records:
        assert len(records.agents("acme", contains="new", after="", limit=99)) == 10
    assert registry.version() == 11
    registry.close()


def test_of_two_persons_with_one_login_the_first_has_it(url: str) -> None:
    registry = open_registry(url)
    fill(registry)
    subjects = iter(["one", "two", "three"])
    found = at_once(url, 3, lambda each: admit(each, next(subjects)))
    assert sorted(each is RegistryConflict for each in found) == [False, True, True]
    registry.close()


def test_a_secret_is_the_same_on_all_nodes(url: str) -> None:
    found = at_once(url, 6, lambda each: each.secret("nonce"))
    assert found == [found[0]] * 6
    registry = open_registry(url)
    assert registry.secret("nonce") == found[0]
    assert len(registry.secret("other")) == 32
    assert registry.secret("other") != found[0]
    registry.close()


def test_readers_see_whole_changes(registry: SqlRegistry) -> None:
    """Each change adds an agent and its token; a picture has as many of both as its version says."""
    with registry.changing() as changes:
        changes.add(ACME)
        changes.tell(entry())
    done = threading.Event()

    def write() -> None:
        try:
            for number in range(60):
                with registry.changing() as changes:
                    changes.add(AgentRecord(id=f"u{number}", organization="acme", login=f"l{number}"))
                    changes.add(PersonalToken(id=f"t{number}", agent=f"u{number}", hash=f"h{number}", made_at=1.0))
                    changes.tell(entry())
        finally:
            done.set()

    writer = threading.Thread(target=write)
    writer.start()
    pictures = [registry.snapshot()]
    while not done.is_set():
        pictures.append(registry.snapshot())
    writer.join()
    pictures.append(registry.snapshot())
    for picture in pictures:
        agents = [number for number in range(60) if picture.agent_by_login("acme", f"l{number}")]
        tokens = [number for number in range(60) if picture.agent_by_token("acme", f"h{number}", 0.0)]
        assert agents == tokens == list(range(picture.version - 1))
    assert pictures[-1].version == 61
