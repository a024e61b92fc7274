"""How long a stream lasts: no longer than the access it was opened with."""

import asyncio
import contextlib
import random
import time
from collections.abc import Iterator
from typing import Final

from litestar.types import Receive

from ventros_gateway.callers import Caller
from ventros_gateway.live.listener import End, Listener
from ventros_gateway.revocations import DenyMap

_SPREAD: Final = 0.1
"""Streams that began together do not end together."""


@contextlib.contextmanager
def bounded(
    listener: Listener, caller: Caller, denied: DenyMap, *, lifetime: float
) -> Iterator[None]:
    """End the listener in time while the block runs: after `lifetime` seconds, when its token
    expires, and at once when its access is taken back.
    """
    loop = asyncio.get_running_loop()
    longest = lifetime * (1 - random.random() * _SPREAD)  # noqa: S311 - no secret
    expires = caller.expires_at - time.time()
    end = End.LIFETIME if longest < expires else End.EXPIRED
    timer = loop.call_later(max(0.0, min(longest, expires)), listener.finish, end)
    try:
        with denied.watch(caller, lambda: listener.finish(End.REVOKED)):
            if denied.denies(caller):
                # It came between the check of the request and now.
                listener.finish(End.REVOKED)
            yield
    finally:
        timer.cancel()


@contextlib.contextmanager
def leaving(receive: Receive, listener: Listener, kinds: frozenset[str]) -> Iterator[None]:
    """End the listener when its client leaves while the block runs."""

    async def until_gone() -> None:
        while (await receive())["type"] not in kinds:
            pass
        listener.finish(End.LEFT)

    gone = asyncio.ensure_future(until_gone())
    try:
        yield
    finally:
        gone.cancel()
