"""Makes groups of messages and closes them in time, beside the main path (decision 0025)."""

import asyncio
import contextlib
from datetime import datetime, timedelta
from typing import Final

from platform_bus import Bell
from platform_core.clock import utc_now
from platform_postgres import Database, is_transient
from platform_telemetry import counter, get_logger
from ventros_messaging.commands.gather_groups import gather_groups
from ventros_messaging.domain.message_group import Completed, Expired
from ventros_messaging.events import enrichments
from ventros_messaging.events import message_groups as events
from ventros_messaging.store import message_groups as store

log = get_logger(__name__)

_TENANTS: Final = 100
_POLL_SECONDS: Final = 0.5
_CATCHES_UP: Final = timedelta(seconds=10)
"""After its start a process closes no group for so long: more than the lease of a lane of a process
that died, so that what people wrote meanwhile is read before their groups are closed."""
_COMPLETED = counter("messaging_groups_completed", "Message groups that were dealt with as one.")
_EXPIRED = counter("messaging_groups_expired", "Message groups that were not dealt with in time.")


class Grouper:
    """A background loop over all tenants with something to do; every replica runs it, one at a
    time works for a tenant. What it waits for is in rows, so that a restart loses nothing."""

    name = "grouper"

    def __init__(self, database: Database, bell: Bell) -> None:
        self._database = database
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
        self._task = asyncio.create_task(self._run(), name="grouper")

    async def stop(self) -> None:
        """Finish the round and stop."""
        self._stopping.set()
        if self._task is not None:
            await self._task

    async def run_once(self, now: datetime | None = None, *, closing: bool = True) -> int:
        """Do what there is to do now; how many steps of groups that were. Not `closing`: messages
        join their groups, and none is closed."""
        now = now or utc_now()
        async with self._database.system() as tx:
            tenants = await store.waiting(tx, now, _TENANTS)
        done = 0
        for tenant_id in tenants:
            more = True
            while more and not self._stopping.is_set():
                async with self._database.tenant(tenant_id) as tx:
                    gathered = await gather_groups(tx, tenant_id, now, closing=closing)
                    await events.say(tx, tenant_id, gathered.changes)
                    if gathered.requested is not None:
                        await enrichments.say_requested(tx, tenant_id, gathered.requested)
                more = gathered.more
                done += len(gathered.changes)
                for change in gathered.changes:
                    _COMPLETED.inc(isinstance(change.step, Completed))
                    _EXPIRED.inc(isinstance(change.step, Expired))
        if done:
            self._bell.ring()
        return done

    async def _run(self) -> None:
        caught_up_at = utc_now() + _CATCHES_UP
        while not self._stopping.is_set():
            try:
                now = utc_now()
                await self.run_once(now, closing=now >= caught_up_at)
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("grouper.away", reason=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), _POLL_SECONDS)
