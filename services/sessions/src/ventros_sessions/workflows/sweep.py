"""The net under the timers: a session that is overdue has lost its timer and is given another.

It happens when Temporal lost its data, or when somebody ended a workflow by hand. A timer that
does run is only asked to look.
"""

import asyncio
import contextlib

from platform_core.errors import Unavailable
from platform_postgres import Database, is_transient
from platform_telemetry import counter, get_logger
from ventros_sessions.settings import SweepSettings
from ventros_sessions.store.overdue import overdue
from ventros_sessions.workflows.timers import Timers, together

log = get_logger(__name__)

_BATCH = 200
_SWEPT = counter("sessions_swept", "Overdue sessions whose timer was started or asked to look.")


class Sweep:
    """A slow background loop; bounded by a batch each time."""

    name = "sweep"

    def __init__(self, database: Database, timers: Timers, settings: SweepSettings) -> None:
        self._database = database
        self._timers = timers
        self._settings = settings
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
        """Look once; how many sessions were overdue."""
        async with self._database.system() as tx:
            found = await overdue(tx, self._settings.session_sweep_grace, _BATCH)
        await together([self._timers.look(*session, "reopened") for session in found])
        _SWEPT.inc(len(found))
        return len(found)

    async def _run(self) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._settings.session_sweep_interval)
                return
            try:
                found = await self.run_once()
            except Exception as error:
                if not (isinstance(error, Unavailable) or is_transient(error)):
                    raise
                log.warning("sweep.away", reason=type(error).__name__)
            else:
                if found:
                    log.warning("sweep.found", sessions=found)
