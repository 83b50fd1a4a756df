"""What a line can do apart from calls: forwarding, voicemail, the number that others see.

Terms follow ECMA-269 (CSTA phase III), logical device features: Set Forwarding, Message Waiting.
"""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from .call import Name, Number


class ForwardingKind(StrEnum):
    """When calls go elsewhere (ECMA-269, forwarding types)."""

    IMMEDIATE = "immediate"
    """Always."""
    BUSY = "busy"
    """While the line is engaged."""
    NO_ANSWER = "no_answer"
    """When nobody answers in time."""


class Forwarding(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way of forwarding that this line offers. An empty ``number``: it is off."""

    kind: ForwardingKind
    number: Number = ""


class Voicemail(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Messages that wait (ECMA-269, Message Waiting event), and what to dial to hear them."""

    new: Annotated[int, Meta(ge=0, le=9999)] = 0
    old: Annotated[int, Meta(ge=0, le=9999)] = 0
    number: Number = ""


class OutboundNumber(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number of the organization that this line may show to whom it calls."""

    number: Annotated[str, Meta(min_length=1, max_length=64)]
    name: Name = ""


class LineFeatures(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of them for one line. What is empty, the phone system does not offer."""

    registered: bool | None = None
    """Whether the phone system reaches the phone; none: it does not tell."""

    forwarding: Annotated[tuple[Forwarding, ...], Meta(max_length=3)] = ()
    voicemail: Voicemail | None = None
    outbound_numbers: Annotated[tuple[OutboundNumber, ...], Meta(max_length=50)] = ()
