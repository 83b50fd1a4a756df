"""Signing in at the canned relay: its answers in each mode, and an identity provider with pages of its own.

It keeps the rules that a page could break without being seen: hashes fit their words, and a code, ticket or
nonce is good once.
"""

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Request, Response, jsonify, redirect, request

PROVIDER_PAGE = """<!doctype html><html lang="en"><title>Provider</title><h1>Acme sign-in</h1>
<p><a id="yes" href="{yes}">Alice</a> <a id="no" href="{no}">Cancel</a></p></html>"""
#: A provider's page by which the browser cuts the window off from who has opened it (HTML, cross-origin opener policy).
CUTS_OFF = {"Cross-Origin-Opener-Policy": "same-origin"}
ISSUER = "https://login.acme.example"


def problem(status: int, error_id: str, **more: Any) -> tuple[Response, int]:
    """An error as the relay tells it (RFC 9457)."""
    body = {"type": "about:blank", "title": error_id, "status": status, "detail": error_id, "error_id": error_id}
    return Response(json.dumps({**body, **more}), mimetype="application/problem+json"), status


def hash_of(word: str) -> str:
    """SHA-256 as base64url, as RFC 7636, 4.2 has it."""
    return base64.urlsafe_b64encode(hashlib.sha256(word.encode()).digest()).rstrip(b"=").decode()


