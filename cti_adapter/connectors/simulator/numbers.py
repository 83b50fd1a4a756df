"""Numbers of the simulated phone system: extensions, groups, and how people outside react. Pure, constant."""

from dataclasses import dataclass
from enum import StrEnum

#: Numbers up to this length are inside, emergency numbers apart.
LONGEST_EXTENSION = 5
EMERGENCY = frozenset({"110", "112", "911", "999"})
#: Dialled before an extension: take the call that rings there.
PICKUP = "*8"
#: Dialled to hear one's messages.
VOICEMAIL = "*97"
#: Where calls can be parked.
PARKING = tuple(str(number) for number in range(750, 760))
#: What callers of this phone system may be shown as.
OUTBOUND_NUMBERS = {"+49891234500": "Head office", "+49891234577": "Service"}


@dataclass(frozen=True)
class Group:
    """Several phones under one number, all of which ring. ``members`` empty: all phones.

    A queue passes by who is away or has a call already; a plain group rings at everybody who is not to be left alone.
    """

    number: str
    name: str
    queue: bool
    members: tuple[str, ...] = ()


_GROUPS = (
    Group("700", "support", True),
    Group("701", "billing", True, ("101", "102")),
    Group("710", "sales", False, ("102", "103")),
)
GROUPS = {group.number: group for group in _GROUPS}


class Reaction(StrEnum):
    """What happens when somebody outside is rung."""

    ANSWERS = "answers"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"


_REACTIONS = {"0001": Reaction.BUSY, "0002": Reaction.NO_ANSWER, "0003": Reaction.UNREACHABLE}


def reaction(number: str) -> Reaction:
    """How the people behind an outside ``number`` react; told by its last four digits."""
    return _REACTIONS.get(number[-4:], Reaction.ANSWERS)


def is_inside(number: str) -> bool:
    """Whether ``number`` belongs to this phone system."""
    return len(number) <= LONGEST_EXTENSION and number not in EMERGENCY
