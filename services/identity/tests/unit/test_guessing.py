from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ventros_identity.domain.guessing import (
    ADDRESS,
    EMAIL,
    PAIR,
    Counter,
    counted,
    forget_at,
    neighbourhood,
    pause_left,
    subjects_of,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NONE = Counter(failures=0, counted_at=NOW, blocked_until=None)


def after(attempts: int) -> Counter:
    counter = NONE
    for _ in range(attempts):
        counter = counted(counter, PAIR, NOW)
    return counter


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [(1, 0), (10, 0), (11, 30), (12, 60), (13, 120), (17, 1920), (18, 3600)],
)
def test_beyond_what_is_free_the_pause_doubles_up_to_the_longest(
    attempts: int, seconds: int
) -> None:
    assert pause_left(after(attempts), NOW) == seconds


@given(st.lists(st.floats(min_value=0, max_value=7200), min_size=1, max_size=60))
def test_however_it_is_spread_a_guesser_gets_no_more_than_the_limit(waits: list[float]) -> None:
    """Attempts as fast as they are let through: what is free at first, then what leaks."""
    counter, now, tried = NONE, NOW, 0
    for wait in waits:
        now += timedelta(seconds=wait)
        if pause_left(counter, now) == 0:
            counter = counted(counter, PAIR, now)
            tried += 1
    hours = (now - NOW) / timedelta(hours=1)
    # Beyond the free ones each needs its pause of half a minute, and longer ones soon.
    assert tried <= PAIR.free + PAIR.free * hours + 10
    assert forget_at(counter, PAIR) >= (counter.blocked_until or now)


def test_a_counter_leaks_to_nothing_in_its_window() -> None:
    counter = after(PAIR.free)
    assert counted(counter, PAIR, NOW + PAIR.window).failures == pytest.approx(1)
    assert forget_at(counter, PAIR) == NOW + PAIR.window


def test_a_clock_that_goes_back_forgives_nothing() -> None:
    counter = counted(after(3), PAIR, NOW - timedelta(hours=5))
    assert counter.failures == 4


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.9", "203.0.113.9", True),
        ("203.0.113.9", "203.0.113.10", False),
        ("203.0.113.9", "::ffff:203.0.113.9", True),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        (None, "what is this", True),
    ],
)
def test_the_neighbourhood_of_an_address(one: str | None, other: str, same: bool) -> None:
    assert (neighbourhood(one) == neighbourhood(other)) == same


def test_a_known_device_is_counted_by_itself_alone() -> None:
    strangers = {one.key for one in subjects_of("a@b.example", "203.0.113.9", None)}
    (own,) = subjects_of("a@b.example", "203.0.113.9", "aa")
    assert len(strangers) == 3
    assert own.key not in strangers
    assert {one.limit for one in subjects_of("a@b.example", None, None)} == {PAIR, EMAIL, ADDRESS}
