"""Forgets what was told of messages that never came."""

import asyncio
import contextlib
from datetime import timedelta
from typing import Final

from platform_postgres import Database, is_transient
from platform_telemetry import counter, get_logger
from ventros_messaging.store import early

log = get_logger(__name__)

KEPT: Final = timedelta(days=30)
"""Longer than providers repeat anything, and than a backlog lasts."""

BATCH: Final = 1000
"""Rows that go in one transaction: whoever waits for an answer goes between two."""
_BATCHES: Final = 100
_INTERVAL_SECONDS: Final = 3600.0
_FORGOTTEN = counter(
    "messaging_early_facts_forgotten", "Facts whose message did not come within 30 days."
)


class Sweep:
    """A slow background loop; every replica runs it, for the work is the same whoever does it."""

    name = "sweep"

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def ready(self) -> bool:
        """True while the loop runs."""
        return self._task is not None and not self._task.done()

    async def start(self) -> None:
        """Begin in the background."""
        self._stopping.clear()
        self._task = asyncio.create_task(self._run(), name="sweep")

    async def stop(self) -> None:
        """Finish the round and stop."""
        self._stopping.set()
        if self._task is not None:
            await self._task

    async def run_once(self) -> int:
        """Look once; how many facts were forgotten. A backlog goes over some rounds."""
        total = 0
        for _ in range(_BATCHES):
            async with self._database.system() as tx:
                forgotten = await early.forget(tx, KEPT, BATCH)
            _FORGOTTEN.inc(forgotten)
            total += forgotten
            if forgotten < BATCH or self._stopping.is_set():
                break
        return total

    async def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                forgotten = await self.run_once()
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("sweep.away", reason=type(error).__name__)
            else:
                if forgotten:
                    log.warning("sweep.forgotten", facts=forgotten)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), _INTERVAL_SECONDS)
