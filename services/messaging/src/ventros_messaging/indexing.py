"""Writes the words of messages soon after they are stored, beside the main path."""

import asyncio
import contextlib
from typing import Final

from platform_postgres import Database, is_transient
from platform_telemetry import get_logger
from ventros_messaging.commands.write_words import write_words
from ventros_messaging.store import words

log = get_logger(__name__)

_TENANTS: Final = 100
_PAUSE_SECONDS: Final = 0.5
"""Between two rounds, whatever there was to do: many messages cost hardly more than one."""


class Indexer:
    """A background loop over all tenants that wait; every replica runs it, one at a time works for
    a tenant."""

    name = "indexer"

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
        self._task = asyncio.create_task(self._run(), name="indexer")

    async def stop(self) -> None:
        """Finish the round and stop."""
        self._stopping.set()
        if self._task is not None:
            await self._task

    async def run_once(self) -> int:
        """What waits, of each tenant; how many messages that were."""
        done = 0
        async with self._database.system() as tx:
            tenants = await words.waiting(tx, _TENANTS)
        for tenant_id in tenants:
            more = True
            while more and not self._stopping.is_set():
                async with self._database.tenant(tenant_id) as tx:
                    written = await write_words(tx, tenant_id)
                done += written.messages
                more = written.more
        return done

    async def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                await self.run_once()
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("indexer.away", reason=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), _PAUSE_SECONDS)
