"""The table of all operations of the API: paths, records, who may call, what is refused. Routing and openapi.json
are both made of it, so they cannot diverge."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..application.adapter import explain, explain_one, report_settings
from ..application.connector_messages import Ack, Attached, Batch, CommandBatch, CommandsRequest, Hello
from ..application.messages import (
    ClaimAnswer,
    ClaimRequest,
    Colleagues,
    ColleaguesQuery,
    CommandAnswer,
    CommandRequest,
    ExplainAnswer,
    ExplainQuery,
    ExplainRequest,
    PollAnswer,
    PollRequest,
    SettingsReport,
    SettingsRequest,
    WorkPatch,
)
from ..application.pool.node import PoolNode
from ..application.refusals import ErrorId, Refused
from ..application.relay import HangUp
from ..application.sign_in import SignInDesk
from ..application.sign_in_messages import (
    Handoff,
    HandoffAnswer,
    HandoffQuestion,
    Nonce,
    NonceRequest,
    OidcRequest,
    OidcStart,
    Session,
    SignIn,
    Ticket,
)
from ..domain.numbers.explanation import Explanation
from .credentials import ConnectorIdentity
from .sign_in.proofs import Proofs

#: Largest bodies, in bytes: a page's requests are small; an attach may name 20,000 lines, a batch 500 events.
PAGE_BODY = 64 * 1024
#: 32,000 characters, each of which JSON may write as two escapes of six bytes (RFC 8259, 7).
WORK_BODY = 512 * 1024
CONNECTOR_BODY = 1024 * 1024
ATTACH_BODY = 4 * 1024 * 1024

_E = ErrorId
_BODY = (_E.MALFORMED_JSON, _E.UNKNOWN_FIELD, _E.WRONG_TYPE, _E.MISSING_FIELD, _E.OUT_OF_RANGE)
_QUERY = (_E.UNKNOWN_FIELD, _E.WRONG_TYPE, _E.MISSING_FIELD, _E.OUT_OF_RANGE)
_ANY_BODY = (*_BODY, _E.BODY_TOO_LARGE, _E.UNSUPPORTED_MEDIA_TYPE)
_SESSION = (_E.NOT_SIGNED_IN, _E.SESSION_EXPIRED)
_CONNECTOR = (_E.NOT_A_CONNECTOR, _E.WRONG_CONNECTOR)


@dataclass(frozen=True, slots=True)
class Request:
    """What a handler gets: decoded and checked. ``body`` has the type that the operation names as body or query."""

    node: PoolNode
    sign_in: SignInDesk
    proofs: Proofs
    bearer: str
    connector: ConnectorIdentity | None
    body: Any
    hang_up: HangUp
    site: Callable[[], Mapping[str, str]]
    """The settings of this server's own call center definition."""
    origin: str
    """Where the page that asks comes from, as the browser says; empty: it does not."""

    @property
    def org(self) -> str:
        """The organization of the connector that asks, which must be the one that the body names."""
        if self.connector is None:
            raise RuntimeError("an operation for connectors was reached without a key")
        if self.connector.connector != self.body.connector:
            raise Refused(
                _E.WRONG_CONNECTOR, f"this key belongs to connector {self.connector.connector!r}", field="connector"
            )
        return self.connector.org


@dataclass(frozen=True)
class Operation:
    """One line of the table. ``body``, ``query`` and ``answer`` are record types; None means there is none."""

    name: str
    method: Literal["GET", "POST", "DELETE"]
    path: str
    summary: str
    caller: Literal["anybody", "session", "connector"]
    handle: Callable[[Request], Awaitable[Any]]
    refusals: tuple[ErrorId, ...]
    body: Any = None
    query: type | None = None
    """What stands behind the ``?``; an operation has either this or a body."""
    answer: type | None = None
    status: int = 200
    limit: int = PAGE_BODY


async def _sign_in(request: Request) -> Session:
    return request.node.sign_in(await request.sign_in.admit(request.body, request.origin))


async def _renew(request: Request) -> Session:
    return request.node.renew(request.bearer, await request.sign_in.admit(request.body, request.origin))


async def _ticket(request: Request) -> Ticket:
    return request.proofs.give_ticket(request.node.relay.admitted(request.bearer))


async def _nonce(request: Request) -> Nonce:
    return request.proofs.nonce(request.sign_in.organization(request.body.organization))


