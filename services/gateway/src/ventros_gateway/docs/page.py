"""`/openapi.json` and `/docs`: Swagger UI from our own files, so it works without the internet."""

import asyncio
import time
from collections.abc import Mapping
from importlib import resources
from typing import Any, Final

import aiohttp
import msgspec
from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from platform_auth.routes import GATEWAY
from platform_telemetry import get_logger
from ventros_gateway.docs.live import LIVE_DOCUMENT
from ventros_gateway.docs.merge import Document, merge
from ventros_gateway.upstream import Upstream

log = get_logger(__name__)

FETCH_SECONDS = 5.0
KEEP_SECONDS = 60.0
RETRY_SECONDS = 2.0

_TYPES: Final[Mapping[str, str]] = {
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    "start.js": "text/javascript; charset=utf-8",
}
PAGE_HEADERS: Final[Mapping[str, str]] = {
    # Swagger UI sets styles and shows small images inline; scripts come from here alone.
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


class ApiDocument:
    """The merged document. A service that is away is shown as it was, or left out."""

    def __init__(self, upstream: Upstream, services: Mapping[str, str]) -> None:
        self._upstream = upstream
        self._services = services
        self._lock = asyncio.Lock()
        self._known: dict[str, Document] = {}
        self._made: bytes = b""
        self._good_until = float("-inf")

    async def content(self) -> bytes:
        """The document as JSON, at most a minute old."""
        async with self._lock:
            now = time.monotonic()
            if now >= self._good_until:
                complete = await self._fetch_all()
                documents = {
                    name: self._known[name] for name in self._services if name in self._known
                }
                self._made = msgspec.json.encode(merge({**documents, GATEWAY: LIVE_DOCUMENT}))
                self._good_until = now + (KEEP_SECONDS if complete else RETRY_SECONDS)
            return self._made

    async def _fetch_all(self) -> bool:
        fetched = await asyncio.gather(
            *(self._fetch(name, url) for name, url in self._services.items())
        )
        return all(fetched)

    async def _fetch(self, service: str, url: str) -> bool:
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                async with self._upstream.session.get(f"{url.rstrip('/')}/openapi.json") as answer:
                    answer.raise_for_status()
                    document = msgspec.json.decode(await answer.read(), type=dict[str, Any])
        except (aiohttp.ClientError, OSError, TimeoutError, msgspec.DecodeError) as error:
            log.warning("document_not_fetched", of=service, error=type(error).__name__)
            return False
        self._known[service] = document
        return True


def document_route(document: ApiDocument) -> HTTPRouteHandler:
    """The handler of `/openapi.json`."""

    @get("/openapi.json", include_in_schema=False, operation_id="openapi")
    async def openapi() -> Response[bytes]:
        return Response(await document.content(), media_type="application/json")

    return openapi


@get("/docs", include_in_schema=False, operation_id="docs")
async def docs_page() -> Response[bytes]:
    """The page."""
    return Response(
        _asset("index.html"), media_type="text/html; charset=utf-8", headers=dict(PAGE_HEADERS)
    )


@get("/docs/{asset:str}", include_in_schema=False, operation_id="docs_asset")
async def docs_asset(asset: FromPath[str]) -> Response[bytes]:
    """One of the page's files."""
    media_type = _TYPES.get(asset)
    if media_type is None:
        raise NotFoundException
    headers = {"cache-control": "public, max-age=3600", "x-content-type-options": "nosniff"}
    return Response(_asset(asset), media_type=media_type, headers=headers)


def _asset(name: str) -> bytes:
    return resources.files("ventros_gateway.docs").joinpath("assets", name).read_bytes()
