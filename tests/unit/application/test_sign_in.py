"""Who is let in, as whom, and how soon that ends: the rules around the proofs, and sessions that lose their ground."""

import hashlib
from typing import Any

import pytest
from msgspec.structs import replace

from cti_adapter.application.messages import PollRequest
from cti_adapter.application.picture import Picture
from cti_adapter.application.polls import Parked
from cti_adapter.application.refusals import Refused
from cti_adapter.application.relay import Relay
from cti_adapter.application.sessions import Standing
from cti_adapter.application.sign_in import Admitted, Identity, SignInDesk
from cti_adapter.application.sign_in_messages import (
    SignInByApex,
    SignInById,
    SignInByOidc,
    SignInByTicket,
    SignInByToken,
)
from cti_adapter.domain.agent import AgentKey
from cti_adapter.domain.organization import Admission, Organization, PersonalToken, SignInMode
from fakes.clock import FakeClock
from fakes.registry import BY_NAME, MemoryRegistry

ACME = Organization(id="acme", name="Acme", sign_in=SignInMode.APEX)
ALICE = Identity("salesforce:00D1", "0051", "Alice@Acme.example", "Alice Adler")
TOKEN = "ctp_" + "t" * 43
OIDC = SignInByOidc(organization="acme", code="c", verifier="v" * 43, nonce="n" * 43)


class Proofs:
    """Proves what the test says."""

    def __init__(self) -> None:
        self.identity = ALICE
        self.tickets: dict[str, Admitted] = {}

    def apex(self, organization: Organization, token: str) -> Identity:
        return self.identity

    async def oidc(self, organization: Organization, asked: SignInByOidc, origin: str) -> Identity:
        return self.identity

    def ticket(self, organization: str, ticket: str) -> Admitted:
        return self.tickets[ticket]


class World:
    """A relay with its registry, and somebody who signs in."""

    def __init__(self, *records: Any, by_name_allowed: bool = True) -> None:
        self.clock = FakeClock()
        self.registry = MemoryRegistry(*records)
        self.relay = Relay(self.clock)
        self.proofs = Proofs()
        self.picture = Picture(self.registry, self.changed)
        self.desk = SignInDesk(
            self.picture,
            self.registry,
            self.proofs,
            self.clock,
            self.picture.refresh,
            by_name_allowed=by_name_allowed,
        )

    def changed(self) -> None:
        self.ended = self.relay.end_sessions(self.desk.stands)

    async def look(self) -> None:
        """What ``Picture.run`` does every two seconds."""
        if await self.picture.refresh():
            self.changed()

    async def sign_in(self, asked: Any = None) -> str:
        admitted = await self.desk.admit(asked or SignInByApex(organization="acme", token="t"))
        return self.relay.sign_in(admitted).session

    async def refusal(self, asked: Any = None) -> str:
        with pytest.raises(Refused) as refused:
            await self.sign_in(asked)
        assert refused.value.error_id == "sign_in_refused"
        return refused.value.detail

    async def is_open(self, bearer: str) -> bool:
        await self.look()
        try:
            self.relay.check(bearer)
        except Refused as refused:
            if refused.error_id != "session_expired":
                raise
            return False
        return True


def everybody(organization: Organization) -> Organization:
    return replace(organization, admission=Admission.EVERYBODY)


async def test_whom_the_org_vouches_for_becomes_an_agent_where_everybody_is_welcome() -> None:
    world = World(everybody(ACME))
    bearer = await world.sign_in()
    assert world.relay.check(bearer) == AgentKey("acme", "alice@acme.example")
    record = world.registry.snapshot().agent_by_login("acme", "alice@acme.example")
    assert record is not None
    assert (record.issuer, record.subject, record.name) == ("salesforce:00D1", "0051", "Alice Adler")


async def test_only_who_is_listed_otherwise() -> None:
    world = World(ACME)
    assert "is not an agent" in await world.refusal()
    world.registry.agent("alice@acme.example", "acme")
    await world.look()
    assert await world.is_open(await world.sign_in())


async def test_whom_an_administrator_has_entered_this_second() -> None:
    """Nobody has to wait for the next look at the registry."""
    world, _ = token_world()
    assert world.relay.check(await world.sign_in(BY_TOKEN)).agent == "alice"
    world = World(ACME)
    world.registry.agent("alice@acme.example", "acme")
    assert await world.sign_in()


async def test_a_person_renamed_in_salesforce_stays_the_same_agent() -> None:
    """ASVS 10.5.2: who it is, is issuer and subject."""
    world = World(everybody(ACME))
    await world.sign_in()
    world.proofs.identity = Identity(ALICE.issuer, ALICE.subject, "alice.brandt@acme.example", "Alice Brandt")
    assert world.relay.check(await world.sign_in()).agent == "alice@acme.example"


