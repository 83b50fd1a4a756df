"""Who gets which page of the console: every route, every role, every other organization, and no token of the form."""

import re
from collections.abc import Iterator
from ipaddress import ip_network

import pytest
from flask import Flask
from werkzeug.routing import Rule

from cti_adapter.web.admin.access import administrator_key
from cti_adapter.web.admin.acts import ACTS
from cti_adapter.web.admin.sessions import IDLE_S

from .conftest import ADAM, ANNA, CLI, EVE, OLGA, PASSWORD, Browser, Console, MakeConsole, words

FOR_OWNERS = {
    "new_organization",
    "list_administrators",
    "new_administrator",
    "show_administrator",
    "change_administrator",
    "set_password",
    *(act.name for act in ACTS if act.for_owners),
}
FOR_CHANGERS = {
    "change_organization",
    "new_certificate",
    "new_agent",
    "change_agent",
    "issue_token",
    "import_agents",
    "run_import",
    "new_connector",
    "new_key",
    *(act.name for act in ACTS),
}
#: Neither needs a role: searching changes nothing, and everybody has a session and a password of their own.
FOR_ALL = {"overview", "show_organization", "list_agents", "search_agents", "show_agent", "list_connectors"} | {
    "show_connector",
    "show_audit",
    "account",
    "sign_out_everywhere",
}
FOR_STRANGERS = {"sign_in", "sign_out"}
NOWHERE = {"nothing", "nothing_by_that_method"}


def rules(app: Flask) -> Iterator[tuple[str, Rule]]:
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("admin."):
            yield rule.endpoint.removeprefix("admin."), rule


def parts(console: Console, organization: str) -> dict[str, str]:
    """What stands in ``organization``, by the names of the parts of addresses."""
    service = console.service
    login = f"alice@{organization}.example"
    agent = service.agents.one(CLI, organization, login)
    return {
        "organization": organization,
        "agent": agent.id,
        "token": service.agents.tokens(CLI, organization, login)[0].id,
        "connector": "pbx",
        "key": service.connectors.one(CLI, organization, "pbx").keys[0].id,
        "fingerprint": service.organizations.certificates(CLI, organization)[0].sha256.replace(":", ""),
        "administrator": administrator_key(ADAM if organization == "acme" else EVE),
    }


def address(rule: Rule, values: dict[str, str]) -> str:
    return re.sub(r"<(\w+)>", lambda found: values[found[1]], rule.rule)


def requests(console: Console, organization: str) -> Iterator[tuple[str, str, str]]:
    """Endpoint, method and address of everything that is for somebody who is signed in."""
    values = parts(console, organization)
    for endpoint, rule in rules(console.app):
        if endpoint not in FOR_STRANGERS | NOWHERE:
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield endpoint, method, address(rule, values)


def ask(browser: Browser, method: str, path: str) -> int:
    return (browser.get(path) if method == "GET" else browser.post(path)).status_code


def test_every_route_has_its_place_here(console: Console) -> None:
    assert {endpoint for endpoint, _ in rules(console.app)} == (
        FOR_OWNERS | FOR_CHANGERS | FOR_ALL | FOR_STRANGERS | NOWHERE
    )


def test_strangers_see_the_sign_in_only(console: Console) -> None:
    browser = console.client()
    browser.get("/admin/sign-in")
    for _, method, path in requests(console, "acme"):
        answer = browser.get(path) if method == "GET" else browser.post(path)
        assert (answer.status_code, answer.headers.get("Location")) == (303, "/admin/sign-in"), path
        assert "acme" not in answer.text


def test_auditors_see_and_change_nothing(console: Console) -> None:
    browser = console.signed_in(ANNA)
    before = console.audit()
    for endpoint, method, path in requests(console, "acme"):
        if endpoint in ("account", "sign_out_everywhere"):
            continue
        status = ask(browser, method, path)
        assert status == (403 if endpoint in FOR_OWNERS | FOR_CHANGERS else 303 if method == "POST" else 200), path
    assert console.audit() == before
    for endpoint, method, path in requests(console, "acme"):
        if method == "GET" and endpoint in FOR_ALL - {"account"}:
            page = browser.get(path).text
            shown = re.findall(r'(href|action)="(/admin/[^"?]*)', page)
            adapter = console.app.url_map.bind("localhost")
            there = {adapter.match(to, method="POST" if kind == "action" else "GET")[0] for kind, to in shown}
            allowed = {f"admin.{each}" for each in FOR_ALL | FOR_STRANGERS} | {"numbers_page.numbers"}
            assert there <= allowed, "no form and no way to one"


