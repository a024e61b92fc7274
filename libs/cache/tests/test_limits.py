"""The limit that all processes share, against the real server."""

import asyncio
import time
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from platform_cache import CacheSettings, Quota, RedisAway, make_client
from platform_cache.limits import RedisLimiter
from platform_cache.local import LocalLimiter
from platform_cache.quota import SECOND
from platform_testkit.own_valkey import OwnValkey

TEN = Quota(requests=10, window=3600)
QUOTAS = st.builds(Quota, requests=st.integers(1, 8), window=st.integers(1, 60))


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    quotas=st.lists(QUOTAS, min_size=1, max_size=3),
    steps=st.lists(
        st.tuples(st.integers(0, 20 * SECOND), st.sets(st.integers(0, 2), min_size=1)),
        min_size=1,
        max_size=25,
    ),
)
async def test_lua_and_python_decide_alike(
    limiter: RedisLimiter,
    quotas: list[Quota],
    steps: list[tuple[int, set[int]]],
) -> None:
    # Hypothesis tries the same example again, and the server still knows its keys.
    example = uuid4()
    local, now = LocalLimiter(), time.time_ns() // 1000
    for gap, chosen in steps:
        now += gap
        places = [place for place in sorted(chosen) if place < len(quotas)] or [0]
        asked = [(f"test:{example}:{place}", quotas[place]) for place in places]
        # Redis lets keys expire by its own clock, and so later than this one: it cannot matter.
        assert (await limiter.take_at([(asked, 1)], now))[0] == local.take(asked, now)


async def test_fifty_at_once_get_no_more_than_the_quota(limiter: RedisLimiter, key: str) -> None:
    verdicts = await asyncio.gather(*(limiter.take([(key, TEN)]) for _ in range(50)))
    assert sum(one.allowed for one in verdicts) == 10
    assert all(one.retry_after > 0 for one in verdicts if not one.allowed)


async def test_two_processes_share_a_quota(limiter: RedisLimiter, redis_url: str, key: str) -> None:
    client = make_client(CacheSettings(redis_url=redis_url, redis_timeout=5))
    other = RedisLimiter(client, timeout=5)
    verdicts = await asyncio.gather(
        *(each.take([(key, TEN)]) for each in (limiter, other) for _ in range(15))
    )
    assert sum(one.allowed for one in verdicts) == 10
    await other.close()
    await client.aclose()


async def test_those_that_wait_go_together_and_each_gets_its_own_answer(
    limiter: RedisLimiter, key: str
) -> None:
    one = Quota(requests=1, window=3600)
    trips = 0
    run = limiter.take_at

    async def counted(batch: object, now: int | None) -> object:
        nonlocal trips
        trips += 1
        return await run(batch, now)  # type: ignore[arg-type]

    limiter.take_at = counted  # type: ignore[assignment,method-assign]
    asked = [[(f"{key}:{number // 2}", one), (f"{key}:all", TEN)] for number in range(40)]
    verdicts = await asyncio.gather(*(limiter.take(each) for each in asked))
    assert [one.allowed for one in verdicts] == [n % 2 == 0 and n < 20 for n in range(40)]
    assert trips <= 2


async def test_keys_go_by_themselves(limiter: RedisLimiter, redis_url: str, key: str) -> None:
    await limiter.take([(key, Quota(requests=1, window=30))])
    client = make_client(CacheSettings(redis_url=redis_url, redis_timeout=5))
    assert 0 < await client.pttl(key) <= 30_000
    await client.aclose()


async def test_without_redis_it_says_so_within_the_deadline_and_comes_back(
    own_valkey: OwnValkey, key: str
) -> None:
    client = make_client(CacheSettings(redis_url=own_valkey.url))
    limiter = RedisLimiter(client, timeout=1)
    assert (await limiter.take([(key, TEN)])).remaining == 9
    own_valkey.kill()
    for _ in range(3):
        with pytest.raises(RedisAway):
            await asyncio.wait_for(limiter.take([(key, TEN)]), 5)
    await own_valkey.start()
    # Another server, empty, which has not seen the script either.
    assert (await limiter.take([(key, TEN)])).remaining == 9
    await limiter.close()
    await client.aclose()


async def test_a_server_that_accepts_and_says_nothing_is_away(key: str) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = make_client(CacheSettings(redis_url=f"redis://127.0.0.1:{port}/0", redis_timeout=0.2))
    limiter = RedisLimiter(client, timeout=0.2)
    with pytest.raises(RedisAway):
        await asyncio.wait_for(limiter.take([(key, TEN)]), 5)
    await limiter.close()
    await client.aclose()
    server.close()
