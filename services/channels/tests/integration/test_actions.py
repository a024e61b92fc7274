"""What is asked to be done to messages: done once in effect, in order, told once, or given up."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from ipaddress import ip_network
from typing import Any
from uuid import UUID

import msgspec
import pytest
from aiohttp import web

from platform_bus import Bell, Received
from platform_core.clock import utc_now
from platform_core.ids import new_id
from platform_crypto import Vault
from platform_outbound import Outbound as Calls
from platform_postgres import Database
from platform_testkit import TestTenant, eventually
from platform_testkit.golden import Golden
from proto_events import envelope as frame
from proto_events.envelope import Envelope, schema_address
from proto_events.message_actions import MessageActionRequested
from ventros_channels.actions.loop import AT_ONCE, EACH, ActionsPart
from ventros_channels.actions.subscribe import on_action_requested
from ventros_channels.adapters.waha.actions import WahaActions
from ventros_channels.domain.adapter import FateUnknown, NotSent
from ventros_channels.domain.connection import Connection

from ..conftest import Api

CHAT = "554400000002@s.whatsapp.net"
MESSAGE = "true_554400000002@c.us_3EB0AA"
REQUESTED = "message_action.requested.v1"


class Actor:
    """A provider in memory; `raises` are what its next calls raise."""

    def __init__(self) -> None:
        self.begun: list[MessageActionRequested] = []
        self.done: list[MessageActionRequested] = []
        self.raises: list[Exception] = []
        self.hangs: dict[UUID, asyncio.Event] = {}

    async def act(self, at: Connection, asked: MessageActionRequested) -> None:
        del at
        self.begun.append(asked)
        if asked.channel_id in self.hangs:
            await self.hangs[asked.channel_id].wait()
        if self.raises:
            raise self.raises.pop(0)
        self.done.append(asked)


class Desk:
    """Asks for actions on one channel, and lets the loop look."""

    def __init__(
        self, tenant: TestTenant, database: Database, vault: Vault, channel_id: UUID
    ) -> None:
        self.actor = Actor()
        self.tenant, self.channel_id, self._database = tenant, channel_id, database
        self.part = ActionsPart(database, vault, {"waha": self.actor}, Bell())

    async def ask(self, kind: Any = "reaction", *, times: int = 2, **more: Any) -> UUID:
        asked = MessageActionRequested(
            action_id=new_id(),
            channel_id=more.pop("channel_id", self.channel_id),
            kind=kind,
            chat=more.pop("chat", CHAT),
            provider_message_id=MESSAGE,
            expires_at=more.pop("expires_at", utc_now() + timedelta(minutes=10)),
            requested_at=utc_now(),
            **more,
        )
        event_id = new_id()
        envelope = Envelope(
            id=event_id,
            source="ventros/messaging",
            type=REQUESTED,
            subject=str(asked.action_id),
            time=utc_now(),
            data_schema=schema_address(REQUESTED),
            tenant_id=self.tenant.tenant_id,
            project_id=self.tenant.project_id,
            partition_key=str(asked.action_id),
            sequence=1,
            correlation_id=event_id,
            data=msgspec.Raw(msgspec.json.encode(asked)),
        )
        async with self._database.tenant(self.tenant.tenant_id) as tx:
            for _ in range(times):
                await on_action_requested(tx, self.tenant.tenant_id, [Received(envelope, asked)])
        return asked.action_id

    async def hurry(self) -> None:
        """What waits for a time is due now."""
        async with self._database.tenant(self.tenant.tenant_id) as tx:
            await tx.execute("UPDATE provider_action SET next_at = now() - interval '1 s'")

    async def envelopes(self) -> list[bytes]:
        async with self._database.tenant(self.tenant.tenant_id) as tx:
            rows = await tx.fetch(
                "SELECT envelope FROM outbox WHERE type LIKE 'channel.action%' ORDER BY seq"
            )
        return [row["envelope"] for row in rows]

    async def said(self) -> list[tuple[str, dict[str, Any]]]:
        told = [frame.decode(each) for each in await self.envelopes()]
        return [(one.type, msgspec.json.decode(one.data)) for one in told]


@pytest.fixture
async def desk(api: Api, tenant: TestTenant, database: Database, vault: Vault) -> Desk:
    channel = await api.create()
    return Desk(tenant, database, vault, UUID(channel["id"]))


async def test_what_is_asked_is_done_in_order_and_told_once(desk: Desk) -> None:
    first = await desk.ask(emoji="👍")
    second = await desk.ask(emoji="🎉")
    assert await desk.part.run_once() >= 1
    await desk.part.run_once()
    await desk.part.run_once()
    assert [each.emoji for each in desk.actor.done] == ["👍", "🎉"]
    assert [(kind, data["action_id"]) for kind, data in await desk.said()] == [
        ("channel.action_done.v1", str(first)),
        ("channel.action_done.v1", str(second)),
    ]


async def test_a_lost_answer_is_asked_again_and_holds_what_comes_after_it(desk: Desk) -> None:
    desk.actor.raises = [
        FateUnknown("500"),
        NotSent("unavailable", "away", again=True, everywhere=True),
    ]
    await desk.ask(emoji="👍")
    await desk.ask(emoji="🎉")
    for _ in range(5):
        await desk.part.run_once()
        await desk.hurry()
    assert [each.emoji for each in desk.actor.done] == ["👍", "🎉"]
    assert len(await desk.said()) == 2


async def test_what_the_provider_refuses_is_given_up(desk: Desk, golden: Golden) -> None:
    desk.actor.raises = [NotSent("rejected", "WAHA refused it (422).", code="422")]
    await desk.ask("edit", text="melhor")
    await desk.part.run_once()
    await desk.ask("revocation", expires_at=utc_now() - timedelta(seconds=1))
    await desk.part.run_once()
    await desk.ask("seen", channel_id=new_id(), times=1)
    await desk.ask("seen")
    await desk.part.run_once()
    assert [(kind, data.get("failure")) for kind, data in await desk.said()] == [
        ("channel.action_failed.v1", "rejected"),
        ("channel.action_failed.v1", "expired"),
        ("channel.action_failed.v1", "unavailable"),
        ("channel.action_done.v1", None),
    ]
    golden.check("channels", await desk.envelopes())


async def test_a_channel_whose_provider_hangs_leaves_room_for_others(desk: Desk, api: Api) -> None:
    """It has a quarter of the places, however much waits for it and how often it is looked."""
    for number in range(AT_ONCE):
        await desk.ask(chat=f"5544{number:08}@s.whatsapp.net", times=1)
    other = UUID((await api.create(external_id="2"))["id"])
    hanging = asyncio.Event()
    desk.actor.hangs = {desk.channel_id: hanging}
    await desk.part.start()
    try:
        await eventually(lambda: len(desk.actor.begun) == EACH)
        await desk.ask(channel_id=other, times=1)
        await eventually(lambda: len(desk.actor.done) == 1)
        assert [one.channel_id for one in desk.actor.done] == [other]
        assert len(desk.actor.begun) == EACH + 1
        hanging.set()
        await eventually(lambda: len(desk.actor.done) == AT_ONCE + 1)
    finally:
        hanging.set()
        await desk.part.stop()


async def test_waha_is_asked_as_it_documents() -> None:
    asked: list[tuple[str, str, Any]] = []

    async def handle(request: web.Request) -> web.Response:
        raw = await request.read()
        asked.append((request.method, request.path, msgspec.json.decode(raw) if raw else None))
        if request.method == "GET":
            return web.json_response([{"id": "7", "name": "VIP", "color": 1, "colorHex": "#fff"}])
        return web.Response(status=200)

    async for at in served(handle):
        waha = WahaActions(Calls(allow=(ip_network("127.0.0.0/8"),), timeout=5))
        common = {
            "action_id": new_id(),
            "channel_id": new_id(),
            "chat": CHAT,
            "provider_message_id": MESSAGE,
            "expires_at": utc_now(),
            "requested_at": utc_now(),
        }
        for more in (
            {"kind": "reaction", "emoji": "👍"},
            {"kind": "reaction", "emoji": ""},
            {"kind": "edit", "text": "melhor"},
            {"kind": "revocation"},
            {"kind": "seen"},
            {"kind": "vote", "options": ["manhã"]},
            {"kind": "archive"},
            {"kind": "unarchive"},
            {"kind": "label", "label_id": "8"},
            {"kind": "unlabel", "label_id": "7"},
            {"kind": "unlabel", "label_id": "9"},
        ):
            await waha.act(at, msgspec.convert({**common, **more}, MessageActionRequested))
    path = f"/api/loja/chats/554400000002@c.us/messages/{MESSAGE}"
    labels = "/api/loja/labels/chats/554400000002@c.us"
    reaction = {"session": "loja", "messageId": MESSAGE}
    assert asked == [
        ("PUT", "/api/reaction", {**reaction, "reaction": "👍"}),
        ("PUT", "/api/reaction", {**reaction, "reaction": ""}),
        ("PUT", path, {"text": "melhor"}),
        ("DELETE", path, None),
        ("POST", "/api/sendSeen", {"session": "loja", "chatId": "554400000002@c.us"}),
        (
            "POST",
            "/api/sendPollVote",
            {
                "session": "loja",
                "chatId": "554400000002@c.us",
                "pollMessageId": MESSAGE,
                "votes": ["manhã"],
            },
        ),
        ("POST", "/api/loja/chats/554400000002@c.us/archive", None),
        ("POST", "/api/loja/chats/554400000002@c.us/unarchive", None),
        ("GET", labels, None),
        ("PUT", labels, {"labels": [{"id": "7"}, {"id": "8"}]}),
        ("GET", labels, None),
        ("PUT", labels, {"labels": []}),
        ("GET", labels, None),
    ]


async def test_what_an_engine_cannot_do_is_given_up_at_once() -> None:
    async def handle(request: web.Request) -> web.Response:
        del request
        return web.Response(status=501)

    async for at in served(handle):
        waha = WahaActions(Calls(allow=(ip_network("127.0.0.0/8"),), timeout=5))
        asked = MessageActionRequested(
            action_id=new_id(),
            channel_id=new_id(),
            kind="archive",
            chat=CHAT,
            expires_at=utc_now(),
            requested_at=utc_now(),
        )
        with pytest.raises(NotSent) as refused:
            await waha.act(at, asked)
        assert (refused.value.failure, refused.value.again) == ("unsupported", False)


async def served(handle: Any) -> AsyncIterator[Connection]:
    """A server of our own, and how it is reached."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield Connection(base_url=url, session="loja", api_key="k-1")
    await runner.cleanup()
