"""Headers of every answer, also of errors: who may frame, read and keep it (ASVS 3.4, 3.5, 14.3)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from support.processes import Server

ORIGIN = "https://pages.example"
#: Path -> status: one of every kind of answer.
ANSWERS = {
    "/": 200,
    "/softphone": 200,
    "/t/default/softphone": 200,
    "/t/nobodys/softphone": 404,
    "/t/no..body/softphone": 404,
    "/admin/numbers": 200,
    "/phones": 200,
    "/salesforce/api/me": 200,
    "/callcenter.xml": 200,
    "/nowhere": 404,
    "/static/css/base.css": 200,
    "/static/../app.py": 404,
    "/healthz": 200,
    "/openapi.json": 200,
    "/v1/nowhere": 404,
    "/v1/poll": 405,
}
MAY_BE_FRAMED = {"/softphone", "/t/default/softphone"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log: Path = tmp_path_factory.mktemp("headers") / "log.txt"
    running = Server(log, env={"CTI_ALLOWED_ORIGINS": f'["{ORIGIN}"]'})
    yield running
    assert running.stop() == 0


def get(server: Server, path: str, **headers: str) -> requests.Response:
    return requests.get(server.url + path, headers=headers, timeout=10, allow_redirects=False)


@pytest.mark.parametrize("path", ANSWERS)
def test_3_4_every_answer(server: Server, path: str) -> None:
    answer = get(server, path)
    assert answer.status_code == ANSWERS[path]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors" in policy
    framed = path in MAY_BE_FRAMED
    assert ("frame-ancestors 'none'" in policy) is not framed
    assert answer.headers.get("X-Frame-Options") == (None if framed else "DENY")
    assert "Set-Cookie" not in answer.headers
    assert "uvicorn" not in answer.headers.get("Server", "").lower()
    assert "werkzeug" not in answer.headers.get("Server", "").lower()


@pytest.mark.parametrize("path", ["/softphone", "/", "/admin/numbers", "/v1/poll", "/healthz", "/callcenter.xml"])
def test_14_3_what_is_told_is_not_kept(server: Server, path: str) -> None:
    assert get(server, path).headers["Cache-Control"] == "no-store"


def test_3_4_scripts_need_a_nonce_that_is_new_each_time(server: Server) -> None:
    nonces = set()
    for _ in range(3):
        page = get(server, "/softphone")
        nonce = page.headers["Content-Security-Policy"].partition("'nonce-")[2].partition("'")[0]
        assert len(nonce) >= 22
        assert f'nonce="{nonce}"' in page.text
        nonces.add(nonce)
    assert len(nonces) == 3


@pytest.mark.parametrize(("origin", "allowed"), [(ORIGIN, True), ("https://evil.example", False), ("null", False)])
@pytest.mark.parametrize("path", ["/callcenter.xml", "/softphone", "/healthz", "/v1/poll"])
def test_3_5_who_may_read_is_one_list(server: Server, path: str, origin: str, allowed: bool) -> None:
    answer = get(server, path, Origin=origin)
    assert answer.headers.get("Access-Control-Allow-Origin") == (origin if allowed else None)
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_3_5_changes_need_json_and_a_bearer(server: Server) -> None:
    """What a form of another site can send (Fetch, simple requests) is refused before anything is done."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = requests.post(
            f"{server.url}/v1/sessions", '{"mode":"id","agent":"a"}', headers={"Content-Type": kind}, timeout=10
        )
        assert answer.status_code == 415
    body = {"call": "c", "purpose": "log"}
    assert requests.post(f"{server.url}/v1/claims", json=body, timeout=10).status_code == 401
