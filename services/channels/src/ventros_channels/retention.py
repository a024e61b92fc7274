"""The loop that forgets what was kept long enough, a few rows at a time."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from platform_bus.bell import wait
from platform_postgres import Database, is_transient
from platform_telemetry import counter, get_logger
from ventros_channels.store import retention
from ventros_channels.store.retention import Kept

log = get_logger(__name__)

BATCH: Final = 1000
_BATCHES: Final = 100
"""Of one round and table: a backlog goes over some rounds."""
_EVERY: Final = 900.0
_PAUSE: Final = 0.05
"""Between two batches: whoever waits for an answer goes first."""

_FORGOTTEN = counter("channels_forgotten_rows", "Rows that were kept long enough", ("table",))


class RetentionPart:
    """A part of the process. `keep` says how long; what it does not name is kept for ever."""

    name = "retention"

    def __init__(self, database: Database, keep: Mapping[Kept, timedelta]) -> None:
        self._database = database
        self._keep = keep
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def ready(self) -> bool:
        """True while the loop runs."""
        return self._task is not None and not self._task.done()

    @property
    def alive(self) -> bool:
        """False when the loop ended by itself."""
        return self._task is None or not self._task.done() or self._stop.is_set()

    async def start(self) -> None:
        """Begin; the first round is a while away."""
        self._stop.clear()
        self._task = asyncio.create_task(self._run(), name="retention")

    async def stop(self) -> None:
        """End after the batch at hand."""
        self._stop.set()
        if self._task is not None:
            await self._task

    async def run_once(self) -> int:
        """One round; how many rows were forgotten."""
        total = 0
        for what, older_than in self._keep.items():
            for _ in range(_BATCHES):
                async with self._database.system() as tx:
                    gone = await retention.sweep(tx, what, older_than, BATCH)
                _FORGOTTEN.labels(what).inc(gone)
                total += gone
                if gone < BATCH or await wait(self._stop, _PAUSE):
                    break
        return total

    async def _run(self) -> None:
        while not await wait(self._stop, _EVERY):
            try:
                await self.run_once()
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("retention_failed", error=repr(error))
