"""The relay draining a backlog of single events, against bare aio-pika with pipelined confirms.

Both publish the same persistent bodies with the same confirms in flight, to the same exchange with
the same subscriber's quorum queue behind it; the relay also reads, deletes and logs every row.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import aio_pika
from aio_pika.abc import AbstractExchange
from msgspec import Struct
from pamqp.common import FieldTable

from platform_bus import BusSettings
from platform_bus.bell import Bell
from platform_bus.outbox import INSERT, SHARDS
from platform_bus.relay import Relay
from platform_core.ids import new_id
from platform_postgres import Database
from proto_events.registry import DOMAIN_EXCHANGE
from ventros_e2e.bench.scratch import scratch_database, tenants

EVENT_TYPE = "bench.measured.v1"
BODY = b'{"specversion":"1.0","type":"bench.measured.v1","data":"' + b"x" * 900 + b'"}'
IN_FLIGHT = 500
INSERTED_AT_ONCE = 1000


class Drained(Struct, frozen=True, kw_only=True):
    """Events per second."""

    rate: float
    bare_rate: float


class NotDrainedError(Exception):
    """The relay stopped before the outbox was empty."""


@asynccontextmanager
async def _subscriber(amqp_url: str) -> AsyncIterator[AbstractExchange]:
    """The exchange, with one quorum queue that takes our events and nobody reads."""
    connection = await aio_pika.connect(amqp_url, timeout=10)
    async with connection:
        channel = await connection.channel(publisher_confirms=True)
        exchange = await channel.declare_exchange(
            DOMAIN_EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True
        )
        arguments: FieldTable = {"x-queue-type": "quorum"}
        queue = await channel.declare_queue("bench.relay", durable=True, arguments=arguments)
        await queue.bind(exchange, EVENT_TYPE)
        try:
            yield exchange
        finally:
            await queue.delete(if_unused=False, if_empty=False)


async def _fill(database: Database, owners: Sequence[UUID], count: int) -> None:
    """A backlog: every tenant's events over all shards."""
    each = INSERTED_AT_ONCE
    places = range(each)
    for start in range(0, count, each):
        tenant = owners[(start // each) % len(owners)]
        async with database.tenant(tenant) as tx:
            await tx.execute(
                INSERT,
                tenant,
                [place % SHARDS for place in places],
                [new_id() for _ in places],
                [DOMAIN_EXCHANGE] * each,
                [EVENT_TYPE] * each,
                [BODY] * each,
            )


async def _drain(database: Database, settings: BusSettings, count: int) -> float:
    relay = Relay(database, settings, Bell())
    await relay.prepare()
    published = 0
    started = time.perf_counter()
    while published < count:
        done = await relay.run_once()
        if not done.published:
            raise NotDrainedError(f"{published} of {count} events were published")
        published += done.published
    rate = count / (time.perf_counter() - started)
    stop = asyncio.Event()
    stop.set()
    await relay.run(stop)  # its last round finds nothing and hangs up
    return rate


async def _bare(exchange: AbstractExchange, count: int) -> float:
    room = asyncio.Semaphore(IN_FLIGHT)

    async def publish() -> None:
        message = aio_pika.Message(
            BODY,
            content_type="application/cloudevents+json",
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            message_id=str(new_id()),
        )
        try:
            await exchange.publish(message, EVENT_TYPE, mandatory=False)
        finally:
            room.release()

    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(count):
            await room.acquire()
            group.create_task(publish())
    return count / (time.perf_counter() - started)


async def measure(admin_url: str, amqp_url: str, count: int) -> Drained:
    """Fill, drain, and publish the same number bare, half before and half after the draining."""
    settings = BusSettings(amqp_url=amqp_url)
    async with scratch_database(admin_url) as database, _subscriber(amqp_url) as exchange:
        await _fill(database, tenants(), count)
        before = await _bare(exchange, count // 2)
        rate = await _drain(database, settings, count)
        after = await _bare(exchange, count // 2)
    return Drained(rate=rate, bare_rate=2 / (1 / before + 1 / after))
