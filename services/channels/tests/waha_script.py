"""A server that answers each path as it was told, and keeps what it was asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from aiohttp import web


class Script:
    """`answers` by `"GET /path"`: a status and a document or bytes; a list is used up in turn, its
    last one stays. What is not there is 404. With a `gate` (called, go on) each call waits."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: list[tuple[str, Any]] = []
        self.keys: set[str | None] = set()
        self.accepted: list[str] = []
        self.url = ""
        self._was_asked = asyncio.Event()
        self.gate: tuple[asyncio.Event, asyncio.Event] | None = None

    async def handle(self, request: web.Request) -> web.Response:
        raw = await request.read()
        asked = f"{request.method} {request.path_qs}"
        self.asked.append((asked, msgspec.json.decode(raw) if raw else None))
        self._was_asked.set()
        self.keys.add(request.headers.get("X-Api-Key"))
        self.accepted.append(request.headers["Accept"])
        if self.gate is not None:
            called, go_on = self.gate
            called.set()
            await go_on.wait()
        given = self.answers.get(asked, (404, {"message": "Not Found"}))
        if isinstance(given, list):
            given = given.pop(0) if len(given) > 1 else given[0]
        status, document = given
        if isinstance(document, bytes):
            return web.Response(status=status, body=document, content_type="image/png")
        content = msgspec.json.encode(document)
        return web.Response(status=status, body=content, content_type="application/json")

    async def until_asked(self, timeout: float = 10) -> None:
        """Wait for the first call. Raises `TimeoutError`."""
        async with asyncio.timeout(timeout):
            await self._was_asked.wait()

    def of(self, method: str) -> list[str]:
        """The paths that were asked by this method."""
        return [asked.partition(" ")[2] for asked, _ in self.asked if asked.startswith(method)]


@asynccontextmanager
async def listening() -> AsyncIterator[Script]:
    """A script that can be called."""
    script = Script()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", script.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    script.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield script
    finally:
        await runner.cleanup()
