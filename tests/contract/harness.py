"""What the contract suite needs of a phone system: people who do things, and a line that can be cut. One class each."""

from abc import ABC, abstractmethod
from typing import ClassVar

from cti_adapter.application.ports import Connector
from cti_adapter.domain.agent import Line
from cti_adapter.domain.commands import VERBS

ALICE, BOB = "alice@acme.example", "bob@acme.example"
LINES = (Line(agent=ALICE, extension="101"), Line(agent=BOB, extension="102"))


class Harness(ABC):
    """One phone system with Alice at 101, Bob at 102 and one person outside, the far end.

    Each method returns when the phone system has been asked; the suite waits for the events.
    """

    supported: ClassVar[frozenset[str]] = frozenset(VERBS)
    """Commands that this phone system carries out in this set-up; the others must be refused with a reason."""
    can_lose_link: ClassVar[bool] = True
    rings_first: ClassVar[bool] = False
    """``MakeCall`` rings the agent's own phone, and somebody has to lift it."""
    patience_s: ClassVar[float] = 5.0
    """Longest wait for an event."""
    far_number: ClassVar[str] = "+4930111222"
    """What the phone system shows of the far end, when it rings."""
    dialled: ClassVar[str] = "+4940999888"
    """A number that the far end answers."""
    queue: ClassVar[str] = "billing"
    """A queue that Alice may log in to and out of."""
    data: ClassVar[dict[str, str]] = {"CASE_NUMBER": "00001026"}
    """What the far end has entered before Alice's phone rings."""
    secrets: tuple[str, ...] = ()
    """Texts that must never stand in a log line."""

    connector: Connector

    async def start(self) -> None:
        """Bring the phone system up and make ``connector``, unless that is done."""
        return

    async def stop(self) -> None:
        """End all calls and release everything."""
        return

    @abstractmethod
    async def ring_agent(self) -> None:
        """The far end rings Alice."""

    async def ring_forwarded_agent(self) -> None:
        """The far end rings Alice, whose phone does not ring."""
        await self.ring_agent()

    @abstractmethod
    async def agent_answers_on_phone(self) -> None:
        """Alice lifts the receiver of the call that rings."""

    @abstractmethod
    async def agent_hangs_up_on_phone(self) -> None:
        """Alice hangs up."""

    @abstractmethod
    async def far_end_answers(self) -> None:
        """The person outside takes the call that Alice made."""

    @abstractmethod
    async def far_end_hangs_up(self) -> None:
        """The person outside hangs up, or gives up."""

    @abstractmethod
    async def colleague_answers_on_phone(self) -> None:
        """Bob lifts the receiver of the call that rings."""

    @abstractmethod
    async def lose_phone_system(self) -> None:
        """Cut the line between connector and phone system; calls go on."""

    @abstractmethod
    async def restore_phone_system(self) -> None:
        """Mend the line."""

    @abstractmethod
    async def colleague_dials(self, number: str) -> None:
        """Bob dials an extension or the place of a parked call."""

    async def lift_own_phone(self) -> None:
        """Where ``rings_first``: Alice lifts the phone that rings because of her click."""
        return
