"""What people do at the console, page by page: what is stored then, what is shown, and what is said when refused."""

import base64
import io
import re
from itertools import pairwise

import pytest
from lxml import html

from cti_adapter.application.credentials import kept, new_key_pair
from cti_adapter.application.registry import RegistryUnavailable
from cti_adapter.domain.organization import AgentRecord, Organization, Role, SignInMode
from cti_adapter.web.admin.access import administrator_key
from cti_adapter.web.admin.acts import ACTS, Act
from cti_adapter.web.admin.agents import PAGE
from registry.people import NOW, certificate

from .conftest import ADAM, ANNA, CLI, OLGA, PASSWORD, Browser, Console, errors_at, pem, words
from .test_walls import address, ask, parts, rules

ACME = "/admin/organizations/acme"


@pytest.fixture
def olga(console: Console) -> Browser:
    return console.signed_in(OLGA)


@pytest.fixture
def alice(console: Console) -> AgentRecord:
    return console.agent()


def acme(console: Console) -> Organization:
    return console.service.organizations.one(CLI, "acme")


# --- organizations ---


def test_overview(console: Console, olga: Browser) -> None:
    console.service.organizations.change(CLI, "acme", {"sign_in": "id"})
    page = words(olga.get("/admin"))
    assert "Anybody who knows a login name can see that person's calls." in page
    assert "pbx" in page
    assert "ends on" not in page
    console.service.organizations.change(CLI, "acme", {"sign_in": "token"})
    assert "Anybody who knows" not in words(olga.get("/admin"))
    soon = certificate(name="soon", ends_at=console.clock.now() + 29 * 86400)
    console.service.organizations.add_certificate(CLI, "acme", soon)
    assert "The certificate CN=soon ends on 2023-12-13" in words(olga.get("/admin"))


def test_what_is_missing_is_said(console: Console, olga: Browser) -> None:
    console.service.organizations.change(CLI, "other", {"sign_in": "oidc"})
    page = words(olga.get("/admin/organizations/other"))
    assert "Nobody can sign in before this is set: Issuer, Client id." in page


