"""The loop that lists templates: after news of them, and once a day."""

import asyncio
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from platform_bus.bell import wait
from platform_core.clock import utc_now
from platform_core.errors import DomainError
from platform_postgres import Database
from platform_telemetry import counter, get_logger
from ventros_channels.domain.activation import ChannelInactive
from ventros_channels.domain.channel import ChannelNotFound
from ventros_channels.domain.provider_errors import UnsupportedByProvider
from ventros_channels.store import template_listings
from ventros_channels.store.template_listings import Due
from ventros_channels.templates.listing import AGAIN, Listing

log = get_logger(__name__)

AT_ONCE: Final = 4
"""Accounts that one process lists at the same time."""

_HOLD: Final = timedelta(minutes=10)
"""Longer than a listing takes: it is done again should the process end."""
_LATER: Final = timedelta(minutes=5)
"""After a first failure; each one doubles it, up to a day."""
_DOUBLINGS: Final = 8
_LOOK: Final = 15.0
_FAULTS = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)

_LISTED = counter("channels_template_listings", "Listings of templates", ("outcome",))


class TemplatesPart:
    """A part of the process. A listing that it does not finish is done again."""

    name = "templates"

    def __init__(self, database: Database, listing: Listing) -> None:
        self._database = database
        self._listing = listing
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
        """Begin to look for what is due."""
        self._stop.clear()
        self._task = asyncio.create_task(self._run(), name="templates")

    async def stop(self) -> None:
        """List nothing more; what was begun may end, within its calls' own times."""
        self._stop.set()
        if self._task is not None:
            await self._task

    async def run_once(self) -> int:
        """List what is due, at most `AT_ONCE`; how many that were."""
        async with self._database.system() as tx:
            due = await template_listings.take(tx, AT_ONCE, _HOLD)
        await asyncio.gather(*(self._one(one) for one in due))
        return len(due)

    async def _run(self) -> None:
        while not self._stop.is_set():
            try:
                done = await self.run_once()
            except _FAULTS as error:
                log.warning("template_look_failed", error=repr(error))
                done = 0
            if not done:
                await wait(self._stop, _LOOK)

    async def _one(self, due: Due) -> None:
        try:
            await self._list(due)
        except Exception as error:
            # The others go on; this one is due again when its hold has run out.
            if not isinstance(error, _FAULTS):
                log.exception("template_listing_failed", channel_id=str(due.channel_id))
                return
            log.warning(
                "template_listing_failed", channel_id=str(due.channel_id), error=repr(error)
            )

    async def _list(self, due: Due) -> None:
        try:
            await self._listing.list(due.tenant_id, due.project_id, due.channel_id)
        except (ChannelNotFound, UnsupportedByProvider):
            await self._put_off(due, None, "not_listed")
        except ChannelInactive:
            await self._put_off(due, utc_now() + AGAIN, "inactive")
        except DomainError as error:
            later = min(AGAIN, _LATER * 2 ** min(due.attempts - 1, _DOUBLINGS))
            await self._put_off(due, utc_now() + later, error.code)
        else:
            _LISTED.labels("listed").inc()

    async def _put_off(self, due: Due, until: datetime | None, outcome: str) -> None:
        async with self._database.tenant(due.tenant_id) as tx:
            await template_listings.settle(tx, due.channel_id, None, until)
        _LISTED.labels(outcome).inc()
