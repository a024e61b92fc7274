"""A WAHA that keeps messages: what it shows of its chats, and when it cannot."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from aiohttp import web

from platform_core.clock import utc_now

from .conftest import fixture

CHATS = ("554400000003@c.us", "554400000004@c.us")
START = int(utc_now().timestamp()) - 1800


def payload(number: int, chat: str = CHATS[0], **more: Any) -> dict[str, Any]:
    """Message `number` of a chat, as the history shows it, some seconds after the one before."""
    shown: dict[str, Any] = msgspec.json.decode(fixture("message"))["payload"]
    shown.pop("_data", None)
    name = f"false_{chat}_3A{chat[11]}{number:04}"
    return {**shown, "id": name, "from": chat, "timestamp": START + number * 5, **more}


class Waha:
    """A WAHA with a store: chats by their last message, messages newest first, in pages."""

    def __init__(self) -> None:
        self.kept: dict[str, list[dict[str, Any]]] = {}
        self.broken: set[str] = set()
        self.moving = ""
        self.url = ""

    async def chats(self, request: web.Request) -> web.Response:
        ids = list(self.kept)
        if self.moving and request.query["offset"] != "0":
            # Somebody writes meanwhile, and the chat goes past whoever pages down.
            ids.remove(self.moving)
            ids.insert(0, self.moving)
            self.moving = ""
            self.kept = {chat: self.kept[chat] for chat in ids}
        last = {chat: self.kept[chat][-1] if self.kept[chat] else None for chat in ids}
        return self._page(request, [{"id": chat, "lastMessage": last[chat]} for chat in ids])

    async def messages(self, request: web.Request) -> web.Response:
        chat, query = request.match_info["chat"], request.query
        if chat in self.broken:
            return web.Response(status=500)
        low, high = int(query["filter.timestamp.gte"]), int(query["filter.timestamp.lte"])
        fitting = [one for one in self.kept[chat] if low <= one["timestamp"] <= high]
        return self._page(request, fitting[::-1])

    def _page(self, request: web.Request, items: list[Any]) -> web.Response:
        offset, limit = int(request.query["offset"]), int(request.query["limit"])
        return web.json_response(items[offset : offset + limit])


@asynccontextmanager
async def keeping() -> AsyncIterator[Waha]:
    """It listens until the end of the block."""
    waha = Waha()
    app = web.Application()
    app.router.add_get("/api/{session}/chats/overview", waha.chats)
    app.router.add_get("/api/{session}/chats/{chat}/messages", waha.messages)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    waha.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield waha
    await runner.cleanup()
