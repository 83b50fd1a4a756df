"""HTTP interface of the simulated phones (``/phones/api``), for the phones page and for tests. No sign-in."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ...domain.agent import AgentState
from ...domain.call import CallState
from ...domain.commands import CommandRefused
from .connector import SimulatorConnector
from .pbx import QUEUE, Conversation, Outside, Told

#: Longest parked request for the state, in seconds.
PARK_S = 25.0
MOST_BODY = 4096
STATUS = {"call_gone": 404, "unknown_line": 404, "malformed": 400, "body_too_large": 413}

Digits = Annotated[str, Meta(min_length=1, max_length=32, pattern=r"^[0-9*#+]+$")]


class PhoneAct(Struct, forbid_unknown_fields=True):
    """What somebody does at a desk phone. ``call``: which of its calls; none: the one that it must be."""

    call: str | None = None
    number: Digits | None = None
    state: AgentState | None = None


class OutsideCall(Struct, forbid_unknown_fields=True, rename={"number": "from"}):
    """Somebody outside rings. An empty number is a withheld one."""

    to: Digits
    number: Annotated[str, Meta(max_length=32, pattern=r"^[0-9+*#]*$")] = ""
    name: Annotated[str, Meta(max_length=80)] = ""


def create_phones_app(connector: SimulatorConnector) -> Starlette:
    """The routes below ``/phones/api``."""
    api = _Api(connector)
    return Starlette(
        routes=[
            Route("/phones/api/state", _guarded(api.state), methods=["GET"]),
            Route("/phones/api/phones/{extension}/{action}", _guarded(api.phone), methods=["POST"]),
            Route("/phones/api/outside/calls", _guarded(api.ring), methods=["POST"]),
            Route("/phones/api/outside/calls/{call}/{action}", _guarded(api.outside), methods=["POST"]),
        ]
    )


def _guarded(handle: Callable[[Request], Awaitable[Any]]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return _json(await handle(request), 200)
        except CommandRefused as refused:
            status = STATUS.get(refused.error_id, 409)
            problem = {"title": "Refused", "status": status, "detail": refused.detail, "error_id": refused.error_id}
            return _json(problem, status, "application/problem+json")

    return endpoint


def _json(content: object, status: int, media_type: str = "application/json") -> Response:
    return Response(msgspec.json.encode(content), status, {"Cache-Control": "no-store"}, media_type)


class _Api:
    def __init__(self, connector: SimulatorConnector) -> None:
        self._connector = connector
        self._pbx = connector.pbx

    async def state(self, request: Request) -> dict[str, Any]:
        """All phones with their calls, and the calls outside; parks while nothing differs from ``since``."""
        since = request.query_params.get("since", "")
        if since.isascii() and since.isdigit():
            await self._connector.changed(int(since), PARK_S)
        return {
            "version": self._connector.version,
            "now": self._connector.now(),
            "queue": {"number": QUEUE[0], "name": QUEUE[1]},
            "phones": [
                {
                    "extension": phone.extension,
                    "name": phone.name,
                    "state": phone.state,
                    "calls": self._pbx.calls_of(phone.extension),
                }
                for phone in self._pbx.phones.values()
            ],
            "outside": {"calls": [_outside(c, c.outside) for c in self._pbx.conversations.values() if c.outside]},
        }

    async def phone(self, request: Request) -> dict[str, Any]:
        extension, action = request.path_params["extension"], request.path_params["action"]
        asked = await _body(request, PhoneAct)
        now = self._connector.now()
        if extension not in self._pbx.phones:
            raise CommandRefused("unknown_line", "there is no such extension")
        if action == "state":
            self._pbx.set_state(extension, _needed("state", asked.state))
            self._connector.presence_changed(extension)
            return {}
        if action == "dial":
            number = _needed("number", asked.number)
            self._connector.act(lambda: self._pbx.dial(extension, number, now)[1])
            return {}
        call = asked.call or self._only_call(extension, action)
        self._connector.act(self._phone_act(extension, action, call, asked, now))
        return {}

    def _phone_act(self, extension: str, action: str, call: str, asked: PhoneAct, now: float) -> Callable[[], Told]:
        pbx = self._pbx
        acts: dict[str, Callable[[], Told]] = {
            "answer": lambda: pbx.answer(extension, call, now),
            "decline": lambda: pbx.hang_up(extension, call, now),
            "hangup": lambda: pbx.hang_up(extension, call, now),
            "hold": lambda: pbx.hold(extension, call, True, now),
            "retrieve": lambda: pbx.hold(extension, call, False, now),
            "transfer": lambda: pbx.transfer(extension, call, _needed("number", asked.number), now),
        }
        if action not in acts:
            raise CommandRefused("malformed", f"action: one of {', '.join(sorted([*acts, 'dial', 'state']))}")
        return acts[action]

    def _only_call(self, extension: str, action: str) -> str:
        """The call an act without a name means: the ringing one to answer, else the one in the ear, else any."""
        calls = self._pbx.calls_of(extension)
        wanted = {
            "answer": [CallState.ALERTING],
            "decline": [CallState.ALERTING],
            "retrieve": [CallState.HELD],
        }.get(action, [CallState.CONNECTED, CallState.INITIATED, CallState.HELD, CallState.ALERTING])
        found = [call.id for state in wanted for call in calls if call.state is state]
        if not found:
            raise CommandRefused("call_gone", "this phone has no such call")
        return found[0]

    async def ring(self, request: Request) -> dict[str, str]:
        asked = await _body(request, OutsideCall)
        made: list[str] = []

        def act() -> Told:
            conversation, told = self._pbx.ring_from_outside(asked.number, asked.name, asked.to, self._connector.now())
            made.append(conversation)
            return told

        self._connector.act(act)
        return {"id": made[0]}

    async def outside(self, request: Request) -> dict[str, Any]:
        call, action = request.path_params["call"], request.path_params["action"]
        now, pbx = self._connector.now(), self._pbx
        acts: dict[str, Callable[[], Told]] = {
            "answer": lambda: pbx.outside_answers(call, now),
            "hangup": lambda: pbx.outside_hangs_up(call, now),
            "hold": lambda: pbx.outside_holds(call, True, now),
            "retrieve": lambda: pbx.outside_holds(call, False, now),
        }
        if action not in acts:
            raise CommandRefused("malformed", f"action: one of {', '.join(sorted(acts))}")
        self._connector.act(acts[action])
        return {}


def _outside(conversation: Conversation, outside: Outside) -> dict[str, Any]:
    return {
        "id": conversation.id,
        "number": outside.party.number,
        "name": outside.party.name,
        "state": outside.state,
        "with": conversation.up(),
        "answered": conversation.answered,
    }


async def _body(request: Request, shape: Any) -> Any:
    body = await request.body()
    if len(body) > MOST_BODY:
        raise CommandRefused("body_too_large", f"the body may have {MOST_BODY} bytes")
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        # Another site's form could otherwise ring phones unasked.
        raise CommandRefused("malformed", "send application/json")
    try:
        return msgspec.json.decode(body or b"{}", type=shape)
    except msgspec.DecodeError as error:
        raise CommandRefused("malformed", str(error)) from None


def _needed(name: str, value: Any) -> Any:
    if value is None:
        raise CommandRefused("malformed", f"{name}: is missing")
    return value