def test_an_organization_is_made(console: Console, olga: Browser) -> None:
    form = {
        "id": "new-one",
        "name": "New & <b>One</b>",
        "sign_in": "oidc",
        "admission": "everybody",
        "salesforce_org_id": "00D000000000002",
        "oidc_issuer": "https://new.my.salesforce.com",
        "oidc_client_id": "client",
        "frame_hosts": "https://a.example\r\n\r\n https://b.example \r\n",
        "dials_per_minute": " 7 ",
        "forbidden_prefixes": "+49900\n0190",
    }
    answer = olga.submit("/admin/new-organization", form)
    assert answer.headers["Location"] == "/admin/organizations/new-one"
    made = console.service.organizations.one(CLI, "new-one")
    assert made == Organization(
        id="new-one",
        name="New & <b>One</b>",
        sign_in=SignInMode.OIDC,
        admission=made.admission,
        salesforce_org_id="00D000000000002",
        oidc_issuer="https://new.my.salesforce.com",
        oidc_client_id="client",
        frame_hosts=("https://a.example", "https://b.example"),
        dials_per_minute=7,
        forbidden_prefixes=("+49900", "0190"),
    )
    page = olga.get("/admin/organizations/new-one")
    assert "Organization New & <b>One</b> is created." in words(page)
    assert "<b>" not in page.text
    assert "/t/new-one/callcenter.xml" in page.text
    assert "is created" not in words(olga.get("/admin/organizations/new-one")), "said once"
    assert console.audit()[0] == "organization.made"


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("id", "No!", "'No!' must be at most 40 small letters"),
        ("id", "acme", "'acme' is an organization already"),
        ("name", "", "must have"),
        ("sign_in", "guess", "must be one of apex, oidc, token, id"),
        ("salesforce_org_id", "005x", "00D and 12 or 15 more"),
        ("oidc_issuer", "http://x.example", "must be an https URL"),
        ("frame_hosts", "https://a.example/path", "without a path"),
        ("dials_per_minute", "many", "a whole number from 1 to 600"),
        ("dials_per_minute", "9" * 5000, "a whole number from 1 to 600"),
        ("forbidden_prefixes", "abc", "beginnings of numbers"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(console: Console, olga: Browser, field: str, value: str, rule: str) -> None:
    form = {"id": "new", "name": "N", "sign_in": "token", "admission": "listed", "dials_per_minute": "30", field: value}
    answer = olga.submit("/admin/new-organization", form)
    assert answer.status_code == 422
    assert rule in errors_at(answer, field)
    page = html.fromstring(answer.text)
    assert page.get_element_by_id("problems").get("role") == "alert"
    assert page.findtext("head/title").startswith("Error: ")
    assert f'href="#{field}"' in answer.text
    # Nothing has to be typed twice.
    assert page.get_element_by_id("name").value == form["name"]
    assert console.audit()[0] == "administrator.signed_in"


def test_settings_are_shown_and_changed(console: Console, olga: Browser) -> None:
    page = html.fromstring(olga.get(f"{ACME}/settings").text)
    fields = {each.name: each.value for each in page.forms[-1].inputs if each.name and each.name != "csrf_token"}
    assert fields["salesforce_org_id"] == "00D000000000001"
    assert fields["dials_per_minute"] == "30"
    before = acme(console)
    assert olga.post(f"{ACME}/settings", fields).status_code == 303
    assert acme(console) == before, "sent as it came, nothing changes"
    olga.post(f"{ACME}/settings", {**fields, "name": "Acme 2", "forbidden_prefixes": ""})
    assert acme(console).name == "Acme 2"
    assert console.audit()[0] == "organization.changed"


def test_an_admin_cannot_set_what_is_for_owners(console: Console) -> None:
    adam = console.signed_in(ADAM)
    form = {"name": "By Adam", "admission": "listed", "sign_in": "id", "dials_per_minute": "600"}
    page = adam.get(f"{ACME}/settings").text
    assert 'name="sign_in"' not in page
    assert adam.post(f"{ACME}/settings", form).status_code == 303
    found = acme(console)
    assert (found.name, found.sign_in, found.dials_per_minute) == ("By Adam", SignInMode.APEX, 30)


def test_certificates(console: Console, olga: Browser) -> None:
    new = pem(NOW + 2e8)
    path = f"{ACME}/new-certificate"
    assert "is no certificate" in errors_at(olga.submit(path, {"certificate": "nonsense"}), "certificate").lower()
    assert olga.submit(path, {"certificate": new}).status_code == 303
    assert "there already" in errors_at(olga.submit(path, {"certificate": new}), "certificate")
    as_file = {"file": (io.BytesIO(pem(NOW + 3e8).encode()), "acme.crt")}
    assert olga.submit(path, as_file).status_code == 303
    found = console.service.organizations.certificates(CLI, "acme")
    assert len(found) == 3
    page = words(olga.get(ACME))
    for each in found:
        assert each.sha256 in page
        assert each.ends_on in page
    remove = f"{ACME}/certificates/{found[0].sha256.replace(':', '')}/remove"
    assert olga.submit(remove).headers["Location"] == ACME
    assert len(acme(console).certificates) == 2
    assert console.audit()[:3] == ["certificate.removed", "certificate.added", "certificate.added"]


# --- acts that ask first ---


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.name)
def test_every_act_asks_first_is_done_and_written_down(console: Console, olga: Browser, act: Act) -> None:
    """On a page of its own; what is grave wants the password; afterwards the person is where the thing was, or is."""
    console.registry.admit("acme", "https://i.example", "005", "alice@acme.example", "")
    if act.name == "release_administrator":
        console.service.administrators.by_provider("sub-1", ADAM)
    if act.name.startswith("activate_"):
        console.service.connectors.deactivate(CLI, "acme", "pbx")
        console.service.agents.deactivate(CLI, "acme", "alice@acme.example")
        console.service.organizations.deactivate(CLI, "acme")
        console.service.administrators.deactivate(CLI, ADAM)
    rule = next(rule for endpoint, rule in rules(console.app) if endpoint == act.name)
    path = address(rule, parts(console, "acme"))
    asked = olga.get(path)
    assert asked.status_code == 200
    assert html.fromstring(asked.text).xpath("//main//form[@method='post']//button")
    before = console.audit()
    if act.grave:
        for wrong in ({}, {"own_password": "wrong"}):
            answer = olga.post(path, wrong)
            assert answer.status_code == 422
            assert "is not your password" in errors_at(answer, "own_password").lower()
        assert console.audit() == before
    done = olga.post(path, {"own_password": PASSWORD} if act.grave else {})
    assert done.status_code == 303, words(done)
    assert console.audit()[1:] == before
    after = olga.get(done.headers["Location"])
    assert after.status_code == 200
    assert html.fromstring(after.text).xpath("//*[@role='status']")


