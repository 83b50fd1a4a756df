"""The relay's figures in one place, each with its unit and its reason. Not the configuration file."""

from dataclasses import dataclass

from .limits import Rate


@dataclass(frozen=True)
class RelaySettings:
    """Limits and intervals of one relay. The defaults are the documented behaviour (docs/api.md)."""

    session_sliding_s: float = 15 * 60
    """A session ends this long after its last request."""
    session_absolute_s: float = 12 * 3600
    """A session ends this long after sign-in, whatever happens: one working day."""
    sessions_per_agent: int = 32
    """Tabs, browsers and reloads of one agent; the session longest unused makes room for a new one."""
    sessions: int = 200_000
    """All sessions of this process; bounds the memory that strangers can take up."""
    reader_idle_s: float = 40.0
    """A session that has not polled for so long does not hold up the forgetting of calls (longest poll 28 s)."""
    polls_per_agent: int = 8
    """Parked polls of one agent; one leading tab needs one, without Web Locks each tab has its own."""
    wait_from: float = 0.8
    """A poll is parked for 0.8 to 1.0 of the time asked for, so that ten thousand of them do not return together."""

    ring_events: int = 200
    """Events kept for one agent."""
    ring_s: float = 120.0
    """How long an event is kept."""
    calls_per_agent: int = 100
    """Calls known for one agent; a connector that tells of more is talking nonsense."""
    forget_after_s: float = 30.0
    """A call is forgotten this long after its end was delivered to every reading session of its agent."""
    forget_undelivered_s: float = 120.0
    """… and this long after its end when nobody fetched it (no softphone open)."""

    keep_unlogged_s: float = 0.0
    """An external call that no softphone has logged is kept for so long after its end, for the next one that opens."""

    colleague_states: bool = True
    """Whether agents see of each other who is free, away or on a call."""

    strangers: Rate = Rate(50.0, 5_000)
    """Requests without a session or a connector's credential, for each address; a whole office has one address, and
    all of it signs in when the power is back."""
    session: Rate = Rate(20.0, 200)
    """Requests of one session: one poll, some commands."""
    agent: Rate = Rate(40.0, 400)
    """Requests of all sessions of one agent."""
    organization: Rate = Rate(1_000.0, 20_000)
    """Requests of all agents and connectors of one organization: no more than a part of what one core answers."""

    lease_s: float = 15.0
    """A connector that was not heard of for so long counts as lost."""
    heartbeat_s: float = 5.0
    """How often a connector says something; a third of the lease, so that two may get lost."""
    ask_snapshot_s: float = 2.0
    """Shortest time between two requests for a snapshot: a connector that cannot give one is not driven in circles."""
    forget_connector_s: float = 15 * 60
    """Calls of a connector that stays lost are dropped after this time: nobody can say any more that they are up."""
    connectors: int = 1000
    """Connectors of this process."""

    command_ttl_s: float = 5.0
    """A command that no connector has taken by then is never executed: its agent has walked away from the phone."""
    command_outcome_s: float = 20.0
    """A command taken but not reported on by then counts as ``unknown``."""
    command_memory_s: float = 5 * 60
    """How long the id of a command is remembered, so that a repetition does not act twice."""
    open_commands_per_agent: int = 20
    """Commands of one agent under way at the same time."""
    remembered_commands_per_agent: int = 2000
    """Commands of one agent within ``command_memory_s``; a person clicks far less."""

    drain_spread_ms: int = 3000
    """Clients of a node that goes away come back spread over this time."""
    sweep_every_s: float = 0.5
    """Grain of all the times above."""
