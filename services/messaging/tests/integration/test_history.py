"""Messages of the past: kept with what the provider's history says, and nothing follows of them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from platform_core.ids import new_id
from platform_postgres import Database
from proto_events.conversation import FromHistory
from ventros_messaging.store import recipients
from ventros_messaging.store.recipients import ChannelTold

IMPORT = new_id()
PAST = FromHistory(import_id=IMPORT)


async def _machines_work(database: Database, conversation: Any) -> None:
    """The conversation's channel has its messages grouped and its files read."""
    tenant = conversation.tenant
    channel = ChannelTold(
        id=conversation.channel_id,
        project_id=tenant.project_id,
        version=1,
        active=True,
        debounce_ms=15_000,
        ai_processed=["text"],
    )
    async with database.tenant(tenant.tenant_id) as tx:
        await recipients.learn_channels(tx, tenant.tenant_id, [channel])


async def _for_machines(database: Database, conversation: Any) -> list[UUID]:
    async with database.tenant(conversation.tenant.tenant_id) as tx:
        rows = await tx.fetch("SELECT unnest(message_ids) AS id FROM machine_queue")
    return [row["id"] for row in rows]


async def test_the_past_is_kept_as_it_was_and_says_that_it_is(
    conversation: Any, store: Any, api: Any, said: Any
) -> None:
    live = conversation.told()
    at = live.data.message.occurred_at - timedelta(days=20)
    asked = conversation.told(occurred_at=at, history=PAST)
    answered = conversation.told(
        occurred_at=at + timedelta(minutes=1),
        from_me=True,
        history=FromHistory(import_id=IMPORT, status="read"),
    )
    await store(live)
    await store(answered, asked)
    shown = await api.messages(contact_id=conversation.contact_id)
    in_order = [str(one.data.message.id) for one in (asked, answered, live)]
    assert sorted(in_order, key=[each["id"] for each in shown].index) in (
        in_order,
        in_order[::-1],
    )
    by_id = {each["id"]: each for each in shown}
    assert [(by_id[one]["source"], by_id[one]["status"]) for one in in_order] == [
        ("history_import", "delivered"),
        ("history_import", "read"),
        ("webhook", "delivered"),
    ]
    told = {
        data["message_id"]: data
        for kind, _, data in await said(conversation.tenant)
        if "message_id" in data
    }
    assert [told[one]["import_id"] for one in in_order] == [str(IMPORT), str(IMPORT), None]


async def test_machines_leave_the_past_alone(
    conversation: Any, store: Any, database: Database
) -> None:
    await _machines_work(database, conversation)
    past, live = conversation.told(history=PAST), conversation.told()
    await store(past)
    assert await _for_machines(database, conversation) == []
    again = conversation.told(history=PAST)
    await store(live, again)
    assert await _for_machines(database, conversation) == [live.data.message.id]


@pytest.mark.parametrize(
    ("fetched", "told", "status", "rose"),
    [
        ("read", "delivered", "read", []),
        ("delivered", "read", "read", ["message.read.v1"]),
        ("played", "read", "played", []),
        ("pending", "delivered", "delivered", ["message.delivered.v1"]),
        ("failed", "delivered", "delivered", ["message.delivered.v1"]),
        ("failed", "failed", "failed", []),
    ],
)
async def test_acknowledgements_go_on_from_what_history_says(
    fetched: Any,
    told: str,
    status: str,
    rose: list[str],
    conversation: Any,
    store: Any,
    hear: Any,
    api: Any,
    said: Any,
) -> None:
    message = conversation.told(from_me=True, history=FromHistory(import_id=IMPORT, status=fetched))
    await store(message)
    await hear(conversation.ack(message, told))
    shown = (await api.get(f"/v1/messages/{message.data.message.id}")).json()
    assert shown["status"] == status
    kinds = [kind for kind, _, _ in await said(conversation.tenant)]
    assert [kind for kind in kinds if kind not in ("message.created.v1", "chat.created.v1")] == rose


async def test_what_came_first_stays_whichever_way_it_came(
    conversation: Any, store: Any, api: Any, said: Any
) -> None:
    first = conversation.told(stanza="3EB0BOTH")
    live = first.data.message
    late = conversation.told(stanza="3EB0BOTH", occurred_at=live.occurred_at, history=PAST)
    await store(first)
    await store(late)
    [shown] = await api.messages(contact_id=conversation.contact_id)
    assert shown["source"] == "webhook"
    kinds = [kind for kind, _, _ in await said(conversation.tenant)]
    assert kinds.count("message.created.v1") == 1
