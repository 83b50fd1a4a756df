"""A server for the softphone page alone: the real template and headers, a relay of canned answers, a tiny Lightning."""

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, request

from cti_adapter.domain.organization import Organization, SignInMode
from cti_adapter.web.assets import use_assets
from cti_adapter.web.pages import PageOptions, sign_in_done_page, softphone_page

from .sign_in_server import CannedSignIn, problem

ROOT = Path(__file__).resolve().parents[2]
NOW = 1_795_428_000.0
"""Where the fake relay's clock begins: 2026-11-23 10:00 UTC."""

#: What `sforce.opencti` answers, driven by ``window.lightning`` in the page: searches by number, log results, settings.
LIGHTNING = """
window.lightning ??= {};
Object.assign(window.lightning, {
  calls: [], found: {}, settings: {}, listeners: {}, saveLog: "ok", username: null,
  ...JSON.parse(localStorage.getItem("lightning") ?? "{}"),
});
const answer = (method, value) => ({ callback, listener, ...fields } = {}) => {
  window.lightning.calls.push({ method, ...JSON.parse(JSON.stringify(fields)) });
  if (listener) window.lightning.listeners[method] = listener;
  if (callback) setTimeout(() => callback(value(fields)), 0);
};
const good = (returnValue) => ({ success: true, returnValue, errors: null });
const bad = (code) => ({ success: false, returnValue: null, errors: [{ code, description: code }] });
const nothing = () => good(null);
window.sforce = { opencti: {
  SCREENPOP_TYPE: { SOBJECT: "sobject", SEARCH: "search", NEW_RECORD_MODAL: "newRecord" },
  searchAndScreenPop: answer("searchAndScreenPop", ({ searchParams }) => good({
    ...(window.lightning.found[searchParams] ?? {}),
    SCREEN_POP_DATA: { type: "search", params: { searchString: searchParams } } })),
  saveLog: answer("saveLog", () =>
    (window.lightning.saveLog === "ok" ? good("00T000000000001") : bad(window.lightning.saveLog))),
  getCallCenterSettings: answer("getCallCenterSettings", () => good(window.lightning.settings)),
  runApex: answer("runApex", ({ apexClass, methodParams }) => {
    const { username } = window.lightning;
    if (!username) return bad("SERVER_ERROR");
    if (apexClass === "CtiIdentity") return good({ runApex: JSON.stringify({ username }) });
    const nonce = new URLSearchParams(methodParams).get("nonce");
    return good({ runApex: ["e30", btoa(`${nonce} ${username}`).replace(/=+$/, ""), "c2ln"].join(".") });
  }),
} };
for (const method of ["enableClickToDial", "disableClickToDial", "onClickToDial", "onNavigationChange", "screenPop",
  "refreshView", "setSoftphonePanelVisibility", "setSoftphoneItemLabel", "setSoftphoneItemIcon",
  "notifyInitializationComplete"]) {
  window.sforce.opencti[method] = answer(method, nothing);
}
"""


def call(call_id: str, state: str, **changes: Any) -> dict[str, Any]:
    """A call record as the relay sends it; ``changes`` replace fields."""
    record: dict[str, Any] = {
        "id": call_id,
        "revision": 1,
        "device": "101",
        "direction": "inbound",
        "role": "called",
        "state": state,
        "caller": {"number": "+49 89 1234567", "name": ""},
        "called": {"number": "101", "name": "Alice"},
        "queue": None,
        "cause": None,
        "started_at": NOW,
        "answered_at": None,
        "ended_at": None,
        "held_at": None,
        "remote_hold": False,
        "muted": False,
        "parties": [],
        "transferred_to": None,
        "transferred_from": None,
        "consultation_of": None,
        "command": None,
        "unsupported": {},
    }
    return {**record, **changes}


