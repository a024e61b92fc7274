"""The bell: rung after a commit that left something to do, heard by the loop that does it.

The first is that of the outbox, which the relay hears. Every process that writes runs a relay, so
the bell need not cross processes, and no write pays for a `NOTIFY` (which takes one cluster-wide
lock at commit). A ring that is lost costs at most the poll of the loop, never an event.
"""

import asyncio


class Bell:
    """An event that stays rung until it is heard."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Say that there may be something to publish. Cheap: call it after every commit."""
        self._rung.set()

    async def heard(self, timeout: float) -> bool:
        """Wait for a ring at most `timeout` seconds; True if it rang. Then it is silent again."""
        try:
            async with asyncio.timeout(timeout):
                await self._rung.wait()
        except TimeoutError:
            return False
        self._rung.clear()
        return True


async def wait(stop: asyncio.Event, seconds: float) -> bool:
    """Wait for `stop` at most `seconds`; True if it is set. Loops pause with this."""
    if seconds <= 0:
        return stop.is_set()
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return False
    return True
