"""The Asterisk connector while Asterisk is away: how often it knocks."""

import asyncio
from types import SimpleNamespace

import pytest

from cti_adapter.connectors.asterisk import connector
from fakes.asterisk_world import AsteriskWorld


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