async def _begin_oidc(request: Request) -> OidcStart:
    organization = request.sign_in.organization(request.body.organization)
    return await request.proofs.begin_oidc(organization, request.body, request.origin)


async def _hand_off(request: Request) -> None:
    request.proofs.handoffs.put(request.body)
    request.node.code_left(request.body)


async def _take_handoff(request: Request) -> HandoffAnswer:
    return request.proofs.handoffs.take(request.body.pickup)


async def _sign_out(request: Request) -> None:
    request.node.sign_out(request.bearer)


async def _poll(request: Request) -> PollAnswer:
    return await request.node.poll(request.bearer, request.body, request.hang_up)


async def _command(request: Request) -> CommandAnswer:
    return await request.node.command(request.bearer, request.body)


async def _claim(request: Request) -> ClaimAnswer:
    return await request.node.claim(request.bearer, request.body)


async def _work(request: Request) -> None:
    await request.node.work(request.bearer, request.body)


async def _colleagues(request: Request) -> Colleagues:
    return request.node.colleagues(request.bearer, request.body)


async def _settings(request: Request) -> SettingsReport:
    return report_settings(request.body.settings)


async def _explain(request: Request) -> ExplainAnswer:
    return await explain(request.body, dict(request.site()))


async def _explain_one(request: Request) -> Explanation:
    return explain_one(request.body, dict(request.site()))


async def _attach(request: Request) -> Attached:
    return await request.node.attach(request.org, request.body)


async def _events(request: Request) -> Ack:
    return await request.node.publish(request.org, request.body)