def test_admins_do_not_do_what_is_for_owners(console: Console) -> None:
    browser = console.signed_in(ADAM)
    for endpoint, method, path in requests(console, "acme"):
        if endpoint in FOR_OWNERS:
            assert ask(browser, method, path) == 403, path
        elif method == "GET":
            assert ask(browser, method, path) == 200, path


@pytest.mark.parametrize("login", [EVE, ANNA])
def test_another_organization_is_not_there(console: Console, login: str) -> None:
    """The same answer as for one that nobody has ever made, by every route and method."""
    own, other = ("other", "acme") if login == EVE else ("acme", "other")
    browser = console.signed_in(login)
    before = console.audit()
    nobodys = parts(console, own) | {"organization": "nobodys"}
    for endpoint, rule in rules(console.app):
        if "organization" not in rule.arguments:
            continue
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            answers = []
            for values in (parts(console, other), nobodys):
                path = address(rule, values)
                answer = browser.get(path) if method == "GET" else browser.post(path)
                assert answer.status_code == 404, (endpoint, method)
                answers.append(re.sub(r'(nonce|value)="[^"]*"', "", answer.text))
            assert answers[0] == answers[1], endpoint
    assert console.audit() == before


def test_agents_connectors_and_keys_of_another_are_not_there(console: Console) -> None:
    """Own organization, somebody else's agent, connector, certificate, key or token in the address."""
    console.service.connectors.make(CLI, "other", "theirs")
    browser = console.signed_in(OLGA)
    own, other = parts(console, "acme"), parts(console, "other") | {"connector": "theirs"}
    for endpoint, rule in rules(console.app):
        for part in rule.arguments & {"agent", "connector", "token", "key", "fingerprint"}:
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                assert ask(browser, method, address(rule, own | {part: other[part]})) == 404, (endpoint, part)


def test_admins_of_one_organization_do_not_see_others_in_lists(console: Console) -> None:
    browser = console.signed_in(EVE)
    for path in ("/admin", "/admin/audit"):
        assert "acme" not in browser.get(path).text.lower()
    assert browser.get("/admin/audit?organization=acme").status_code == 404


@pytest.mark.parametrize("token", [None, "", "wrong", "of somebody else", "of a former session"])
def test_nothing_is_changed_without_the_token_of_the_form(console: Console, token: str | None) -> None:
    browser = console.signed_in(OLGA)
    sent = {"csrf_token": token} if token is not None else {}
    if token == "of somebody else":
        sent["csrf_token"] = console.signed_in(ADAM).token
    if token == "of a former session":
        sent["csrf_token"] = browser.token
        browser.post("/admin/sign-out")
        browser.sign_in(OLGA, PASSWORD)
    before = console.audit()
    for endpoint, method, path in requests(console, "acme"):
        if method == "POST":
            answer = browser.client.post(path, data=sent)
            assert answer.status_code == 400, endpoint
            assert "Nothing was changed" in words(answer)
    assert browser.client.post("/admin/sign-out", data=sent).status_code == 400
    assert console.audit() == before
    assert browser.get("/admin").status_code == 200


def test_signing_in_needs_the_token_of_its_form(console: Console) -> None:
    """Nobody can be signed in unawares, under somebody else's name."""
    browser = console.client()
    data = {"login": OLGA, "password": PASSWORD}
    assert browser.client.post("/admin/sign-in", data=data).status_code == 400
    strange = console.client()
    strange.get("/admin/sign-in")
    assert browser.client.post("/admin/sign-in", data={**data, "csrf_token": strange.token}).status_code == 400


def test_what_another_page_sends_is_refused_by_its_header(console: Console) -> None:
    browser = console.signed_in(OLGA)
    path = "/admin/organizations/acme/new-agent"
    browser.get(path)
    for origin, status in (("cross-site", 400), ("same-site", 400), ("same-origin", 303)):
        answer = browser.post(path, {"login": "bob"}, headers={"Sec-Fetch-Site": origin})
        assert answer.status_code == status


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_do_nothing(console: Console, method: str) -> None:
    browser = console.signed_in(OLGA)
    before = console.audit()
    for _, _, path in requests(console, "acme"):
        answer = browser.client.open(path, method=method, data={"csrf_token": browser.token})
        assert answer.status_code == 404, path
        overridden = browser.client.get(path, headers={"X-HTTP-Method-Override": method})
        assert overridden.status_code in (200, 404)
    assert console.audit() == before


