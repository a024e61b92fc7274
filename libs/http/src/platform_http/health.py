"""Health: alive as long as the loop answers, ready when every part says so."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from platform_postgres import Database
from platform_telemetry import exposition

Probe = Callable[[], bool | Awaitable[bool]]

_PROBE_SECONDS = 2.0


class HealthReport(msgspec.Struct, frozen=True, kw_only=True):
    """What `/health/ready` answers."""

    status: str
    parts: dict[str, bool]


class Health:
    """The parts of a process that have to work for it to be of use."""

    def __init__(self) -> None:
        self._probes: dict[str, Probe] = {}
        self.draining = False

    def watch(self, name: str, probe: Probe) -> None:
        """Add a part. A probe that raises or takes longer than 2 s means: not ready."""
        self._probes[name] = probe

    def watch_database(self, db: Database) -> None:
        """Add the database, asked anew each time."""

        async def answers() -> bool:
            await db.check()
            return True

        self.watch("database", answers)

    async def report(self) -> HealthReport:
        """The state of every part; not ready while the process is stopping."""
        states = await asyncio.gather(*(_ask(probe) for probe in self._probes.values()))
        parts = dict(zip(self._probes, states, strict=True))
        ready = all(states) and not self.draining
        return HealthReport(status="ready" if ready else "not_ready", parts=parts)


async def _ask(probe: Probe) -> bool:
    try:
        answer = probe()
        if isinstance(answer, bool):
            return answer
        return await asyncio.wait_for(answer, _PROBE_SECONDS)
    except Exception:
        return False


def routes(health: Health) -> list[HTTPRouteHandler]:
    """`/health/live`, `/health/ready` and `/metrics`, for the process's own port."""

    @get("/health/live", include_in_schema=False, operation_id="live")
    async def live() -> Response[dict[str, str]]:
        return Response({"status": "live"})

    @get("/health/ready", include_in_schema=False, operation_id="ready")
    async def ready() -> Response[HealthReport]:
        report = await health.report()
        return Response(report, status_code=200 if report.status == "ready" else 503)

    @get("/metrics", include_in_schema=False, operation_id="metrics")
    async def metrics() -> Response[bytes]:
        body, content_type = exposition()
        return Response(body, media_type=content_type)

    handlers: list[Any] = [live, ready, metrics]
    return handlers
