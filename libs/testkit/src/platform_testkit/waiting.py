"""Waiting for a condition, with a deadline. Tests never sleep for a fixed time."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(
    condition: Callable[[], T | Awaitable[T]], timeout: float = 10.0, interval: float = 0.02
) -> T:
    """Call `condition` until it returns something truthy, or nothing (None) without an assertion
    failing, and return that.

    `timeout` and `interval` are in seconds. An AssertionError means "not yet"; any other
    exception ends the wait.

    Raises:
        AssertionError: the last one, or one that shows the last result, at the deadline.
    """
    deadline = time.monotonic() + timeout
    while True:
        failure: AssertionError | None = None
        try:
            outcome = condition()
            result: T = await outcome if inspect.isawaitable(outcome) else outcome
        except AssertionError as error:
            failure = error
        else:
            if result is None or result:
                return result
        if time.monotonic() > deadline:
            raise failure or AssertionError(f"after {timeout:g} s still {result!r}")
        await asyncio.sleep(interval)
