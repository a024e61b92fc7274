"""Short messages in quick succession become one group, whatever happens in between."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from platform_bus import Bell, Received
from platform_core.ids import new_id
from platform_postgres import Database
from platform_testkit import new_tenant
from proto_events.channels import ChannelAi, ChannelDeleted, ChannelUpdated
from proto_events.conversation import Content, Reaction
from ventros_messaging.events.sending import on_channel
from ventros_messaging.grouping import Grouper

NOW = datetime(2026, 3, 1, 13, 0, tzinfo=UTC)
PAUSE = timedelta(seconds=15)
ON = ChannelAi(debounce_timeout_ms=15_000, processed=[])


class Machines:
    """A channel's settings as messaging hears them, and the loop, one look at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._version = 0

    async def set(self, conversation: Any, ai: ChannelAi | None) -> None:
        """The channel is changed."""
        fact = ChannelUpdated(
            channel_id=conversation.channel_id,
            name="Loja",
            type="waha",
            status="active",
            external_id="+554400000001",
            ai=ai,
            updated_at=NOW,
        )
        await self._hear(conversation, fact, "channel.updated.v1")

    async def delete(self, conversation: Any) -> None:
        """The channel is deleted."""
        fact = ChannelDeleted(channel_id=conversation.channel_id, deleted_at=NOW)
        await self._hear(conversation, fact, "channel.deleted.v1")

    async def look(self, now: datetime = NOW, *, closing: bool = True) -> int:
        """One round of a loop that knows nothing of the round before: each is a new process."""
        return await Grouper(self._database, Bell()).run_once(now, closing=closing)

    async def _hear(self, conversation: Any, fact: Any, kind: str) -> None:
        self._version += 1
        envelope = conversation.envelope(
            fact, kind, conversation.channel_id, sequence=self._version
        )
        tenant_id = conversation.tenant.tenant_id
        async with self._database.tenant(tenant_id) as tx:
            await on_channel(tx, tenant_id, [Received(envelope, fact)])


@pytest.fixture
def machines(database: Database) -> Machines:
    """Off for every channel."""
    return Machines(database)


