"""`/health`: the state of every service, in one answer."""

import asyncio
import time
from collections.abc import Mapping
from typing import Literal

import aiohttp
import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from platform_http.health import HealthReport
from ventros_gateway.upstream import Upstream

ASK_SECONDS = 2.0
KEEP_SECONDS = 1.0


class ServiceHealth(msgspec.Struct, frozen=True, kw_only=True):
    """One service; without parts when it does not answer."""

    status: Literal["ready", "not_ready", "away"]
    parts: dict[str, bool]


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """All services."""

    status: Literal["ready", "not_ready"]
    services: dict[str, ServiceHealth]


_AWAY = ServiceHealth(status="away", parts={})


class ServiceOverview:
    """Asks every service, at most once a second however often it is asked itself."""

    def __init__(self, upstream: Upstream, services: Mapping[str, str]) -> None:
        self._upstream = upstream
        self._services = services
        self._lock = asyncio.Lock()
        self._known: tuple[float, Overview] | None = None

    async def look(self) -> Overview:
        """The state of a moment ago."""
        async with self._lock:
            now = time.monotonic()
            if self._known is None or now - self._known[0] > KEEP_SECONDS:
                self._known = (now, await self._ask_all())
            return self._known[1]

    async def _ask_all(self) -> Overview:
        states = await asyncio.gather(*(self._ask(url) for url in self._services.values()))
        ready = all(state.status == "ready" for state in states)
        return Overview(
            status="ready" if ready else "not_ready",
            services=dict(zip(self._services, states, strict=True)),
        )

    async def _ask(self, url: str) -> ServiceHealth:
        try:
            async with asyncio.timeout(ASK_SECONDS):
                async with self._upstream.session.get(f"{url.rstrip('/')}/health/ready") as answer:
                    report = msgspec.json.decode(await answer.read(), type=HealthReport)
        except (aiohttp.ClientError, OSError, TimeoutError, msgspec.DecodeError):
            return _AWAY
        status: Literal["ready", "not_ready"] = "ready" if report.status == "ready" else "not_ready"
        return ServiceHealth(status=status, parts=report.parts)


def route(overview: ServiceOverview) -> HTTPRouteHandler:
    """The handler of `/health`."""

    @get("/health", operation_id="read_health", summary="Health of all services")
    async def read_health() -> Response[Overview]:
        """200 when every service is ready, else 503; the body says which is not."""
        seen = await overview.look()
        return Response(seen, status_code=200 if seen.status == "ready" else 503)

    return read_health
