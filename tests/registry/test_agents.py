"""Agents and their tokens, as administrators see them, and what the relay sees of it."""

import hashlib
import re
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cti_adapter.application.administration import Actor, Administration, AdministrationRefused
from cti_adapter.application.administration.agent_file import MOST_LINES, read_agent_file
from cti_adapter.application.administration.agents import MOST_TOKENS
from cti_adapter.domain.agent import normalized_agent
from cti_adapter.domain.organization import AgentRecord, Role
from cti_adapter.registry.store import SqlRegistry
from fakes.clock import FakeClock

from .people import ADAM, ANNA, NOW, OLGA

ALICE = "alice@acme.example"
ELSEWHERE = Actor("eve@other.example", Role.ADMIN, "other")


@pytest.fixture
def alice(service: Administration) -> AgentRecord:
    return service.agents.make(ADAM, "acme", " Alice@ACME.example ", " Alice Adler ")


def test_an_agent_is_made_with_a_normalized_login(service: Administration, alice: AgentRecord) -> None:
    assert (alice.login, alice.name, alice.active, alice.subject) == (ALICE, "Alice Adler", True, "")
    assert re.fullmatch(r"u_[A-Za-z0-9_-]{16}", alice.id)
    assert service.agents.one(ANNA, "acme", "ALICE@acme.example") == alice
    assert service.agents.all(ANNA, "acme") == [alice]
    assert service.agents.all(ANNA, "acme", contains="adler") == [alice]
    assert service.agents.all(ANNA, "acme", contains="bob") == []


def test_a_login_is_given_once_in_an_organization(service: Administration, alice: AgentRecord) -> None:
    with pytest.raises(AdministrationRefused, match="is an agent of organization 'acme' already"):
        service.agents.make(ADAM, "acme", ALICE.upper())
    assert service.agents.make(OLGA, "other", ALICE).id != alice.id


@pytest.mark.parametrize(
    ("login", "name", "words"),
    [
        ("", "", "login: '' must have 1 to 120 characters"),
        ("  ", "", "login: '  ' must have"),
        ("a b", "", "login: 'a b' must have"),
        ("a" * 121, "", "login: 'aaaa"),
        ("a\x00", "", "login: is not text"),
        ("\udcff", "", "login: is not text"),
        ("a", "x" * 81, "name: 'xxx"),
        ("a", "\udcff", "name: is not text"),
        ("a", "a\x07b", r"name: 'a\\x07b' must have at most 80 characters, all of them printable"),
    ],
)
def test_wrong_agents_are_refused(service: Administration, login: str, name: str, words: str) -> None:
    with pytest.raises(AdministrationRefused, match=f"^{words}"):
        service.agents.make(ADAM, "acme", login, name)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(login=st.text(st.characters(), max_size=130), name=st.text(st.characters(), max_size=90))
def test_any_agent_is_found_again_or_refused(service: Administration, login: str, name: str) -> None:
    try:
        made = service.agents.make(ADAM, "acme", login, name)
    except AdministrationRefused as refused:
        field = refused.field
    else:
        assert (made.login, made.name) == (normalized_agent(login), name.strip())
        assert service.agents.one(ADAM, "acme", login) == made
        service.agents.remove(ADAM, "acme", login)
        return
    assert field in ("login", "name")


def test_only_auditors_of_the_organization_see_and_only_its_admins_change(
    service: Administration, alice: AgentRecord
) -> None:
    agents = service.agents
    acts: list[Callable[[Actor], object]] = [
        lambda who: agents.make(who, "acme", "bob"),
        lambda who: agents.import_file(who, "acme", "login\nbob"),
        lambda who: agents.change(who, "acme", ALICE, {"name": "x"}),
        lambda who: agents.deactivate(who, "acme", ALICE),
        lambda who: agents.activate(who, "acme", ALICE),
        lambda who: agents.sign_out(who, "acme", ALICE),
        lambda who: agents.release(who, "acme", ALICE),
        lambda who: agents.remove(who, "acme", ALICE),
        lambda who: agents.issue_token(who, "acme", ALICE),
        lambda who: agents.withdraw_token(who, "acme", ALICE, "t"),
    ]
    for act in acts:
        with pytest.raises(AdministrationRefused, match="an auditor, who may see"):
            act(ANNA)
    acts += [
        lambda who: agents.one(who, "acme", ALICE),
        lambda who: agents.all(who, "acme"),
        lambda who: agents.tokens(who, "acme", ALICE),
    ]
    for act in acts:
        with pytest.raises(AdministrationRefused, match="there is no organization 'acme'"):
            act(ELSEWHERE)
    assert service.agents.one(ADAM, "acme", ALICE) == alice


def test_who_is_deactivated_stays_signed_out_after_a_quick_reactivation(
    service: Administration, sqlite: SqlRegistry, alice: AgentRecord, clock: FakeClock
) -> None:
    clock.advance(60)
    service.agents.deactivate(ADAM, "acme", ALICE)
    clock.advance(1)
    again = service.agents.activate(ADAM, "acme", ALICE)
    assert (again.active, again.signed_out_before) == (True, NOW + 60)
    assert sqlite.snapshot().agent_by_login("acme", ALICE) == again
    version = sqlite.version()
    service.agents.activate(ADAM, "acme", ALICE)
    assert sqlite.version() == version


