"""What became of each command: acts once for each id, never late, never repeated. Pure bookkeeping.

::

    accepted --taken by the connector--> taken --> done | failed | unknown
        +--5 s without being taken--> expired        (unknown: connector lost, or silent for 20 s)

Only a keyed hash of a command is remembered for the five minutes in which its id counts; its numbers go with its end.
"""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from ..domain.agent import AgentKey
from ..domain.commands import AnswerCall, Command, CommandId, CommandState, Outcome
from .messages import CommandRequest
from .refusals import ErrorId, Refused
from .relay_settings import RelaySettings

FINAL = frozenset({CommandState.DONE, CommandState.FAILED, CommandState.EXPIRED, CommandState.UNKNOWN})


@dataclass(slots=True, eq=False)
class Entry:
    """One command. ``command`` is dropped as soon as nobody has to execute it any more."""

    key: AgentKey
    id: CommandId
    digest: bytes
    accepted_at: float
    expires_at: float
    command: Command | None
    answers: str | None = None
    """The call that it answers, if it is an ``AnswerCall``."""
    state: CommandState = CommandState.ACCEPTED
    taken_at: float = 0.0


class CommandBook:
    """Commands of all agents. ``secret`` keys the hashes; ``now`` is monotonic seconds."""

    def __init__(self, secret: bytes, settings: RelaySettings) -> None:
        self._secret = secret
        self._settings = settings
        self._of_agent: dict[AgentKey, dict[CommandId, Entry]] = {}

    def recall(self, key: AgentKey, request: CommandRequest) -> bool:
        """Whether this very command was accepted before. Raises ``Refused`` (command_id_reused) for another body."""
        known = self._of_agent.get(key, {}).get(request.command.id)
        if known is None:
            return False
        if not hmac.compare_digest(known.digest, self._digest(request)):
            raise Refused(
                ErrorId.COMMAND_ID_REUSED, "this id belongs to another command; take a new one", field="command.id"
            )
        return True

    def accept(
        self, key: AgentKey, request: CommandRequest, command: Command, now: float, *, emergency: bool = False
    ) -> Entry:
        """Take ``command`` on (what the adapter made of ``request``). Raises ``Refused``, but never for an emergency.

        A call is answered once: while one ``AnswerCall`` is under way a second is refused, whoever sends it.
        """
        of_agent = self._of_agent.setdefault(key, {})
        answers = command.call if isinstance(command, AnswerCall) else None
        if not emergency:
            self._check_bounds(of_agent, answers)
        entry = Entry(
            key=key,
            id=command.id,
            digest=self._digest(request),
            accepted_at=now,
            expires_at=now + self._settings.command_ttl_s,
            command=command,
            answers=answers,
        )
        of_agent[entry.id] = entry
        return entry

    def _check_bounds(self, of_agent: dict[CommandId, Entry], answers: str | None) -> None:
        under_way = [entry for entry in of_agent.values() if entry.state not in FINAL]
        if answers is not None and any(entry.answers == answers for entry in under_way):
            raise Refused(ErrorId.WRONG_CALL_STATE, "this call is being answered already")
        if len(under_way) >= self._settings.open_commands_per_agent:
            raise Refused(ErrorId.TOO_MANY_REQUESTS, "too many commands of this agent are under way", retry_after_s=1)
        if len(of_agent) >= self._settings.remembered_commands_per_agent:
            raise Refused(ErrorId.TOO_MANY_REQUESTS, "too many commands of this agent", retry_after_s=60)

    def take(self, entry: Entry, now: float) -> Outcome | None:
        """The connector gets ``entry`` now; the news for the agent, the first time."""
        if entry.state is not CommandState.ACCEPTED:
            return None
        entry.state, entry.taken_at = CommandState.TAKEN, now
        return Outcome(id=entry.id, state=CommandState.TAKEN)

    def finish(self, key: AgentKey, outcome: Outcome) -> Outcome | None:
        """The connector reports; the news for the agent, or None when it is none (final already, or not yet final).

        The outcome of a command that is not known passes: this relay may be younger than the command.
        """
        if outcome.state not in FINAL:
            return None
        entry = self._of_agent.get(key, {}).get(outcome.id)
        if entry is None:
            return outcome
        return self._end(entry, outcome)

    def give_up(self, entry: Entry) -> Outcome | None:
        """The connector that took ``entry`` is gone, or silent: nobody can tell. News for the agent, or None."""
        if entry.state is not CommandState.TAKEN:
            return None
        detail = "the connection to the phone system was lost before it confirmed; look at the phone"
        return self._end(entry, Outcome(id=entry.id, state=CommandState.UNKNOWN, detail=detail))

    def overdue(self, now: float) -> Iterator[tuple[AgentKey, Outcome]]:
        """End what waited too long, forget what is old, and tell the news."""
        for key, of_agent in list(self._of_agent.items()):
            for entry in list(of_agent.values()):
                news = self._overdue(entry, now)
                if news is not None:
                    yield key, news
                if entry.state in FINAL and now >= entry.accepted_at + self._settings.command_memory_s:
                    del of_agent[entry.id]
            if not of_agent:
                del self._of_agent[key]

    def _overdue(self, entry: Entry, now: float) -> Outcome | None:
        if entry.state is CommandState.ACCEPTED and now >= entry.expires_at:
            detail = "no connector took the command in time; it was not executed"
            return self._end(
                entry, Outcome(id=entry.id, state=CommandState.EXPIRED, error_id=ErrorId.COMMAND_EXPIRED, detail=detail)
            )
        if entry.state is CommandState.TAKEN and now >= entry.taken_at + self._settings.command_outcome_s:
            return self.give_up(entry)
        return None

    def _end(self, entry: Entry, outcome: Outcome) -> Outcome | None:
        if entry.state in FINAL:
            return None
        entry.state = outcome.state
        entry.command = None
        return outcome

    def _digest(self, request: CommandRequest) -> bytes:
        return hmac.digest(self._secret, msgspec.json.encode(request, order="deterministic"), "sha256")
