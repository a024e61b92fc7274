"""The loop that gives turns: woken by what is asked for, and again when a channel is due."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import msgspec
import pytest

from platform_bus import Bell
from platform_bus.processing import Processor
from platform_crypto import Vault
from platform_postgres import Database
from platform_testkit import TestTenant
from platform_testkit.waiting import eventually
from proto_events import envelope as frame
from ventros_channels.delivery import loop, turn
from ventros_channels.delivery.loop import DeliveryPart
from ventros_channels.delivery.subscribe import SENDING

from ..conftest import Api
from ..desk import Desk

NEVER = 3600.0
CHATS = [f"55440000001{n}@s.whatsapp.net" for n in range(3)]


@pytest.fixture
async def desk(api: Api, tenant: TestTenant, database: Database, vault: Vault) -> Desk:
    channel: dict[str, Any] = await api.create()
    desk = Desk(tenant, database, vault, UUID(channel["id"]))
    await desk.never_pause()
    return desk


@pytest.fixture
def asked() -> Bell:
    return Bell()


@pytest.fixture
async def part(
    desk: Desk, database: Database, vault: Vault, asked: Bell, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[DeliveryPart]:
    """A loop that looks by itself only when it starts."""
    monkeypatch.setattr(loop, "_LOOK", NEVER)
    adapters = {desk.provider.type: desk.provider}
    part = DeliveryPart(database, vault, adapters, Bell(), asked=asked)
    await part.start()
    yield part
    await part.stop()


async def hear(desk: Desk, database: Database, asked: Bell, *texts: str) -> None:
    """As the process does: what is asked for comes to the consumer, which rings."""

    async def bury(body: bytes, reason: str) -> None:
        raise AssertionError(reason)

    processor = Processor(
        database,
        msgspec.structs.replace(SENDING, rings=asked),
        Bell(),
        dead_letter=bury,
        attempts=1,
        stop=asyncio.Event(),
    )
    events = [desk.asked(text, chat=CHATS[n]) for n, text in enumerate(texts)]
    assert await processor.handle([frame.join([frame.encode(e.envelope) for e in events])])


async def test_what_is_asked_for_is_sent_without_waiting_for_a_look(
    desk: Desk, database: Database, asked: Bell, part: DeliveryPart
) -> None:
    await hear(desk, database, asked, "um")

    async def all_sent() -> bool:
        return await desk.states() == ["sent"]

    await eventually(all_sent)
    assert part.alive


async def test_a_channel_with_more_to_do_is_looked_at_again_by_itself(
    desk: Desk,
    database: Database,
    asked: Bell,
    part: DeliveryPart,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turn, "IN_A_ROW", 1)
    await hear(desk, database, asked, "um", "dois", "três")

    async def all_sent() -> bool:
        return await desk.states() == ["sent"] * 3

    await eventually(all_sent)


async def test_a_turn_that_ends_makes_room_for_the_channel_that_waits(
    desk: Desk,
    api: Api,
    database: Database,
    vault: Vault,
    asked: Bell,
    part: DeliveryPart,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loop, "AT_ONCE", 1)
    other = await api.create(external_id="2")
    waiting = Desk(desk.tenant, database, vault, UUID(other["id"]))
    await waiting.never_pause()
    desk.provider.gate = asyncio.Event()
    await hear(desk, database, asked, "um")
    async with asyncio.timeout(10):
        await desk.provider.called.wait()
    await hear(waiting, database, asked, "dois")
    desk.provider.gate.set()

    async def all_sent() -> bool:
        return await desk.states() == ["sent", "sent"]

    await eventually(all_sent)
