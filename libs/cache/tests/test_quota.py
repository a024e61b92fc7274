import pytest
from hypothesis import given
from hypothesis import strategies as st

from platform_cache import Quota
from platform_cache.local import LocalLimiter
from platform_cache.quota import SECOND

START = 1_700_000_000 * SECOND
TEN = Quota(requests=10, window=60)


@pytest.mark.parametrize("text", ["", "10", "0/60", "10/0", "-1/5", "1.5/2", "10/60 ", "1/1/1"])
def test_a_quota_is_requests_in_seconds(text: str) -> None:
    with pytest.raises(ValueError, match="requests/seconds"):
        Quota.parse(text)


def test_a_rested_key_may_spend_everything_and_then_one_each_interval() -> None:
    limiter = LocalLimiter()
    seen = [limiter.take([("a", TEN)], START) for _ in range(11)]
    assert [one.remaining for one in seen] == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0]
    assert [one.allowed for one in seen] == [True] * 10 + [False]
    assert (seen[-1].retry_after, seen[-1].reset) == (6.0, 60.0)
    assert not limiter.take([("a", TEN)], START + 6 * SECOND - 1).allowed
    assert limiter.take([("a", TEN)], START + 6 * SECOND).allowed
    assert not limiter.take([("a", TEN)], START + 6 * SECOND).allowed
    assert limiter.take([("b", TEN)], START).allowed


def test_a_request_that_one_key_refuses_counts_against_none() -> None:
    limiter = LocalLimiter()
    one = Quota(requests=1, window=60)
    assert limiter.take([("tight", one)], START).allowed
    for _ in range(20):
        refused = limiter.take([("wide", TEN), ("tight", one)], START)
        assert (refused.allowed, refused.quota, refused.retry_after) == (False, 1, 60.0)
    assert limiter.take([("wide", TEN)], START).remaining == 9


def test_the_answer_tells_of_the_quota_that_is_nearest_its_end() -> None:
    wide = Quota(requests=1000, window=60)
    answer = LocalLimiter().take([("w", wide), ("t", TEN)], START)
    assert (answer.quota, answer.remaining, answer.reset) == (1, 9, 6.0)


def test_memory_is_bounded_and_the_least_lately_used_goes() -> None:
    limiter = LocalLimiter(max_keys=2)
    one = Quota(requests=2, window=60)
    for key in ("a", "b", "a", "c"):
        assert limiter.take([(key, one)], START).allowed
    assert not limiter.take([("a", one)], START).allowed
    assert limiter.take([("b", one)], START).remaining == 1


@given(
    quota=st.builds(Quota, requests=st.integers(1, 50), window=st.integers(1, 120)),
    gaps=st.lists(st.integers(0, 30 * SECOND), min_size=1, max_size=120),
)
def test_never_more_than_the_quota_and_what_was_earned_meanwhile(
    quota: Quota, gaps: list[int]
) -> None:
    limiter, now, times = LocalLimiter(), START, []
    for gap in gaps:
        now += gap
        if limiter.take([("a", quota)], now).allowed:
            times.append(now)
    for first, start in enumerate(times):
        for last in range(first, len(times)):
            earned = (times[last] - start) // quota.interval
            assert last - first + 1 <= quota.requests + earned
