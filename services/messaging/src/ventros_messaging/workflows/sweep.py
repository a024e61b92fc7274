"""The net under the workflows: what waits too long is started again, or given up without a file."""

import asyncio
import contextlib
from datetime import datetime, timedelta
from typing import Final

from platform_bus import Bell
from platform_core.clock import utc_now
from platform_core.errors import Unavailable
from platform_postgres import Database, is_transient
from platform_telemetry import counter, get_logger
from ventros_messaging.commands import enrich
from ventros_messaging.domain.enrichment import FILE_WITHIN
from ventros_messaging.events.enrichments import say_ended
from ventros_messaging.store import enrichments as store
from ventros_messaging.workflows.readers import Readers

log = get_logger(__name__)

FILES_KEPT: Final = timedelta(days=2)
_BATCH: Final = 200
_INTERVAL_SECONDS: Final = 60.0
_SWEPT = counter("messaging_enrichments_swept", "Files to read whose workflow or file was lost.")


class EnrichmentSweep:
    """A slow background loop; bounded by a batch each time."""

    name = "enrichment-sweep"

    def __init__(self, database: Database, readers: Readers, bell: Bell) -> None:
        self._database = database
        self._readers = readers
        self._bell = bell
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def ready(self) -> bool:
        """True while the loop runs."""
        return self._task is not None and not self._task.done()

    async def start(self) -> None:
        """Begin in the background."""
        self._stopping.clear()
        self._task = asyncio.create_task(self._run(), name=self.name)

    async def stop(self) -> None:
        """Finish the round and stop."""
        self._stopping.set()
        if self._task is not None:
            await self._task

    async def run_once(self, now: datetime | None = None) -> int:
        """Look once; how many waited too long."""
        now = now or utc_now()
        async with self._database.system() as tx:
            found = await store.overdue(tx, now - FILE_WITHIN, _BATCH)
            await store.forget_files(tx, FILES_KEPT)
        for each in found:
            if each.requested:
                await self._readers.start(each.tenant_id, each.message_id)
                continue
            async with self._database.tenant(each.tenant_id) as tx:
                ended = await enrich.fail(tx, each.tenant_id, each.message_id, now, "file_missing")
                await say_ended(tx, each.tenant_id, ended)
        if found:
            self._bell.ring()
        _SWEPT.inc(len(found))
        return len(found)

    async def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                found = await self.run_once()
            except Exception as error:
                if not (isinstance(error, Unavailable) or is_transient(error)):
                    raise
                log.warning("enrichment_sweep.away", reason=type(error).__name__)
            else:
                if found:
                    log.warning("enrichment_sweep.found", files=found)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), _INTERVAL_SECONDS)
