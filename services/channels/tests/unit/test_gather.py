"""Group commit: who waits together is answered together, and one does not hold the others."""

import asyncio
from collections.abc import Sequence

import pytest

from platform_core.errors import Unavailable
from ventros_channels.http.gather import Gather


class Work:
    """Doubles numbers; holds until it is let go, and remembers what came together."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.free = asyncio.Event()
        self.free.set()
        self.began = asyncio.Event()
        self.error: Exception | None = None

    async def __call__(self, numbers: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(numbers))
        self.began.set()
        await self.free.wait()
        if self.error is not None:
            raise self.error
        return [ValueError(number) if number < 0 else number * 2 for number in numbers]


async def asked(gather: Gather[int, int], *numbers: int) -> list[int | BaseException]:
    return await asyncio.gather(*(gather.ask(n) for n in numbers), return_exceptions=True)


async def test_one_alone_waits_for_nobody() -> None:
    work = Work()
    gather = Gather("test", work)
    await gather.start()
    assert await gather.ask(4) == 8
    await gather.stop()
    assert work.batches == [[4]]


async def test_who_comes_while_a_batch_is_done_shares_the_next() -> None:
    work = Work()
    gather = Gather("test", work, batch=3)
    await gather.start()
    work.free.clear()
    first = asyncio.create_task(gather.ask(0))
    await work.began.wait()
    rest = asyncio.create_task(asked(gather, 1, 2, 3, 4))
    await asyncio.sleep(0)
    work.free.set()
    assert await first == 0
    assert await rest == [2, 4, 6, 8]
    assert work.batches == [[0], [1, 2, 3], [4]]
    await gather.stop()


async def test_an_error_of_one_is_its_own_and_an_error_of_all_is_everybodys() -> None:
    work = Work()
    gather = Gather("test", work)
    await gather.start()
    good, bad, other = await asked(gather, 1, -1, 2)
    assert (good, other) == (2, 4)
    assert isinstance(bad, ValueError)
    work.error = ConnectionError("away")
    assert [type(answer) for answer in await asked(gather, 1, 2)] == [ConnectionError] * 2
    work.error = None
    assert await gather.ask(5) == 10
    assert gather.alive
    await gather.stop()


async def test_too_many_and_too_slow_are_told_so() -> None:
    work = Work()
    gather = Gather("test", work, batch=1, waiting=2, timeout=0.05)
    await gather.start()
    work.free.clear()
    answers = await asked(gather, *range(10))
    assert all(isinstance(answer, Unavailable) for answer in answers)
    work.free.set()
    # Those that gave up are not done for nobody.
    assert await gather.ask(7) == 14
    assert len(work.batches) < 5
    await gather.stop()


async def test_stopping_answers_those_that_wait_and_takes_no_more() -> None:
    work = Work()
    gather = Gather("test", work, batch=2)
    await gather.start()
    waiting = [asyncio.create_task(gather.ask(number)) for number in range(5)]
    await asyncio.sleep(0)
    await gather.stop()
    assert [await task for task in waiting] == [0, 2, 4, 6, 8]
    with pytest.raises(Unavailable):
        await gather.ask(1)
    assert gather.alive
