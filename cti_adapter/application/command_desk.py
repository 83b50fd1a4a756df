"""Commands on their way: checked against the agent's calls, handed to the connector, overdue ones ended."""

import asyncio
from collections.abc import Callable

from ..domain.agent import AgentKey
from ..domain.call import Call, CallState
from ..domain.commands import AnswerCall, Command, CommandState, LineCommand, Outcome
from .adapter import Prepared, prepare
from .agents import Agents
from .attached_connector import AttachedConnector
from .command_book import CommandBook, Entry
from .connector_desk import ConnectorDesk
from .connector_messages import AgentCommand, CommandBatch, CommandsRequest
from .messages import CommandAnswer, CommandChanged, CommandRequest
from .polls import Bell
from .ports import Clock
from .refusals import ErrorId, Refused
from .relay_settings import RelaySettings


class CommandDesk:
    """Takes commands from agents and gives them to connectors. ``spread_ms`` says when a client may come back."""

    def __init__(
        self,
        clock: Clock,
        agents: Agents,
        connectors: ConnectorDesk,
        book: CommandBook,
        settings: RelaySettings,
        spread_ms: Callable[[], int],
        shortened: Callable[[float], float],
        may_dial: Callable[[AgentKey, Prepared], None],
    ) -> None:
        self._clock = clock
        self._agents = agents
        self._connectors = connectors
        self._book = book
        self._settings = settings
        self._spread_ms = spread_ms
        self._shortened = shortened
        self._may_dial = may_dial

    def submit(self, key: AgentKey, request: CommandRequest) -> CommandAnswer:
        """Take a command of ``key`` on; the same request again gives the same answer and acts once.

        Raises ``Refused``: command_id_reused, nothing_to_dial, several_numbers, no_connector, unknown_call, call_gone,
        wrong_call_state, number_forbidden, too_many_requests.
        """
        known = self._book.recall(key, request)
        prepared = prepare(request, self._connectors.extensions(key))
        if not known:
            self._pass_on(key, request, prepared)
        return CommandAnswer(
            id=prepared.command.id,
            state=CommandState.ACCEPTED,
            dialled=prepared.dialled,
            extension=prepared.extension,
        )

    def _pass_on(self, key: AgentKey, request: CommandRequest, prepared: Prepared) -> None:
        command = prepared.command
        connector = self._connectors.serving(key)
        if not isinstance(command, LineCommand):
            check_call(command, self._agents.log(key).call(command.call))
        self._may_dial(key, prepared)
        entry = self._book.accept(key, request, command, self._clock.monotonic(), emergency=prepared.emergency)
        connector.enqueue(entry)

    async def commands(
        self, org: str, request: CommandsRequest, hang_up: "Callable[[Callable[[], None]], None] | None", draining: bool
    ) -> CommandBatch:
        """Commands for a connector, as soon as there are any or the time is over. Raises ``Refused`` (not_attached).

        ``hang_up`` gets a function to be called when nobody waits for the answer any more.
        """
        connector = self._connectors.attached(org, request.connector, request.boot)
        connector.acknowledge(request.after)
        connector.ring(Bell.SUPERSEDED)
        bell = Bell.DRAINING if draining else Bell.NEWS
        if not draining and not connector.due(self._clock.monotonic()) and request.wait > 0:
            bell = await self._wait(connector, self._shortened(request.wait), hang_up)
        return self._hand_over(connector, bell)

    async def _wait(
        self, connector: AttachedConnector, wait_s: float, hang_up: "Callable[[Callable[[], None]], None] | None"
    ) -> Bell:
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[Bell] = loop.create_future()
        connector.waiting = waiting
        timer = loop.call_later(wait_s, _ring, waiting, Bell.TIME)
        if hang_up is not None:
            hang_up(lambda: _ring(waiting, Bell.HUNG_UP))
        try:
            return await waiting
        finally:
            timer.cancel()
            if connector.waiting is waiting:
                connector.waiting = None

    def _hand_over(self, connector: AttachedConnector, bell: Bell) -> CommandBatch:
        if bell in (Bell.SUPERSEDED, Bell.HUNG_UP):
            return CommandBatch(next=connector.next_command)
        now = self._clock.monotonic()
        entries = [] if bell is Bell.DRAINING else connector.due(now)
        for entry in entries:
            self._tell(entry.key, self._book.take(entry, now))
        return CommandBatch(
            next=connector.next_command,
            commands=tuple(_for_connector(connector, entry, now) for entry in entries),
            resync=connector.asks_for_snapshot(now, self._settings.ask_snapshot_s),
            reconnect=bell is Bell.DRAINING,
            retry_ms=self._spread_ms() if bell is Bell.DRAINING else 0,
        )

    def drain(self) -> None:
        """Answer every waiting connector."""
        for connector in self._connectors:
            connector.ring(Bell.DRAINING)

    def sweep(self) -> None:
        """End commands that waited too long, and tell their agents."""
        for key, outcome in self._book.overdue(self._clock.monotonic()):
            self._tell(key, outcome)

    def _tell(self, key: AgentKey, outcome: Outcome | None) -> None:
        if outcome is not None:
            self._agents.tell(key, CommandChanged(outcome=outcome), self._clock.monotonic())


def check_call(command: Command, call: Call | None) -> None:
    """Raise ``Refused`` when ``command`` cannot be meant for ``call`` (None: never seen, or forgotten).

    Only what is certain is refused here. In all other states the phone system has the last word.
    """
    if call is None:
        raise Refused(ErrorId.UNKNOWN_CALL, "there is no such call", field="command.call")
    if call.ended:
        raise Refused(ErrorId.CALL_GONE, "this call has ended", field="command.call")
    if isinstance(command, AnswerCall) and call.state is not CallState.ALERTING:
        raise Refused(ErrorId.WRONG_CALL_STATE, f"this call does not ring (any more); it is {call.state}")


def _for_connector(connector: AttachedConnector, entry: Entry, now: float) -> AgentCommand:
    if entry.command is None:
        raise RuntimeError("a command that is over was about to be handed over")
    # The connector gets the agent's name as it wrote it itself.
    agent = connector.lines[entry.key.agent].agent
    return AgentCommand(agent=agent, command=entry.command, expires_in_ms=int((entry.expires_at - now) * 1000))


def _ring(waiting: "asyncio.Future[Bell]", bell: Bell) -> None:
    if not waiting.done():
        waiting.set_result(bell)