@dataclass
class CannedRelay:
    """A relay for one agent: takes what the test says, answers polls, remembers what the page sends."""

    now: float = NOW
    presence: str = "available"
    link: dict[str, Any] = field(default_factory=lambda: {"reachable": True, "reason": "", "connector": "demo"})
    calls: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: list[dict[str, str]] = field(default_factory=list)
    effective: dict[str, Any] = field(default_factory=lambda: {"country_code": "49"})
    outcomes: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Verb -> outcome that its commands get; ``done`` for those not named, no outcome at all for an empty one."""
    refusals: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    commands: list[dict[str, Any]] = field(default_factory=list)
    claims: list[dict[str, Any]] = field(default_factory=list)
    grant: bool = True
    epoch: str = "epoch-0001"
    sign_in: CannedSignIn = field(default_factory=CannedSignIn)

    def __post_init__(self) -> None:
        self._events: list[dict[str, Any]] = []
        self._changed = threading.Condition()
        self._closed = False

    def tell(self, event: str, record: dict[str, Any]) -> None:
        """An event of a call; its revision is raised here."""
        known = self.calls.get(record["id"])
        record = {**record, "revision": known["revision"] + 1 if known else 1}
        self.calls[record["id"]] = record
        self.push({"type": "call", "event": event, "at": self.now, "call": record})

    def change(self, event: str, call_id: str, **changes: Any) -> None:
        """An event that changes some fields of a known call."""
        self.tell(event, {**self.calls[call_id], **changes})

    def push(self, event: dict[str, Any]) -> None:
        with self._changed:
            self._events.append(event)
            self._changed.notify_all()

    def restart(self) -> None:
        """Forget everything, as a relay that was started anew: no session, no cursor, no call."""
        with self._changed:
            self.epoch += "x"
            self._events.clear()
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def poll(self, cursor: str | None, wait: float) -> dict[str, Any]:
        with self._changed:
            epoch, _, known = (cursor or "none.0").partition(".")
            if epoch == self.epoch:
                self._changed.wait_for(
                    lambda: len(self._events) > int(known) or self._closed or epoch != self.epoch, wait
                )
            if epoch != self.epoch:
                return self._answer(state=self._snapshot(), resync="epoch" if cursor else "start")
            return self._answer(events=self._events[int(known) :])

    def _answer(self, **parts: Any) -> dict[str, Any]:
        empty = {"events": [], "state": None, "resync": None, "superseded": False, "reconnect": False, "retry_ms": 0}
        return {"cursor": f"{self.epoch}.{len(self._events)}", "now": self.now, **empty, **parts}

    def _snapshot(self) -> dict[str, Any]:
        return {"presence": self.presence, "link": self.link, "extension": "101", "calls": list(self.calls.values())}

    def command(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self.commands.append(body)
        command = body["command"]
        if command["verb"] in self.refusals:
            return self.refusals[command["verb"]]
        outcome = self.outcomes.get(command["verb"], {"state": "done", "error_id": None, "detail": None})
        if outcome:
            self.push({"type": "command", "outcome": {"id": command["id"], **outcome}})
        return 202, {"id": command["id"], "state": "accepted", "dialled": command.get("number")}


def create_app(relay: CannedRelay) -> Flask:
    """The page under /softphone, the relay under /v1, Lightning's script, an identity provider under /provider."""
    app = Flask("softphone_test", root_path=str(ROOT), template_folder="templates", static_folder="static")
    use_assets(app, ROOT / "static")
    app.add_url_rule("/softphone", "softphone", view_func=lambda: softphone_page(_options(relay), _organization(relay)))
    app.add_url_rule("/sign-in/done", "sign_in_done", view_func=lambda: sign_in_done_page(_options(relay)))
    app.register_blueprint(relay.sign_in.blueprint())

    @app.get("/support/api/66.0/lightning/opencti_min.js")
    def lightning() -> Response:
        return Response(LIGHTNING, mimetype="text/javascript")

    @app.post("/v1/poll")
    def poll() -> Response | tuple[Response, int]:
        if relay.sign_in.agent_of(request) is None:
            return problem(401, "session_expired")
        return jsonify(relay.poll(request.get_json()["cursor"], request.get_json()["wait"]))

    @app.post("/v1/commands")
    def commands() -> tuple[Response, int]:
        status, answer = relay.command(request.get_json())
        return (jsonify(answer), status) if status < 400 else problem(status, **answer)

    @app.post("/v1/claims")
    def claims() -> Response:
        relay.claims.append(request.get_json())
        return jsonify(granted=relay.grant)

    @app.post("/v1/settings")
    def settings() -> Response:
        return jsonify(problems=relay.problems, effective=relay.effective)

    return app


def framed(app: Flask, port: int, sandbox: str = "") -> Flask:
    """``app`` with a page around the softphone, as Lightning has one."""
    source = (
        f"http://localhost:{port}/softphone?mode=Lightning"
        f"&sfdcIframeOrigin=http%3A%2F%2Facme.lightning.localhost%3A{port}"
    )
    limits = f'sandbox="{sandbox}"' if sandbox else ""

    @app.get("/frame")
    def frame() -> Response:
        return Response(f'<iframe {limits} width="400" height="600" src="{source}"></iframe>', mimetype="text/html")

    return app


def _organization(relay: CannedRelay) -> Organization:
    """As the test has said by now."""
    return Organization(id=relay.sign_in.organization, name="Test", sign_in=SignInMode(relay.sign_in.mode))


def _options(relay: CannedRelay) -> PageOptions:
    return PageOptions(
        relay_url="",
        organization={relay.sign_in.organization: _organization(relay)}.get,
        open_cti_version="66.0",
        frame_ancestors=("https://*.lightning.force.com",),
        demonstration=True,
        simulated_phones=False,
        version="0.1.0",
    )
