"""Snapshots to one queue, against the real database and broker.

What is told here is what a probe has in its own log: any table with a tenant would do.
"""

from typing import Any
from uuid import UUID

import aiormq
import msgspec
import pytest

from platform_bus import snapshot
from platform_bus.consumer import Consumer
from platform_bus.one_queue import REPLAYED, QueueUnknown
from platform_bus.outbox import Outgoing
from platform_bus.publisher import Publisher
from platform_bus.snapshot import Source, send_snapshot
from platform_core.ids import new_id
from platform_postgres import Tx
from proto_events import envelope as frame
from proto_events.channels import ChannelSnapshot, ChannelUpdated
from proto_events.registry import DOMAIN_EXCHANGE, struct_of


async def page(tx: Tx, tenant_id: UUID, after: UUID, limit: int) -> list[Outgoing]:
    happened = struct_of("probe.happened.v1")
    assert happened is not None
    rows = await tx.fetch(
        "SELECT id FROM event_log WHERE id > $1 ORDER BY id LIMIT $2", after, limit
    )
    return [
        Outgoing(
            event=happened(number=7),
            tenant_id=tenant_id,
            project_id=tenant_id,
            subject=row["id"],
            sequence=4,
            partition_key="k",
        )
        for row in rows
    ]


SOURCE = Source(aggregate="probe", tenants="event_log", page=page)


async def keep(probe: Any, tenant: UUID, count: int) -> set[str]:
    """So many rows of a tenant; their ids."""
    ids = [new_id() for _ in range(count)]
    async with probe.database.relay() as tx:
        await tx.execute(
            "INSERT INTO event_log (tenant_id, id, type, envelope)"
            " SELECT $1, id, 'probe.happened.v1', '{}' FROM unnest($2::uuid[]) AS id",
            tenant,
            ids,
        )
    return {str(one) for one in ids}


async def queue(probe: Any, name: str) -> aiormq.abc.AbstractChannel:
    channel = await Publisher(probe.settings).channel()
    await channel.queue_declare(queue=name, durable=True, arguments={"x-queue-type": "quorum"})
    return channel


async def drain(channel: aiormq.abc.AbstractChannel, name: str) -> list[frame.Envelope]:
    found = []
    while True:
        message = await channel.basic_get(name, no_ack=True, timeout=5)
        if message.delivery_tag is None:
            return found
        assert REPLAYED not in (message.header.properties.headers or {})
        found.append(frame.decode(message.body))


async def test_every_tenants_aggregates_come_in_pages(
    probe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "PAGE", 10)
    tenants = {new_id(): count for count in (10, 25, 1)}
    kept = {tenant: await keep(probe, tenant, count) for tenant, count in tenants.items()}
    channel = await queue(probe, "mine")
    said: list[str] = []
    sent = await send_snapshot(probe.database, probe.settings, SOURCE, "mine", say=said.append)
    came = await drain(channel, "mine")
    assert sent == len(came) == 36
    for tenant, ids in kept.items():
        assert {one.subject for one in came if one.tenant_id == tenant} == ids
    assert {(one.source, one.sequence) for one in came} == {("ventros/busprobe", 4)}
    assert len(said) == 5
    assert said[-1].startswith("36 sent, up to probe ")


async def test_one_tenants_come_alone_and_under_new_ids_each_time(probe: Any) -> None:
    mine, theirs = new_id(), new_id()
    ids = await keep(probe, mine, 3)
    await keep(probe, theirs, 3)
    channel = await queue(probe, "mine")
    events = []
    for _ in range(2):
        await send_snapshot(probe.database, probe.settings, SOURCE, "mine", tenant_id=mine)
        events += await drain(channel, "mine")
    assert {one.subject for one in events} == ids
    assert len({one.id for one in events}) == len(events) == 6


async def test_an_unknown_queue_is_said_before_anything_is_read(probe: Any) -> None:
    async def never(*_: object) -> list[Outgoing]:
        raise AssertionError("read before the queue was looked for")

    await keep(probe, new_id(), 1)
    source = msgspec.structs.replace(SOURCE, page=never)
    with pytest.raises(QueueUnknown, match="nothing was sent"):
        await send_snapshot(probe.database, probe.settings, source, "nowhere")


def test_a_table_of_tenants_is_a_plain_name() -> None:
    with pytest.raises(ValueError, match="not a plain identifier"):
        Source(aggregate="probe", tenants="a; DROP TABLE b", page=page)


def test_a_queue_is_not_bound_to_snapshots() -> None:
    consumer = Consumer(
        name="probe.copies",
        types={"channel.updated.v1": ChannelUpdated, "channel.snapshot.v1": ChannelSnapshot},
        exchange=DOMAIN_EXCHANGE,
    )
    assert consumer.routing_keys(None) == ["channel.updated.v1"]
