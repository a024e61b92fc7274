"""Requests taken in advance: fewer questions, and never more than the quota."""

import asyncio
import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platform_cache import CacheSettings, Quota, Verdict, make_client
from platform_cache.advance import HELD_SECONDS, Advances
from platform_cache.limits import Asked, RedisLimiter
from platform_cache.quota import SECOND, ahead, verdict

WIDE = Quota(requests=1000, window=3600)


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Shared:
    """What Redis does, by the clock of the test: the same rule, for so many at once."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._arrivals: dict[str, int] = {}
        self.counts: list[int] = []

    async def take(self, asked: Asked, count: int = 1) -> Verdict:
        self.counts.append(count)
        now = int(self._clock() * SECOND)
        quotas = [quota for _, quota in asked]
        steps = []
        for key, quota in asked:
            after, _ = ahead(self._arrivals.get(key), now, quota)
            after += quota.interval * (count - 1)
            steps.append((after, max(0, after - now - quota.depth)))
        after, over = [step[0] for step in steps], [step[1] for step in steps]
        if max(over) == 0:
            self._arrivals |= {key: step for (key, _), step in zip(asked, after, strict=True)}
        return verdict(after, over, now, quotas)


async def test_whoever_asks_often_asks_redis_seldom() -> None:
    clock = Clock()
    shared = Shared(clock)
    advances = Advances(shared, clock)
    left = [(await advances.take([("k", WIDE)])).remaining for _ in range(25)]
    assert shared.counts == [1, 2, 4, 8, 10]
    assert left == list(range(999, 974, -1))


async def test_what_is_left_over_is_forfeited_after_its_second() -> None:
    clock = Clock()
    shared = Shared(clock)
    advances = Advances(shared, clock)
    for _ in range(4):
        await advances.take([("k", WIDE)])
    assert shared.counts == [1, 2, 4]
    clock.now += HELD_SECONDS
    await advances.take([("k", WIDE)])
    assert shared.counts == [1, 2, 4, 1]


async def test_a_small_quota_is_asked_for_one_by_one() -> None:
    clock = Clock()
    shared = Shared(clock)
    advances = Advances(shared, clock)
    ten = Quota(requests=10, window=3600)
    allowed = [(await advances.take([("w", WIDE), ("k", ten)])).allowed for _ in range(12)]
    assert allowed == [True] * 10 + [False] * 2
    assert set(shared.counts) == {1}


@given(
    quota=st.builds(Quota, requests=st.integers(1, 400), window=st.integers(1, 20)),
    steps=st.lists(
        st.tuples(st.integers(0, 1), st.sampled_from((0.0, 0.0, 0.0, 0.01, 0.4, 3.0))),
        max_size=600,
    ),
)
def test_two_processes_never_let_more_pass_than_the_quota(
    quota: Quota, steps: Sequence[tuple[int, float]]
) -> None:
    """What passes in any window is a full quota and what is earned in that window, at most.

    And whatever is taken is used within its second, so that one second's worth is added.
    """

    async def passing() -> list[float]:
        clock = Clock()
        shared = Shared(clock)
        processes = [Advances(shared, clock), Advances(shared, clock)]
        passed = []
        for process, pause in steps:
            clock.now += pause
            if (await processes[process].take([("k", quota)])).allowed:
                passed.append(clock.now)
        return passed

    passed = asyncio.run(passing())
    for place, first in enumerate(passed):
        within = sum(first <= moment <= first + quota.window for moment in passed[place:])
        earned = (quota.window + HELD_SECONDS) * SECOND / quota.interval
        assert within <= quota.requests + earned + 1


@pytest.mark.parametrize("processes", [1, 3])
async def test_the_real_server_lets_the_quota_pass_and_no_more(
    limiter: RedisLimiter, redis_url: str, key: str, processes: int
) -> None:
    quota = Quota(requests=300, window=36_000)
    clients = [make_client(CacheSettings(redis_url=redis_url)) for _ in range(processes)]
    limiters = [RedisLimiter(client, timeout=5) for client in clients]
    advances = [Advances(one) for one in limiters]
    began = time.monotonic()
    allowed = 0
    for number in range(110):
        some = [advances[number % processes].take([(key, quota)]) for _ in range(4)]
        allowed += sum(one.allowed for one in await asyncio.gather(*some))
    held = 3 * processes
    # A machine that stood still for seconds forfeits more; how many times is known.
    forfeits = held * (1 + int(time.monotonic() - began))
    assert 300 - forfeits <= allowed <= 300
    for one, client in zip(limiters, clients, strict=True):
        await one.close()
        await client.aclose()
