"""HTTP face of the Salesforce stand-in: host page, its JSON, and the Open CTI client script. Rules live beside it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request, send_from_directory
from werkzeug.exceptions import BadRequest, HTTPException, NotFound
from werkzeug.wrappers import Response as WerkzeugResponse

from .apex import CLASSES, ApexMethod, do_not_call, find_log, find_people, history, read_log, run_apex
from .layout import fields_by_object, softphone_layout
from .org import Organization
from .saving import SaveRefused
from .schema import OBJECTS, object_type
from .search import find, search_result
from .seed import APP_ID, User
from .signing import CERTIFICATE_NAME, OrgCertificate, sign_in_token
from .views import object_view, record_view, row_view, task_view, user_view

HOST_NAME = "acme.lightning.localhost"  # browsers resolve *.localhost to loopback themselves (RFC 6761, 6.3)
SCRIPTS = ("opencti_min.js", "opencti.js")
MAX_BODY = 256 * 1024  # bytes of a JSON request; a long call note is far below

_VERSION = re.compile(r"[0-9]{2,3}\.0")


@dataclass(frozen=True)
class StandinDependencies:
    """What the stand-in needs from the rest. All callables are cheap and asked again for every page."""

    call_center: Callable[[], Mapping[str, str]]
    """The imported definition as getCallCenterSettings returns it: flat, ``/section/item`` -> text, with labels."""
    adapter_url: Callable[[], str]
    """Address of the softphone page; a relative one belongs to ``public_origin``."""
    public_origin: Callable[[], str]
    """``scheme://host[:port]`` under which browsers reach this server."""
    standby_url: Callable[[], str] | None = None
    """Address that takes over when the softphone stays silent; default: reqStandbyUrl of the definition."""
    standby_timeout_ms: Callable[[], int] | None = None
    """How long to wait for notifyInitializationComplete, milliseconds; default: reqTimeout; 0 = never switch."""
    script_dir: Path | None = None
    """Folder in which Salesforce's own ``opencti_min.js`` may lie; it is then served instead of ours."""
    apex_classes: Mapping[str, Mapping[str, ApexMethod]] = field(default_factory=lambda: CLASSES)
    """Class -> method -> function, for runApex."""
    organization: Organization = field(default_factory=lambda: Organization(lambda: datetime.now(UTC)))
    """The org; a fresh one unless given."""
    certificate: OrgCertificate = field(default_factory=lambda: OrgCertificate(lambda: datetime.now(UTC)))
    """What the org signs with; a fresh one unless given."""


def create_blueprint(deps: StandinDependencies) -> Blueprint:
    """A blueprint with ``/salesforce``, ``/salesforce/api/…`` and the client scripts below ``/support/api/NN.0``.

    Templates and static files are looked up in the application's folders (``standin/…``). The page understands
    ``user`` (alice, bob, carol), ``ui=classic`` (Salesforce Classic), ``console=1`` (a console app), ``frames=2`` (a
    second copy of the softphone) and ``faults`` (``method:silent|late-MS|swap|ERROR_CODE``, comma-separated) in its
    query.
    """
    blueprint = Blueprint("salesforce_standin", __name__)
    _add_pages(blueprint, deps)
    _add_reading(blueprint, deps.organization)
    _add_writing(blueprint, deps)
    _add_apex(blueprint, deps)
    blueprint.register_error_handler(HTTPException, _problem)
    return blueprint


def host_page_location(url: str, adapter_url: str) -> str | None:
    """Where a request for the host page should go instead, ``None`` if the page may be shown under this name.

    Salesforce's page and the softphone are of different origins, so the stand-in's page must not be shown under the
    adapter's own host name. Only a loopback name has a second one that everybody has; elsewhere the page stays.
    """
    asked, adapter = urlsplit(url), urlsplit(adapter_url)
    if asked.hostname != adapter.hostname or not _is_loopback(asked.hostname or "") or asked.hostname == HOST_NAME:
        return None
    port = f":{asked.port}" if asked.port else ""
    return asked._replace(netloc=HOST_NAME + port).geturl()


