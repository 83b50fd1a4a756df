"""Signing in and out, one's own password, and the password once more before what is grave."""

import logging
import math
from threading import BoundedSemaphore

from flask import Blueprint, Response, g, request

from ...application.administration import AdministrationRefused
from ...domain.organization import Administrator
from .access import ConsoleOptions, actor, console_session, is_this_machine
from .answers import go, notice, render
from .attempts import Attempts
from .forms import ConsoleForm, OwnPasswordForm, PasswordAgainForm, SignInForm, refusals_in
from .sessions import ConsoleSessions
from .texts import Texts

log = logging.getLogger("cti.console")

#: Passwords looked at together: Argon2 takes 64 MiB for each, and strangers may send many.
TOGETHER = 2
#: How old the sign-in of somebody without a password may be where others are asked for theirs, in seconds.
JUST_NOW_S = 300.0


class TooManyAttempts(Exception):
    """It makes sense again after ``wait_s`` seconds."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(wait_s)
        self.wait_s = wait_s


class Passwords:
    """Looks at passwords, and not too often."""

    def __init__(self, options: ConsoleOptions) -> None:
        self._administrators = options.administration.administrators
        self._clock = options.clock
        self._attempts = Attempts()
        self._places = BoundedSemaphore(TOGETHER)

    def check(self, login: str, password: str) -> Administrator | None:
        """Whose it is. Raises ``TooManyAttempts``."""
        # This machine is the address of a proxy mostly: many people, who must not shut each other out.
        address = None if is_this_machine(request.remote_addr or "") else request.remote_addr
        login = login.strip().casefold()[:120]
        wait_s = self._attempts.begin(login, address, self._clock.monotonic())
        if wait_s > 0:
            raise TooManyAttempts(math.ceil(wait_s))
        with self._places:
            found = self._administrators.check_password(login, password)
        if found is None:
            # The login may be a password in the wrong field, so it is not told.
            log.warning("wrong login or password at the admin console, from %s", request.remote_addr)
        else:
            self._attempts.right(login, address)
        return found

    def check_again(self, form: PasswordAgainForm) -> None:
        """The password of whoever acts; without one they must have signed in just now.

        Raises ``AdministrationRefused`` and ``TooManyAttempts``.
        """
        if not g.with_password:
            if not self._entered_just_now():
                raise AdministrationRefused("own_password", "sign in once more before you do this")
            return
        if self.check(actor().login, form.own_password.data or "") is None:
            raise AdministrationRefused("own_password", "is not your password")

    def _entered_just_now(self) -> bool:
        entry = console_session().entry
        return entry is not None and self._clock.monotonic() < entry.opened + JUST_NOW_S


def add_routes(blueprint: Blueprint, options: ConsoleOptions, sessions: ConsoleSessions, passwords: Passwords) -> None:
    """Routes of this file's subject."""
    administrators = options.administration.administrators

    @blueprint.route("/sign-in", methods=["GET", "POST"])
    def sign_in() -> Response:
        if "actor" in g:
            return go("overview")
        form = SignInForm()
        if request.method == "POST":
            found = passwords.check(form.login.data or "", form.password.data or "")
            if found is not None:
                administrators.entered(found)
                sessions.enter(console_session(), found)
                return go("overview")
            form.form_errors.append(g.texts("sign_in_wrong"))
        return sign_in_page(form, 422 if form.form_errors else 200)

    def sign_in_page(form: ConsoleForm, status: int) -> Response:
        return render(
            "sign_in.html", status, form=form, nobody_yet=administrators.nobody_yet(), provider=options.provider
        )

    @blueprint.post("/sign-out")
    def sign_out() -> Response:
        sessions.leave(console_session())
        return go("sign_in")

    @blueprint.route("/account", methods=["GET", "POST"])
    def account() -> Response:
        form = OwnPasswordForm()
        if request.method == "POST":
            with refusals_in(form):
                _change_own_password(form)
                sessions.enter(console_session(), administrators.one(actor(), actor().login))
                notice("account_done")
                return go("account")
        return render("account.html", form.status, form=form)

    def _change_own_password(form: OwnPasswordForm) -> None:
        if form.password.data != form.repeated.data:
            raise AdministrationRefused("repeated", "is not the same")
        # Asked here, too, because attempts are counted here.
        if passwords.check(actor().login, form.former.data or "") is None:
            raise AdministrationRefused("former", "is not your password")
        administrators.change_own_password(actor(), form.former.data or "", form.password.data or "")

    @blueprint.post("/account/sign-out-everywhere")
    def sign_out_everywhere() -> Response:
        administrators.sign_out(actor(), actor().login)
        sessions.leave(console_session())
        return go("sign_in")

    @blueprint.errorhandler(TooManyAttempts)
    def too_many(error: TooManyAttempts) -> Response:
        form = SignInForm()
        texts: Texts = g.texts
        words = texts("too_many", seconds=error.wait_s)
        if "actor" in g:
            answer = render("problem.html", 429, title=texts("too_many_title"), text=words)
        else:
            form.form_errors.append(words)
            answer = sign_in_page(form, 429)
        answer.headers["Retry-After"] = str(error.wait_s)
        return answer
