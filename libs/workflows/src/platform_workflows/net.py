"""The net under workflows: what nobody works on any more is found, and given to somebody."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from platform_telemetry import get_logger

log = get_logger(__name__)

Look = Callable[[], Awaitable[int]]
"""Finds what was lost and starts it again, a batch at most; how much it was."""


Passes = Callable[[Exception], bool]
"""Whether a failure passes by itself, such as that of a server that is away."""


class Net:
    """A slow background loop: looks every `interval` seconds, and goes on after what passes."""

    def __init__(self, name: str, look: Look, passes: Passes, *, interval: float = 60.0) -> None:
        self.name = name
        self._look = look
        self._passes = passes
        self._interval = interval
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def ready(self) -> bool:
        """True while the loop runs."""
        return self._task is not None and not self._task.done()

    async def start(self) -> None:
        """Begin in the background; the first look is an interval away."""
        self._stopping.clear()
        self._task = asyncio.create_task(self._run(), name=self.name)

    async def stop(self) -> None:
        """Finish the round and stop."""
        self._stopping.set()
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._interval)
                return
            try:
                found = await self._look()
            except Exception as error:
                if not self._passes(error):
                    raise
                log.warning("net.away", net=self.name, reason=type(error).__name__)
            else:
                if found:
                    log.warning("net.found", net=self.name, found=found)
