"""Whatever people press in whatever order: the simulated PBX tells legal stories, each call ends once, none is lost."""

import itertools
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from cti_adapter.connectors.simulator.numbers import PARKING
from cti_adapter.connectors.simulator.pbx import Pbx, Phone, Told
from cti_adapter.domain.agent import AgentState
from cti_adapter.domain.call import BEGINNINGS, TRANSITIONS, Call, CallState
from cti_adapter.domain.commands import CommandRefused

EXTENSIONS = ("101", "102", "103")
TARGETS = st.sampled_from([*EXTENSIONS, "700", "710", "999", "112", "+4930111222", "+49300001", "+49300003", "*8102"])
PHONES = st.sampled_from(EXTENSIONS)
INDEX = st.integers(0, 20)


class PbxMachine(RuleBasedStateMachine):
    """Folds what the PBX tells and compares it with what the PBX holds."""

    def __init__(self) -> None:
        super().__init__()
        ids = itertools.count(1)
        self.pbx = Pbx([Phone(extension, extension) for extension in EXTENSIONS], lambda: f"c{next(ids)}")
        self.now = 1000.0
        self.told: dict[str, Call] = {}

    # --- what people do ---

    @rule(to=TARGETS, number=st.sampled_from(["", "+49891"]))
    def ring(self, to: str, number: str) -> None:
        self._do(lambda: self.pbx.ring_from_outside(number, "", to, self.now)[1])

    @rule(extension=PHONES, to=TARGETS)
    def dial(self, extension: str, to: str) -> None:
        self._do(lambda: self.pbx.dial(extension, to, self.now)[1])

    @precondition(lambda self: self.pbx.live())
    @rule(
        index=INDEX,
        act=st.sampled_from(["answer", "hang_up"]),
    )
    def lift_or_drop(self, index: int, act: str) -> None:
        extension, call = self._any(index)
        self._do(lambda: getattr(self.pbx, act)(extension, call, self.now))

    @precondition(lambda self: self.pbx.live())
    @rule(index=INDEX, act=st.sampled_from(["hold", "mute"]), on=st.booleans())
    def hold_or_mute(self, index: int, act: str, on: bool) -> None:
        extension, call = self._any(index)
        self._do(lambda: getattr(self.pbx, act)(extension, call, on, self.now))

    @precondition(lambda self: self.pbx.live())
    @rule(index=INDEX)
    def conference(self, index: int) -> None:
        extension, _ = self._any(index)
        self._do(lambda: self.pbx.conference(extension, self.now))

    @precondition(lambda self: self.pbx.live())
    @rule(index=INDEX, to=TARGETS)
    def consult(self, index: int, to: str) -> None:
        extension, call = self._any(index)
        self._do(lambda: self.pbx.consult(extension, call, to, self.now))

    @precondition(lambda self: self.pbx.live())
    @rule(index=INDEX, act=st.sampled_from(["transfer", "deflect"]), to=TARGETS)
    def hand_over(self, index: int, act: str, to: str) -> None:
        extension, call = self._any(index)
        self._do(lambda: getattr(self.pbx, act)(extension, call, to, self.now))

    @precondition(lambda self: self.pbx.live())
    @rule(index=INDEX)
    def park(self, index: int) -> None:
        extension, call = self._any(index)
        self._do(lambda: self.pbx.park(extension, call, self.now))

    @rule(extension=PHONES, place=st.sampled_from(PARKING[:2]))
    def take(self, extension: str, place: str) -> None:
        self._do(lambda: self.pbx.take(extension, place, self.now)[1])

    @rule(extension=PHONES)
    def join(self, extension: str) -> None:
        self._do(lambda: self.pbx.join(extension, self.now))

    @rule(extension=PHONES, of=PHONES)
    def pick_up(self, extension: str, of: str) -> None:
        self._do(lambda: self.pbx.pick_up(extension, of, self.now)[1])

    @precondition(lambda self: self.pbx.conversations)
    @rule(index=INDEX, act=st.sampled_from(["outside_answers", "outside_hangs_up"]))
    def outside_lifts_or_drops(self, index: int, act: str) -> None:
        self._do(lambda: getattr(self.pbx, act)(self._conversation(index), self.now))

    @precondition(lambda self: self.pbx.conversations)
    @rule(index=INDEX, held=st.booleans())
    def outside_holds(self, index: int, held: bool) -> None:
        self._do(lambda: self.pbx.outside_holds(self._conversation(index), held, self.now))

    @rule(extension=PHONES, state=st.sampled_from(AgentState))
    def presence(self, extension: str, state: AgentState) -> None:
        self.pbx.set_state(extension, state)

    @rule(extension=PHONES, to=st.sampled_from([None, *EXTENSIONS]))
    def forward(self, extension: str, to: str | None) -> None:
        def act() -> Told:
            self.pbx.forward(extension, to)
            return []

        self._do(act)

    # --- what must be ---

    @invariant()
    def snapshot_is_what_was_told(self) -> None:
        live = {call.id: call for _, call in self.pbx.live()}
        assert live == {call_id: call for call_id, call in self.told.items() if not call.ended}

    @invariant()
    def one_voice_at_a_phone(self) -> None:
        for extension in EXTENSIONS:
            talking = [c for c in self.pbx.calls_of(extension) if c.state is CallState.CONNECTED]
            assert len(talking) <= 1

    @invariant()
    def nobody_is_left_alone(self) -> None:
        """Each conversation has somebody, and whoever talks has somebody to talk to, or a phone that rings for them."""
        for conversation in self.pbx.conversations.values():
            assert len(conversation.up()) + (conversation.outside is not None) >= 2
            assert all(call.device == extension for extension, call in conversation.calls.items())

    def _do(self, act: Any) -> None:
        self.now += 1
        before = dict(self.told), [call for _, call in self.pbx.live()]
        try:
            told: Told = act()
        except CommandRefused as refused:
            # PT017 wants pytest.raises, but whether it is refused is the PBX's decision here.
            assert refused.error_id  # noqa: PT017
            assert refused.detail  # noqa: PT017
            assert before == (self.told, [call for _, call in self.pbx.live()]), "what is refused changes nothing"
            return
        for extension, event in told:
            self._fold(extension, event.event, event.call)

    def _fold(self, extension: str, event: Any, call: Call) -> None:
        known = self.told.get(call.id)
        assert call.device == extension
        if known is None:
            assert BEGINNINGS[event] is call.state
        else:
            assert call.state in TRANSITIONS[known.state][event]
            assert call.revision == known.revision + 1
        assert (call.cause is not None) or not call.ended
        self.told[call.id] = call

    def _any(self, index: int) -> tuple[str, str]:
        live = self.pbx.live()
        extension, call = live[index % len(live)]
        return extension, call.id

    def _conversation(self, index: int) -> str:
        return list(self.pbx.conversations)[index % len(self.pbx.conversations)]


PbxMachine.TestCase.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
TestPbx = PbxMachine.TestCase