async def test_somebody_else_who_gets_an_old_login_name_gets_nothing_with_it() -> None:
    world = World(everybody(ACME))
    await world.sign_in()
    world.proofs.identity = Identity(ALICE.issuer, "0052", ALICE.login, "Another Alice")
    assert "another identity" in await world.refusal()
    world.proofs.identity = Identity("salesforce:00D2", ALICE.subject, ALICE.login, "Alice of another org")
    assert "another identity" in await world.refusal()


async def test_an_identity_is_of_use_in_its_organization_only() -> None:
    world = World(everybody(ACME), everybody(replace(ACME, id="globex")))
    acme = await world.sign_in()
    globex = await world.sign_in(SignInByApex(organization="globex", token="t"))
    assert world.relay.check(acme) == AgentKey("acme", "alice@acme.example")
    assert world.relay.check(globex) == AgentKey("globex", "alice@acme.example")


@pytest.mark.parametrize("mode", SignInMode)
async def test_only_the_mode_of_the_organization_counts(mode: SignInMode) -> None:
    world = World(everybody(replace(ACME, sign_in=mode)))
    asked = {
        SignInMode.APEX: SignInByApex(organization="acme", token="t"),
        SignInMode.OIDC: OIDC,
        SignInMode.TOKEN: SignInByToken(organization="acme", token=TOKEN),
        SignInMode.ID: SignInById(organization="acme", agent="alice"),
    }
    for other in SignInMode:
        if other is not mode:
            assert f"signs in by '{mode}'" in await world.refusal(asked[other])


async def test_no_such_organization_and_one_that_is_switched_off() -> None:
    world = World(replace(everybody(ACME), active=False), BY_NAME)
    assert "'acme' is not known" in await world.refusal()
    assert "'nobodys' is not known" in await world.refusal(SignInById(organization="nobodys", agent="alice"))


async def test_a_name_alone_is_not_enough_in_public() -> None:
    world = World(BY_NAME, by_name_allowed=False)
    assert "sign_in_by_id_on_public_address" in await world.refusal(SignInById(agent="alice"))


async def test_a_provider_that_tells_no_login_name_is_enough_for_whom_is_known() -> None:
    world = World(everybody(ACME))
    world.proofs.identity = Identity(ALICE.issuer, ALICE.subject)
    assert "preferred_username" in await world.refusal()
    world.registry.agent("alice", "acme", issuer=ALICE.issuer, subject=ALICE.subject)
    await world.look()
    assert world.relay.check(await world.sign_in()).agent == "alice"


# --- sessions that lose their ground ---


async def test_a_deactivated_agent_is_out_and_the_parked_poll_is_answered() -> None:
    world = World(everybody(ACME))
    bearer = await world.sign_in()
    cursor = (await world.relay.poll(bearer, PollRequest(cursor=None, wait=0))).cursor
    parked = world.relay.begin_poll(bearer, PollRequest(cursor=cursor, wait=25, turn=1))
    assert isinstance(parked, Parked)
    world.registry.agent("alice@acme.example", "acme", active=False)
    assert not await world.is_open(bearer)
    with pytest.raises(Refused, match="session has ended"):
        world.relay.finish_poll(parked, await parked.bell)
    assert "deactivated" in await world.refusal()


async def test_signed_out_by_an_administrator_and_back_by_a_new_proof() -> None:
    world = World(everybody(ACME))
    bearer = await world.sign_in()
    world.clock.advance(10)
    world.registry.agent("alice@acme.example", "acme", signed_out_before=world.clock.now())
    assert not await world.is_open(bearer)
    assert await world.is_open(await world.sign_in())


@pytest.mark.parametrize(
    "change",
    [{"active": False}, {"sign_in": SignInMode.OIDC}],
    ids=["the organization is switched off", "it signs in otherwise"],
)
async def test_a_change_of_the_organization_ends_its_sessions(change: dict[str, Any]) -> None:
    world = World(everybody(ACME), BY_NAME)
    bearer, other = await world.sign_in(), await world.sign_in(SignInById(agent="bob"))
    world.registry.add(replace(everybody(ACME), **change))
    assert not await world.is_open(bearer)
    assert await world.is_open(other), "others go on"


async def test_an_agent_who_is_removed_or_whose_identity_is_released_is_out() -> None:
    world = World(everybody(ACME))
    bearer = await world.sign_in()
    world.registry.agent("alice@acme.example", "acme", issuer="", subject="")
    assert not await world.is_open(bearer)
    bearer = await world.sign_in()
    record = world.registry.snapshot().agent_by_login("acme", "alice@acme.example")
    assert record is not None
    world.registry.remove(record)
    assert not await world.is_open(bearer)


async def test_a_login_given_to_somebody_new_does_not_inherit_sessions() -> None:
    world = World(everybody(ACME))
    bearer = await world.sign_in()
    record = world.registry.snapshot().agent_by_login("acme", "alice@acme.example")
    assert record is not None
    world.registry.remove(record)
    world.registry.agent("alice@acme.example", "acme", issuer=ALICE.issuer, subject="0052")
    assert not await world.is_open(bearer)


