"""Stories of the simulated PBX, as agents see them."""

import itertools

import pytest

from cti_adapter.connectors.simulator.numbers import Reaction, is_inside, reaction
from cti_adapter.connectors.simulator.pbx import Pbx, Phone, Told
from cti_adapter.domain.agent import AgentState
from cti_adapter.domain.call import Call, CallState, Cause, Direction, EventName
from cti_adapter.domain.commands import CommandRefused

ERIKA, MOBILE = "+4930111222", "+49171392001"
S = CallState


class Site:
    """Alice 101, Bob 102, Carol 103, and what each was told."""

    def __init__(self) -> None:
        ids = itertools.count(1)
        phones = [Phone("101", "Alice"), Phone("102", "Bob"), Phone("103", "Carol")]
        self.pbx = Pbx(phones, lambda: f"c{next(ids)}")
        self.told: Told = []
        self.now = 0.0

    def ring(self, to: str, number: str = ERIKA) -> str:
        conversation, told = self.pbx.ring_from_outside(number, "", to, self.now)
        self.told += told
        return conversation

    def do(self, act: str, extension: str, *rest: object, state: CallState | None = None) -> None:
        call = next(c for c in self.pbx.calls_of(extension) if state is None or c.state is state)
        self.told += getattr(self.pbx, act)(extension, call.id, *rest, self.now)

    def dial(self, extension: str, number: str) -> Call:
        call_id, told = self.pbx.dial(extension, number, self.now)
        self.told += told
        return self.last(call_id)

    def last(self, call_id: str) -> Call:
        return [event.call for _, event in self.told if event.call.id == call_id][-1]

    def states(self, extension: str) -> list[CallState]:
        return [call.state for call in self.pbx.calls_of(extension)]

    def ends(self, extension: str) -> list[tuple[EventName, Cause | None]]:
        return [(e.event, e.call.cause) for at, e in self.told if at == extension and e.call.ended]


@pytest.fixture
def site() -> Site:
    return Site()


def test_a_queue_rings_at_all_and_the_losers_missed_nothing(site: Site) -> None:
    site.ring("700")
    assert [site.states(extension) for extension in ("101", "102", "103")] == [[S.ALERTING]] * 3
    site.do("answer", "102")
    assert site.states("102") == [S.CONNECTED]
    assert site.ends("101") == [(EventName.DIVERTED, Cause.ANSWERED_ELSEWHERE)]
    assert site.pbx.calls_of("102")[0].queue == "support"


def test_a_queue_passes_by_who_is_away_or_talks_and_a_group_does_not(site: Site) -> None:
    site.pbx.set_state("102", AgentState.AWAY)
    site.ring("103")
    site.do("answer", "103")
    site.ring("700")
    assert [site.states(extension) for extension in ("101", "102", "103")] == [[S.ALERTING], [], [S.CONNECTED]]
    site.ring("710", MOBILE)
    assert [site.states(extension) for extension in ("102", "103")] == [[S.ALERTING], [S.CONNECTED, S.ALERTING]]


def test_declined_by_all_members_ends_the_call(site: Site) -> None:
    site.ring("710")
    site.do("hang_up", "102")
    assert site.states("103") == [S.ALERTING]
    site.do("hang_up", "103")
    assert site.ends("103") == [(EventName.CONNECTION_CLEARED, Cause.DECLINED)]
    assert not site.pbx.conversations


def test_nothing_rings_at_do_not_disturb(site: Site) -> None:
    site.pbx.set_state("101", AgentState.DO_NOT_DISTURB)
    with pytest.raises(CommandRefused, match="nobody"):
        site.ring("101")
    assert site.dial("102", "101").cause is Cause.BUSY


def test_a_direct_call_is_forwarded_before_it_rings(site: Site) -> None:
    site.pbx.forward("101", "102")
    site.ring("101")
    assert (site.states("101"), site.states("102")) == ([], [S.ALERTING])
    with pytest.raises(CommandRefused):
        site.pbx.forward("101", "101")


def test_a_ringing_call_is_deflected(site: Site) -> None:
    site.ring("101")
    site.do("deflect", "101", "102")
    assert site.ends("101") == [(EventName.DIVERTED, Cause.FORWARDED)]
    assert site.pbx.calls_of("102")[0].transferred_from is not None