async def _commands(request: Request) -> CommandBatch:
    return await request.node.commands(request.org, request.body, request.hang_up)


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="signIn",
        method="POST",
        path="/v1/sessions",
        summary="Sign in and get a session",
        caller="anybody",
        handle=_sign_in,
        body=SignIn,
        answer=Session,
        status=201,
        refusals=(*_ANY_BODY, _E.SIGN_IN_REFUSED, _E.UNAVAILABLE, _E.TOO_MANY_REQUESTS, _E.DRAINING),
    ),
    Operation(
        name="renew",
        method="POST",
        path="/v1/sessions/current/renewal",
        summary="Prove again who this session belongs to",
        caller="session",
        handle=_renew,
        body=SignIn,
        answer=Session,
        refusals=(*_ANY_BODY, *_SESSION, _E.SIGN_IN_REFUSED, _E.UNAVAILABLE),
    ),
    Operation(
        name="ticket",
        method="POST",
        path="/v1/sessions/current/ticket",
        summary="Let another tab of this browser sign in, once",
        caller="session",
        handle=_ticket,
        answer=Ticket,
        refusals=(*_SESSION, _E.SIGN_IN_REFUSED),
    ),
    Operation(
        name="nonce",
        method="POST",
        path="/v1/sign-in/nonce",
        summary="A word for the Salesforce org to sign (mode apex)",
        caller="anybody",
        handle=_nonce,
        body=NonceRequest,
        answer=Nonce,
        refusals=(*_ANY_BODY, _E.SIGN_IN_REFUSED),
    ),
    Operation(
        name="beginOidc",
        method="POST",
        path="/v1/sign-in/oidc",
        summary="Where the window of a sign-in goes (mode oidc)",
        caller="anybody",
        handle=_begin_oidc,
        body=OidcRequest,
        answer=OidcStart,
        refusals=(*_ANY_BODY, _E.SIGN_IN_REFUSED, _E.UNAVAILABLE),
    ),
    Operation(
        name="handOff",
        method="POST",
        path="/v1/sign-in/handoff",
        summary="A window that has lost its opener leaves the provider's code",
        caller="anybody",
        handle=_hand_off,
        body=Handoff,
        status=204,
        refusals=_ANY_BODY,
    ),
    Operation(
        name="takeHandoff",
        method="POST",
        path="/v1/sign-in/handoff/take",
        summary="The page that has opened the window asks for that code",
        caller="anybody",
        handle=_take_handoff,
        body=HandoffQuestion,
        answer=HandoffAnswer,
        refusals=(*_ANY_BODY, _E.NOT_FOUND),
    ),
    Operation(
        name="signOut",
        method="DELETE",
        path="/v1/sessions/current",
        summary="End this session; its parked poll is answered",
        caller="session",
        handle=_sign_out,
        status=204,
        refusals=_SESSION,
    ),
    Operation(
        name="poll",
        method="POST",
        path="/v1/poll",
        summary="Acknowledge what came, and wait for more",
        caller="session",
        handle=_poll,
        body=PollRequest,
        answer=PollAnswer,
        refusals=(*_ANY_BODY, *_SESSION, _E.TOO_MANY_REQUESTS),
    ),
    Operation(
        name="command",
        method="POST",
        path="/v1/commands",
        summary="Ask the phone system for something; the outcome comes as an event",
        caller="session",
        handle=_command,
        body=CommandRequest,
        answer=CommandAnswer,
        status=202,
        refusals=(
            *_ANY_BODY,
            *_SESSION,
            _E.UNKNOWN_CALL,
            _E.CALL_GONE,
            _E.WRONG_CALL_STATE,
            _E.COMMAND_ID_REUSED,
            _E.NOTHING_TO_DIAL,
            _E.NUMBER_FORBIDDEN,
            _E.SEVERAL_NUMBERS,
            _E.NO_CONNECTOR,
            _E.TOO_MANY_REQUESTS,
            _E.DRAINING,
            _E.UNAVAILABLE,
        ),
    ),
    Operation(
        name="claim",
        method="POST",
        path="/v1/claims",
        summary="Ask for the right to pop or to log a call; one session gets it",
        caller="session",
        handle=_claim,
        body=ClaimRequest,
        answer=ClaimAnswer,
        refusals=(*_ANY_BODY, *_SESSION, _E.UNKNOWN_CALL, _E.UNAVAILABLE),
    ),
    Operation(
        name="work",
        method="POST",
        path="/v1/work",
        summary="Keep what the agent writes about a call, for the agent's other pages and for who takes it over",
        caller="session",
        handle=_work,
        body=WorkPatch,
        status=204,
        refusals=(*_ANY_BODY, *_SESSION, _E.UNKNOWN_CALL, _E.UNAVAILABLE),
        limit=WORK_BODY,
    ),
    Operation(
        name="colleagues",
        method="POST",
        path="/v1/colleagues",
        summary="Look for colleagues, and see whether they can be reached",
        caller="session",
        handle=_colleagues,
        body=ColleaguesQuery,
        answer=Colleagues,
        refusals=(*_ANY_BODY, *_SESSION),
    ),
    Operation(
        name="settings",
        method="POST",
        path="/v1/settings",
        summary="Check the call center's settings",
        caller="session",
        handle=_settings,
        body=SettingsRequest,
        answer=SettingsReport,
        refusals=(*_ANY_BODY, *_SESSION),
    ),
    Operation(
        name="explainNumber",
        method="GET",
        path="/v1/dialing/explain",
        summary="How a number is dialled or recognised, with the reason of every step",
        caller="anybody",
        handle=_explain_one,
        query=ExplainQuery,
        answer=Explanation,
        refusals=_QUERY,
    ),
    Operation(
        name="explainNumbers",
        method="POST",
        path="/v1/dialing/explain",
        summary="The same for several numbers and any settings",
        caller="anybody",
        handle=_explain,
        body=ExplainRequest,
        answer=ExplainAnswer,
        refusals=_ANY_BODY,
    ),
    Operation(
        name="attachConnector",
        method="POST",
        path="/v1/connector/attach",
        summary="A connector announces itself and its lines",
        caller="connector",
        handle=_attach,
        body=Hello,
        answer=Attached,
        refusals=(*_ANY_BODY, *_CONNECTOR, _E.TOO_MANY_REQUESTS, _E.DRAINING),
        limit=ATTACH_BODY,
    ),
    Operation(
        name="publishEvents",
        method="POST",
        path="/v1/connector/events",
        summary="A connector hands over events; an empty batch is a heartbeat",
        caller="connector",
        handle=_events,
        body=Batch,
        answer=Ack,
        refusals=(*_ANY_BODY, *_CONNECTOR, _E.NOT_ATTACHED),
        limit=CONNECTOR_BODY,
    ),
    Operation(
        name="takeCommands",
        method="POST",
        path="/v1/connector/commands",
        summary="A connector acknowledges commands and waits for more",
        caller="connector",
        handle=_commands,
        body=CommandsRequest,
        answer=CommandBatch,
        refusals=(*_ANY_BODY, *_CONNECTOR, _E.NOT_ATTACHED),
        limit=CONNECTOR_BODY,
    ),
)