def token_world() -> tuple[World, PersonalToken]:
    world = World(replace(ACME, sign_in=SignInMode.TOKEN))
    record = world.registry.agent("alice", "acme")
    token = PersonalToken(
        id="t1",
        agent=record.id,
        hash=hashlib.sha256(TOKEN.encode()).hexdigest(),
        made_at=world.clock.now(),
        ends_at=world.clock.now() + 3_600,
    )
    world.registry.add(token)
    return world, token


BY_TOKEN = SignInByToken(organization="acme", token=TOKEN)


async def test_a_personal_token() -> None:
    world, token = token_world()
    await world.look()
    bearer = await world.sign_in(BY_TOKEN)
    assert world.relay.check(bearer).agent == "alice"
    assert "not valid" in await world.refusal(SignInByToken(organization="acme", token=TOKEN[:-1] + "u"))
    world.registry.remove(token)
    assert not await world.is_open(bearer)
    assert "not valid" in await world.refusal(BY_TOKEN)


async def test_a_personal_token_of_another_organization() -> None:
    world, _ = token_world()
    world.registry.add(replace(ACME, id="globex", sign_in=SignInMode.TOKEN))
    await world.look()
    assert "not valid" in await world.refusal(SignInByToken(organization="globex", token=TOKEN))


async def test_a_personal_token_that_runs_out_ends_its_session() -> None:
    world, _ = token_world()
    await world.look()
    bearer = await world.sign_in(BY_TOKEN)
    for _ in range(6):
        world.clock.advance(600)
        world.changed()
        if world.ended:
            break
        world.relay.check(bearer)
    assert world.ended == 1
    assert "not valid" in await world.refusal(BY_TOKEN)


async def test_a_ticket_counts_as_long_as_what_it_stands_on() -> None:
    world, token = token_world()
    await world.look()
    admitted = await world.desk.admit(BY_TOKEN)
    world.proofs.tickets["good"] = admitted
    asked = SignInByTicket(organization="acme", ticket="good")
    world.clock.advance(3_000)
    session = world.relay.sign_in(await world.desk.admit(asked))
    assert session.agent == "alice"
    world.registry.remove(token)
    await world.look()
    assert "has ended" in await world.refusal(asked)


async def test_a_ticket_does_not_prolong_the_day() -> None:
    world = World(replace(everybody(ACME), sign_in=SignInMode.OIDC))
    world.proofs.tickets["good"] = await world.desk.admit(OIDC)
    world.clock.advance(12 * 3600 - 60)
    session = world.relay.sign_in(await world.desk.admit(SignInByTicket(organization="acme", ticket="good")))
    assert session.expires_in_s == 60


# --- renewing ---


async def test_a_proof_of_salesforce_is_renewed_or_the_session_ends() -> None:
    world = World(everybody(ACME))
    asked = SignInByApex(organization="acme", token="t")
    session = world.relay.sign_in(await world.desk.admit(asked))
    assert session.renew_in_s == 1_800
    for _ in range(5):
        world.clock.advance(600)
        renewed = world.relay.renew(session.session, await world.desk.admit(asked))
        assert (renewed.session, renewed.renew_in_s) == (session.session, 1_800)
    for _ in range(3):
        world.relay.check(session.session)
        world.clock.advance(600)
    assert not await world.is_open(session.session)


async def test_renewing_needs_a_proof_of_the_same_agent() -> None:
    world = World(everybody(ACME))
    session = await world.sign_in()
    world.proofs.identity = Identity(ALICE.issuer, "0052", "bob@acme.example")
    admitted = await world.desk.admit(SignInByApex(organization="acme", token="t"))
    with pytest.raises(Refused, match="another agent"):
        world.relay.renew(session, admitted)


async def test_renewing_does_not_undo_signing_out_everywhere() -> None:
    """The first proof counts: a session from before does not become younger by being renewed."""
    world = World(everybody(ACME))
    session = await world.sign_in()
    world.clock.advance(10)
    world.registry.agent("alice@acme.example", "acme", signed_out_before=world.clock.now())
    world.clock.advance(1)
    world.relay.renew(session, await world.desk.admit(SignInByApex(organization="acme", token="t")))
    assert not await world.is_open(session)


async def test_what_the_registry_last_told_goes_on_while_it_is_away() -> None:
    world = World(everybody(ACME))
    bearer = await world.sign_in()
    world.registry.away = True
    assert await world.is_open(bearer)
    assert await world.is_open(await world.sign_in()), "known agents can even sign in"
    world.registry.away = False
    world.registry.agent("alice@acme.example", "acme", active=False)
    assert not await world.is_open(bearer)


def test_a_standing_without_a_record_needs_an_open_door() -> None:
    world = World(everybody(replace(ACME, sign_in=SignInMode.ID)))
    key, standing = AgentKey("acme", "alice"), Standing(SignInMode.ID)
    assert world.desk.stands(key, standing)
    world.registry.add(replace(ACME, sign_in=SignInMode.ID))
    world.picture._snapshot = world.registry.snapshot()
    assert not world.desk.stands(key, standing)
