"""Signing in at the console by an identity provider: what it is told, what comes back, and who is let in.

The provider here says what the test wants; the real one is asked in tests/e2e/test_admin_console_provider.py, and its
tokens are looked at in tests/security.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

import pytest
from werkzeug.test import TestResponse

from cti_adapter.application.refusals import ErrorId, Refused
from cti_adapter.application.sign_in import Identity
from cti_adapter.application.sign_in_messages import OidcRequest, SignInByOidc
from cti_adapter.domain.organization import Role
from cti_adapter.relay.sign_in.handoffs import hashed
from cti_adapter.web.admin.sign_in import JUST_NOW_S

from .conftest import ADAM, CLI, OLGA, PASSWORD, Browser, Console, MakeConsole, words

OUT, BACK = "/admin/sign-in/provider", "/admin/sign-in/provider/done"
NINA = "nina@acme.example"


@dataclass
class Scripted:
    """Remembers what it was asked."""

    answer: Identity | Refused = field(default_factory=lambda: Identity("https://id.example", "sub-1", OLGA))
    name: str = "id.example"
    begun: list[OidcRequest] = field(default_factory=list)
    asked: list[SignInByOidc] = field(default_factory=list)
    redirect_uris: set[str] = field(default_factory=set)

    def authorize_url(self, asked: OidcRequest, redirect_uri: str) -> str:
        self.begun.append(asked)
        self.redirect_uris.add(redirect_uri)
        if isinstance(self.answer, Refused):
            raise self.answer
        return f"https://id.example/authorize?state={asked.state}"

    def identity(self, asked: SignInByOidc, redirect_uri: str) -> Identity:
        self.asked.append(asked)
        self.redirect_uris.add(redirect_uri)
        if isinstance(self.answer, Refused):
            raise self.answer
        return self.answer


@pytest.fixture
def provider() -> Scripted:
    return Scripted()


@pytest.fixture
def console(make_console: MakeConsole, provider: Scripted) -> Console:
    return make_console(provider=provider)


def come_back(browser: Browser, provider: Scripted, **changes: str) -> TestResponse:
    values = {"code": "code", "state": provider.begun[-1].state} | changes
    return browser.get(f"{BACK}?{urlencode(values)}")


def through(console: Console, provider: Scripted) -> tuple[Browser, TestResponse]:
    """Out and back."""
    browser = console.client()
    assert browser.get(OUT).status_code == 303
    return browser, come_back(browser, provider)


def is_inside(browser: Browser) -> bool:
    return browser.get("/admin").status_code == 200


def test_out_and_back(console: Console, provider: Scripted) -> None:
    browser = console.client()
    assert "Sign in with id.example" in words(browser.get("/admin/sign-in"))
    out = browser.get(OUT)
    assert out.headers["Location"].startswith("https://id.example/authorize?")
    kept = next(each for each in out.headers.getlist("Set-Cookie") if each.startswith("cti-admin-provider="))
    assert {"HttpOnly", "SameSite=Lax", "Max-Age=600"} <= set(kept.split("; "))
    done = come_back(browser, provider)
    assert done.status_code == 200
    assert done.headers["Refresh"] == "0; url=/admin"
    # Strict: the browser would not send it along with a redirect that began at the provider.
    entered = next(each for each in done.headers.getlist("Set-Cookie") if each.startswith("cti-admin="))
    assert "SameSite=Strict" in entered
    assert is_inside(browser)
    assert console.audit()[:2] == ["administrator.signed_in", "administrator.identity_bound"]
    assert provider.redirect_uris == {f"http://localhost:8080{BACK}"}


def test_what_the_provider_is_told_is_a_hash_of_what_comes_later(console: Console, provider: Scripted) -> None:
    through(console, provider)
    (begun,), (asked,) = provider.begun, provider.asked
    assert begun.challenge == hashed(asked.verifier)
    assert begun.nonce_hash == hashed(asked.nonce)
    assert len({begun.state, begun.challenge, begun.nonce_hash, asked.verifier, asked.nonce}) == 5
    through(console, provider)
    assert provider.begun[1].state != begun.state


STRANGE: dict[str, Callable[[Browser, Scripted], TestResponse]] = {
    "another browser": lambda browser, provider: browser.get(f"{BACK}?code=c&state={provider.begun[-1].state}"),
    "another state": lambda browser, provider: _begun(browser, provider, state="s" * 43),
    "no state": lambda browser, provider: _begun(browser, provider, state=""),
    "a state of other letters": lambda browser, provider: _begun(browser, provider, state="ä\x00"),
    "no code": lambda browser, provider: _begun(browser, provider, code=""),
    "a code that is none": lambda browser, provider: _begun(browser, provider, code="a\r\nb"),
    "a code without an end": lambda browser, provider: _begun(browser, provider, code="c" * 4_001),
    "an endless issuer": lambda browser, provider: _begun(browser, provider, iss="i" * 256),
    "the provider says no": lambda browser, provider: _begun(browser, provider, error="access_denied"),
    "the provider says <script>": lambda browser, provider: _begun(browser, provider, error="<script>\r\nok"),
}


def _begun(browser: Browser, provider: Scripted, **changes: str) -> TestResponse:
    browser.get(OUT)
    return come_back(browser, provider, **changes)


@pytest.mark.parametrize("name", STRANGE)
def test_what_did_not_begin_here_does_not_end_here(
    console: Console, provider: Scripted, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    console.client().get(OUT)
    browser = console.client()
    answer = STRANGE[name](browser, provider)
    assert answer.status_code == 422
    assert "You are not signed in" in words(answer)
    assert provider.asked == []
    assert not is_inside(browser)
    assert "script" not in caplog.text


def test_a_way_back_is_of_use_once(console: Console, provider: Scripted) -> None:
    browser, _ = through(console, provider)
    browser.post("/admin/sign-out")
    assert come_back(browser, provider).status_code == 422
    assert len(provider.asked) == 1


def test_only_administrators(console: Console, provider: Scripted) -> None:
    for login in ("nobody@acme.example", "", "\x00", "alice@acme.example"):
        provider.answer = Identity("https://id.example", "sub-9", login)
        browser, answer = through(console, provider)
        assert "not an administrator here" in words(answer)
        assert not is_inside(browser)


def test_who_it_is_is_the_subject(console: Console, provider: Scripted) -> None:
    """A login may go to another person, who gets nothing with it; the same person may be called otherwise."""
    through(console, provider)
    provider.answer = Identity("https://id.example", "sub-2", OLGA)
    assert "not an administrator here" in words(through(console, provider)[1])
    provider.answer = Identity("https://id.example", "sub-1", "olga.married@acme.example")
    assert is_inside(through(console, provider)[0])
    console.service.administrators.release(CLI, OLGA)
    provider.answer = Identity("https://id.example", "sub-2", OLGA)
    assert is_inside(through(console, provider)[0])


def test_a_subject_that_is_none_binds_nobody(console: Console, provider: Scripted) -> None:
    """Two without one would be the same person."""
    for subject in ("", "a b", "x" * 256):
        provider.answer = Identity("https://id.example", subject, OLGA)
        assert "not an administrator here" in words(through(console, provider)[1])
    assert console.service.administrators.one(CLI, OLGA).subject == ""


def test_whoever_is_shut_out_is_shut_out_here_too(console: Console, provider: Scripted) -> None:
    provider.answer = Identity("https://id.example", "sub-3", ADAM)
    browser, _ = through(console, provider)
    assert is_inside(browser)
    console.service.administrators.deactivate(CLI, ADAM)
    assert not is_inside(browser)
    assert "not an administrator here" in words(through(console, provider)[1])


def test_a_provider_that_fails(console: Console, provider: Scripted, caplog: pytest.LogCaptureFixture) -> None:
    browser = console.client()
    browser.get(OUT)
    provider.answer = Refused(ErrorId.UNAVAILABLE, "the identity provider cannot be used: id.example does not answer")
    for answer in (come_back(browser, provider), console.client().get(OUT)):
        assert answer.status_code == 502
        assert "could not be used" in words(answer)
    assert caplog.text.count("id.example does not answer") == 2


def test_without_a_provider_there_is_no_such_way(make_console: MakeConsole) -> None:
    console = make_console()
    browser = console.signed_in(OLGA)
    assert browser.get(OUT).status_code == 404
    assert "Sign in with" not in words(console.client().get("/admin/sign-in"))


def test_behind_https_the_cookies_are_of_this_host_alone(make_console: MakeConsole, provider: Scripted) -> None:
    browser = make_console("https://cti.example", provider=provider).client()
    sent = browser.get(OUT, base_url="https://cti.example").headers.getlist("Set-Cookie")
    assert any(re.match(r"__Host-cti-admin-provider=.*; Secure; .*Path=/", each) for each in sent), sent


# --- without a password ---


@pytest.fixture
def nina(console: Console, provider: Scripted) -> Browser:
    """An owner without a password."""
    console.service.administrators.make(CLI, NINA, Role.OWNER)
    provider.answer = Identity("https://id.example", "sub-nina", NINA)
    return through(console, provider)[0]


def test_what_is_grave_wants_a_new_sign_in_instead(console: Console, provider: Scripted, nina: Browser) -> None:
    assert nina.submit("/admin/organizations/other/remove").status_code == 303
    console.clock.advance(JUST_NOW_S)
    path = "/admin/organizations/acme/remove"
    asked = nina.get(path)
    assert "own_password" not in asked.text
    assert "Sign in once more" in words(asked)
    refused = nina.post(path)
    assert refused.status_code == 422
    assert "Sign in once more before you do this" in words(refused)
    assert nina.get(OUT).status_code == 303
    assert come_back(nina, provider).status_code == 200
    assert nina.submit(path).status_code == 303


def test_nobody_signs_in_with_no_password(console: Console, nina: Browser) -> None:
    for password in ("", " "):
        assert console.client().sign_in(NINA, password).status_code == 422
    assert "Change your password" not in words(nina.get("/admin/account"))


def test_an_owner_makes_somebody_without_a_password(console: Console, provider: Scripted) -> None:
    values = {"login": "new@acme.example", "role": "auditor", "organization": "acme", "own_password": PASSWORD}
    made = console.signed_in(OLGA).submit("/admin/new-administrator", values)
    assert made.status_code == 303
    assert console.service.administrators.one(CLI, "new@acme.example").password_hash == ""


def test_without_a_provider_everybody_needs_a_password(make_console: MakeConsole) -> None:
    values = {"login": "new@acme.example", "role": "auditor", "organization": "acme", "own_password": PASSWORD}
    refused = make_console().signed_in(OLGA).submit("/admin/new-administrator", values)
    assert refused.status_code == 422
