"""All channels once more, over the real database and broker."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec

from platform_bus import BusSettings
from platform_bus.snapshot import send_snapshot
from platform_bus.testing import received
from platform_postgres import Database
from platform_testkit import TestTenant, new_tenant
from platform_testkit.golden import Golden
from proto_events import envelope as frame
from proto_events.channels import ChannelSnapshot
from ventros_channels.events.snapshot import SOURCES


async def snapshot(database: Database, amqp_vhost: str, tenant: UUID | None = None) -> list[bytes]:
    settings = BusSettings(amqp_url=amqp_vhost)
    return await received(
        settings,
        lambda queue: send_snapshot(database, settings, SOURCES[0], queue, tenant_id=tenant),
    )


async def test_a_snapshot_says_each_channel_as_it_is(
    api: Any,
    api_of: Callable[..., Any],
    tenant: TestTenant,
    database: Database,
    amqp_vhost: str,
    golden: Golden,
) -> None:
    open_one = await api.create(default_session_timeout_minutes=45)
    path = f"/v1/channels/{open_one['id']}"
    assert (await api.call("PATCH", path, json={"name": "Filial"})).is_success
    gone = await api.create(external_id="+554400000002")
    assert (await api.call("DELETE", f"/v1/channels/{gone['id']}")).is_success
    other = await api_of(new_tenant()).create()

    bodies = await snapshot(database, amqp_vhost, tenant.tenant_id)
    said = [frame.decode(body) for body in bodies]
    told = [msgspec.json.decode(one.data, type=ChannelSnapshot) for one in said]
    assert [(one.subject, one.sequence, one.type) for one in said] == [
        (open_one["id"], 2, "channel.snapshot.v1"),
        (gone["id"], 2, "channel.snapshot.v1"),
    ]
    assert [(one.name, one.default_session_timeout_minutes) for one in told] == [
        ("Filial", 45.0),
        ("Loja", None),
    ]
    assert told[0].deleted_at is None
    assert told[1].deleted_at is not None
    golden.check("channels", bodies)

    everybodys = await snapshot(database, amqp_vhost)
    subjects = {frame.decode(body).subject for body in everybodys}
    assert subjects == {open_one["id"], gone["id"], other["id"]}
