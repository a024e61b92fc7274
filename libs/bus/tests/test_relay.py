"""The relay against the real database and broker."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiormq
import pytest

from platform_bus import state
from platform_bus.bell import Bell
from platform_bus.outbox import emit, shard_of
from platform_bus.publisher import Publisher
from platform_bus.relay import Relay
from platform_bus.topology import declare_exchanges, declare_queue
from platform_core.ids import new_id
from proto_events import envelope as frame

Eventually = Callable[..., Awaitable[Any]]


async def bound_queue(
    probe: Any, queue: str, exchange: str, key: str, max_length: int | None = None
) -> aiormq.abc.AbstractChannel:
    channel = await Publisher(probe.settings).channel()
    await declare_exchanges(channel)
    await declare_queue(
        channel,
        queue,
        dead=f"{queue}.dlq",
        bindings=[(exchange, key)],
        single_active=False,
        max_length=max_length,
    )
    return channel


async def drain(channel: aiormq.abc.AbstractChannel, queue: str) -> list[frame.Envelope]:
    found: list[frame.Envelope] = []
    while True:
        message = await channel.basic_get(queue, no_ack=True, timeout=5)
        if message.delivery_tag is None:
            return found
        found += [frame.decode(part) for part in frame.split(message.body)]


async def rows(probe: Any, table: str = "outbox") -> int:
    async with probe.database.relay() as tx:
        count: int = await tx.fetchval(f"SELECT count(*) FROM {table}")
        return count


async def test_rows_are_published_in_order_moved_to_the_log_and_gone(probe: Any) -> None:
    tenant = new_id()
    channel = await bound_queue(probe, "all", "ventros.events", "#")
    async with probe.database.tenant(tenant) as tx:
        await emit(tx, [probe.happened(tenant, number) for number in range(30)])
    done = await Relay(probe.database, probe.settings, Bell()).run_once()
    assert done.published == 30
    assert [bytes(e.data) for e in await drain(channel, "all")] == [
        f'{{"number":{n}}}'.encode() for n in range(30)
    ]
    assert await rows(probe) == 0
    assert await rows(probe, "event_log") == 30


async def test_transit_events_go_as_bundles_to_the_lane_of_their_key_and_leave_no_log(
    probe: Any,
) -> None:
    tenant = new_id()
    lane = shard_of("alpha") % 4
    channel = await bound_queue(probe, "lane", "ventros.pipeline", f"probe.passed.v1.{lane}")
    async with probe.database.tenant(tenant) as tx:
        await emit(tx, [probe.passed(tenant, number, "alpha") for number in range(250)])
    await Relay(probe.database, probe.settings, Bell()).run_once()
    message = await channel.basic_get("lane", no_ack=True, timeout=5)
    assert len(frame.split(message.body)) == 100
    assert len(await drain(channel, "lane")) == 150
    assert await rows(probe, "event_log") == 0


async def test_an_unroutable_transit_event_stays_in_the_outbox_and_goes_when_it_can(
    probe: Any,
) -> None:
    tenant = new_id()
    relay = Relay(probe.database, probe.settings, Bell())
    async with probe.database.tenant(tenant) as tx:
        await emit(tx, [probe.passed(tenant, number) for number in range(3)])
    refused = await relay.run_once()
    assert (refused.published, refused.refused) == (0, frozenset({shard_of("k")}))
    assert await rows(probe) == 3
    channel = await bound_queue(probe, "lane", "ventros.pipeline", "probe.passed.v1.*")
    await asyncio.wait_for(_until_published(relay, 3), 10)
    assert [bytes(e.data) for e in await drain(channel, "lane")] == [
        f'{{"number":{n},"key":"k"}}'.encode() for n in range(3)
    ]


async def _until_published(relay: Relay, count: int) -> None:
    published = 0
    while published < count:
        published += (await relay.run_once()).published


async def test_a_full_queue_keeps_its_rows_and_holds_nobody_else(probe: Any) -> None:
    tenant = new_id()
    keys = {shard_of(f"key{n}") % 4: f"key{n}" for n in range(40)}
    full, free = keys[0], keys[1]
    full_channel = await bound_queue(
        probe, "full", "ventros.pipeline", "probe.passed.v1.0", max_length=1
    )
    free_channel = await bound_queue(probe, "free", "ventros.pipeline", "probe.passed.v1.1")
    settings = type(probe.settings)(amqp_url=probe.settings.amqp_url, bundle_events=1)
    relay = Relay(probe.database, settings, Bell())
    async with probe.database.tenant(tenant) as tx:
        await emit(tx, [probe.passed(tenant, n, full) for n in range(20)])
        await emit(tx, [probe.passed(tenant, n, free) for n in range(20)])
    done = await relay.run_once()
    assert shard_of(full) in done.refused
    assert shard_of(free) not in done.refused
    assert len(await drain(free_channel, "free")) == 20
    got: list[bytes] = []
    async with asyncio.timeout(20):
        while len(set(got)) < 20:
            got += [bytes(e.data) for e in await drain(full_channel, "full")]
            await relay.run_once()
    assert got == [f'{{"number":{n},"key":"{full}"}}'.encode() for n in range(20)]


async def test_a_shard_that_another_relay_holds_is_left_to_it(probe: Any) -> None:
    tenant = new_id()
    await bound_queue(probe, "all", "ventros.events", "#")
    relay = Relay(probe.database, probe.settings, Bell())
    await relay.prepare()
    async with probe.database.tenant(tenant) as tx:
        await emit(tx, [probe.happened(tenant, 1, "a")])
    held = "SELECT pg_advisory_xact_lock(hashtext(current_schema()), $1)"
    async with probe.database.relay() as other:
        await other.execute(held, shard_of("a"))
        done = await relay.run_once()
        assert (done.published, done.blocked) == (0, True)
    assert (await relay.run_once()).published == 1


async def test_a_tenant_with_a_backlog_does_not_starve_another(probe: Any) -> None:
    busy, calm = new_id(), new_id()
    channel = await bound_queue(probe, "all", "ventros.events", "#")
    settings = type(probe.settings)(amqp_url=probe.settings.amqp_url, relay_batch=100)
    relay = Relay(probe.database, settings, Bell())
    async with probe.database.tenant(busy) as tx:
        await emit(tx, [probe.happened(busy, n, f"{n}") for n in range(2000)])
    async with probe.database.tenant(calm) as tx:
        await emit(tx, [probe.happened(calm, n) for n in range(3)])
    await relay.run_once()
    assert {e.tenant_id for e in await drain(channel, "all")} == {busy}
    await relay.run_once()
    second = await drain(channel, "all")
    assert sum(e.tenant_id == calm for e in second) == 3


async def test_a_broker_that_is_away_loses_nothing(probe: Any) -> None:
    tenant = new_id()
    away = type(probe.settings)(amqp_url="amqp://guest:guest@127.0.0.1:1/none")
    async with probe.database.tenant(tenant) as tx:
        await emit(tx, [probe.happened(tenant, 1)])
    with pytest.raises(OSError):  # noqa: PT011 - whichever way the connection is refused
        await Relay(probe.database, away, Bell()).run_once()
    assert await rows(probe) == 1


async def test_the_loop_publishes_what_is_written_and_ends_when_told(
    probe: Any, eventually: Eventually
) -> None:
    tenant = new_id()
    channel = await bound_queue(probe, "all", "ventros.events", "#")
    bell, stop = Bell(), asyncio.Event()
    relay = Relay(probe.database, probe.settings, bell)
    loop = asyncio.create_task(relay.run(stop))
    async with probe.database.tenant(tenant) as tx:
        await emit(tx, [probe.happened(tenant, 1)])
    bell.ring()

    async def published() -> None:
        assert await rows(probe) == 0

    await eventually(published)
    assert relay.healthy
    async with probe.database.tenant(tenant) as tx:
        await emit(tx, [probe.happened(tenant, 2)])
    stop.set()
    bell.ring()
    await asyncio.wait_for(loop, 10)
    assert len(await drain(channel, "all")) == 2


async def test_a_paused_pipeline_keeps_its_rows_and_goes_on_with_other_lanes(probe: Any) -> None:
    tenant = new_id()
    relay = Relay(probe.database, probe.settings, Bell())
    await relay.prepare()
    key = next(f"key{n}" for n in range(99) if shard_of(f"key{n}") % 6 == 5)
    channel = await bound_queue(probe, "lane5", "ventros.pipeline", "probe.passed.v1.5")
    await state.pause(probe.database)
    async with probe.database.tenant(tenant) as tx:
        await emit(tx, [probe.passed(tenant, 1, key)])
    assert (await relay.run_once()).published == 0
    await state.set_lanes(probe.database, 6)
    await state.resume(probe.database, 6)
    assert (await relay.run_once()).published == 1
    assert len(await drain(channel, "lane5")) == 1
