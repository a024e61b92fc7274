"""The net looks again and again, bears what passes, and does not hide what does not."""

import asyncio

import pytest

from platform_testkit import eventually
from platform_workflows import Net


async def test_it_looks_again_after_what_passes() -> None:
    looks: list[int] = []

    async def look() -> int:
        looks.append(len(looks))
        if len(looks) == 1:
            raise ConnectionError
        return 1

    net = Net("net", look, lambda error: isinstance(error, ConnectionError), interval=0.01)
    assert not net.ready
    await net.start()
    await eventually(lambda: len(looks) >= 3, timeout=30)
    assert net.ready
    await net.stop()
    assert not net.ready


async def test_what_does_not_pass_ends_it_and_is_raised() -> None:
    async def look() -> int:
        raise ZeroDivisionError

    net = Net("net", look, lambda _: False, interval=0.01)
    await net.start()
    await eventually(lambda: not net.ready, timeout=30)
    with pytest.raises(ZeroDivisionError):
        await net.stop()


async def test_it_stops_without_waiting_for_its_interval() -> None:
    async def look() -> int:
        raise AssertionError

    net = Net("net", look, lambda _: False, interval=3600)
    await net.start()
    async with asyncio.timeout(30):
        await net.stop()
