"""What messages of ours cost the database: few statements, however many messages come at once."""

from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from platform_aliases import Link
from platform_auth.testing import InternalTokens
from platform_bus import Received
from platform_core.clock import utc_now
from platform_core.ids import new_id
from platform_postgres import Database
from platform_testkit.counting import counted, counted_transactions
from proto_events.sending import ChannelMessageFailed, ChannelMessageSent
from ventros_messaging.commands.learn_contacts import learn_contacts
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


async def test_a_message_is_asked_for_with_few_statements(shop: Shop, database: Database) -> None:
    contact = str(await shop.contact("+5511977776666"))
    for named in ({"channel_id": str(shop.talk.channel_id)}, {}):
        async with counted_transactions(database) as transactions:
            assert (await shop.send(contact_id=contact, **named)).status_code == 202
        # One looks whether its key was used, one reads, one writes and says, one keeps the answer.
        # Where no channel is named and the contact wrote nowhere, the only one is looked for.
        assert [len(one) for one in transactions] == [4 if named else 6], transactions


async def test_an_answer_reads_as_little(shop: Shop, store: Any, database: Database) -> None:
    await store(shop.talk.told())
    for named in ({"session_id": shop.talk.session_id}, {"contact_id": shop.talk.contact_id}):
        body = {name: str(value) for name, value in named.items()}
        async with counted_transactions(database) as transactions:
            assert (await shop.send(**body)).status_code == 202
        assert [len(one) for one in transactions] == [4], transactions
    asked = await shop.requested()
    assert [one.channel_id for one in asked] == [shop.talk.channel_id] * 2
    assert [one.chat for one in asked] == [CHAT] * 2


async def test_who_was_joined_is_one_person_wherever_one_of_them_wrote(
    shop: Shop, store: Any, database: Database
) -> None:
    """The contact that is named has a phone and never wrote; the one that it stands for did."""
    await store(shop.talk.told())
    named, wrote = await shop.contact("+5511977776666"), shop.talk.contact_id
    project_id = shop.talk.tenant.project_id
    async with database.tenant(shop.tenant_id) as tx:
        nodes = [(named, project_id), (wrote, project_id)]
        await learn_contacts(tx, shop.tenant_id, nodes, [Link(wrote, named, 1)])
    for contact in (named, wrote):
        assert (await shop.send(contact_id=str(contact))).status_code == 202
    asked = await shop.requested()
    assert [(one.contact_id, one.channel_id, one.chat) for one in asked] == [
        (contact, shop.talk.channel_id, CHAT) for contact in (named, wrote)
    ]
    assert {tuple(one.value for one in each.recipient) for each in asked} == {
        (CHAT, "+5511977776666")
    }
    said = await shop.said("message.send_requested.v1")
    keys = {msgspec.json.decode(one["partitionkey"], type=str) for one in said}
    assert keys == {str(named)}
