"""HTTP interface of the simulated phones (``/phones/api``), for the phones page and for tests. No sign-in."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ...domain.agent import AgentState
from ...domain.call import CallData, CallState
from ...domain.commands import CommandRefused
from .connector import SimulatorConnector
from .numbers import GROUPS
from .pbx import Conversation, Outside, Phone, Told
from .switch import TALKS

#: Longest parked request for the state, in seconds; proxies on the way cut idle requests at 60 s.
PARK_S = 25.0
#: Largest body, in bytes. The largest sensible one has some hundred.
MOST_BODY = 4096
#: Requests for the state that may be parked at a time: one for each window that shows the page, and plenty.
MOST_WATCHERS = 200
STATUS = {
    "call_gone": 404,
    "unknown_line": 404,
    "not_found": 404,
    "body_too_large": 413,
    "unsupported_media_type": 415,
    "malformed": 400,
    "too_many_requests": 429,
}

Digits = Annotated[str, Meta(min_length=1, max_length=32, pattern=r"^\+?[0-9*#]+$(?!\n)")]


class PhoneAct(Struct, forbid_unknown_fields=True):
    """What somebody does at a desk phone. ``call``: which of its calls; none: the one that it must be."""

    call: Annotated[str, Meta(max_length=120)] | None = None
    number: Digits | None = None
    state: AgentState | None = None
    muted: bool = True


class OutsideCall(Struct, forbid_unknown_fields=True, rename={"number": "from"}):
    """Somebody outside rings. An empty number is a withheld one."""

    to: Digits
    number: Annotated[str, Meta(max_length=32, pattern=r"^(\+?[0-9*#]+)?$(?!\n)")] = ""
    name: Annotated[str, Meta(max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$(?!\n)")] = ""
    data: CallData = {}
    """What they have entered before anybody answered."""


class Nothing(Struct, forbid_unknown_fields=True):
    """An act that needs no more than its name."""


class Reachable(Struct, forbid_unknown_fields=True):
    """Whether the connector shall reach the phone system."""

    reachable: bool


def create_phones_app(connector: SimulatorConnector) -> Starlette:
    """The routes below ``/phones/api``."""
    api = _Api(connector)
    return Starlette(
        routes=[
            Route("/phones/api/state", _guarded(api.state), methods=["GET"]),
            Route("/phones/api/link", _guarded(api.link), methods=["POST"]),
            Route("/phones/api/phones/{extension}/{action}", _guarded(api.phone), methods=["POST"]),
            Route("/phones/api/outside/calls", _guarded(api.ring), methods=["POST"]),
            Route("/phones/api/outside/calls/{call}/{action}", _guarded(api.outside), methods=["POST"]),
        ],
        exception_handlers={HTTPException: _not_routed},
    )


def _guarded(handle: Callable[[Request], Awaitable[Any]]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return _json(await handle(request), 200)
        except CommandRefused as refused:
            return _problem(STATUS.get(refused.error_id, 409), refused.error_id, refused.detail)

    return endpoint


async def _not_routed(request: Request, error: Exception) -> Response:
    wrong_method = isinstance(error, HTTPException) and error.status_code == 405
    if wrong_method:
        return _problem(405, "method_not_allowed", "this path does not take this method")
    return _problem(404, "not_found", "there is nothing under this path")


def _problem(status: int, error_id: str, detail: str) -> Response:
    """A problem as RFC 9457 describes it, with the same members as the relay's."""
    problem = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "error_id": error_id,
    }
    return _json(problem, status, "application/problem+json")


def _json(content: object, status: int, media_type: str = "application/json") -> Response:
    return Response(msgspec.json.encode(content), status, {"Cache-Control": "no-store"}, media_type)


