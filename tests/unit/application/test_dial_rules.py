"""What an organization does not let its agents dial, in every notation, and how often they may."""

from typing import Any

import pytest

from cti_adapter.application.adapter import prepare
from cti_adapter.application.dial_rules import DialRules
from cti_adapter.application.messages import CommandRequest, Dialing
from cti_adapter.application.refusals import Refused
from cti_adapter.domain.agent import AgentKey
from cti_adapter.domain.commands import Command, ConsultationCall, MakeCall, SetForwarding, SingleStepTransferCall
from cti_adapter.domain.features import ForwardingKind
from cti_adapter.domain.organization import Organization
from fakes.clock import FakeClock
from fakes.registry import MemoryRegistry

ALICE = AgentKey("acme", "alice")
SITE = {"/ctiNumbers/country": "DE", "/reqDialingOptions/reqOutsidePrefix": "0"}
OWN = {"/ctiNumbers/country": "DE"}


class Desk:
    """An organization that forbids premium numbers and one country, and its agent."""

    def __init__(self, **rules: Any) -> None:
        self.clock = FakeClock()
        organization = Organization(id="acme", name="Acme", **rules)
        self.rules = DialRules(MemoryRegistry(organization).snapshot, lambda: SITE, self.clock)

    def dial(
        self, number: str, settings: dict[str, str] | None = None, *, raw: bool = False, kind: Any = MakeCall
    ) -> str:
        command: Command
        if kind is MakeCall:
            command = MakeCall(id="command-1", number=number)
        elif kind is SetForwarding:
            command = SetForwarding(id="command-1", kind=ForwardingKind.IMMEDIATE, number=number)
        else:
            command = kind(id="command-1", call="c1", number=number)
        dialing = Dialing(settings=OWN if settings is None else settings, raw=raw)
        prepared = prepare(CommandRequest(command=command, dialing=dialing))
        try:
            self.rules.check(ALICE, prepared)
        except Refused as refused:
            return str(refused.error_id)
        return ""


@pytest.mark.parametrize(
    "typed", ["+49900123456", "0900 123456", "0049 900 123456", "(0900) 12-34-56", "tel:+49-900-123456"]
)
@pytest.mark.parametrize("kind", [MakeCall, ConsultationCall, SingleStepTransferCall, SetForwarding])
def test_a_forbidden_number_in_any_notation_and_by_any_command(typed: str, kind: Any) -> None:
    assert Desk(forbidden_prefixes=("+49900",)).dial(typed, kind=kind) == "number_forbidden"


@pytest.mark.parametrize("typed", ["+49900123456", "0900123456", "00900123456", "0049900123456", "00049900123456"])
def test_neither_by_dialling_it_as_typed(typed: str) -> None:
    """The page may ask for a number exactly as typed, and send settings of its own making."""
    desk = Desk(forbidden_prefixes=("+49900",))
    assert desk.dial(typed, raw=True) == "number_forbidden"
    foreign = {"/ctiNumbers/country": "US", "/ctiNumbers/emergencyNumbers": typed}
    assert desk.dial(typed, foreign) == "number_forbidden"


def test_what_is_not_forbidden() -> None:
    desk = Desk(forbidden_prefixes=("+49900", "*21"))
    for allowed in ("+49891234567", "102", "112", "*22#"):
        assert desk.dial(allowed) == ""
    assert desk.dial("*21*0900", raw=True) == "number_forbidden"


def test_so_many_calls_in_a_minute() -> None:
    desk = Desk(dials_per_minute=3)
    assert [desk.dial("+49891234567") for _ in range(4)] == ["", "", "", "too_many_requests"]
    assert desk.dial("112") == "", "never an emergency call"
    desk.clock.advance(20)
    assert desk.dial("+49891234567") == ""


def test_commands_without_a_number_are_free() -> None:
    desk = Desk(dials_per_minute=1)
    for _ in range(5):
        assert desk.dial("", kind=SetForwarding) == ""
