"""Wait for what shall become true, with a deadline and a sentence for when it does not."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
POLL_SECONDS = 0.05


class NotHappenedError(Exception):
    """What was expected did not happen; the text says what."""


async def eventually(
    look: Callable[[], Awaitable[T | None]], expected: str, *, within: float = 20.0
) -> T:
    """The first answer of `look` that is neither None nor empty.

    Raises:
        NotHappenedError: with `expected`, when there was none in time.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within
    while True:
        found = await look()
        if found:
            return found
        if loop.time() > deadline:
            raise NotHappenedError(f"expected within {within:g} s: {expected}")
        await asyncio.sleep(POLL_SECONDS)


async def remains(
    look: Callable[[], Awaitable[bool]], expected: str, *, during: float = 1.0
) -> None:
    """`look` stays true for a while. Raises NotHappenedError when it does not."""
    loop = asyncio.get_running_loop()
    until = loop.time() + during
    while loop.time() < until:
        if not await look():
            raise NotHappenedError(f"did not stay so for {during:g} s: {expected}")
        await asyncio.sleep(POLL_SECONDS)