def test_signing_out_is_a_moment(service: Administration, alice: AgentRecord, clock: FakeClock) -> None:
    clock.advance(5)
    assert service.agents.sign_out(ADAM, "acme", ALICE).signed_out_before == NOW + 5
    clock.advance(5)
    assert service.agents.sign_out(ADAM, "acme", ALICE).signed_out_before == NOW + 10


def test_a_released_login_belongs_to_the_next_identity(
    service: Administration, sqlite: SqlRegistry, alice: AgentRecord, clock: FakeClock
) -> None:
    with pytest.raises(AdministrationRefused, match="is not bound to an identity"):
        service.agents.release(ADAM, "acme", ALICE)
    sqlite.admit("acme", "https://i.example", "first", ALICE, "")
    clock.advance(5)
    released = service.agents.release(ADAM, "acme", ALICE)
    assert (released.issuer, released.subject, released.signed_out_before) == ("", "", NOW + 5)
    assert sqlite.admit("acme", "https://i.example", "second", ALICE, "").id == alice.id


def test_a_new_login_ends_sessions_and_a_new_name_does_not(
    service: Administration, alice: AgentRecord, clock: FakeClock
) -> None:
    service.agents.make(ADAM, "acme", "bob")
    renamed = service.agents.change(ADAM, "acme", ALICE, {"name": "Alice Abel"})
    assert (renamed.name, renamed.signed_out_before) == ("Alice Abel", 0.0)
    moved = service.agents.change(ADAM, "acme", ALICE, {"login": "A.Abel@acme.example"})
    assert (moved.id, moved.login, moved.signed_out_before) == (alice.id, "a.abel@acme.example", NOW)
    for values, words in [
        ({"login": "BOB"}, "is an agent of organization 'acme' already"),
        ({"login": "a b"}, "no blanks"),
        ({"login": 5}, "no blanks"),
        ({"name": None}, "80 characters"),
        ({"subject": "x"}, "subject: is none of the fields"),
    ]:
        with pytest.raises(AdministrationRefused, match=words):
            service.agents.change(ADAM, "acme", "a.abel@acme.example", values)


def test_a_removed_agent_is_gone_with_the_tokens(
    service: Administration, sqlite: SqlRegistry, alice: AgentRecord
) -> None:
    token, _ = service.agents.issue_token(ADAM, "acme", ALICE)
    service.agents.remove(ADAM, "acme", ALICE)
    picture = sqlite.snapshot()
    assert picture.agent_by_login("acme", ALICE) is None
    assert picture.agent_by_token("acme", hashlib.sha256(token.encode()).hexdigest(), NOW) is None
    with pytest.raises(AdministrationRefused, match=f"{ALICE!r} is not an agent of organization 'acme'"):
        service.agents.remove(ADAM, "acme", ALICE)


# --- personal tokens ---


def test_a_token_is_told_once_and_lets_its_agent_in(
    service: Administration, sqlite: SqlRegistry, alice: AgentRecord
) -> None:
    token, record = service.agents.issue_token(ADAM, "acme", ALICE, NOW + 60)
    assert re.fullmatch(r"ctp_[A-Za-z0-9_-]{43}", token)
    assert service.agents.tokens(ANNA, "acme", ALICE) == [record]
    kept = hashlib.sha256(token.encode()).hexdigest()
    assert sqlite.snapshot().agent_by_token("acme", kept, NOW + 59) == alice
    assert sqlite.snapshot().agent_by_token("acme", kept, NOW + 60) is None
    assert sqlite.snapshot().agent_by_token("other", kept, NOW) is None
    service.agents.withdraw_token(ADAM, "acme", ALICE, record.id)
    assert sqlite.snapshot().agent_by_token("acme", kept, NOW) is None
    with pytest.raises(AdministrationRefused, match="has no token"):
        service.agents.withdraw_token(ADAM, "acme", ALICE, record.id)


def test_tokens_of_others_are_not_withdrawn(service: Administration, alice: AgentRecord) -> None:
    service.agents.make(ADAM, "acme", "bob")
    _, record = service.agents.issue_token(ADAM, "acme", "bob")
    with pytest.raises(AdministrationRefused, match="has no token"):
        service.agents.withdraw_token(ADAM, "acme", ALICE, record.id)


def test_tokens_are_few_and_those_that_have_ended_make_room(
    service: Administration, alice: AgentRecord, clock: FakeClock
) -> None:
    for _ in range(MOST_TOKENS):
        service.agents.issue_token(ADAM, "acme", ALICE, NOW + 60)
    with pytest.raises(AdministrationRefused, match="has 10 tokens; withdraw one first"):
        service.agents.issue_token(ADAM, "acme", ALICE)
    clock.advance(60)
    _, record = service.agents.issue_token(ADAM, "acme", ALICE)
    assert service.agents.tokens(ADAM, "acme", ALICE) == [record]


