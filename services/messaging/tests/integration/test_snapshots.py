"""The copy of who is one person, filled by snapshots of contacts."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from platform_bus import Received
from platform_core.ids import new_id
from platform_postgres import Database
from proto_events.contacts import AliasLink, ContactSnapshot
from ventros_messaging.events.subscribe import CONSUMERS, on_contact_merged

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def contact(conversation: Any, node: UUID, root: UUID, *links: tuple[UUID, UUID, int]) -> Any:
    told = ContactSnapshot(
        contact_id=node,
        root_id=root,
        aliases=[AliasLink(node_id=a, root_id=b, version=version) for a, b, version in links],
        name="Ana",
        created_at=NOW,
        updated_at=NOW,
    )
    return Received(conversation.envelope(told, "contact.snapshot.v1", node, 9), told)


async def test_the_copy_is_filled_and_only_newer_edges_change_it(
    conversation: Any, database: Database
) -> None:
    root, node, parted, alone = (new_id() for _ in range(4))
    tenant_id = conversation.tenant.tenant_id

    async def take(*told: Any) -> dict[UUID, tuple[UUID | None, int]]:
        async with database.tenant(tenant_id) as tx:
            await on_contact_merged(tx, tenant_id, list(told))
            rows = await tx.fetch("SELECT id, root_id, version FROM contact_ref")
        return {row["id"]: (row["root_id"], row["version"]) for row in rows}

    assert await take(contact(conversation, alone, alone)) == {}
    filled = await take(
        contact(conversation, root, root),
        contact(conversation, node, root, (node, root, 3)),
        contact(conversation, parted, parted, (parted, parted, 2)),
    )
    assert filled == {root: (None, 0), node: (root, 3), parted: (None, 2)}
    assert await take(contact(conversation, node, node, (node, node, 2))) == filled


def test_the_copy_is_filled_through_the_queue_that_keeps_it() -> None:
    read = {consumer.name: set(consumer.types) for consumer in CONSUMERS}
    assert "contact.snapshot.v1" in read["messaging.aliases"]