def test_the_last_owner_stays(console: Console, olga: Browser) -> None:
    key = administrator_key(OLGA)
    answer = olga.submit(f"/admin/administrators/{key}/deactivate")
    assert answer.status_code == 422
    assert "is the only active owner" in words(answer)
    assert olga.get("/admin").status_code == 200


def test_whoever_guesses_the_password_of_an_open_session_waits(olga: Browser) -> None:
    path = f"{ACME}/remove"
    olga.get(path)
    statuses = [olga.post(path, {"own_password": f"guess {number}"}).status_code for number in range(5)]
    assert statuses == [422, 422, 422, 429, 429]


# --- agents ---


def test_agents_are_made_and_changed(console: Console, olga: Browser) -> None:
    answer = olga.submit(f"{ACME}/new-agent", {"login": " Bob@ACME.example ", "name": "Bob"})
    made = console.agent("bob@acme.example")
    assert answer.headers["Location"] == f"{ACME}/agents/{made.id}"
    again = olga.submit(f"{ACME}/new-agent", {"login": "bob@acme.example"})
    assert "is an agent of organization" in errors_at(again, "login")
    page = f"{ACME}/agents/{made.id}/change"
    assert "must have" in errors_at(olga.submit(page, {"login": "a b", "name": "B"}), "login")
    assert olga.submit(page, {"login": "bo@acme.example", "name": "Bo"}).status_code == 303
    assert console.agent("bo@acme.example").id == made.id


def test_a_list_of_many_is_paged_and_searched(console: Console, olga: Browser) -> None:
    lines = "".join(f"agent{number:03}@acme.example,N{number}\n" for number in range(2 * PAGE))
    console.service.agents.import_file(CLI, "acme", f"login,name\n{lines}")
    path: str | None = f"{ACME}/agents"
    seen: list[str] = []
    pages = 0
    while path:
        page = html.fromstring(olga.get(path).text)
        seen += page.xpath("//tbody/tr/th/a/text()")
        following = page.xpath("//a[@rel='next']/@href")
        path = following[0] if following else None
        pages += 1
    assert pages == 3
    assert len(seen) == 2 * PAGE + 1
    assert all(one < two for one, two in pairwise(seen))
    olga.get(f"{ACME}/agents")
    olga.post(f"{ACME}/agents/search", {"contains": "AGENT07"})
    found = html.fromstring(olga.get(f"{ACME}/agents").text).xpath("//tbody/tr/th/a/text()")
    assert found == [f"agent07{number}@acme.example" for number in range(10)]
    olga.post(f"{ACME}/agents/search", {"contains": "<script>"})
    assert "Nothing found" in words(olga.get(f"{ACME}/agents"))
    assert "<script>" not in olga.get(f"{ACME}/agents").text
    assert olga.get(f"{ACME}/agents?after=nobody").status_code == 404


def test_a_file_is_looked_at_before_it_is_imported(console: Console, olga: Browser) -> None:
    path = f"{ACME}/import-agents"
    text = "login,name\r\nbob@acme.example,Bob\r\ncarol@acme.example,<i>Carol</i>\r\n"
    before = console.audit()
    preview = olga.submit(path, {"file": (io.BytesIO(b"\xef\xbb\xbf" + text.encode()), "agents.csv")})
    assert preview.status_code == 200
    assert "2 new agents" in words(preview)
    assert console.audit() == before
    carried = html.fromstring(preview.text).get_element_by_id("text").value.lstrip()
    done = olga.post(f"{path}/run", {"text": carried})
    assert done.headers["Location"] == f"{ACME}/agents"
    assert console.agent("carol@acme.example").name == "<i>Carol</i>"
    assert console.audit()[0] == "agents.imported"


def test_every_wrong_line_is_named(console: Console, olga: Browser) -> None:
    text = "login,name\na b,x\nbob,y\nbob,z\nalice@acme.example\n"
    answer = olga.submit(f"{ACME}/import-agents", {"text": text})
    assert answer.status_code == 422
    errors = errors_at(answer, "file")
    for line in (2, 4, 5):
        assert f"Line {line}: " in errors
    assert olga.post(f"{ACME}/import-agents/run", {"text": text}).status_code == 422
    assert console.audit()[0] == "administrator.signed_in"


def test_an_old_spreadsheet_is_read(console: Console, olga: Browser) -> None:
    content = "login;name\nj\xf6rg@acme.example;J\xf6rg\n".encode("cp1252")
    assert "j\xf6rg@acme.example" in words(
        olga.submit(f"{ACME}/import-agents", {"file": (io.BytesIO(content), "a.csv")})
    )


