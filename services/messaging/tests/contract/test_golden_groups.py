"""What messaging says of message groups, kept."""

from datetime import UTC, datetime, timedelta
from typing import Any

from platform_bus import Bell
from platform_postgres import Database
from platform_testkit.golden import Golden
from ventros_messaging.domain.message_group import Change, Group, expire
from ventros_messaging.events import message_groups
from ventros_messaging.grouping import Grouper
from ventros_messaging.store import message_groups as store
from ventros_messaging.store import recipients
from ventros_messaging.store.recipients import ChannelTold

NOW = datetime(2026, 3, 1, 13, 0, tzinfo=UTC)


async def test_the_events_of_groups_are_as_kept(
    conversation: Any, store: Any, database: Database, golden: Golden
) -> None:
    tenant = conversation.tenant
    channel = ChannelTold(
        id=conversation.channel_id,
        project_id=tenant.project_id,
        version=1,
        active=True,
        debounce_ms=15_000,
        ai_processed=[],
    )
    async with database.tenant(tenant.tenant_id) as tx:
        await recipients.learn_channels(tx, tenant.tenant_id, [channel])
    await store(conversation.told(), conversation.told())
    grouper = Grouper(database, Bell())
    await grouper.run_once(NOW)
    await grouper.run_once(NOW + timedelta(minutes=1))
    async with database.tenant(tenant.tenant_id) as tx:
        await message_groups.say(tx, tenant.tenant_id, [_late(await _group(tx, conversation))])
        rows = await tx.fetch(
            "SELECT envelope FROM outbox WHERE type LIKE 'message_group.%' ORDER BY seq"
        )
    golden.check("messaging", [row["envelope"] for row in rows])


async def _group(tx: Any, conversation: Any) -> Group:
    tenant = conversation.tenant
    (group,) = await store.of_session(
        tx, tenant.tenant_id, tenant.project_id, conversation.session_id, None, 1
    )
    return group


def _late(group: Group) -> Change:
    return expire(group)
