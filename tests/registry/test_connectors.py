"""Connectors and their keys: shown once, never more than two good at a time, and what the relay sees of them."""

import base64
import hashlib
import re
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from cti_adapter.application.administration import Actor, Administration, AdministrationRefused
from cti_adapter.application.administration.connectors import OVERLAP_S
from cti_adapter.application.credentials import new_key_pair, read_public_key
from cti_adapter.application.registry import good
from cti_adapter.domain.organization import ConnectorKey, Role
from cti_adapter.registry.store import SqlRegistry
from fakes.clock import FakeClock

from .people import ADAM, ANNA, NOW, OLGA


def kept(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


@pytest.fixture
def pbx(service: Administration) -> str:
    return service.connectors.make(ADAM, "acme", "PBX-1").id


def test_a_connector_is_made_shut_and_removed(service: Administration, sqlite: SqlRegistry, pbx: str) -> None:
    with pytest.raises(AdministrationRefused, match="'PBX-1' is a connector of organization 'acme' already"):
        service.connectors.make(ADAM, "acme", pbx)
    assert service.connectors.make(OLGA, "other", pbx).organization == "other"
    assert [each.id for each in service.connectors.all(ANNA, "acme")] == [pbx]
    text, _ = service.connectors.add_api_key(ADAM, "acme", pbx)
    assert not service.connectors.deactivate(ADAM, "acme", pbx).active
    assert sqlite.snapshot().connector_by_key(kept(text), NOW) is None
    assert service.connectors.activate(ADAM, "acme", pbx).active
    assert sqlite.snapshot().connector_by_key(kept(text), NOW) is not None
    service.connectors.remove(ADAM, "acme", pbx)
    assert sqlite.snapshot().connector_by_key(kept(text), NOW) is None
    with pytest.raises(AdministrationRefused, match="'PBX-1' is not a connector of organization 'acme'"):
        service.connectors.one(ADAM, "acme", pbx)


@pytest.mark.parametrize("wrong", ["", "-a", "a b", "a" * 61, "a\n", "ä", "\ud800"])
def test_wrong_ids_are_refused(service: Administration, wrong: str) -> None:
    with pytest.raises(AdministrationRefused, match=r"^connector: .*(letters, digits, dots|is not text)"):
        service.connectors.make(ADAM, "acme", wrong)


def test_by_role(service: Administration, pbx: str) -> None:
    connectors = service.connectors
    elsewhere = Actor("eve", Role.ADMIN, "other")
    acts: list[Callable[[Actor], object]] = [
        lambda who: connectors.make(who, "acme", "x"),
        lambda who: connectors.deactivate(who, "acme", pbx),
        lambda who: connectors.activate(who, "acme", pbx),
        lambda who: connectors.remove(who, "acme", pbx),
        lambda who: connectors.add_api_key(who, "acme", pbx),
        lambda who: connectors.rotate_api_key(who, "acme", pbx),
        lambda who: connectors.add_public_key(who, "acme", pbx, new_key_pair()[1]),
        lambda who: connectors.rotate_public_key(who, "acme", pbx, new_key_pair()[1]),
        lambda who: connectors.withdraw_key(who, "acme", pbx, "k"),
    ]
    for act in acts:
        with pytest.raises(AdministrationRefused, match="an auditor, who may see"):
            act(ANNA)
    acts += [lambda who: connectors.all(who, "acme"), lambda who: connectors.one(who, "acme", pbx)]
    for act in acts:
        with pytest.raises(AdministrationRefused, match="there is no organization 'acme'"):
            act(elsewhere)
    assert service.connectors.one(ANNA, "acme", pbx).keys == ()


def test_an_api_key_is_told_once_and_kept_as_a_hash(service: Administration, sqlite: SqlRegistry, pbx: str) -> None:
    text, key = service.connectors.add_api_key(ADAM, "acme", pbx)
    assert re.fullmatch(r"ctk_[A-Za-z0-9_-]{43}", text)
    assert key == ConnectorKey(id=key.id, kind="api_key", value=kept(text), made_at=NOW)
    connector = service.connectors.one(ADAM, "acme", pbx)
    assert sqlite.snapshot().connector_by_key(kept(text), NOW + 1e9) == (connector, key)
    service.connectors.withdraw_key(ADAM, "acme", pbx, key.id)
    assert sqlite.snapshot().connector_by_key(kept(text), NOW) is None
    with pytest.raises(AdministrationRefused, match="^key: 'PBX-1' has no key"):
        service.connectors.withdraw_key(ADAM, "acme", pbx, key.id)


def test_a_public_key_is_believed_once(service: Administration, pbx: str) -> None:
    _, public = new_key_pair()
    key = service.connectors.add_public_key(ADAM, "acme", pbx, f" {public}\n")
    assert (key.kind, key.value) == ("ed25519", public.removeprefix("whpk_"))
    service.connectors.make(OLGA, "other", "x")
    for act in (service.connectors.add_public_key, service.connectors.rotate_public_key):
        with pytest.raises(AdministrationRefused, match="^public_key: is in use already"):
            act(OLGA, "other", "x", public)


def test_a_rotation_lets_the_former_key_go_on_for_a_day(service: Administration, pbx: str, clock: FakeClock) -> None:
    former = service.connectors.add_api_key(ADAM, "acme", pbx)[1]
    clock.advance(10)
    new = service.connectors.rotate_api_key(ADAM, "acme", pbx)[1]
    keys = service.connectors.one(ADAM, "acme", pbx).keys
    assert [(key.id, key.ends_at) for key in keys] == [(former.id, NOW + 10 + OVERLAP_S), (new.id, None)]
    with pytest.raises(AdministrationRefused, match=f"{former.id} and {new.id} are valid, and only 2 can be"):
        service.connectors.rotate_api_key(ADAM, "acme", pbx)
    clock.advance(OVERLAP_S)
    newest = service.connectors.rotate_public_key(ADAM, "acme", pbx, new_key_pair()[1], 60)
    keys = service.connectors.one(ADAM, "acme", pbx).keys
    assert [(key.id, key.ends_at) for key in keys] == [(new.id, NOW + 10 + OVERLAP_S + 60), (newest.id, None)]


def test_without_an_overlap_only_the_new_key_is_left(service: Administration, pbx: str) -> None:
    for _ in range(2):
        service.connectors.add_api_key(ADAM, "acme", pbx)
    new = service.connectors.rotate_api_key(ADAM, "acme", pbx, 0)[1]
    assert service.connectors.one(ADAM, "acme", pbx).keys == (new,)


def test_an_overlap_does_not_prolong_a_key(service: Administration, pbx: str) -> None:
    former = service.connectors.add_api_key(ADAM, "acme", pbx)[1]
    new = service.connectors.rotate_api_key(ADAM, "acme", pbx, 60)[1]
    service.connectors.withdraw_key(ADAM, "acme", pbx, new.id)
    service.connectors.rotate_api_key(ADAM, "acme", pbx, 3600)
    ends = {key.id: key.ends_at for key in service.connectors.one(ADAM, "acme", pbx).keys}
    assert ends[former.id] == NOW + 60


@pytest.mark.parametrize("overlap_s", [-1.0, 91 * 86_400.0, float("nan"), float("inf")])
def test_wrong_overlaps_are_refused(service: Administration, pbx: str, overlap_s: float) -> None:
    with pytest.raises(AdministrationRefused, match="^overlap_s: must be 0 to 7776000 seconds"):
        service.connectors.rotate_api_key(ADAM, "acme", pbx, overlap_s)


def test_never_more_than_two_keys_are_good(service: Administration, sqlite: SqlRegistry, pbx: str) -> None:
    """Whatever is done in whatever order; and a new key is always good."""
    clocks = iter(range(10**9))

    class Machine(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.now = NOW
            self.connector = f"c{next(clocks)}"
            self.connectors = Administration(sqlite, lambda: self.now).connectors
            self.connectors.make(ADAM, "acme", self.connector)

        def good(self) -> list[str]:
            keys = self.connectors.one(ADAM, "acme", self.connector).keys
            return [key.id for key in keys if good(key, self.now)]

        @rule(seconds=st.sampled_from([1, 59, 60, 3600]))
        def time_passes(self, seconds: int) -> None:
            self.now += seconds

        @rule(overlap=st.sampled_from([None, 0, 60, 3600]), public=st.booleans())
        def key_is_made(self, overlap: float | None, public: bool) -> None:
            there = len(self.good())
            try:
                key = self.make(overlap, public)
            except AdministrationRefused:
                assert there == 2
                assert overlap != 0
            else:
                assert key.id in self.good()

        def make(self, overlap: float | None, public: bool) -> ConnectorKey:
            where = (ADAM, "acme", self.connector)
            if public and overlap is None:
                return self.connectors.add_public_key(*where, new_key_pair()[1])
            if public:
                return self.connectors.rotate_public_key(*where, new_key_pair()[1], overlap or 0)
            if overlap is None:
                return self.connectors.add_api_key(*where)[1]
            return self.connectors.rotate_api_key(*where, overlap)[1]

        @rule(which=st.integers(0, 1))
        def key_is_withdrawn(self, which: int) -> None:
            if len(found := self.good()) > which:
                self.connectors.withdraw_key(ADAM, "acme", self.connector, found[which])
                assert found[which] not in self.good()

        @invariant()
        def two_at_most(self) -> None:
            assert len(self.connectors.one(ADAM, "acme", self.connector).keys) <= 2

    run_state_machine_as_test(Machine, settings=settings(max_examples=20, stateful_step_count=25, deadline=None))


# --- notation ---


def test_a_key_pair_is_one() -> None:
    private, public = new_key_pair()
    seed = base64.b64decode(private.removeprefix("whsk_"))
    raw = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    assert public == f"whpk_{base64.b64encode(raw).decode()}"
    assert read_public_key(public) == base64.b64encode(raw).decode()


@pytest.mark.parametrize("wrong", ["", "whpk_", "whpk_!!!!", f"whpk_{base64.b64encode(bytes(31)).decode()}", "A" * 44])
def test_wrong_public_keys_are_refused(service: Administration, pbx: str, wrong: str) -> None:
    with pytest.raises(AdministrationRefused, match="^public_key: must be whpk_ and the base64 of 32 bytes"):
        service.connectors.add_public_key(ADAM, "acme", pbx, wrong)


def test_a_private_key_is_not_taken_and_not_repeated(service: Administration, pbx: str) -> None:
    private, _ = new_key_pair()
    with pytest.raises(AdministrationRefused, match="^public_key: is the private key, which has to stay") as told:
        service.connectors.add_public_key(ADAM, "acme", pbx, private)
    assert private not in str(told.value)


@given(st.text(), st.booleans())
def test_no_text_breaks_the_reader_of_keys(text: str, prefixed: bool) -> None:
    try:
        found = read_public_key(f"whpk_{text}" if prefixed else text)
    except ValueError as error:
        found = str(error)
    assert found.startswith(("must be whpk_", "is the private key")) or len(base64.b64decode(found)) == 32
