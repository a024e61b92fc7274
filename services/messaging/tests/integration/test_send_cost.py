"""What messages of ours cost the database: few statements, however many messages come at once."""

from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from platform_auth.testing import InternalTokens
from platform_bus import Received
from platform_core.clock import utc_now
from platform_core.ids import new_id
from platform_postgres import Database
from platform_testkit.counting import counted
from proto_events.sending import ChannelMessageFailed, ChannelMessageSent
from ventros_messaging.events.sending import on_fate
from ventros_messaging.events.subscribe import on_message_recorded

from .test_send import CHAT, Shop

MANY = 5


@pytest.fixture
async def shop(
    client: httpx.AsyncClient,
    internal_tokens: InternalTokens,
    database: Database,
    conversation: Any,
) -> Shop:
    """A project with a channel."""
    tenant = conversation.tenant
    headers = internal_tokens.header(tenant.tenant_id, tenant.project_id)
    shop = Shop(client, headers, database, conversation)
    await shop.channel()
    return shop


async def asked(shop: Shop, count: int) -> list[UUID]:
    contact = str(await shop.contact("+5511977776666"))
    return [UUID((await shop.send(contact_id=contact)).json()["id"]) for _ in range(count)]


def sent(shop: Shop, message_id: UUID) -> Received[Any]:
    data = ChannelMessageSent(
        message_id=message_id,
        channel_id=shop.talk.channel_id,
        provider_message_id=f"true_{CHAT}_{message_id}",
        stanza=str(message_id),
        chat=CHAT,
        sent_at=utc_now(),
    )
    return shop.told(data, "channel.message_sent.v1", shop.talk.channel_id)


def failed(shop: Shop, message_id: UUID) -> Received[Any]:
    data = ChannelMessageFailed(
        message_id=message_id,
        channel_id=shop.talk.channel_id,
        failure="unknown",
        reason="Lost.",
        failed_at=utc_now(),
    )
    return shop.told(data, "channel.message_failed.v1", message_id)


async def ids_said(shop: Shop, type_name: str) -> list[str]:
    rows = await shop.said(type_name)
    return [msgspec.json.decode(row["data"], type=dict[str, Any])["message_id"] for row in rows]


async def test_fates_of_many_messages_are_two_statements(shop: Shop, database: Database) -> None:
    messages = await asked(shop, MANY)
    told = [sent(shop, one) for one in [*reversed(messages), new_id()]]
    async with database.tenant(shop.tenant_id) as tx, counted(tx) as statements:
        await on_fate(tx, shop.tenant_id, told)
    assert len(statements) == 2, statements
    assert await ids_said(shop, "message.sent.v1") == [str(one) for one in messages]


async def test_what_comes_of_one_message_in_one_bundle_keeps_its_order(
    shop: Shop, database: Database
) -> None:
    first, second = await asked(shop, 2)
    told = [
        failed(shop, first),
        sent(shop, second),
        failed(shop, second),
        sent(shop, first),
        sent(shop, first),
    ]
    async with database.tenant(shop.tenant_id) as tx, counted(tx) as statements:
        await on_fate(tx, shop.tenant_id, told)
    # Of one message three facts came: three rounds, and what is said of all of them.
    assert len(statements) == 4, statements
    assert await ids_said(shop, "message.failed.v1") == [str(first)]
    assert await ids_said(shop, "message.sent.v1") == [str(second), str(first)]
    for message_id, version in ((first, 3), (second, 2)):
        shown = (await shop.get(f"/v1/outgoing-messages/{message_id}")).json()
        assert (shown["status"], shown["version"]) == ("sent", version)


async def test_messages_of_ours_that_come_before_their_fates_settle_together(
    shop: Shop, database: Database
) -> None:
    messages = await asked(shop, MANY)
    statements: list[list[str]] = []
    for bundle in (messages[:1], messages[1:]):
        told = [recorded(shop, one) for one in bundle]
        async with database.tenant(shop.tenant_id) as tx, counted(tx) as asked_for:
            await on_message_recorded(tx, shop.tenant_id, told)
        statements.append(asked_for)
    one, many = statements
    assert len(many) <= len(one), many
    assert await ids_said(shop, "message.sent.v1") == [str(one) for one in messages]


def recorded(shop: Shop, message_id: UUID) -> Received[Any]:
    told = shop.talk.told(stanza=str(message_id), from_me=True, source="api")
    message = msgspec.structs.replace(told.data.message, id=message_id)
    data = msgspec.structs.replace(told.data, message=message)
    envelope = shop.talk.envelope(data, "session.message_recorded.v1", shop.talk.session_id)
    return Received(envelope, data)