class _Api:
    def __init__(self, connector: SimulatorConnector) -> None:
        self._connector = connector
        self._pbx = connector.pbx
        self._watching = 0

    async def state(self, request: Request) -> dict[str, Any]:
        """All phones with their calls, and the calls outside; parks while nothing differs from ``since``."""
        since = request.query_params.get("since", "")
        if since.isascii() and since.isdigit() and len(since) < 16:
            await self._park(int(since))
        return {
            "version": self._connector.version,
            "now": self._connector.now(),
            "reachable": self._connector.reachable,
            "groups": [{"number": g.number, "name": g.name, "queue": g.queue} for g in GROUPS.values()],
            "queue": next({"number": g.number, "name": g.name} for g in GROUPS.values() if g.queue),
            "phones": [self._phone_shown(phone) for phone in self._pbx.phones.values()],
            "outside": {"calls": [_outside(c, c.outside) for c in self._pbx.conversations.values() if c.outside]},
        }

    async def _park(self, since: int) -> None:
        if self._watching >= MOST_WATCHERS:
            raise CommandRefused("too_many_requests", f"{MOST_WATCHERS} requests for the state wait already")
        self._watching += 1
        try:
            await self._connector.changed(since, PARK_S)
        finally:
            self._watching -= 1

    def _phone_shown(self, phone: Phone) -> dict[str, Any]:
        return {
            "extension": phone.extension,
            "name": phone.name,
            "state": phone.state,
            "forward_to": phone.forward_to,
            "messages": phone.new_messages,
            "ended": phone.ended,
            "calls": self._pbx.calls_of(phone.extension),
        }

    async def link(self, request: Request) -> dict[str, Any]:
        """Cut the line between connector and phone system, or mend it."""
        self._connector.cut((await _body(request, Reachable)).reachable)
        return {}

    async def phone(self, request: Request) -> dict[str, Any]:
        """Somebody does something at a desk phone."""
        extension, action = request.path_params["extension"], request.path_params["action"]
        asked = await _body(request, PhoneAct)
        if extension not in self._pbx.phones:
            raise CommandRefused("unknown_line", "there is no such extension")
        if action == "state":
            self._pbx.set_state(extension, _needed("state", asked.state))
            self._connector.presence_changed(extension)
        elif action == "forward":
            self._pbx.forward(extension, asked.number)
            self._connector.act(list)
        else:
            self._connector.act(self._phone_act(extension, action, asked, self._connector.now()))
        return {}

    def _phone_act(self, extension: str, action: str, asked: PhoneAct, now: float) -> Callable[[], Told]:
        pbx = self._pbx

        def call() -> str:
            return asked.call or self._only_call(extension, action)

        def number() -> str:
            return str(_needed("number", asked.number))

        acts: dict[str, Callable[[], Told]] = {
            "dial": lambda: pbx.dial(extension, number(), now)[1],
            "pickup": lambda: pbx.pick_up(extension, number(), now)[1],
            "join": lambda: pbx.join(extension, now),
            "answer": lambda: pbx.answer(extension, call(), now),
            "decline": lambda: pbx.hang_up(extension, call(), now),
            "hangup": lambda: pbx.hang_up(extension, call(), now),
            "hold": lambda: pbx.hold(extension, call(), True, now),
            "retrieve": lambda: pbx.hold(extension, call(), False, now),
            "mute": lambda: pbx.mute(extension, call(), asked.muted, now),
            "transfer": lambda: pbx.transfer(extension, call(), number(), now),
            "deflect": lambda: pbx.deflect(extension, call(), number(), now),
        }
        return _known(action, acts, "state", "forward")

    def _only_call(self, extension: str, action: str) -> str:
        """The call an act without a name means: the ringing one to answer, else the one in the ear, else any."""
        calls = self._pbx.calls_of(extension)
        ringing = [CallState.ALERTING]
        wanted = {"answer": ringing, "decline": ringing, "deflect": ringing, "retrieve": [CallState.HELD]}.get(
            action, [CallState.CONNECTED, CallState.INITIATED, CallState.HELD, CallState.ALERTING]
        )
        found = [call.id for state in wanted for call in calls if call.state is state]
        if not found:
            raise CommandRefused("call_gone", "this phone has no such call")
        return found[0]

    async def ring(self, request: Request) -> dict[str, str]:
        """Somebody outside rings an extension or a group."""
        asked = await _body(request, OutsideCall)
        made: list[str] = []

        def act() -> Told:
            conversation, told = self._pbx.ring_from_outside(
                asked.number, asked.name, asked.to, self._connector.now(), asked.data
            )
            made.append(conversation)
            return told

        self._connector.act(act)
        return {"id": made[0]}

    async def outside(self, request: Request) -> dict[str, Any]:
        """Somebody outside does something with their call."""
        call, action = request.path_params["call"], request.path_params["action"]
        await _body(request, Nothing)
        now, pbx = self._connector.now(), self._pbx
        acts: dict[str, Callable[[], Told]] = {
            "answer": lambda: pbx.outside_answers(call, now),
            "hangup": lambda: pbx.outside_hangs_up(call, now),
            "message": lambda: pbx.outside_leaves_message(call, now),
            "hold": lambda: pbx.outside_holds(call, True, now),
            "retrieve": lambda: pbx.outside_holds(call, False, now),
        }
        self._connector.act(_known(action, acts))
        return {}


def _known(action: str, acts: dict[str, Callable[[], Told]], *others: str) -> Callable[[], Told]:
    if action not in acts:
        raise CommandRefused("not_found", f"there is no such action; there are {', '.join(sorted([*acts, *others]))}")
    return acts[action]


def _outside(conversation: Conversation, outside: Outside) -> dict[str, Any]:
    calls = [conversation.calls[extension] for extension in conversation.up()]
    return {
        "id": conversation.id,
        "number": outside.party.number,
        "name": outside.party.name,
        "state": outside.state,
        "sees": outside.sees,
        "with": conversation.up(),
        "on_hold": any(call.state is CallState.HELD for call in calls),
        "answered": outside.state in TALKS,
        "answered_at": outside.answered_at,
    }


async def _body(request: Request, shape: Any) -> Any:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        # Another site's form could otherwise ring phones unasked.
        raise CommandRefused("unsupported_media_type", "send application/json")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BODY:
            raise CommandRefused("body_too_large", f"the body may have {MOST_BODY} bytes")
    try:
        return msgspec.json.decode(body or b"{}", type=shape)
    except msgspec.DecodeError as error:
        raise CommandRefused("malformed", str(error)) from None


def _needed(name: str, value: Any) -> Any:
    if value is None:
        raise CommandRefused("malformed", f"{name}: is missing")
    return value
