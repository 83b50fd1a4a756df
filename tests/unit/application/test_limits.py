"""Rates and bursts: never more than allowed, never less than promised, and bounded memory."""

from hypothesis import given
from hypothesis import strategies as st

from cti_adapter.application.limits import Limiter, Rate


def test_a_burst_and_then_the_rate() -> None:
    limiter: Limiter[str] = Limiter(Rate(per_s=2.0, burst=3))
    assert [limiter.take("a", 0.0) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert limiter.take("a", 0.0) == 0.5
    assert limiter.take("b", 0.0) == 0.0, "others are not concerned"
    assert limiter.take("a", 0.5) == 0.0
    assert limiter.take("a", 0.5) == 0.5


@given(per_s=st.floats(0.1, 100), burst=st.integers(1, 50), pauses=st.lists(st.floats(0, 5), min_size=1, max_size=200))
def test_never_more_than_rate_and_burst(per_s: float, burst: int, pauses: list[float]) -> None:
    limiter: Limiter[str] = Limiter(Rate(per_s, burst))
    now, allowed = 0.0, []
    for pause in pauses:
        now += pause
        wait = limiter.take("a", now)
        if wait == 0.0:
            allowed.append(now)
        else:
            assert limiter.take("a", now + wait + 1e-6) == 0.0, "it can be had when it was promised"
            now += wait + 1e-6
            allowed.append(now)
    for first in range(len(allowed)):
        for last in range(first, len(allowed)):
            assert last - first + 1 <= burst + per_s * (allowed[last] - allowed[first]) + 1 + 1e-3


def test_strangers_do_not_fill_the_memory() -> None:
    limiter: Limiter[int] = Limiter(Rate(1.0, 5), most=100)
    for address in range(10_000):
        limiter.take(address, address * 0.001)
    assert len(limiter._free_at) <= 100
