"""One process: its parts started in order, watched, and stopped in order with deadlines.

Parts are started in the order of the list, the HTTP server last; they are stopped the other way
round, so HTTP goes first and what others lean on (the bus with its relay) stands first in the list
and goes last.
"""

import asyncio
import functools
import signal
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Protocol, runtime_checkable

from platform_http.health import Health
from platform_http.server import HttpServer
from platform_telemetry import get_logger

log = get_logger(__name__)

EXIT_CLEAN: Final = 0
EXIT_FAILED_AT_START: Final = 1
EXIT_USAGE: Final = 2
EXIT_WATCHDOG: Final = 70
STOP_SECONDS: Final = 30.0
_WATCH_SECONDS: Final = 1.0


class Part(Protocol):
    """Background work that a process supervises.

    `start` returns as soon as the work runs in the background; a server that is away does not make
    it fail, the part tries again and is not `ready` meanwhile. `stop` finishes what is in hand.
    """

    @property
    def name(self) -> str:
        """What health and logs call it."""
        ...

    @property
    def ready(self) -> bool:
        """Whether it does its work at this moment."""
        ...

    async def start(self) -> None:
        """Begin."""
        ...

    async def stop(self) -> None:
        """Finish in order."""
        ...


@runtime_checkable
class Watched(Protocol):
    """A part that can tell when it will not come back by itself."""

    @property
    def alive(self) -> bool:
        """False when only a new process helps; the watchdog then ends this one."""
        ...


@runtime_checkable
class Drained(Protocol):
    """A part with work that would not end by itself, such as open streams."""

    def drain(self) -> None:
        """End it: the process stops now."""
        ...


async def _nothing() -> None:
    return


class Process:
    """What a service's `app.py` builds: an application and the parts beside it."""

    def __init__(
        self,
        app: Any,
        health: Health,
        parts: Sequence[Part] = (),
        *,
        close: Callable[[], Awaitable[None]] = _nothing,
        web_sockets: Callable[[str], bool] | None = None,
    ) -> None:
        """`web_sockets` says of a path whether the application takes WebSockets there."""
        self.app = app
        self.health = health
        self.parts = list(parts)
        self.close = close
        self.web_sockets = web_sockets


async def supervise(
    process: Process, http: HttpServer, *, watchdog_seconds: float, drain_delay: float = 0.0
) -> int:
    """Run until SIGTERM or SIGINT (0) or until the watchdog gives up on a part (70).

    After the signal it says that it is not ready and serves on for `drain_delay` seconds, with
    every answer asking for another connection.

    Raises whatever a part raises when it cannot start; what had started is stopped before.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    parts: list[Part] = [*process.parts, http]
    started: list[Part] = []
    try:
        for part in parts:
            process.health.watch(part.name, functools.partial(getattr, part, "ready"))
            await part.start()
            started.append(part)
        log.info("process_started", port=http.port, parts=[part.name for part in parts])
        given_up = await _watch(parts, stop, watchdog_seconds)
        if given_up is None and drain_delay:
            process.health.draining = True
            http.drain()
            log.info("process_draining", seconds=drain_delay)
            await asyncio.sleep(drain_delay)
    finally:
        process.health.draining = True
        for part in started:
            if isinstance(part, Drained):
                part.drain()
        for part in reversed(started):
            await _stop(part)
        await process.close()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
    log.info("process_stopped", given_up=given_up)
    return EXIT_WATCHDOG if given_up else EXIT_CLEAN


async def _watch(parts: Sequence[Part], stop: asyncio.Event, seconds: float) -> str | None:
    """Wait for the signal; the name of the part that the watchdog gave up on, if any.

    A part that says it is not `alive` is believed at once. Of the others only the HTTP server is
    watched: they are not ready whenever a server is away, and a new process would not help.
    """
    down = 0.0
    while True:
        try:
            async with asyncio.timeout(_WATCH_SECONDS):
                await stop.wait()
                return None
        except TimeoutError:
            pass
        for part in parts:
            if isinstance(part, Watched) and not part.alive:
                log.error("watchdog", part=part.name)
                return part.name
        down = 0.0 if parts[-1].ready else down + _WATCH_SECONDS
        if down >= seconds:
            log.error("watchdog", part=parts[-1].name)
            return parts[-1].name


async def _stop(part: Part) -> None:
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await part.stop()
    except TimeoutError:
        log.exception("stop_timed_out", part=part.name, seconds=STOP_SECONDS)
    except Exception:
        # The others still have to be stopped.
        log.exception("stop_failed", part=part.name)