async def groups(api: Any, conversation: Any, **query: Any) -> list[dict[str, Any]]:
    answer = await api.get("/v1/message-groups", session_id=conversation.session_id, **query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def steps(said: Any, conversation: Any) -> list[tuple[str, int]]:
    told = await said(conversation.tenant)
    return [
        (kind.removeprefix("message_group.").removesuffix(".v1"), sequence)
        for kind, sequence, _ in told
        if kind.startswith("message_group.")
    ]


async def test_three_messages_are_one_group_through_restarts(
    conversation: Any, store: Any, api: Any, said: Any, machines: Machines
) -> None:
    await machines.set(conversation, ON)
    messages = [conversation.told() for _ in range(3)]
    for place, message in enumerate(messages):
        await store(message)
        await machines.look(NOW + place * timedelta(seconds=5))
    (pending,) = await groups(api, conversation)
    assert pending["status"] == "pending"
    assert pending["message_ids"] == [str(message.data.message.id) for message in messages]
    assert datetime.fromisoformat(pending["expires_at"]) == NOW + timedelta(seconds=25)
    assert await machines.look(NOW + timedelta(seconds=24.9)) == 0
    assert await machines.look(NOW + timedelta(seconds=25)) == 2
    (completed,) = await groups(api, conversation)
    assert completed["status"] == "completed"
    assert await steps(said, conversation) == [
        ("created", 1),
        ("message_added", 2),
        ("message_added", 3),
        ("message_added", 4),
        ("processing", 5),
        ("completed", 6),
    ]
    assert await machines.look(NOW + timedelta(days=1)) == 0


async def test_what_was_on_its_way_at_a_restart_joins_a_group_that_is_overdue(
    conversation: Any, store: Any, api: Any, machines: Machines
) -> None:
    await machines.set(conversation, ON)
    first, second = conversation.told(), conversation.told()
    await store(first)
    await machines.look()
    back = NOW + timedelta(minutes=1)
    assert await machines.look(back, closing=False) == 0
    await store(second)
    await machines.look(back, closing=False)
    (pending,) = await groups(api, conversation)
    assert pending["message_ids"] == [str(one.data.message.id) for one in (first, second)]
    await machines.look(back + timedelta(minutes=1))
    assert [group["status"] for group in await groups(api, conversation)] == ["completed"]


async def test_a_backlog_makes_the_groups_that_it_would_have_made(
    conversation: Any, store: Any, api: Any, machines: Machines
) -> None:
    await machines.set(conversation, ON)
    first, second = conversation.told(), conversation.told()
    later = conversation.told(occurred_at=first.data.message.occurred_at + timedelta(minutes=1))
    await store(first, second)
    await store(later)
    await machines.look()
    newest, oldest = await groups(api, conversation)
    assert (oldest["status"], len(oldest["message_ids"])) == ("completed", 2)
    assert (newest["status"], len(newest["message_ids"])) == ("pending", 1)


async def test_what_waits_is_looked_at_before_a_group_is_closed(
    conversation: Any, store: Any, api: Any, machines: Machines
) -> None:
    """The loop was away while the group came due and a message of it was stored."""
    await machines.set(conversation, ON)
    await store(conversation.told())
    await machines.look()
    await store(conversation.told())
    await machines.look(NOW + timedelta(minutes=5))
    (group,) = await groups(api, conversation)
    assert (group["status"], len(group["message_ids"])) == ("pending", 2)


async def test_nothing_is_done_for_a_channel_without_machines(
    conversation: Any, store: Any, api: Any, machines: Machines, database: Database
) -> None:
    await store(conversation.told())
    await machines.set(conversation, None)
    await store(conversation.told())
    await machines.set(conversation, ON)
    await machines.delete(conversation)
    await store(conversation.told())
    async with database.tenant(conversation.tenant.tenant_id) as tx:
        assert await tx.fetchval("SELECT count(*) FROM machine_queue") == 0
    await machines.look()
    assert await groups(api, conversation) == []


async def test_a_pause_of_nothing_makes_no_groups(
    conversation: Any, store: Any, api: Any, machines: Machines
) -> None:
    await machines.set(conversation, ChannelAi(debounce_timeout_ms=0, processed=["voice"]))
    await store(conversation.told())
    await machines.look()
    assert await groups(api, conversation) == []


async def test_what_we_wrote_and_what_is_no_message_join_no_group(
    conversation: Any, store: Any, api: Any, machines: Machines
) -> None:
    await machines.set(conversation, ON)
    thumb = Content(type="reaction", reaction=Reaction(emoji="👍", stanza="3EB0000001"))
    await store(
        conversation.told(from_me=True),
        conversation.told(content=thumb),
        conversation.told(content=Content(type="system", system="e2e_notification")),
    )
    await machines.look()
    assert await groups(api, conversation) == []


async def test_groups_are_paged_and_are_the_projects_own(
    conversation: Any, store: Any, api: Any, api_of: Any, machines: Machines
) -> None:
    await machines.set(conversation, ON)
    first = conversation.told()
    moments = [first.data.message.occurred_at + n * timedelta(minutes=1) for n in range(1, 5)]
    await store(first, *(conversation.told(occurred_at=moment) for moment in moments))
    await machines.look()
    listed = await groups(api, conversation)
    assert len(listed) == 5
    pages: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 2, "session_id": conversation.session_id}
    while True:
        page = (await api.get("/v1/message-groups", **query)).json()
        pages += page["items"]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert pages == listed
    assert await groups(api_of(new_tenant()), conversation) == []
    assert (await api.get("/v1/message-groups")).status_code == 400
    assert (await api.get("/v1/message-groups", session_id=new_id())).json()["items"] == []