def test_picked_up_by_a_colleague(site: Site) -> None:
    site.ring("101")
    site.dial("103", "*8101")
    assert site.ends("101") == [(EventName.DIVERTED, Cause.ANSWERED_ELSEWHERE)]
    (call,) = site.pbx.calls_of("103")
    assert (call.state, call.caller.number, call.direction) == (S.CONNECTED, ERIKA, Direction.INBOUND)
    with pytest.raises(CommandRefused):
        site.dial("103", "*8101")


def test_a_second_call_waits_and_answering_it_holds_the_first(site: Site) -> None:
    site.ring("101")
    site.do("answer", "101")
    site.ring("101", MOBILE)
    site.do("answer", "101", state=S.ALERTING)
    assert site.states("101") == [S.HELD, S.CONNECTED]


def test_two_dialled_calls_that_are_both_answered(site: Site) -> None:
    site.dial("101", "102")
    site.dial("101", "103")
    site.do("answer", "102")
    site.do("answer", "103")
    assert site.states("101") == [S.HELD, S.CONNECTED]


def test_hold_is_seen_by_the_other_side_until_the_transfer(site: Site) -> None:
    site.dial("101", "102")
    site.do("answer", "102")
    site.do("hold", "101", True)
    assert site.pbx.calls_of("102")[0].remote_hold
    site.do("transfer", "101", "103")
    (bob,) = site.pbx.calls_of("102")
    assert (bob.remote_hold, bob.caller.number, bob.state) == (False, "103", S.CONNECTED)
    site.do("answer", "103")
    assert site.states("102") == [S.CONNECTED]


def test_the_far_end_holds(site: Site) -> None:
    conversation = site.ring("101")
    site.do("answer", "101")
    site.told += site.pbx.outside_holds(conversation, True, 1.0)
    assert site.pbx.calls_of("101")[0].remote_hold
    assert site.pbx.outside_holds(conversation, True, 2.0) == []
    site.told += site.pbx.outside_holds(conversation, False, 3.0)
    assert not site.pbx.calls_of("101")[0].remote_hold


def test_attended_transfer_connects_the_two_others(site: Site) -> None:
    site.ring("101")
    site.do("answer", "101")
    site.dial("101", "102")
    site.do("answer", "102")
    site.told += site.pbx.join("101", 9.0)
    assert site.ends("101") == [(EventName.TRANSFERRED, Cause.TRANSFERRED)] * 2
    (bob,) = site.pbx.calls_of("102")
    assert (bob.caller.number, bob.state, bob.transferred_from and bob.transferred_from.number) == (
        ERIKA,
        S.CONNECTED,
        "101",
    )
    site.do("hang_up", "102")
    assert not site.pbx.conversations


def test_a_customer_is_handed_on_to_a_mobile_phone(site: Site) -> None:
    site.ring("101")
    site.do("answer", "101")
    site.do("transfer", "101", MOBILE)
    assert site.ends("101") == [(EventName.TRANSFERRED, Cause.TRANSFERRED)]
    assert not site.pbx.conversations, "both ends are outside: nobody here sees them any more"


def test_a_transfer_to_nowhere_keeps_the_customer(site: Site) -> None:
    site.ring("101")
    site.do("answer", "101")
    with pytest.raises(CommandRefused, match="target"):
        site.do("transfer", "101", "555")
    assert site.states("101") == [S.CONNECTED]


def test_a_call_that_comes_back_by_transfers_has_a_new_id_each_time(site: Site) -> None:
    site.ring("101")
    ids = set()
    for giver, taker in [("101", "102"), ("102", "101")] * 3:
        site.do("answer", giver)
        ids.add(site.pbx.calls_of(giver)[0].id)
        site.do("transfer", giver, taker)
    assert len(ids) == 6


@pytest.mark.parametrize(
    ("number", "cause"), [("555", Cause.UNREACHABLE), ("+49300003", Cause.UNREACHABLE), ("101", Cause.BUSY)]
)
def test_what_cannot_be_reached_fails_and_ends(site: Site, number: str, cause: Cause) -> None:
    call = site.dial("101", number)
    assert (call.state, call.cause) == (S.CLEARED, cause)
    assert [e.event for _, e in site.told][-2:] == [EventName.FAILED, EventName.CONNECTION_CLEARED]
    assert not site.pbx.conversations


def test_reactions_outside_and_numbers_inside() -> None:
    assert [reaction(n) for n in ("+49300001", "+49300002", "+49300003", ERIKA)] == list(Reaction)[1:] + [
        Reaction.ANSWERS
    ]
    assert [is_inside(n) for n in ("101", "700", "*8101", "112", ERIKA)] == [True, True, True, False, False]
