"""A Graph API that answers as it is told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from aiohttp import web

TAKEN: dict[str, Any] = {
    "messaging_product": "whatsapp",
    "contacts": [{"input": "5544000000003", "wa_id": "5544000000003"}],
    "messages": [{"id": "wamid.TAKEN"}],
}


class Asked(msgspec.Struct, frozen=True):
    """A request as it came."""

    method: str
    path: str
    query: str
    authorization: str
    body: Any


class Graph:
    """`answers` are given one after the other, then `TAKEN`; a status of 0 breaks off."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[Asked] = []
        self.answers: list[tuple[int, Any]] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One request."""
        content = await request.read()
        self.asked.append(
            Asked(
                request.method,
                request.path,
                request.query_string,
                request.headers.get("Authorization", ""),
                _read(request, content),
            )
        )
        status, body = self.answers.pop(0) if self.answers else (200, TAKEN)
        if status == 0 and request.transport is not None:
            request.transport.abort()
            return web.Response()
        given = body if isinstance(body, bytes) else msgspec.json.encode(body)
        return web.Response(status=status, body=given, content_type="application/json")


def _read(request: web.Request, content: bytes) -> Any:
    """A document, or a form as it came."""
    if not content or request.content_type != "application/json":
        return content or None
    return msgspec.json.decode(content)


@asynccontextmanager
async def answering() -> AsyncIterator[Graph]:
    """Listens on a port of its own."""
    graph = Graph()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", graph.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    graph.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield graph
    finally:
        await runner.cleanup()
