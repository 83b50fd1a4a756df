"""Carries out the relay's commands at a connector: each id once, none too late, and tells what became of it."""

import asyncio
import logging
import re
import traceback
from collections.abc import Callable

from ..domain.commands import CommandRefused, CommandState, Outcome
from .connector_messages import AgentCommand, CommandOutcome
from .executions import Executions
from .ports import Clock, Connector, OutcomeUnknown

log = logging.getLogger("cti.connector")

#: Longest time for one command at the phone system, in seconds.
COMMAND_S = 10.0
#: How long commands under way may take when the session is stopped, in seconds.
STOP_S = 1.0
#: Commands carried out at a time; far above what the agents of one site can click in ten seconds.
MOST = 500
#: As many digits in a row may be part of a telephone number.
_NUMBER = re.compile(r"\+?\d[\d ()/.-]{4,}\d")


class CommandRunner:
    """``tell`` takes the outcomes on."""

    def __init__(self, connector: Connector, clock: Clock, tell: Callable[[CommandOutcome], None]) -> None:
        self._connector = connector
        self._clock = clock
        self._tell = tell
        self._executions = Executions()
        self._running: set[asyncio.Task[None]] = set()

    def start(self, asked: AgentCommand) -> None:
        """Begin ``asked``, unless it was begun before. Returns at once."""
        received = self._clock.monotonic()
        if not self._executions.begin(asked.agent, asked.command.id, received):
            return
        if len(self._running) >= MOST:
            self._report(asked, CommandState.FAILED, "too_many_requests", f"{MOST} commands are under way already")
            return
        task = asyncio.create_task(self._execute(asked, received), name=f"{self._connector.id}: command")
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def stop(self) -> None:
        """Wait shortly for what is under way; what then still is gets the outcome ``unknown``."""
        if self._running:
            await asyncio.wait(self._running, timeout=STOP_S)
        late = list(self._running)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _execute(self, asked: AgentCommand, received: float) -> None:
        if self._clock.monotonic() - received >= asked.expires_in_ms / 1000:
            self._report(asked, CommandState.EXPIRED, "command_expired")
            return
        self._report(asked, CommandState.TAKEN)
        try:
            async with asyncio.timeout(COMMAND_S):
                await self._connector.execute(asked.agent, asked.command)
        except CommandRefused as refused:
            self._report(asked, CommandState.FAILED, refused.error_id, refused.detail)
        except OutcomeUnknown as error:
            self._report(asked, CommandState.UNKNOWN, "no_confirmation", str(error) or None)
        except TimeoutError:
            self._report(asked, CommandState.UNKNOWN, "no_confirmation", f"no answer within {COMMAND_S:.0f} s")
        except asyncio.CancelledError:
            self._report(asked, CommandState.UNKNOWN, "no_confirmation", "the connector was stopped")
            raise
        except Exception as error:
            verb = type(asked.command).__name__
            log.error("connector %s: %s failed in an unforeseen way\n%s", self._connector.id, verb, trace(error))
            self._report(asked, CommandState.FAILED, "internal_error")
        else:
            self._report(asked, CommandState.DONE)

    def _report(
        self, asked: AgentCommand, state: CommandState, error_id: str | None = None, detail: str | None = None
    ) -> None:
        outcome = Outcome(
            id=asked.command.id, state=state, error_id=error_id and error_id[:60], detail=detail and detail[:300]
        )
        self._tell(CommandOutcome(agent=asked.agent, outcome=outcome))


def trace(error: BaseException) -> str:
    """Where ``error`` came from, for the log. Of its message nothing that may be part of a number is kept."""
    lines = traceback.format_tb(error.__traceback__)
    said = _NUMBER.sub(lambda found: f"{found[0][:3]}…{found[0][-2:]}", str(error))
    return "".join(lines) + f"{type(error).__name__}: {said}"
