"""Salesforce's REST API as far as call logs need it, on the stand-in's org; for tests of what writes there.

It checks requests against the documented shapes (REST API Developer Guide; OAuth 2.0 JWT bearer flow) and answers wrong
ones as Salesforce does: a list of ``{"message", "errorCode"}``.
"""

import re
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from .org import Organization, Record
from .saving import SaveRefused
from .search import find

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
#: Longest life of an assertion that Salesforce accepts, in seconds.
LONGEST_ASSERTION_S = 180

# Patterns of what the server asks, not queries: the stand-in has no database.
_TEXT = r"'((?:[^'\\]|\\.)*)'"
_USER = re.compile(rf"SELECT Id FROM User WHERE Username = {_TEXT} AND IsActive = TRUE LIMIT 1")  # nosec B608 - a pattern
_TASK = re.compile(rf"SELECT Id FROM Task WHERE CallObject = {_TEXT} AND CreatedDate >= LAST_N_DAYS:2 LIMIT 1")  # nosec B608 - a pattern
_MISSED = re.compile(
    rf"SELECT Id, Subject FROM Task WHERE OwnerId = {_TEXT} AND Status = {_TEXT} AND CallDisposition = {_TEXT} "  # nosec B608
    r"AND CreatedDate >= LAST_N_DAYS:30 LIMIT 200"
)
_SOSL = re.compile(r"FIND \{([0-9]{2,})\} IN PHONE FIELDS RETURNING (.+) LIMIT 3")
_API = "/services/data/v<version>"


def create_rest_blueprint(
    org: Organization, *, issuer: str, username: str, public_key: str, audience: str
) -> Blueprint:
    """``issuer``: consumer key of the app; ``username``: who may sign in by it; ``public_key``: the app's (PEM)."""
    blueprint = Blueprint("salesforce_rest", __name__)
    tokens: set[str] = set()
    key = RSAKey.import_key(public_key)

    @blueprint.post("/services/oauth2/token")
    def token() -> Response:
        problem = _assertion_problem(request.form, key, issuer=issuer, username=username, audience=audience)
        if problem:
            return _answer({"error": "invalid_grant", "error_description": problem}, 400)
        tokens.add(access := secrets.token_urlsafe(32))
        home = request.host_url.rstrip("/")
        return _answer({"access_token": access, "instance_url": home, "token_type": "Bearer"})  # nosec B105 - a scheme

    @blueprint.delete("/services/oauth2/tokens")
    def end_sessions() -> Response:
        """Only here: every token has ended, as after the org's session time."""
        tokens.clear()
        return _answer({})

    def guarded(answer: Callable[[], Response]) -> Response:
        bearer = request.headers.get("Authorization", "")
        if bearer.removeprefix("Bearer ") not in tokens:
            return _refused("INVALID_SESSION_ID", "Session expired or invalid", 401)
        return answer()

    @blueprint.get(f"{_API}/query/")
    def query(version: str) -> Response:
        return guarded(lambda: _query(org, request.args.get("q", "")))

    @blueprint.get(f"{_API}/search/")
    def search(version: str) -> Response:
        return guarded(lambda: _search(org, request.args.get("q", "")))

    @blueprint.post(f"{_API}/sobjects/Task/")
    def create(version: str) -> Response:
        return guarded(lambda: _create(org))

    @blueprint.patch(f"{_API}/sobjects/Task/<identifier>")
    def change(version: str, identifier: str) -> Response:
        return guarded(lambda: _change(org, identifier))

    return blueprint


def _assertion_problem(
    form: Mapping[str, str], key: RSAKey, *, issuer: str, username: str, audience: str
) -> str | None:
    if form.get("grant_type") != GRANT:
        return "unsupported grant type"
    try:
        claims = jwt.decode(form.get("assertion", ""), key, algorithms=["RS256"]).claims
    except (JoseError, ValueError):
        return "invalid assertion"
    now = time.time()
    if claims.get("iss") != issuer or claims.get("aud") != audience:
        return "audience is invalid" if claims.get("iss") == issuer else "app not found"
    if claims.get("sub") != username:
        return "user hasn't approved this consumer"
    return None if now < claims.get("exp", 0) <= now + LONGEST_ASSERTION_S else "expired authorization code"


def _query(org: Organization, soql: str) -> Response:
    if found := _USER.fullmatch(soql):
        users = [user.id for user in org.users if user.username == _plain(found[1])]
        return _rows([_row("User", identifier) for identifier in users[:1]])
    tasks = org.records("Task")
    if found := _TASK.fullmatch(soql):
        return _rows([_row("Task", task.id) for task in tasks if task.value("CallObject") == _plain(found[1])][:1])
    if found := _MISSED.fullmatch(soql):
        wanted = {"OwnerId": _plain(found[1]), "Status": _plain(found[2]), "CallDisposition": _plain(found[3])}
        chosen = [task for task in tasks if all(task.value(name) == value for name, value in wanted.items())]
        return _rows([_row("Task", task.id, Subject=task.value("Subject")) for task in chosen[:200]])
    return _refused("MALFORMED_QUERY", f"unexpected query: {soql[:60]}", 400)


def _search(org: Organization, sosl: str) -> Response:
    found = _SOSL.fullmatch(sosl)
    if found is None:
        return _refused("MALFORMED_SEARCH", f"unexpected search: {sosl[:60]}", 400)
    objects = set(re.findall(r"([A-Za-z_]+)\(", found[2]))
    records = [record for record in find(org.all_records(), found[1]) if record.object_name in objects]
    return _answer({"searchRecords": [_row(record.object_name, record.id, Name=record.name) for record in records[:3]]})


def _create(org: Organization) -> Response:
    body = request.get_json(silent=True)
    if not isinstance(body, dict) or "Id" in body:
        return _refused("JSON_PARSER_ERROR", "an object with fields, without Id, was expected", 400)
    owner = next((user for user in org.users if user.id == body.get("OwnerId")), None)
    if owner is None:
        return _refused("INVALID_CROSS_REFERENCE_KEY", "OwnerId: no such user", 400)
    return _saved(org, {"entityApiName": "Task", **body}, owner.username, 201)


def _change(org: Organization, identifier: str) -> Response:
    body = request.get_json(silent=True)
    if not isinstance(body, dict) or org.get(identifier) is None:
        return _refused("NOT_FOUND", "The requested resource does not exist", 404)
    return _saved(org, {"Id": identifier, **body}, org.users[0].username, 204)


def _saved(org: Organization, wanted: Mapping[str, Any], username: str, status: int) -> Response:
    try:
        record: Record = org.save(wanted, org.user(username))
    except SaveRefused as refused:
        return _refused("INVALID_FIELD", "; ".join(refused.messages), 400)
    return _answer({"id": record.id, "success": True, "errors": []} if status == 201 else {}, status)


def _rows(rows: list[dict[str, Any]]) -> Response:
    return _answer({"totalSize": len(rows), "done": True, "records": rows})


def _row(object_name: str, identifier: str, **fields: object) -> dict[str, Any]:
    return {"attributes": {"type": object_name}, "Id": identifier, **fields}


def _plain(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted)


def _answer(body: Mapping[str, Any], status: int = 200) -> Response:
    response = jsonify(body)
    response.status_code = status
    return response


def _refused(code: str, message: str, status: int) -> Response:
    response = jsonify([{"message": message, "errorCode": code}])
    response.status_code = status
    return response
