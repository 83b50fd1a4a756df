"""Signing in at the console, what a session is, and when it ends."""

import re
import threading
from itertools import count

import pytest
from werkzeug.test import TestResponse

from cti_adapter.application.administration import passwords
from cti_adapter.domain.organization import Administrator, Role
from cti_adapter.web.admin.attempts import ADDRESS, FORGET_S, LOGIN, MOST, Attempts
from cti_adapter.web.admin.sessions import IDLE_S, LONGEST_S, SessionStore
from cti_adapter.web.admin.sessions import MOST as MOST_SESSIONS
from fakes.clock import FakeClock

from .conftest import ADAM, ANNA, CLI, OLGA, PASSWORD, Browser, Console, MakeConsole, errors_at, words

WRONG = "Login or password is wrong."


def cookie(browser: Browser, name: str = "cti-admin") -> str:
    found = browser.client.get_cookie(name)
    assert found is not None
    return found.value


def is_inside(browser: Browser) -> bool:
    return browser.get("/admin").status_code == 200


def test_signed_in_and_out(console: Console) -> None:
    browser = console.signed_in(OLGA.upper())
    assert is_inside(browser)
    assert console.audit()[0] == "administrator.signed_in"
    assert browser.get("/admin/sign-in").headers["Location"] == "/admin"
    used = cookie(browser)
    assert browser.post("/admin/sign-out").headers["Location"] == "/admin/sign-in"
    assert not is_inside(browser)
    # Whoever had the id before has nothing of it.
    browser.client.set_cookie("cti-admin", used)
    assert not is_inside(browser)


def test_wrong_login_and_wrong_password_are_told_alike(console: Console) -> None:
    answers = []
    for login, password in ((OLGA, "wrong"), ("nobody@acme.example", PASSWORD), ("", ""), ("\x00", "\x00")):
        answer = console.client().sign_in(login, password)
        assert answer.status_code == 422
        assert WRONG in words(answer)
        answers.append(words(answer))
    assert len(set(answers)) == 1


