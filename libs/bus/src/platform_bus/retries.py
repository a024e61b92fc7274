"""The background loop that does deferred events again when they are due, and sweeps what is old."""

import asyncio
import time
from collections.abc import Mapping

import asyncpg
import structlog

from platform_bus import deferral
from platform_bus.bell import wait
from platform_bus.processing import Processor
from platform_bus.settings import BusSettings
from platform_postgres import Database

log = structlog.get_logger(__name__)

LIMIT = 50
"""Retries that one round claims."""

SWEEP_SECONDS = 3600.0

_SWEEP_INBOX = "DELETE FROM inbox WHERE handled_at < now() - $1 * interval '1 day'"

_SETTLE_HANDLED = """
DELETE FROM deferred d USING inbox i
WHERE d.next_at = 'infinity' AND i.tenant_id = d.tenant_id AND i.consumer = d.consumer
  AND i.event_id = d.event_id
"""

_FAULTS = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)


class Retries:
    """Every replica runs it; a claim lasts a minute and skips what another holds."""

    def __init__(
        self, database: Database, settings: BusSettings, processors: Mapping[str, Processor]
    ) -> None:
        self._database = database
        self._settings = settings
        self._processors = processors
        self._swept = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Look once a second, sweep once an hour."""
        while not stop.is_set():
            try:
                done = await self.run_once()
                await self._sweep()
            except _FAULTS as error:
                log.warning("retries.round_failed", error=repr(error))
                done = 0
            if done < LIMIT:
                await wait(stop, 1.0)

    async def run_once(self) -> int:
        """Do what is due, at most `LIMIT`; returns how many were tried."""
        async with self._database.system() as tx:
            claimed = await deferral.due(tx, sorted(self._processors), LIMIT)
        for consumer, envelope in claimed:
            await self._processors[consumer].retry(envelope)
        return len(claimed)

    async def _sweep(self) -> None:
        if self._swept and time.monotonic() - self._swept < SWEEP_SECONDS:
            return
        self._swept = time.monotonic()
        async with self._database.system() as tx:
            await tx.execute(_SWEEP_INBOX, self._settings.inbox_days)
            await tx.execute(_SETTLE_HANDLED)