def test_a_token_is_shown_once(console: Console, olga: Browser, alice: AgentRecord) -> None:
    page = f"{ACME}/agents/{alice.id}"
    olga.get(page)
    console.clock.advance(1)
    answer = olga.post(f"{page}/tokens", {"ends_at": "30"})
    assert answer.headers["Cache-Control"] == "no-store"
    assert "clipboard-write=(self)" in answer.headers["Permissions-Policy"]
    secret = html.fromstring(answer.text).get_element_by_id("secret").text
    tokens = console.service.agents.tokens(CLI, "acme", alice.login)
    assert tokens[-1].hash == kept(secret)
    assert tokens[-1].ends_at == console.clock.now() + 30 * 86400
    again = olga.get(page)
    assert secret not in again.text
    assert tokens[-1].hash not in again.text
    assert tokens[-1].id in again.text
    console.clock.advance(1)
    olga.post(f"{page}/tokens", {"ends_at": "0"})
    assert console.service.agents.tokens(CLI, "acme", alice.login)[-1].ends_at is None
    assert "must be one of" in errors_at(olga.post(f"{page}/tokens", {"ends_at": "-1"}), "ends_at").lower()
    for _ in range(7):
        olga.post(f"{page}/tokens", {"ends_at": "30"})
    answer = olga.post(f"{page}/tokens", {"ends_at": "30"})
    assert answer.status_code == 422
    assert "has 10 tokens; withdraw one first" in words(answer)


# --- connectors ---


def test_a_connector_and_its_keys(console: Console, olga: Browser) -> None:
    answer = olga.submit(f"{ACME}/new-connector", {"connector": "asterisk-1"})
    page = answer.headers["Location"]
    assert page == f"{ACME}/connectors/asterisk-1"
    assert "Without a valid key" in words(olga.get(page))
    made = olga.submit(f"{page}/new-key", {"kind": "api_key", "overlap_s": "keep"})
    secret = html.fromstring(made.text).get_element_by_id("secret").text
    connector = console.service.connectors.one(CLI, "acme", "asterisk-1")
    assert [key.value for key in connector.keys] == [kept(secret)]
    assert secret not in olga.get(page).text
    console.clock.advance(1)
    rotated = olga.submit(f"{page}/new-key", {"kind": "api_key", "overlap_s": "3600"})
    assert rotated.status_code == 200
    keys = console.service.connectors.one(CLI, "acme", "asterisk-1").keys
    assert [key.ends_at for key in keys] == [console.clock.now() + 3600, None]
    _, public = new_key_pair()
    third = {"kind": "ed25519", "public_key": public, "overlap_s": "keep"}
    answer = olga.submit(f"{page}/new-key", third)
    assert "only 2 can be; withdraw one first" in words(answer)
    console.clock.advance(3600)
    olga.sign_in(OLGA, PASSWORD)
    assert olga.submit(f"{page}/new-key", third).headers["Location"] == page
    assert public in olga.get(page).text
    assert [each for each in console.audit() if each.startswith("key")][:3] == ["key.added", "key.rotated", "key.added"]


def test_public_keys_are_checked(console: Console, olga: Browser) -> None:
    path = f"{ACME}/connectors/pbx/new-key"
    private, public = new_key_pair()
    for value, rule in (
        ("", "must be whpk_"),
        ("whpk_short", "must be whpk_"),
        (private, "is the private key"),
        ("whpk_" + base64.b64encode(b"x" * 31).decode(), "32 bytes"),
    ):
        answer = olga.submit(path, {"kind": "ed25519", "public_key": value, "overlap_s": "0"})
        assert rule in errors_at(answer, "public_key").lower()
    assert olga.submit(path, {"kind": "ed25519", "public_key": public, "overlap_s": "0"}).status_code == 303
    keys = console.service.connectors.one(CLI, "acme", "pbx").keys
    assert len([key for key in keys if key.ends_at is None]) == 1


def test_connectors_have_an_id_of_their_own(olga: Browser) -> None:
    answer = olga.submit(f"{ACME}/new-connector", {"connector": "pbx"})
    assert "is a connector of organization" in errors_at(answer, "connector")
    assert "in front" in errors_at(olga.submit(f"{ACME}/new-connector", {"connector": "-"}), "connector")


# --- administrators ---


