"""Applications that answer with what they were told of the client: the relay's side (ASGI) and the pages' (Flask)."""

import json
from typing import Any

import flask
from a2wsgi import WSGIMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cti_adapter.relay.server import dispatching


async def _relay(scope: Any, receive: Any, send: Any) -> None:
    request = Request(scope, receive)
    body = (await request.body()).decode("latin-1")
    headers = [[name.decode(), value.decode("latin-1")] for name, value in scope["headers"]]
    told = {"client": scope["client"][0], "scheme": scope["scheme"], "headers": headers, "body": body}
    await JSONResponse(told)(scope, receive, send)


def _pages() -> flask.Flask:
    app = flask.Flask("echo", static_folder=None)

    @app.get("/<path:_path>")
    def told(_path: str) -> Any:
        environ = flask.request.environ
        headers = [[key, value] for key, value in environ.items() if key.startswith("HTTP_")]
        return json.dumps({"client": environ["REMOTE_ADDR"], "scheme": environ["wsgi.url_scheme"], "headers": headers})

    return app


def echo_app() -> Any:
    """Below /v1 as the relay gets it, elsewhere as the pages do, joined as the real ones are."""
    return dispatching(_relay, WSGIMiddleware(_pages(), workers=2))  # type: ignore[arg-type]


async def no_content(scope: Any, receive: Any, send: Any) -> None:
    """Answers before it has read anything."""
    await Response(status_code=204)(scope, receive, send)
