"""Waiting ends when the condition holds, at the deadline, or with an error that says more."""

import pytest

from platform_testkit import eventually


class Counter:
    """Counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def next(self) -> int:
        self.asked += 1
        return self.asked


async def test_it_waits_until_an_assertion_holds() -> None:
    counter = Counter()

    async def third() -> None:
        assert counter.next() >= 3

    assert await eventually(third, interval=0) is None
    assert counter.asked == 3


async def test_it_waits_for_something_truthy_and_returns_it() -> None:
    answers = iter([[], 0, False, "", "there"])

    assert await eventually(lambda: next(answers), interval=0) == "there"


async def test_at_the_deadline_the_last_assertion_is_raised() -> None:
    counter = Counter()

    def never() -> None:
        assert counter.next() < 0, f"asked {counter.asked} times"

    with pytest.raises(AssertionError, match=r"asked \d+ times"):
        await eventually(never, timeout=0.05, interval=0.01)
    assert counter.asked > 1


async def test_at_the_deadline_the_last_result_is_shown() -> None:
    with pytest.raises(AssertionError, match=r"after 0.02 s still \[\]"):
        await eventually(list, timeout=0.02, interval=0.01)


async def test_another_error_ends_the_wait_at_once() -> None:
    counter = Counter()

    async def broken() -> None:
        counter.next()
        raise KeyError("x")

    with pytest.raises(KeyError):
        await eventually(broken, timeout=5)
    assert counter.asked == 1
