"""Agents, their lines and their presence."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

#: Salesforce login name (typically an e-mail address) or an id of one's own.
AgentId = Annotated[str, Meta(min_length=1, max_length=120, pattern=r"^[^\s\x00-\x1f\x7f]+$(?!\n)")]


class AgentState(StrEnum):
    """Whether an agent wants calls (in the words of the panel)."""

    AVAILABLE = "available"
    AWAY = "away"
    """Queues pass the agent by; a direct call still rings."""
    DO_NOT_DISTURB = "do_not_disturb"
    """No call rings at the agent's phone."""


#: Why somebody is away, in the organization's own words, such as ``Lunch``.
Reason = Annotated[str, Meta(max_length=80)]


class QueueMembership(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One queue (ECMA-269: ACD group) in which the phone system lets an agent work."""

    queue: Annotated[str, Meta(min_length=1, max_length=80)]
    """Its name at the phone system."""
    logged_in: bool
    paused: bool = False
    """Logged in, and passed by for now."""
    reason: Reason = ""
    """Why, where somebody has said."""
    fixed: bool = False
    """The phone system's configuration says who is logged in; the agent cannot."""


class Presence(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the phone system holds of an agent's readiness for calls."""

    state: AgentState = AgentState.AVAILABLE
    reason: Reason = ""
    queues: Annotated[tuple[QueueMembership, ...], Meta(max_length=100)] = ()


class AgentKey(Struct, frozen=True, order=True):
    """Who an agent is for the relay. ``org`` is the outer wall and comes from a credential, never from a message."""

    org: str
    agent: str


class Line(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which phone an agent has at one phone system."""

    agent: AgentId
    extension: Annotated[str, Meta(min_length=1, max_length=64)]
    name: Annotated[str, Meta(max_length=80)] = ""
    """The person's name as colleagues know it; empty: the login name stands for it."""


def normalized_agent(agent: str) -> str:
    """Login names are compared without regard to case and surrounding blanks, as Salesforce does."""
    return agent.strip().casefold()
