"""The same work done plainly, to compare with: an ASGI application, and Flask on gunicorn's gevent workers.

Both know their bearers, read JSON, look whether an event is what it should be, keep one event for each agent, and
answer with cursor and CORS header. They do less than the relay: no limits, no revisions, no state to begin with.
"""

import contextlib
import json
from typing import Any

ORIGIN = "https://softphone.example"
HEADERS = {"content-type": "application/json", "access-control-allow-origin": ORIGIN, "cache-control": "no-store"}
FIELDS = {"type", "agent", "event", "at", "call"}


class Box:
    """What one agent has not got yet."""

    __slots__ = ("event", "number", "waiting")

    def __init__(self) -> None:
        self.number = 0
        self.event: Any = None
        self.waiting: Any = None

    def answer(self) -> bytes:
        events = [self.event] if self.event is not None else []
        self.event = None
        answer = {"cursor": f"bench.{self.number}", "now": 0, "events": events}
        return json.dumps(answer, separators=(",", ":")).encode()


BOXES: dict[str, Box] = {}


def box(authorization: str) -> Box | None:
    """Whose bearer it is: ``Bearer AGENT``."""
    scheme, _, bearer = authorization.partition(" ")
    if scheme != "Bearer" or not bearer.startswith("agent"):
        return None
    found = BOXES.get(bearer)
    if found is None:
        found = BOXES[bearer] = Box()
    return found


def published(body: bytes) -> list[Box]:
    """Keep the events, and say whose they are. Raises ``ValueError``, ``KeyError``."""
    found = []
    for event in json.loads(body)["events"]:
        if set(event) != FIELDS or not isinstance(event["call"]["revision"], int):
            raise ValueError("no event")
        of = BOXES[event["agent"]]
        of.number += 1
        of.event = {"type": "call", "event": event["event"], "at": event["at"], "call": event["call"]}
        found.append(of)
    return found


async def asgi(scope: Any, receive: Any, send: Any) -> None:
    """For uvicorn."""
    import asyncio

    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    if scope["path"] == "/v1/poll":
        headers = dict(scope["headers"])
        of = box(headers.get(b"authorization", b"").decode())
        asked = json.loads(body)
        if of is not None and of.event is None and asked["wait"]:
            of.waiting = asyncio.get_running_loop().create_future()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(of.waiting, asked["wait"])
        status, answer = (200, of.answer()) if of is not None else (401, b"{}")
    else:
        for of in published(body):
            if of.waiting is not None and not of.waiting.done():
                of.waiting.set_result(None)
        status, answer = 200, b'{"next":0}'
    found = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
    found.append((b"content-length", str(len(answer)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": found})
    await send({"type": "http.response.body", "body": answer})


def create_flask() -> Any:
    """For gunicorn with gevent."""
    from flask import Flask, Response, request
    from gevent.event import Event

    app = Flask("bench")

    @app.post("/v1/poll")
    def poll() -> Response:
        of = box(request.headers.get("Authorization", ""))
        if of is None:
            return Response("{}", 401)
        if of.event is None and request.get_json()["wait"]:
            of.waiting = Event()
            of.waiting.wait(request.get_json()["wait"])
        return Response(of.answer(), headers=HEADERS)

    @app.post("/v1/connector/events")
    def events() -> Response:
        for of in published(request.get_data()):
            if of.waiting is not None:
                of.waiting.set()
        return Response('{"next":0}', headers=HEADERS)

    return app