@pytest.mark.parametrize("ends_at", [NOW, 0.0, -1.0, float("nan"), float("inf")])
def test_a_token_ends_in_the_future(service: Administration, alice: AgentRecord, ends_at: float) -> None:
    with pytest.raises(AdministrationRefused, match="^ends_at: must be in the future"):
        service.agents.issue_token(ADAM, "acme", ALICE, ends_at)


# --- files ---


@pytest.mark.parametrize(
    "text",
    [
        "login,name\nbob,Bob\nCarol@x,Carol Cruz\n",
        "\ufefflogin;name\r\nbob;Bob\r\n\r\nCarol@x;Carol Cruz\r\n",
        'Login, Name\n"bob","Bob"\n\n,\ncarol@X , Carol Cruz',
    ],
)
def test_agents_come_from_a_file(service: Administration, text: str) -> None:
    made = service.agents.import_file(ADAM, "acme", text)
    assert [(each.login, each.name) for each in made] == [("bob", "Bob"), ("carol@x", "Carol Cruz")]
    assert service.agents.all(ADAM, "acme") == made
    newest = service.audit.page(ADAM).entries[0]
    assert (newest.action, newest.target, newest.detail) == ("agents.imported", "acme", "2 agents")


def test_names_may_be_left_out() -> None:
    assert [row.login for row in read_agent_file("login\nbob\ncarol", set())] == ["bob", "carol"]


def test_one_wrong_line_keeps_all_out_and_each_is_named(service: Administration, alice: AgentRecord) -> None:
    text = f"login,name\nbob,Bob\na b,x\nBOB,again\n{ALICE},Alice\nc,C,c\nd,{'x' * 81}\n,only a name\n"
    with pytest.raises(AdministrationRefused) as told:
        service.agents.import_file(ADAM, "acme", text)
    assert told.value.field == "file"
    assert told.value.message.splitlines() == [
        "line 3: login: 'a b' must have 1 to 120 characters and no blanks",
        "line 4: login: 'bob' is in line 2 already",
        f"line 5: login: {ALICE!r} is in the registry already",
        "line 6: has 3 fields; there are only login and name",
        f"line 7: name: '{'x' * 39}… must have at most 80 characters, all of them printable",
        "line 8: login: '' must have 1 to 120 characters and no blanks",
    ]
    assert service.agents.all(ADAM, "acme") == [alice]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1 must be the heading"),
        ("bob,Bob", "line 1 must be the heading"),
        ("name,login\nBob,bob", "line 1 must be the heading"),
        ("login,name\n", "names nobody"),
        ('login,name\n"bob', "line 2: is not CSV"),
        ("login\n" + "a b\n" * 60, "and 10 more"),
        ("login\n" + "x\n" * (MOST_LINES + 1), "has more than 50_000 lines"),
        ("login\n" + "x" * 10_000_000, "has more than 10_000_000 characters"),
    ],
)
def test_files_that_are_none(text: str, words: str) -> None:
    with pytest.raises(AdministrationRefused, match=f"(?s)^file: .*{words}"):
        read_agent_file(text, set())


@settings(max_examples=500, deadline=None)
@given(st.text(st.sampled_from('ab@,;"\n\r \x00\ud800é'), max_size=40))
def test_no_text_breaks_the_reader_of_files(rows: str) -> None:
    try:
        found = read_agent_file(f"login,name\n{rows}", {"a"})
    except AdministrationRefused as refused:
        assert_named(refused)
    else:
        logins = [row.login for row in found]
        assert len(set(logins)) == len(logins) > 0
        assert "a" not in logins


def assert_named(refused: AdministrationRefused) -> None:
    assert refused.field == "file"
    assert refused.message


def test_twenty_thousand_agents_at_once(service: Administration, sqlite: SqlRegistry) -> None:
    text = "login,name\n" + "".join(f"agent{number}@acme.example,Agent {number}\n" for number in range(20_000))
    assert len(service.agents.import_file(ADAM, "acme", text)) == 20_000
    assert sqlite.snapshot().agent_by_login("acme", "agent19999@acme.example") is not None


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(), max_size=10))
def test_whatever_is_looked_for_is_there_or_not(service: Administration, text: str) -> None:
    for look in (
        lambda: service.agents.all(OLGA, "acme", contains=text, after=text),
        lambda: service.agents.all(OLGA, text),
        lambda: service.agents.one(OLGA, "acme", text),
        lambda: service.connectors.one(OLGA, "acme", text),
        lambda: service.administrators.one(OLGA, text),
        lambda: service.audit.page(OLGA, text or "none"),
        lambda: service.agents.withdraw_token(OLGA, "acme", ALICE, text),
    ):
        with suppress(AdministrationRefused):
            assert look() in ([], None)
    assert service.administrators.check_password(text, text) is None
    assert service.administrators.current(text or "nobody") is None