def test_a_get_never_changes_anything(console: Console) -> None:
    browser = console.signed_in(OLGA)
    before = console.audit()
    for _, method, path in requests(console, "acme"):
        status = browser.get(path).status_code
        assert status == 200 or (method == "POST" and status == 404), path
    assert console.audit() == before


def test_headers_on_every_answer(console: Console) -> None:
    """Pages, redirections, errors, and what is not there."""
    wanted = {
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    strangers, browser = console.client(), console.signed_in(OLGA)
    answers = [strangers.get("/admin"), strangers.get("/admin/sign-in"), browser.get("/admin/nothing")]
    answers += [browser.get(path) for _, _, path in requests(console, "acme")]
    answers += [browser.client.post("/admin/audit"), browser.client.post("/admin"), browser.client.options("/admin")]
    answers.append(browser.post("/admin/organizations/acme/new-agent", {"login": ""}))
    answers.append(browser.post("/admin/organizations/acme/new-agent", {"login": "a" * 300_000}))
    assert {each.status_code for each in answers} >= {200, 303, 400, 404, 413, 422}
    for answer in answers:
        assert {name: answer.headers.get(name) for name in wanted} == wanted
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert "camera=()" in answer.headers["Permissions-Policy"]
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert not re.search(r"<script(?![^>]* nonce=)|<style|\son\w+=|\sstyle=", answer.text)


def test_a_nonce_is_used_once(console: Console) -> None:
    browser = console.client()
    policies = {browser.get("/admin/sign-in").headers["Content-Security-Policy"] for _ in range(5)}
    assert len(policies) == 5


@pytest.mark.parametrize(
    ("where", "status"),
    [("10.1.2.3", 200), ("::ffff:10.1.2.3", 200), ("2001:db8::1", 200), ("192.0.2.1", 404), ("", 404), ("x", 404)],
)
def test_only_from_these_networks(make_console: MakeConsole, where: str, status: int) -> None:
    console = make_console(networks=(ip_network("10.0.0.0/8"), ip_network("2001:db8::/32")))
    answer = console.client().get("/admin/sign-in", environ_base={"REMOTE_ADDR": where})
    assert answer.status_code == status
    if status == 404:
        nothing = console.client().get("/there-is-nothing")
        assert (answer.text, answer.headers) == (nothing.text, nothing.headers)
        forwarded = {"X-Forwarded-For": "10.1.2.3", "Forwarded": "for=10.1.2.3"}
        again = console.client().get("/admin/sign-in", environ_base={"REMOTE_ADDR": where}, headers=forwarded)
        assert again.status_code == 404, "what a client says of itself is not believed"


def test_an_expired_session_posts_nothing(console: Console) -> None:
    browser = console.signed_in(OLGA)
    browser.get("/admin/organizations/acme/new-agent")
    console.clock.advance(IDLE_S)
    answer = browser.post("/admin/organizations/acme/new-agent", {"login": "bob"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/sign-in")
    assert console.audit()[0] == "administrator.signed_in"


def test_no_name_of_a_person_in_an_address(console: Console) -> None:
    """Addresses are in logs of proxies and in histories of browsers."""
    browser = console.signed_in(OLGA)
    browser.get("/admin/organizations/acme/agents")
    assert browser.post("/admin/organizations/acme/agents/search", {"contains": "alice"}).headers["Location"] == (
        "/admin/organizations/acme/agents"
    )
    for _, method, path in requests(console, "acme"):
        if method == "GET":
            for found in re.findall(r'(?:href|action)="([^"]*)"', browser.get(path).text):
                assert not re.search("alice|olga|adam|anna|%40|@", found.lower()), found


def test_the_rest_of_the_server_has_no_session(console: Console) -> None:
    answer = console.client().get("/")
    assert answer.status_code == 200
    assert 'href="/admin"' in answer.text
    assert "Set-Cookie" not in answer.headers
