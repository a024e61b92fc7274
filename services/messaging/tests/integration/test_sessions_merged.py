"""A session that went into another one shows its messages there, in whatever order it is told."""

from typing import Any
from uuid import UUID

from platform_core.ids import new_id
from platform_postgres import Database
from proto_events.sessions import SessionMerged
from ventros_messaging.events.sessions import on_sessions_merged

from ..conftest import START


async def merge(database: Database, conversation: Any, one: UUID, other: UUID) -> None:
    """Told that `one` went into `other`, twice."""
    fact = SessionMerged(from_session_id=one, into_session_id=other, merged_at=START)
    envelope = conversation.envelope(fact, "session.merged.v1", other)
    received = type(conversation.told())(envelope, fact)
    tenant_id = conversation.tenant.tenant_id
    for _ in range(2):
        async with database.tenant(tenant_id) as tx:
            await on_sessions_merged(tx, tenant_id, [received])


async def test_the_messages_of_both_are_one_timeline(
    conversation: Any, store: Any, api: Any, database: Database
) -> None:
    first, second, third = (new_id() for _ in range(3))
    told = {}
    for session in (first, second, third, second):
        conversation.session_id = session
        message = conversation.told()
        told[str(message.data.message.id)] = session
        if session == third:
            await merge(database, conversation, second, first)
            await merge(database, conversation, third, second)
        await store(message)
    all_of_them = await api.messages(session_id=first)
    assert [item["id"] for item in all_of_them] == list(told)
    assert [UUID(item["session_id"]) for item in all_of_them] == list(told.values())
    own = await api.messages(session_id=third)
    assert [told[item["id"]] for item in own] == [third]


async def test_a_message_is_found_around_its_place_in_the_session_it_went_into(
    conversation: Any, store: Any, api: Any, database: Database
) -> None:
    first, second = conversation.session_id, new_id()
    one = conversation.told()
    conversation.session_id = second
    other = conversation.told()
    await store(one)
    await store(other)
    await merge(database, conversation, second, first)
    page = await api.messages(session_id=first, around=other.data.message.id)
    assert [item["id"] for item in page] == [
        str(one.data.message.id), str(other.data.message.id),
    ]  # fmt: skip
