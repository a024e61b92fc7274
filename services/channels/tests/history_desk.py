"""A channel whose WAHA kept a past, and workers that import it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from ipaddress import ip_network
from typing import Any
from uuid import UUID

from aiohttp import web
from aiohttp.typedefs import Handler

from platform_bus import Bell
from platform_core.clock import utc_now
from platform_core.ids import new_id
from platform_crypto import Vault
from platform_outbound import Outbound
from platform_postgres import Database
from ventros_channels.adapters import adapters
from ventros_channels.history.work import Historian

from .conftest import Api
from .integration.test_reconcile import CHATS, Waha, payload

WEEK = timedelta(days=7)
BEGIN = int((utc_now() - timedelta(days=3)).timestamp())


def kept(number: int, chat: str = CHATS[0], **more: Any) -> dict[str, Any]:
    """Message `number` of a chat, of three days ago."""
    return payload(number, chat, **{"timestamp": BEGIN + number * 60, **more})


class HistoryDesk:
    """A channel at this WAHA, and a worker that imports its history."""

    def __init__(
        self, api: Api, channel: dict[str, Any], database: Database, vault: Vault, tenant: UUID
    ) -> None:
        self.api, self.channel, self.tenant = api, channel, tenant
        self.database, self.vault = database, vault
        self.path = f"/v1/channels/{channel['id']}/history-imports"

    def historian(self, patience: float = 0, per_second: float = 1e6) -> Historian:
        """A worker of its own: one that died leaves nothing to the next."""
        calls = Outbound(allow=(ip_network("127.0.0.0/8"),), timeout=5)
        return Historian(
            self.database,
            self.vault,
            adapters(calls),
            calls,
            Bell(),
            per_second=per_second,
            patience=timedelta(seconds=patience),
        )

    async def ask(self, **body: Any) -> Any:
        body = {"from": (utc_now() - WEEK).isoformat(), **body}
        return await self.api.call("POST", self.path, json=body, key=str(new_id()))

    async def begun(self, **body: Any) -> UUID:
        """An import that somebody asked for, with its chats listed."""
        answer = await self.ask(**body)
        assert answer.status_code == 202, answer.text
        import_id = UUID(answer.json()["id"])
        await self.historian().begin(self.tenant, import_id)
        return import_id

    async def run(self, import_id: UUID, pages: int = 1000) -> bool:
        """So many pages, and the end if there are no more; whether there are."""
        historian = self.historian()
        more = await historian.carry_on(self.tenant, import_id, pages)
        if not more:
            await historian.end(self.tenant, import_id, None)
        return more

    async def read(self, import_id: UUID, path: str = "") -> Any:
        answer = await self.api.call("GET", f"{self.path}/{import_id}{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()


class Forbidding(Waha):
    """A WAHA that may have another key than the channel."""

    key_refused = False


@asynccontextmanager
async def remembering() -> AsyncIterator[Forbidding]:
    """A WAHA with a store, which can be called, with a key that it knows or not."""
    waha = Forbidding()

    @web.middleware
    async def checked(request: web.Request, handler: Handler) -> web.StreamResponse:
        return web.Response(status=401) if waha.key_refused else await handler(request)

    app = web.Application(middlewares=[checked])
    app.router.add_get("/api/{session}/chats/overview", waha.chats)
    app.router.add_get("/api/{session}/chats/{chat}/messages", waha.messages)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    waha.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield waha
    await runner.cleanup()