def test_administrators(console: Console, olga: Browser) -> None:
    new = {"login": "Otto@acme.example", "role": "auditor", "organization": "acme", "password": PASSWORD}
    without = olga.submit("/admin/new-administrator", new)
    assert "is not your password" in errors_at(without, "own_password").lower()
    right = {**new, "own_password": PASSWORD}
    assert olga.submit("/admin/new-administrator", {**right, "password": "short"}).status_code == 422
    wrong = olga.submit("/admin/new-administrator", {**right, "role": "owner"})
    assert "an owner is that of all" in errors_at(wrong, "organization").lower()
    assert (
        "must be one of" in errors_at(olga.submit("/admin/new-administrator", {**right, "role": "x"}), "role").lower()
    )
    assert olga.submit("/admin/new-administrator", right).status_code == 303
    assert "otto@acme.example" in words(olga.get("/admin/administrators"))
    otto = console.signed_in("otto@acme.example")
    page = f"/admin/administrators/{administrator_key('otto@acme.example')}"
    change = {"role": "admin", "organization": "", "own_password": PASSWORD}
    assert olga.submit(f"{page}/role", change).status_code == 303
    found = console.service.administrators.one(CLI, "otto@acme.example")
    assert (found.role, found.organization) == (Role.ADMIN, None)
    assert otto.get("/admin").status_code == 303
    console.clock.advance(1)
    password = {"password": "a brand new password", "own_password": PASSWORD}
    assert olga.submit(f"{page}/password", password).status_code == 303
    assert console.signed_in("otto@acme.example", "a brand new password")


# --- audit ---


def test_the_audit_log_is_filtered_and_paged(console: Console, olga: Browser) -> None:
    for number in range(60):
        console.service.agents.make(CLI, "other", f"a{number}")
    path: str | None = "/admin/audit?organization=other"
    seen: list[str] = []
    while path:
        page = html.fromstring(olga.get(path).text)
        seen += [row.xpath("string(td[4])") for row in page.xpath("//tbody/tr")]
        following = page.xpath("//a[@rel='next']/@href")
        path = following[0] if following else None
    assert [each for each in seen if each.startswith("a") and each[1:].isdecimal()] == [
        f"a{number}" for number in reversed(range(60))
    ]
    assert "acme" not in seen
    assert olga.get("/admin/audit?before=x").status_code == 404
    assert olga.get("/admin/audit?organization=%00").status_code == 404


# --- text from outside ---

EVIL = '<script>alert("x")</script>'


def test_names_from_outside_are_text(console: Console, olga: Browser) -> None:
    service = console.service
    service.organizations.change(CLI, "acme", {"name": EVIL, "oidc_client_id": "<img/src=x>"})
    service.agents.change(CLI, "acme", "alice@acme.example", {"name": EVIL, "login": "<script>alert(1)</script>"})
    alice = service.agents.all(CLI, "acme")[0]
    service.administrators.make(CLI, '"><script>x</script>', Role.AUDITOR, "acme", PASSWORD)
    for endpoint, rule in rules(console.app):
        if "GET" not in (rule.methods or ()) or endpoint in ("nothing", "sign_in"):
            continue
        values = {**parts(console, "other"), "organization": "acme", "agent": alice.id, "connector": "pbx"}
        values |= {"administrator": administrator_key('"><script>x</script>')}
        page = olga.get(address(rule, values)).text
        assert not re.search(r"<script(?! type=)|<img", page), endpoint
    wrong = olga.submit(f"{ACME}/new-agent", {"login": f"{EVIL} x", "name": "n"})
    assert "<script>" not in wrong.text
    assert "&lt;script&gt;" in wrong.text


def test_a_registry_that_is_away(console: Console, olga: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise RegistryUnavailable("sqlite:///x: disk I/O error")

    with monkeypatch.context() as patched:
        patched.setattr(console.service.administrators, "current", away)
        answer = olga.get("/admin")
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "10"
        assert "Telephony goes on" in words(answer)
        assert "disk" not in answer.text
    assert olga.get("/admin").status_code == 200


def test_a_fault_of_ours_tells_nothing(
    console: Console, olga: Browser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("s3cret")

    monkeypatch.setattr(console.service.overview, "all", broken)
    answer = olga.get("/admin")
    assert answer.status_code == 500
    request_id = re.search(r"under (\w+)", words(answer))
    assert request_id
    assert request_id[1] in caplog.text
    assert "s3cret" not in caplog.text + answer.text


def test_auditors_read(console: Console) -> None:
    anna = console.signed_in(ANNA)
    alice = console.agent()
    for path in ("/admin", ACME, f"{ACME}/agents", f"{ACME}/agents/{alice.id}", f"{ACME}/connectors", "/admin/audit"):
        assert ask(anna, "GET", path) == 200
    page = html.fromstring(anna.get(f"{ACME}/agents/{alice.id}").text)
    assert page.xpath("//main//form") == []
