"""The loop that fetches files: bounded in all, and for each channel."""

import asyncio
from datetime import timedelta
from typing import Final

from platform_bus import Bell
from platform_bus.bell import wait
from platform_core.ids import new_id
from platform_postgres import Database, is_transient
from platform_telemetry import get_logger
from ventros_channels.media.fetch import Fetching
from ventros_channels.store import media_jobs
from ventros_channels.store.media_jobs import Job

log = get_logger(__name__)

AT_ONCE: Final = 8
"""Files that one process fetches at the same time."""
PER_CHANNEL: Final = 2
"""Files of one channel that are fetched at the same time, by all processes."""

_HOLD: Final = timedelta(minutes=10)
_LOOK: Final = 0.5
_STOP: Final = 5.0


class FilesPart:
    """A part of the process. What it does not finish when it stops is fetched again later."""

    name = "files"

    def __init__(self, database: Database, fetching: Fetching, bell: Bell) -> None:
        self._database = database
        self._fetching = fetching
        self._bell = bell
        self._holder = new_id()
        self._stop = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None

    @property
    def ready(self) -> bool:
        """True while the loop runs."""
        return self._task is not None and not self._task.done()

    async def start(self) -> None:
        """Begin to look for what is due."""
        self._stop.clear()
        self._task = asyncio.create_task(self._run(), name="files")

    async def stop(self) -> None:
        """Take nothing more; what is on its way may end soon, or is given up."""
        self._stop.set()
        if self._task is not None:
            await self._task

    async def run_once(self) -> int:
        """Fetch what is due, as far as there is room, to its end; how many files that were."""
        jobs = await self._take(AT_ONCE)
        await asyncio.gather(*(self._one(job) for job in jobs))
        return len(jobs)

    async def _run(self) -> None:
        try:
            while not self._stop.is_set():
                begun = await self._begin()
                if self._running and (not begun or len(self._running) >= AT_ONCE):
                    # What ends makes room, also for the next of its own channel.
                    await asyncio.wait(
                        self._running, timeout=_LOOK, return_when=asyncio.FIRST_COMPLETED
                    )
                elif not begun:
                    await wait(self._stop, _LOOK)
            if self._running:
                await asyncio.wait(self._running, timeout=_STOP)
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    async def _begin(self) -> int:
        try:
            jobs = await self._take(AT_ONCE - len(self._running))
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("files.away", reason=type(error).__name__)
            return 0
        for job in jobs:
            task = asyncio.create_task(self._one(job), name=f"file {job.message_id}")
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return len(jobs)

    async def _take(self, room: int) -> list[Job]:
        if room <= 0:
            return []
        async with self._database.system() as tx:
            return await media_jobs.take(tx, self._holder, _HOLD, room, per_channel=PER_CHANNEL)

    async def _one(self, job: Job) -> None:
        try:
            await self._fetching.do(job, self._holder)
        except Exception as error:
            # The others go on; this one is found again when its hold has run out.
            if is_transient(error):
                log.warning("file.away", message_id=str(job.message_id), reason=repr(error))
            else:
                log.exception("file.failed", message_id=str(job.message_id))
        finally:
            self._bell.ring()
