"""Who can be found, in what order, and what of them is told; never anybody of another organization."""

from typing import Any

import pytest
from msgspec import json

from cti_adapter.application.colleagues import matching
from cti_adapter.application.connector_messages import AgentPresence, SystemLink
from cti_adapter.application.messages import Colleagues, ColleaguesQuery
from cti_adapter.domain.agent import AgentState, Line
from fakes.relay_world import FakePage, World, answered, hung_up, ringing

PEOPLE = {
    "bob@acme.example": Line(agent="bob@acme.example", extension="102", name="Bob Brandt"),
    "carol@acme.example": Line(agent="carol@acme.example", extension="103", name="Carol Cruz"),
    "zoe@acme.example": Line(agent="zoe@acme.example", extension="110", name="Zoë Brückner"),
    "dan@acme.example": Line(agent="dan@acme.example", extension="204"),
}


def ask(page: FakePage, search: str = "", **more: Any) -> Colleagues:
    return page.relay.colleagues(page.bearer, ColleaguesQuery(search=search, **more))


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("", ["Bob Brandt", "Carol Cruz", "dan@acme.example", "Zoë Brückner"]),
        ("br", ["Bob Brandt", "Zoë Brückner"]),
        ("BRUCK", ["Zoë Brückner"]),
        ("zoe", ["Zoë Brückner"]),
        ("10", ["Bob Brandt", "Carol Cruz"]),
        ("02", []),
        ("dan", ["dan@acme.example"]),
        ("acme", ["Bob Brandt", "Carol Cruz", "dan@acme.example", "Zoë Brückner"]),
        # Who is called so comes before those in whom it only occurs.
        ("c", ["Carol Cruz", "Bob Brandt", "dan@acme.example", "Zoë Brückner"]),
        ("nobody", []),
    ],
)
def test_people_are_found_by_name_login_and_the_beginning_of_their_extension(search: str, found: list[str]) -> None:
    chosen, more = matching(PEOPLE.items(), search, 10)
    assert [line.name or agent for agent, line in chosen] == found
    assert not more


def test_more_than_asked_for_are_not_told_but_said_to_be_there() -> None:
    chosen, more = matching(PEOPLE.items(), "", 2)
    assert [agent for agent, _ in chosen] == ["bob@acme.example", "carol@acme.example"]
    assert more


def test_colleagues_see_whether_one_is_free_rings_or_talks_and_nothing_else() -> None:
    world = World()
    pbx = world.connector("alice", "bob", "carol").up()
    page = world.page("alice")

    def states() -> list[tuple[str, str, str | None]]:
        return [(c.agent, c.line, c.presence) for c in ask(page).colleagues]

    assert states() == [("bob", "idle", "available"), ("carol", "idle", "available")]
    call = ringing(number="+4930111222", extension="102")
    pbx.call("bob", call)
    assert states()[0] == ("bob", "ringing", "available")
    pbx.call("bob", answered(call))
    pbx.publish(AgentPresence(agent="carol", state=AgentState.AWAY))
    assert states() == [("bob", "busy", "available"), ("carol", "idle", "away")]
    assert b"111222" not in json.encode(ask(page))
    pbx.call("bob", hung_up(answered(call)))
    assert states()[0] == ("bob", "idle", "available")
    pbx.publish(SystemLink(reachable=False, reason="phone_system_unreachable"))
    assert states() == [("bob", "unknown", None), ("carol", "unknown", None)]


def test_nobody_of_another_organization_is_found() -> None:
    world = World()
    world.connector("alice", "bob").up()
    world.connector("alice", "mallory", org="other", name="theirs").up()
    assert [c.agent for c in ask(world.page("alice")).colleagues] == ["bob"]
    assert [c.agent for c in ask(world.page("alice", org="other")).colleagues] == ["mallory"]


def test_states_are_told_to_nobody_where_the_operator_says_so() -> None:
    world = World(colleague_states=False)
    pbx = world.connector("alice", "bob").up()
    pbx.call("bob", ringing(extension="102"))
    [bob] = ask(world.page("alice")).colleagues
    assert (bob.extension, bob.line, bob.presence) == ("102", "unknown", None)