def test_as_much_work_for_a_login_that_there_is_not(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes time is Argon2, and that is asked once in both cases."""
    asked: list[str] = []
    verify = passwords._hasher.verify

    class Counting:
        def __getattr__(self, name: str) -> object:
            return getattr(type(passwords._hasher), name)

        def verify(self, password_hash: str, password: bytes) -> bool:
            asked.append(password_hash.split("$")[3])
            return verify(password_hash, password)

    monkeypatch.setattr(passwords, "_hasher", Counting())
    for login in (OLGA, "nobody@acme.example", "not a login"):
        console.client().sign_in(login, "wrong")
    assert len(asked) == 3
    assert len(set(asked)) == 1, "with the same effort"


def test_the_id_is_new_at_sign_in_and_of_256_bits(console: Console) -> None:
    browser = console.client()
    browser.get("/admin/sign-in")
    before = cookie(browser)
    browser.sign_in(OLGA, PASSWORD)
    assert cookie(browser) != before
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", cookie(browser))


def test_an_id_from_somebody_else_is_not_taken_over(console: Console) -> None:
    chosen = "A" * 43
    browser = console.client()
    browser.client.set_cookie("cti-admin", chosen)
    browser.sign_in(OLGA, PASSWORD)
    assert cookie(browser) != chosen
    other = console.client()
    other.client.set_cookie("cti-admin", chosen)
    assert not is_inside(other)


def test_what_the_server_keeps_is_a_hash(console: Console) -> None:
    clock = FakeClock()
    store = SessionStore(clock)
    session = store.open(Administrator(login=OLGA, role=Role.OWNER), {})
    assert store.find(session) is not None
    assert session not in repr(store._entries)


def test_cookie_over_plain_http_on_this_machine(console: Console) -> None:
    sent = console.client().get("/admin/sign-in").headers["Set-Cookie"]
    assert re.fullmatch(r"cti-admin=[\w-]{43}; HttpOnly; Path=/; SameSite=Strict", sent)


def test_cookie_over_https(make_console: MakeConsole) -> None:
    console = make_console("https://cti.example.com")
    browser = console.client()
    https = {"base_url": "https://cti.example.com"}
    sent = browser.get("/admin/sign-in", **https).headers["Set-Cookie"]
    assert re.fullmatch(r"__Host-cti-admin=[\w-]{43}; Secure; HttpOnly; Path=/; SameSite=Strict", sent)
    answer = browser.sign_in(OLGA, PASSWORD, **https)
    assert answer.status_code == 303
    assert answer.headers["Set-Cookie"].startswith("__Host-cti-admin=")
    assert browser.get("/admin", **https).status_code == 200


def test_no_password_goes_over_plain_http_to_another_machine(console: Console) -> None:
    answer = console.client().get("/admin/sign-in", base_url="http://cti.example.com")
    assert answer.status_code == 403
    assert "public_url" in words(answer)
    assert console.client().get("/admin/sign-in", base_url="http://127.0.0.1:8080").status_code == 200
    assert console.client().get("/admin/sign-in", base_url="http://[::1]:8080").status_code == 200


def test_a_session_ends_by_itself(console: Console) -> None:
    idle = console.signed_in(OLGA)
    console.clock.advance(IDLE_S - 1)
    assert is_inside(idle)
    console.clock.advance(IDLE_S)
    assert not is_inside(idle)
    busy = console.signed_in(OLGA)
    for _ in range(int(LONGEST_S // (IDLE_S / 2)) - 1):
        console.clock.advance(IDLE_S / 2)
        assert is_inside(busy)
    console.clock.advance(IDLE_S / 2)
    assert not is_inside(busy)


def test_a_session_ends_with_what_it_rests_on(console: Console) -> None:
    administrators = console.service.administrators
    ends = {
        "deactivated": lambda: administrators.deactivate(CLI, ADAM),
        "signed out": lambda: administrators.sign_out(CLI, ADAM),
        "of another role": lambda: administrators.change(CLI, ADAM, {"role": "auditor"}),
        "of another organization": lambda: administrators.change(CLI, ADAM, {"organization": "other"}),
        "with another password": lambda: administrators.set_password(CLI, ADAM, "another good password"),
        "of a shut organization": lambda: console.service.organizations.deactivate(CLI, "acme"),
        "removed": lambda: administrators.remove(CLI, ADAM),
    }
    for why, end in ends.items():
        console.service.organizations.activate(CLI, "acme")
        administrators.activate(CLI, ADAM)
        administrators.change(CLI, ADAM, {"role": "admin", "organization": "acme"})
        administrators.set_password(CLI, ADAM, PASSWORD)
        console.clock.advance(1)
        browser = console.signed_in(ADAM)
        console.clock.advance(1)
        end()
        assert not is_inside(browser), why


def test_sessions_are_bounded() -> None:
    clock = FakeClock()
    store = SessionStore(clock)
    olga = Administrator(login=OLGA, role=Role.OWNER)
    first = store.open(olga, {})
    ids = [store.open(olga, {}) for _ in range(MOST_SESSIONS)]
    assert store.find(first) is None
    assert store.find(ids[0]) is not None
    assert len(set(ids)) == MOST_SESSIONS
    clock.advance(LONGEST_S)
    store.open(olga, {})
    assert len(store._entries) == 1


def test_wrong_passwords_make_wait(console: Console) -> None:
    """From wherever they come; one address after the other here, since addresses are counted, too."""
    browser = console.client()
    addresses = ({"REMOTE_ADDR": f"192.0.2.{number}"} for number in count(1))

    def sign_in(password: str) -> TestResponse:
        return browser.sign_in(OLGA, password, environ_base=next(addresses))

    for _ in range(LOGIN.free):
        assert sign_in("wrong").status_code == 422
    waits = []
    for _ in range(8):
        answer = sign_in(PASSWORD)
        assert answer.status_code == 429
        waits.append(int(answer.headers["Retry-After"]))
        assert f"in {waits[-1]} seconds" in words(answer)
        console.clock.advance(waits[-1])
        assert sign_in("wrong").status_code == 422
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    assert console.signed_in(ADAM), "another login is not shut out"
    console.clock.advance(60)
    assert sign_in(PASSWORD).status_code == 303
    browser.post("/admin/sign-out")
    assert sign_in("wrong").status_code == 422, "the count begins anew"


def test_one_address_cannot_try_all_logins(console: Console) -> None:

    def sign_in(address: str, login: str, password: str = "wrong") -> int:
        return console.client().sign_in(login, password, environ_base={"REMOTE_ADDR": address}).status_code

    for number in range(ADDRESS.free):
        assert sign_in("192.0.2.1", f"nobody{number}") == 422
    assert sign_in("192.0.2.1", "nobody") == 429
    assert sign_in("192.0.2.1", ADAM, PASSWORD) == 429
    assert sign_in("192.0.2.2", ADAM, PASSWORD) == 303
    # Behind a proxy on this machine everybody has its address.
    for number in range(2 * ADDRESS.free):
        assert sign_in("127.0.0.1", f"somebody{number}") == 422
    assert sign_in("127.0.0.1", ADAM, PASSWORD) == 303


def test_attempts_are_forgotten_and_bounded() -> None:
    attempts = Attempts()
    for _ in range(50):
        attempts.begin("olga", "192.0.2.1", 0.0)
    assert attempts.begin("olga", "192.0.2.2", 0.5) > 0
    for _ in range(LOGIN.free):
        assert attempts.begin("olga", "192.0.2.1", FORGET_S + 100) == 0.0
    for number in range(2 * MOST):
        attempts.begin(f"x{number}", f"y{number}", FORGET_S)
    assert len(attempts._wrong) == MOST


def test_a_hundred_at_once_do_not_count_as_one() -> None:
    attempts = Attempts()
    let_through = []
    barrier = threading.Barrier(20)

    def attempt() -> None:
        barrier.wait()
        let_through.append(attempts.begin("olga", "192.0.2.1", 1.0) == 0.0)

    threads = [threading.Thread(target=attempt) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(let_through) == LOGIN.free


def test_the_first_administrator_is_made_on_the_server(make_console: MakeConsole) -> None:
    console = make_console(empty=True)
    browser = console.client()
    page = browser.get("/admin/sign-in")
    assert "cti admin create --role owner" in words(page)
    assert "password" not in page.text.partition("<main")[2].partition("<form")[2]
    console.service.administrators.make(CLI, OLGA, Role.OWNER, None, PASSWORD)
    assert browser.sign_in(OLGA, PASSWORD).status_code == 303
    assert "No organization yet" in words(browser.get("/admin"))


def test_ones_own_password(console: Console) -> None:
    other_browser = console.signed_in(OLGA)
    console.clock.advance(1)
    browser = console.signed_in(OLGA)
    new = "an even better password"
    wrong = {"former": "wrong", "password": new, "repeated": new}
    assert "is not your password" in errors_at(browser.submit("/admin/account", wrong), "former").lower()
    differs = {"former": PASSWORD, "password": new, "repeated": "else"}
    assert "not the same" in errors_at(browser.submit("/admin/account", differs), "repeated")
    short = {"former": PASSWORD, "password": "short", "repeated": "short"}
    assert "12 to 1000" in errors_at(browser.submit("/admin/account", short), "password")
    console.clock.advance(1)
    before = cookie(browser)
    right = {"former": PASSWORD, "password": new, "repeated": new}
    assert browser.submit("/admin/account", right).status_code == 303
    assert cookie(browser) != before
    assert is_inside(browser)
    assert not is_inside(other_browser)
    assert console.signed_in(OLGA, new)
    assert "administrator.password_set" in console.audit()


def test_signed_out_everywhere(console: Console) -> None:
    browsers = [console.signed_in(ANNA), console.signed_in(ANNA)]
    console.clock.advance(1)
    assert browsers[0].post("/admin/account/sign-out-everywhere").status_code == 303
    assert not any(map(is_inside, browsers))
    assert console.audit()[0] == "administrator.signed_out"


def test_the_language_is_kept(console: Console) -> None:
    browser = console.client()
    assert "Anmelden" in browser.get("/admin/sign-in?lang=de").text
    browser.post("/admin/sign-in?lang=de", {"login": OLGA, "password": PASSWORD})
    assert 'lang="de"' in browser.get("/admin").text
    assert 'lang="en"' in browser.get("/admin?lang=en").text
    assert 'lang="en"' in browser.get("/admin/audit").text
    german = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}
    assert "Kennwort" in console.client().get("/admin/sign-in", headers=german).text
