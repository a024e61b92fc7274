"""The loop that watches channels: who came back, who is silent, and which gaps are to be filled.

What is found is a row before anything is fetched, so what one replica leaves another takes up.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Final, TypeVar
from uuid import UUID

from platform_bus import Bell
from platform_bus.bell import wait
from platform_core.clock import utc_now
from platform_core.errors import DomainError
from platform_postgres import Database, is_transient
from platform_telemetry import counter, get_logger
from ventros_channels.adapters import HISTORIES
from ventros_channels.domain.adapter import NotSent
from ventros_channels.domain.gap import Cause, Gap, Patience, Silent
from ventros_channels.reconcile import Reconciler
from ventros_channels.store import gaps, watch
from ventros_channels.store.gaps import NewGap
from ventros_channels.watch.gaps import HOLD, fill, open_gap

log = get_logger(__name__)

AT_ONCE: Final = 4
"""Channels that one process asks about, and gaps that it fills, at the same time."""

OUTAGE: Final = timedelta(minutes=1)
"""At least so long nobody counted, where nobody took webhooks either: providers try for some
seconds by themselves."""

_LOOKS: Final = 32
_ASKING: Final = timedelta(minutes=3)
"""Longer than a question may take."""

_GAPS = counter("channels_gaps", "Gaps by why they were looked for", ("cause",))
_FETCHED = counter("channels_gap_messages", "Messages that gaps were filled with")

T = TypeVar("T")


class WatchPart:
    """A part of the process; `interval` is in seconds."""

    name = "watch"

    def __init__(
        self,
        database: Database,
        reconciler: Reconciler,
        bell: Bell,
        *,
        interval: float,
        patience: Patience,
    ) -> None:
        self._database = database
        self._reconciler = reconciler
        self._bell = bell
        self._interval = interval
        self._patience = patience
        self._types = sorted(HISTORIES)
        self._held: dict[UUID, Gap] = {}
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
        """Begin to watch."""
        self._stop.clear()
        await self._reconciler.start()
        self._task = asyncio.create_task(self._run(), name="watch")

    async def stop(self) -> None:
        """Break off what is being fetched, and leave it to whoever comes next."""
        self._stop.set()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._reconciler.stop()
        await self._each(list(self._held.values()), self._give_back, lambda one: one.channel_id)

    async def run_once(self) -> None:
        """Look once at everything, and fill what is due."""
        outage = max(OUTAGE, timedelta(seconds=2 * self._interval))
        async with self._database.system() as tx:
            await watch.count(tx, self._types, outage)
            back = await watch.returned(tx, _LOOKS)
            silent = await watch.silent(tx, self._types, self._patience, _LOOKS, _ASKING)
        for channel in back:
            await self._came_back(channel)
        await self._each(silent, self._ask, lambda one: one.channel_id)
        async with self._database.system() as tx:
            due = await gaps.take(tx, HOLD, AT_ONCE)
        await self._each(due, self._fill, lambda one: one.channel_id)

    async def _run(self) -> None:
        while not await wait(self._stop, self._interval):
            try:
                await self.run_once()
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("watch_failed", error=repr(error))

    async def _each(
        self,
        several: Sequence[T],
        do: Callable[[T], Awaitable[None]],
        channel_of: Callable[[T], UUID],
    ) -> None:
        room = asyncio.Semaphore(AT_ONCE)

        async def one(what: T) -> None:
            async with room:
                try:
                    await do(what)
                except Exception as error:
                    # The others go on; this one is due again when its hold has run out.
                    channel_id = str(channel_of(what))
                    if is_transient(error):
                        log.warning("watch_failed", channel_id=channel_id, error=repr(error))
                    else:
                        log.exception("watch_failed", channel_id=channel_id)

        await asyncio.gather(*(one(what) for what in several))

    async def _came_back(self, channel: watch.Channel) -> None:
        async with self._database.tenant(channel.tenant_id) as tx:
            away = await watch.take_return(tx, channel.channel_id, self._types)
            if away is None:
                return
            new = NewGap(
                project_id=away.project_id,
                channel_id=channel.channel_id,
                cause="returned",
                since=away.since,
                until=away.until,
            )
            await open_gap(tx, channel.tenant_id, new)
        self._opened("returned")

    async def _ask(self, silent: Silent) -> None:
        """Open a gap where the provider has something newer than what was told."""
        now = utc_now()
        try:
            missing = await self._reconciler.misses(silent.channel_id, silent.since, now)
        except (DomainError, NotSent) as error:
            log.info("watch_no_answer", channel_id=str(silent.channel_id), reason=str(error))
            missing = False
        async with self._database.tenant(silent.tenant_id) as tx:
            await watch.looked(tx, silent.channel_id)
            if missing:
                new = NewGap(
                    project_id=silent.project_id,
                    channel_id=silent.channel_id,
                    cause="silent",
                    since=silent.since,
                    until=now,
                )
                await open_gap(tx, silent.tenant_id, new)
        if missing:
            self._opened("silent")

    async def _fill(self, gap: Gap) -> None:
        self._held[gap.id] = gap
        try:
            filled = await fill(self._database, self._reconciler, gap)
        except (DomainError, NotSent) as error:
            log.info("gap_not_filled", gap_id=str(gap.id), reason=str(error))
        else:
            _FETCHED.inc(filled.fetched)
        # Not in `finally`: what was broken off is still held, and given back by `stop`.
        del self._held[gap.id]
        self._bell.ring()

    async def _give_back(self, gap: Gap) -> None:
        async with self._database.tenant(gap.tenant_id) as tx:
            await gaps.put_off(tx, gap.id, utc_now())

    def _opened(self, cause: Cause) -> None:
        _GAPS.labels(cause).inc()
        self._bell.ring()