@dataclass
class CannedSignIn:
    """What the relay knows of signing in. Set the fields before the page is opened."""

    mode: str = "id"
    organization: str = "default"
    renew_in_s: int | None = None
    tokens: dict[str, str] = field(default_factory=lambda: {"good-token": "alice@acme.example"})
    cuts_off: bool = False
    """Whether the provider's pages cut the window off."""
    busy: int = 0
    """How many of the next sign-ins are answered 429."""
    refused: set[str] = field(default_factory=set)
    """Agents who are not let in, for whatever reason."""
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """What the page has sent: path and body."""

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._sessions: dict[str, str] = {}
        self._nonces: set[str] = set()
        self._tickets: dict[str, str] = {}
        self._visits: dict[str, dict[str, str]] = {}
        self._codes: dict[str, dict[str, str]] = {}
        self._handoffs: dict[str, dict[str, str]] = {}

    # --- what a test asks and does ---

    def made(self, path: str) -> list[dict[str, Any]]:
        """Bodies that were sent to one path."""
        return [body for asked, body in self.asked if asked == path]

    def end_sessions(self) -> None:
        """As a restart does."""
        with self._lock:
            self._sessions.clear()

    @property
    def open_sessions(self) -> int:
        return len(self._sessions)

    def agent_of(self, asked: Request) -> str | None:
        """Whose session a request carries."""
        return self._sessions.get(asked.headers.get("Authorization", "").removeprefix("Bearer "))

    # --- the relay ---

    def blueprint(self) -> Blueprint:
        """The relay's part, and the provider's page."""
        blueprint = Blueprint("sign_in", __name__)
        rules: dict[str, Callable[[], Any]] = {
            "/v1/sessions": self._open,
            "/v1/sessions/current/renewal": self._renew,
            "/v1/sessions/current/ticket": self._ticket,
            "/v1/sign-in/nonce": self._nonce,
            "/v1/sign-in/oidc": self._begin,
            "/v1/sign-in/handoff": self._hand_off,
            "/v1/sign-in/handoff/take": self._take,
        }
        for path, answer in rules.items():
            blueprint.add_url_rule(path, path, answer, methods=["POST"])
        blueprint.add_url_rule("/v1/sessions/current", "leave", self._leave, methods=["DELETE"])
        blueprint.add_url_rule("/provider", "provider", self._provider)
        return blueprint

    def _body(self) -> dict[str, Any]:
        body: dict[str, Any] = request.get_json(silent=True) or {}
        self.asked.append((request.path, body))
        return body

    def _open(self) -> Any:
        body = self._body()
        if self.busy:
            self.busy -= 1
            answer, status = problem(429, "too_many_requests")
            answer.headers["Retry-After"] = "1"
            return answer, status
        with self._lock:
            agent = self._proved(body)
            if agent is None or agent in self.refused or agent == "nobody":
                return problem(403, "sign_in_refused", detail="This proof is not accepted.")
            session = secrets.token_urlsafe(32)
            self._sessions[session] = agent
        return self._record(session), 201

    def _renew(self) -> Any:
        body = self._body()
        with self._lock:
            agent, proved = self.agent_of(request), self._proved(body)
            if agent is None:
                return problem(401, "session_expired")
            if proved != agent:
                return problem(403, "sign_in_refused", detail="This is somebody else.")
        return self._record(request.headers["Authorization"].removeprefix("Bearer "))

    def _record(self, session: str) -> Response:
        agent = self._sessions[session]
        return jsonify(session=session, agent=agent, expires_in_s=900, renew_in_s=self.renew_in_s)

    def _proved(self, body: dict[str, Any]) -> str | None:
        """Who it is, if the proof is good; it is used up."""
        assert body["organization"] == self.organization
        mode = body["mode"]
        if mode not in (self.mode, "ticket"):
            return None
        if mode == "id":
            return str(body["agent"])
        if mode == "token":
            return self.tokens.get(body["token"])
        if mode == "ticket":
            return self._tickets.pop(body["ticket"], None)
        return self._by_apex(body["token"]) if mode == "apex" else self._by_code(body)

    def _by_apex(self, token: str) -> str | None:
        claims = token.split(".")[1]
        nonce, _, agent = base64.b64decode(claims + "=" * (-len(claims) % 4)).decode().partition(" ")
        if nonce not in self._nonces:
            return None
        self._nonces.discard(nonce)
        return agent

    def _by_code(self, body: dict[str, Any]) -> str | None:
        visit = self._codes.pop(body["code"], None)
        fits = (
            visit is not None
            and visit["challenge"] == hash_of(body["verifier"])
            and visit["nonce_hash"] == hash_of(body["nonce"])
            and body.get("issuer") == ISSUER
        )
        return "alice@acme.example" if fits else None

    def _nonce(self) -> Any:
        self._body()
        nonce = secrets.token_urlsafe(24)
        self._nonces.add(nonce)
        return jsonify(nonce=nonce, expires_in_s=120)

    def _ticket(self) -> Any:
        self._body()
        agent = self.agent_of(request)
        if agent is None:
            return problem(401, "session_expired")
        ticket = secrets.token_urlsafe(24)
        self._tickets[ticket] = agent
        return jsonify(ticket=ticket, expires_in_s=10)

    def _begin(self) -> Any:
        body = self._body()
        self._visits[body["state"]] = body
        return jsonify(authorize_url=f"{request.host_url}provider?{urlencode({'state': body['state']})}")

    def _hand_off(self) -> Any:
        body = self._body()
        self._handoffs[body["state"]] = {"code": body["code"], "issuer": body.get("issuer")}
        return "", 204

    def _take(self) -> Any:
        body = self._body()
        found = self._handoffs.pop(hash_of(body["pickup"]), None)
        return jsonify(found) if found else problem(404, "not_found")

    def _leave(self) -> Any:
        self._sessions.pop(request.headers["Authorization"].removeprefix("Bearer "), None)
        return "", 204

    # --- the provider ---

    def _provider(self) -> Any:
        state = request.args["state"]
        answer = request.args.get("answer")
        headers = CUTS_OFF if self.cuts_off else {}
        if answer is None:
            own = f"/provider?state={state}&answer="
            return Response(PROVIDER_PAGE.format(yes=f"{own}yes", no=f"{own}no"), headers=headers, mimetype="text/html")
        back = {"state": state, "iss": ISSUER}
        if answer == "yes":
            code = secrets.token_urlsafe(16)
            self._codes[code] = self._visits.pop(state)
            back["code"] = code
        else:
            back["error"] = "access_denied"
        sent = redirect(f"/sign-in/done?{urlencode(back)}")
        sent.headers.update(headers)
        return sent
