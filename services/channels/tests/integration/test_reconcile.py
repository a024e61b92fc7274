"""What webhooks did not bring comes from the provider's history: all of it, and nothing twice."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from platform_bus import Bell
from platform_core.clock import utc_now
from platform_core.ids import new_id
from platform_crypto import Vault
from platform_outbound import Outbound
from platform_postgres import Database
from platform_testkit import ServiceDatabase
from ventros_channels.adapters.waha.history import PAGE
from ventros_channels.domain.channel import ChannelNotFound
from ventros_channels.domain.gap import Filled
from ventros_channels.operate import reconcile_command
from ventros_channels.reconcile import Reconciler
from ventros_channels.watch.by_hand import SpanTooLong, reconcile

from ..conftest import Api, Pipeline, Webhooks, fixture
from ..kept import CHATS, START, Waha, keeping, payload


@pytest.fixture
async def waha() -> AsyncIterator[Waha]:
    async with keeping() as waha:
        yield waha


class Desk:
    """A channel at this WAHA, and what it takes to reconcile it."""

    def __init__(self, channel: dict[str, Any], database: Database, vault: Vault) -> None:
        self.channel, self.database, self.vault = channel, database, vault

    async def reconcile(self, hours: float = 1, channel_id: UUID | None = None) -> Filled:
        calls = Outbound(allow=(ip_network("127.0.0.0/8"),), timeout=5)
        now = utc_now()
        wanted = channel_id or UUID(self.channel["id"])
        reconciler = Reconciler(self.database, self.vault, calls, Bell())
        await reconciler.start()
        try:
            since = now - timedelta(hours=hours)
            return await reconcile(self.database, reconciler, wanted, since, now)
        finally:
            await reconciler.stop()
            await calls.close()


@pytest.fixture
async def desk(api: Api, waha: Waha, database: Database, vault: Vault) -> Desk:
    return Desk(await api.create(config={"base_url": waha.url}), database, vault)


def webhook(number: int) -> bytes:
    """The same message as its webhook told it."""
    document = msgspec.json.decode(fixture("message"))
    return msgspec.json.encode(
        document | {"id": f"evt_{number}", "event": "message.any", "payload": payload(number)}
    )


async def test_what_webhooks_lost_is_told_once_and_in_order(
    desk: Desk, waha: Waha, webhooks: Webhooks, pipeline: Pipeline
) -> None:
    count = 2 * PAGE + 7
    waha.kept = {
        CHATS[0]: [payload(number) for number in range(count)],
        CHATS[1]: [payload(1, CHATS[1]), payload(2, CHATS[1], timestamp=START - 7200)],
    }
    for number in (0, 1, 5):
        await webhooks.post(desk.channel, webhook(number))
    await pipeline.deliver()
    done = await desk.reconcile()
    assert (done.chats, done.found, done.unread, done.refused) == (2, count + 1, [], [])
    await pipeline.deliver()
    await desk.reconcile()
    for number in (2, 3):  # webhooks that were only late
        await webhooks.post(desk.channel, webhook(number))
    await pipeline.deliver()
    told = [message.stanza for message in await pipeline.messages()]
    first = [f"3A3{number:04}" for number in range(count)]
    assert sorted(told) == sorted([*first, "3A40001"])
    fetched = [stanza for stanza in told if stanza.startswith("3A3")][3:]
    assert fetched == sorted(fetched)


async def test_a_chat_that_moves_up_while_the_list_is_read_is_found(
    desk: Desk, waha: Waha, pipeline: Pipeline
) -> None:
    quiet = [f"5544{number:08}@c.us" for number in range(100, 100 + PAGE)]
    waha.kept = {chat: [] for chat in quiet} | {CHATS[0]: [payload(1)]}
    waha.moving = CHATS[0]
    done = await desk.reconcile()
    assert (done.chats, done.found) == (PAGE + 1, 1)
    await pipeline.deliver()
    assert len(await pipeline.messages()) == 1


async def test_a_chat_that_cannot_be_read_is_named_and_holds_no_other(
    desk: Desk, waha: Waha
) -> None:
    waha.kept = {CHATS[0]: [payload(1)], CHATS[1]: [payload(1, CHATS[1])]}
    waha.broken = {CHATS[0]}
    done = await desk.reconcile()
    assert done.found == 1
    assert [chat for chat, _ in done.unread] == [CHATS[0]]


async def test_the_command_says_what_it_did_and_fails_for_what_it_could_not(
    desk: Desk,
    waha: Waha,
    ring_file: bytes,
    service_database: ServiceDatabase,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    keys = tmp_path / "keys.json"
    keys.write_bytes(ring_file)
    keys.chmod(0o600)
    environ = {
        "VENTROS_DATABASE_APP_URL": service_database.app_url,
        "VENTROS_DATABASE_RELAY_URL": service_database.relay_url,
        "VENTROS_DATABASE_SYSTEM_URL": service_database.system_url,
        "VENTROS_CREDENTIAL_KEYS": str(keys),
        "VENTROS_WAHA_NETWORKS": "127.0.0.0/8",
    }
    since = (utc_now() - timedelta(hours=1)).isoformat()
    argv = ["--channel", desk.channel["id"], "--since", since]
    waha.kept = {CHATS[0]: [payload(1)], CHATS[1]: [payload(1, CHATS[1])]}
    assert await asyncio.to_thread(reconcile_command, argv, environ) == 0
    assert capsys.readouterr().out == "2 messages of 2 chats are stored\n"
    waha.broken = {CHATS[0]}
    assert await asyncio.to_thread(reconcile_command, argv, environ) == 1
    assert CHATS[0] in capsys.readouterr().err
    argv[1] = str(new_id())
    assert await asyncio.to_thread(reconcile_command, argv, environ) == 1
    assert "did not come to its end" in capsys.readouterr().err


async def test_neither_a_long_span_nor_an_unknown_channel_is_reconciled(desk: Desk) -> None:
    with pytest.raises(SpanTooLong):
        await desk.reconcile(hours=25)
    with pytest.raises(ChannelNotFound):
        await desk.reconcile(channel_id=new_id())
