"""All contacts once more, each with its root, over the real database and broker."""

from typing import Any
from uuid import UUID

import msgspec

from platform_bus import BusSettings
from platform_bus.snapshot import send_snapshot
from platform_bus.testing import received
from platform_postgres import Database
from platform_testkit import new_tenant
from platform_testkit.golden import Golden
from proto_events import envelope as frame
from proto_events.contacts import AliasLink, ContactSnapshot
from ventros_contacts.events.snapshot import SOURCES


async def snapshot(database: Database, amqp_vhost: str, tenant: UUID | None = None) -> list[bytes]:
    settings = BusSettings(amqp_url=amqp_vhost)
    return await received(
        settings,
        lambda queue: send_snapshot(database, settings, SOURCES[0], queue, tenant_id=tenant),
    )


async def test_a_snapshot_says_each_contact_with_its_root(
    world: Any, line: Any, caller: Any, database: Database, amqp_vhost: str, golden: Golden
) -> None:
    root = UUID((await caller.create(name="Ana", phone="+5511900000041"))["id"])
    node = UUID((await caller.create(name="Ana de novo"))["id"])
    parted = UUID((await caller.create(name="Carla"))["id"])
    alone = UUID((await caller.create(name="Bruno", email="bruno@example.com"))["id"])
    await caller.merge(root, node)
    await caller.merge(root, parted)
    assert (await caller.call("POST", f"/v1/contacts/{parted}/unmerge")).is_success
    assert (await caller.call("DELETE", f"/v1/contacts/{alone}")).is_success
    other = await world.caller(new_tenant()).create(name="Rui")

    bodies = await snapshot(database, amqp_vhost, line.tenant.tenant_id)
    said = [frame.decode(body) for body in bodies]
    told = [msgspec.json.decode(one.data, type=ContactSnapshot) for one in said]
    assert [one.subject for one in said] == [str(one.contact_id) for one in told]
    assert [(one.contact_id, one.root_id, one.aliases) for one in told] == [
        (root, root, []),
        (node, root, [AliasLink(node_id=node, root_id=root, version=1)]),
        # It stands alone again, and whoever still knows the join has to hear of the parting.
        (parted, parted, [AliasLink(node_id=parted, root_id=parted, version=2)]),
        (alone, alone, []),
    ]
    versions = await world.rows(line.tenant, "SELECT version FROM contact ORDER BY id")
    assert [one.sequence for one in said] == [row["version"] for row in versions]
    assert [one.deleted_at is None for one in told] == [True, True, True, False]
    golden.check("contacts", bodies)

    everybodys = {frame.decode(body).subject for body in await snapshot(database, amqp_vhost)}
    assert everybodys == {one.subject for one in said} | {other["id"]}
