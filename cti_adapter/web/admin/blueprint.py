"""Joins the parts of the console to one blueprint: its door, its routes, its errors, its headers."""

import logging
import secrets
import traceback

from flask import Blueprint, Flask, Response, abort
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException

from ...application.registry import RegistryUnavailable
from . import acts, administrators, agents, audit_log, connectors, organizations, provider_sign_in, sign_in
from .access import ConsoleOptions, Door
from .answers import problem, with_headers
from .sessions import BLUEPRINT, PREFIX, ConsoleSessions, SessionStore

log = logging.getLogger("cti.console")

#: Every method: what is not there is not there by any of them.
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
#: Errors with a sentence of their own (texts ``problem_<status>``).
TOLD = frozenset({403, 404, 413})


def use_console(app: Flask, options: ConsoleOptions) -> None:
    """Serve the console of ``options`` under ``/admin``."""
    sessions = ConsoleSessions(SessionStore(options.clock), options.secure)
    app.session_interface = sessions
    app.config.update(
        # The token stands and falls with the session, and Flask-WTF is asked by the door.
        WTF_CSRF_SECRET_KEY=secrets.token_bytes(32),
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_CHECK_DEFAULT=False,
        # It would want a Referer over https, which the pages forbid browsers to send; the door asks Sec-Fetch-Site.
        WTF_CSRF_SSL_STRICT=False,
    )
    CSRFProtect(app)
    app.register_blueprint(create_blueprint(options, sessions))


def create_blueprint(options: ConsoleOptions, sessions: ConsoleSessions) -> Blueprint:
    """The whole console."""
    blueprint = Blueprint(BLUEPRINT, __name__, url_prefix=PREFIX)
    passwords = sign_in.Passwords(options)
    blueprint.before_request(Door(options, sessions).check)
    blueprint.after_request(with_headers)
    sign_in.add_routes(blueprint, options, sessions, passwords)
    if options.provider is not None:
        provider_sign_in.add_routes(blueprint, options, sessions, options.provider)
    organizations.add_routes(blueprint, options)
    agents.add_routes(blueprint, options)
    connectors.add_routes(blueprint, options)
    administrators.add_routes(blueprint, options, passwords)
    audit_log.add_routes(blueprint, options)
    acts.add_routes(blueprint, options, passwords)
    _add_errors(blueprint)
    return blueprint


def _add_errors(blueprint: Blueprint) -> None:
    @blueprint.route("", methods=METHODS[1:], endpoint="nothing_by_that_method")
    @blueprint.route("/<path:rest>", methods=METHODS)
    def nothing(rest: str = "") -> Response:
        # Here, so that what is not there has the headers of the console, too.
        abort(404)

    @blueprint.errorhandler(CSRFError)
    def form_expired(error: CSRFError) -> Response:
        return problem(400, "form_expired")

    @blueprint.errorhandler(RegistryUnavailable)
    def registry_unavailable(error: RegistryUnavailable) -> Response:
        log.warning("the admin console does without the registry: %s", error)
        answer = problem(503, "registry_unavailable")
        answer.headers["Retry-After"] = "10"
        return answer

    @blueprint.errorhandler(HTTPException)
    def told(error: HTTPException) -> Response:
        status = error.code or 500
        return problem(status, f"problem_{status}" if status in TOLD else "problem_other", status=status)

    @blueprint.errorhandler(Exception)
    def fault(error: Exception) -> Response:
        # Its words may repeat what a form has said, so only its kind and place are told.
        request_id = secrets.token_hex(6)
        frames = reversed(traceback.extract_tb(error.__traceback__)[-5:])
        places = " < ".join(f"{frame.name}:{frame.lineno}" for frame in frames)
        log.error("request %s of the admin console failed: %s at %s", request_id, type(error).__name__, places)
        return problem(500, "problem_500", id=request_id)
