"""The Asterisk connector while Asterisk is away or about to leave: how often it knocks, and with what result."""

import asyncio
from types import SimpleNamespace

import pytest

from cti_adapter.connectors.asterisk import connector
from cti_adapter.domain.commands import CommandRefused, MakeCall
from fakes.ami_server import AmiServer, block
from fakes.asterisk_world import LISTS, AsteriskWorld


class Draws:
    """Stands for the dice of the pauses: writes down the bounds, and gives a pause of nothing."""

    def __init__(self) -> None:
        self.bounds: list[tuple[float, float]] = []

    def uniform(self, least: float, most: float) -> float:
        self.bounds.append((least, most))
        return 0.0

    async def wait(self, count: int) -> list[float]:
        """The longest pauses of the first ``count`` tries."""
        async with asyncio.timeout(5):
            while len(self.bounds) < count:
                await asyncio.sleep(0)
        return [most for _, most in self.bounds[:count]]


@pytest.fixture
def draws(monkeypatch: pytest.MonkeyPatch) -> Draws:
    draws = Draws()
    monkeypatch.setattr(connector, "random", SimpleNamespace(uniform=draws.uniform))
    return draws


async def test_pauses_grow_to_a_limit_and_begin_anew_after_a_success(draws: Draws) -> None:
    async with AsteriskWorld() as world:
        await world.sink.up()
        await world.server.leave()
        assert await draws.wait(8) == [0.5, 1, 2, 4, 8, 15, 15, 15]
        assert {least for least, _ in draws.bounds} == {0}, "spread over the whole of it, so that not all come at once"
        await world.server.listen()
        await world.sink.up(2)
        tries = len(draws.bounds)
        await world.server.hang_up()
        await world.sink.up(3)
        assert (await draws.wait(tries + 1))[-1] == 0.5


async def test_a_refused_login_is_tried_again_without_dice(draws: Draws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connector, "LOGIN_PAUSE_S", 0.0)
    async with AsteriskWorld(secret="wrong") as world:
        await world.sink.lost("login_refused")
        await world.server.until(lambda: world.server.logins >= 2)
        assert draws.bounds == []
        world.server.secret = "wrong"
        await world.sink.up()


class Stopping(AmiServer):
    """An Asterisk that was told to stop: it still takes connections, and refuses every action."""

    stopping = False

    async def _take(self, text: str, writer: asyncio.StreamWriter) -> None:
        if not self.stopping:
            await super()._take(text, writer)
            return
        action = dict(line.split(": ", 1) for line in text.split("\r\n") if line)
        refused = {"Response": "Error", "ActionID": action["ActionID"], "Message": "Asterisk is shutting down"}
        writer.write(block(refused))
        self.actions.append(action)


async def test_asterisk_that_stops_is_no_wrong_password(draws: Draws, caplog: pytest.LogCaptureFixture) -> None:
    world = AsteriskWorld()
    world.server = server = Stopping()
    server.rows = {name: [] for name in LISTS}
    async with world:
        await world.sink.up()
        server.stopping = True
        with pytest.raises(CommandRefused) as refused:
            await world.execute(MakeCall, number="102")
        assert refused.value.error_id == "phone_system_unreachable", "it was certainly not carried out"
        await server.hang_up()
        await draws.wait(3)
        server.stopping = False
        await world.sink.up(2)
    assert world.sink.reasons == ["up", "phone_system_unreachable", "up"]
    assert len([line for line in caplog.messages if "out of reach" in line]) == 1
    assert "login" not in caplog.text