def _is_loopback(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost") or host.startswith("127.") or host == "::1"


def _add_pages(blueprint: Blueprint, deps: StandinDependencies) -> None:
    @blueprint.get("/salesforce", strict_slashes=False)
    def page() -> WerkzeugResponse:
        boot = _boot(deps)
        elsewhere = host_page_location(request.url, boot["adapterUrl"])
        if elsewhere:
            return redirect(elsewhere, 302)
        same_origin = urlsplit(boot["adapterUrl"])[:2] == urlsplit(request.url)[:2]
        text = render_template(
            "standin/salesforce.html", boot=boot, same_origin=same_origin, other_name=_fallback(boot)
        )
        response = Response(text, mimetype="text/html")
        response.headers["Content-Security-Policy"] = (
            "default-src 'self'; img-src 'self' data:; frame-src http: https:; object-src 'none'; base-uri 'none'; "
            "form-action 'none'; frame-ancestors 'none'"
        )
        response.headers["Cache-Control"] = "no-store"
        return response

    @blueprint.get("/support/api/<version>/lightning/<name>")
    def client_script(version: str, name: str) -> Response:
        if not _VERSION.fullmatch(version) or name not in SCRIPTS:
            raise NotFound(f"no such script; there is /support/api/NN.0/lightning/{SCRIPTS[0]}")
        return _script(*_script_file(deps.script_dir, name))

    @blueprint.get("/support/api/<version>/interaction.js")
    def classic_client_script(version: str) -> Response:
        if not _VERSION.fullmatch(version):
            raise NotFound("no such script; there is /support/api/NN.0/interaction.js")
        return _script(_standin_folder(), "interaction.js")


def _script(folder: Path, file: str) -> Response:
    response = send_from_directory(folder, file, mimetype="text/javascript", max_age=0)
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _script_file(script_dir: Path | None, name: str) -> tuple[Path, str]:
    for candidate in (name, *SCRIPTS):
        if script_dir is not None and (script_dir / candidate).is_file():
            return script_dir.resolve(), candidate
    return _standin_folder(), "opencti.js"


def _standin_folder() -> Path:
    return Path(current_app.static_folder or "static").resolve() / "standin"


def _boot(deps: StandinDependencies) -> dict[str, Any]:
    settings = dict(deps.call_center())
    origin = deps.public_origin()
    standby = deps.standby_url() if deps.standby_url else settings.get("/reqGeneralInfo/reqStandbyUrl", "")
    timeout = deps.standby_timeout_ms() if deps.standby_timeout_ms else settings.get("/reqGeneralInfo/reqTimeout", "")
    return {
        "user": user_view(_user(deps.organization)),
        "users": [user_view(user) for user in deps.organization.users],
        "organization": {"id": deps.organization.id, "name": deps.organization.name},
        "appId": APP_ID,
        "objects": [object_view(kind) for kind in OBJECTS.values()],
        "layout": softphone_layout(),
        "settings": settings,
        "adapterUrl": urljoin(origin + "/", deps.adapter_url()),
        "standbyUrl": urljoin(origin + "/", standby) if standby else "",
        "standbyTimeoutMs": _milliseconds(timeout),
    }


def _milliseconds(text: str | int) -> int:
    return int(text) if str(text).isascii() and str(text).isdigit() else 0


def _fallback(boot: Mapping[str, Any]) -> str:
    adapter, asked = urlsplit(boot["adapterUrl"]), urlsplit(request.url)
    name = "localhost" if (adapter.hostname or "").startswith("127.") else "127.0.0.1"
    port = f":{asked.port}" if asked.port else ""
    return f"{asked.scheme}://{name}{port}/salesforce"


def _add_reading(blueprint: Blueprint, org: Organization) -> None:
    @blueprint.get("/salesforce/api/me")
    def current_user() -> Response:
        return jsonify(user_view(_user(org)) | {"organizationId": org.id})

    @blueprint.get("/salesforce/api/records")
    def records() -> Response:
        kind = object_type(request.args.get("object", ""))
        if kind is None:
            raise BadRequest(f"object: one of {', '.join(OBJECTS)} is needed")
        rows = [row_view(org, record) for record in org.records(kind.name)]
        return jsonify({"object": object_view(kind), "rows": rows})

    @blueprint.get("/salesforce/api/records/<identifier>")
    def one_record(identifier: str) -> Response:
        record = org.get(identifier)
        if record is None:
            raise NotFound("id: no such record in this org")
        return jsonify(record_view(org, record))

    @blueprint.get("/salesforce/api/tasks")
    def tasks() -> Response | tuple[str, int]:
        version = org.version
        if request.args.get("since") == str(version):
            return "", 204
        about = request.args.get("about")
        found = org.tasks_of(about) if about else org.records("Task")
        return jsonify({"version": version, "tasks": [task_view(org, task) for task in found]})


def _add_writing(blueprint: Blueprint, deps: StandinDependencies) -> None:
    org = deps.organization

    @blueprint.post("/salesforce/api/search")
    def search() -> Response:
        asked = _body()
        try:
            text, call_type = _text(asked, "searchParams"), _text(asked, "callType") or None
            result = search_result(org.all_records(), text, fields_by_object(call_type))
            matches = [row_view(org, record) for record in find(org.all_records(), text)]
        except ValueError as fault:
            raise BadRequest(str(fault)) from None
        return jsonify({"returnValue": result, "matches": matches})

    @blueprint.post("/salesforce/api/log")
    def save_log() -> Response:
        return jsonify(org.save_log(_body().get("object"), _user(org)))

    @blueprint.post("/salesforce/api/records")
    def create_record() -> tuple[Response, int]:
        try:
            record = org.save(_body(), _user(org))
        except SaveRefused as refused:
            return jsonify({"errors": refused.messages}), 422
        return jsonify(row_view(org, record)), 201


def _add_apex(blueprint: Blueprint, deps: StandinDependencies) -> None:
    org = deps.organization

    @blueprint.post("/salesforce/api/apex")
    def apex() -> Response:
        call_log = {"find": find_log(org), "read": read_log(org), "history": history(org)}
        directory = {"find": find_people, "doNotCall": do_not_call(org)}
        sign_in = {"token": sign_in_token(deps.certificate, deps.public_origin)}
        own = {"CtiCallLog": call_log, "CtiDirectory": directory, "CtiSignIn": sign_in}
        return jsonify(run_apex(own | dict(deps.apex_classes), _body(), _user(org)))

    @blueprint.get("/salesforce/api/certificate")
    def certificate() -> Response:
        response = Response(deps.certificate.pem, mimetype="application/x-pem-file")
        response.headers["Content-Disposition"] = f'attachment; filename="{CERTIFICATE_NAME}.crt"'
        response.headers["Cache-Control"] = "no-store"
        return response


def _user(org: Organization) -> User:
    try:
        return org.user(request.args.get("user") or org.users[0].alias)
    except KeyError:
        known = ", ".join(user.alias for user in org.users)
        raise BadRequest(f"user: nobody is called that here; known are {known}") from None


def _body() -> Mapping[str, Any]:
    # The JSON type is required, not guessed: another site's form could otherwise post here unasked.
    if request.content_length is None or request.content_length > MAX_BODY:
        raise BadRequest(f"body: JSON of at most {MAX_BODY} bytes is needed")
    body = request.get_json(silent=True) if request.is_json else None
    if not isinstance(body, dict):
        raise BadRequest("body: a JSON object of type application/json is needed")
    return body


def _text(asked: Mapping[str, Any], name: str) -> str:
    value = asked.get(name)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{name}: text was expected, {type(value).__name__} was found")
    return value or ""


def _problem(error: HTTPException) -> Response:
    identifier = f"standin_{(error.name or 'error').lower().replace(' ', '_')}"
    problem = {"type": "about:blank", "title": error.name, "status": error.code, "detail": error.description}
    response = jsonify(problem | {"error_id": identifier})
    response.mimetype = "application/problem+json"
    response.status_code = error.code or 500
    return response
