"""Any text in any field of any form, and any bytes as a file: done, refused with a page, and never a fault of ours."""

import io
from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html

from .conftest import OLGA, Browser, Console
from .test_walls import NOWHERE, address, parts, rules

#: What forms send, and what nobody expects: control characters, halves of pairs, directions, long and empty ones.
TEXT = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["", " ", "\x00", "\r\n", "’", "\u202e", "😀", "-1", "0x1", "1e9", "٣", "acme", "default", "None"]),
    st.sampled_from(["{0}", "%s", "{{7*7}}", "<script>", "../../etc/passwd", "' OR 1=1 --", "a" * 5000, "9" * 5000]),
)
FORM = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        (
            *("id", "name", "sign_in", "admission", "salesforce_org_id", "oidc_issuer", "oidc_client_id"),
            *("frame_hosts", "dials_per_minute", "forbidden_prefixes", "certificate", "login", "contains", "text"),
            *("ends_at", "connector", "kind", "public_key", "overlap_s", "role", "organization", "password"),
            *("former", "repeated"),
        ),
        TEXT,
    ),
)
QUIET = {HealthCheck.function_scoped_fixture, HealthCheck.too_slow}
#: Acts without fields end what the next example needs; ``test_pages`` has them all.
WITH_FIELDS = (
    "new_organization",
    "change_organization",
    "new_certificate",
    "search_agents",
    "new_agent",
    "change_agent",
    "issue_token",
    "import_agents",
    "run_import",
    "new_connector",
    "new_key",
)


@pytest.fixture
def olga(console: Console) -> Browser:
    """One session for all examples."""
    return console.signed_in(OLGA)


def fields(browser: Browser, path: str) -> Mapping[str, str]:
    """A form as it comes, so that one wrong field meets right ones."""
    answer = browser.get(path)
    forms = html.fromstring(answer.text).xpath("//main//form") if answer.status_code == 200 else []
    return {
        each.name: each.value or ""
        for form in forms
        for each in form.inputs
        if each.name and getattr(each, "type", "") != "file"
    }


@settings(max_examples=150, deadline=None, suppress_health_check=QUIET)
@given(data=st.data())
def test_any_text_in_any_field(console: Console, olga: Browser, data: st.DataObject) -> None:
    endpoint = data.draw(st.sampled_from(WITH_FIELDS))
    values = parts(console, "other")
    path = next(
        address(rule, values) for name, rule in rules(console.app) if name == endpoint and "POST" in rule.methods
    )
    form = {**fields(olga, path), **data.draw(FORM)}
    form.pop("csrf_token", None)
    # The agent of the others is found by login, which stays for them.
    if endpoint == "change_agent":
        form["login"] = data.draw(st.sampled_from(["", "a b", "alice@other.example", "ALICE@other.example", "\x00"]))
    answer = olga.post(path, form)
    assert answer.status_code in (200, 303, 422), endpoint
    assert "<script>" not in answer.text
    assert olga.get("/admin").status_code == 200
    assert olga.get("/admin/audit").status_code == 200


@settings(max_examples=60, deadline=None, suppress_health_check=QUIET)
@given(content=st.binary(max_size=300), name=st.text(max_size=20), heading=st.booleans())
def test_any_bytes_as_a_file(olga: Browser, content: bytes, name: str, heading: bool) -> None:
    for path, field in (("import-agents", "file"), ("new-certificate", "file")):
        sent = io.BytesIO((b"login,name\n" if heading else b"") + content)
        answer = olga.submit(f"/admin/organizations/acme/{path}", {field: (sent, name or "x")})
        assert answer.status_code in (200, 303, 422)


@settings(max_examples=50, deadline=None, suppress_health_check=QUIET)
@given(
    path=st.text(st.characters(exclude_characters="?#\\"), max_size=40),
    query=st.dictionaries(st.sampled_from(["lang", "after", "before", "organization", "x"]), TEXT, max_size=3),
    cookie=st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters='";,\\'), max_size=60),
)
def test_any_address_and_any_cookie(
    console: Console, olga: Browser, path: str, query: dict[str, str], cookie: str
) -> None:
    values = {name: path.replace("/", "") or "x" for name in parts(console, "acme")}
    stranger = console.client()
    stranger.client.set_cookie("cti-admin", cookie)
    paths = [f"/admin/{path}"] + [address(rule, values) for name, rule in rules(console.app) if name not in NOWHERE]
    for each in paths[:: max(1, len(path) + 1)]:
        assert olga.client.get(each, query_string=query).status_code in (200, 303, 308, 404)
        assert stranger.client.get(each, query_string=query).status_code in (200, 303, 308, 404)


@settings(max_examples=20, deadline=None, suppress_health_check=QUIET)
@given(login=TEXT, password=TEXT)
def test_any_login_and_password(console: Console, login: str, password: str) -> None:
    console.clock.advance(10_000)
    assert console.client().sign_in(login, password).status_code == 422
