"""What several lanes bring at the same time is handled in one transaction.

Statements cost per transaction and tenant, not per event, so a replica that serves four lanes does
better with one transaction of all than with four. Lanes bring their events and wait; one of them
does the work of all that wait, each lane's events in their order. Under load the next transaction
rests for as long as the last one took, so that it finds more to do; a few events wait for nobody.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

MOST_REST_SECONDS = 0.05
BUSY_DELIVERIES = 8
"""Deliveries at once from which on the full rest is worth its while."""

Handle = Callable[[Sequence[bytes]], Awaitable[bool]]
"""(bodies) -> may they be acknowledged? `Processor.handle`."""


class Combiner:
    """One transaction at a time for the lanes of one consumer in one process."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._turn = asyncio.Lock()
        self._waiting: list[tuple[Sequence[bytes], asyncio.Future[bool]]] = []
        self._rested_at = 0.0

    async def handle(self, bodies: Sequence[bytes]) -> bool:
        """Handle these with what else waits; True when they may be acknowledged."""
        outcome: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((bodies, outcome))
        async with self._turn:
            if not outcome.done():
                await self._handle_all()
        return outcome.result()

    async def _handle_all(self) -> None:
        loop = asyncio.get_running_loop()
        rest = self._rested_at - loop.time()
        if rest > 0:
            await asyncio.sleep(rest)
        taken, self._waiting = self._waiting, []
        started = loop.time()
        done = False
        try:
            done = await self._handle([body for bodies, _ in taken for body in bodies])
        finally:
            # Also when the lane that does the work is cancelled: the others must not acknowledge.
            for _, outcome in taken:
                outcome.set_result(done)
        ended = loop.time()
        crowd = min(1.0, sum(len(bodies) for bodies, _ in taken) / BUSY_DELIVERIES)
        self._rested_at = ended + min(ended - started, MOST_REST_SECONDS) * crowd
