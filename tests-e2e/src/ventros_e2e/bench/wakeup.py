"""One write (a transaction with an outbox row) with the wake-up of its relay, and without."""

import asyncio
import time
from collections.abc import Callable, Sequence
from uuid import UUID

from msgspec import Struct

from platform_bus.bell import Bell
from platform_bus.outbox import INSERT
from platform_core.ids import new_id
from platform_postgres import Database
from proto_events.registry import DOMAIN_EXCHANGE
from ventros_e2e.bench.relay import BODY, EVENT_TYPE
from ventros_e2e.bench.scratch import CONNECTIONS, scratch_database, tenants

SLICES = 6


class Woken(Struct, frozen=True, kw_only=True):
    """Writes per second over 16 connections."""

    rate: float
    silent_rate: float


async def _writes(
    database: Database, owners: Sequence[UUID], seconds: float, committed: Callable[[], None]
) -> float:
    until = time.perf_counter() + seconds

    async def keep_writing(number: int) -> int:
        tenant = owners[number % len(owners)]
        written = 0
        while time.perf_counter() < until:
            async with database.tenant(tenant) as tx:
                await tx.execute(
                    INSERT,
                    tenant,
                    [written % 16],
                    [new_id()],
                    [DOMAIN_EXCHANGE],
                    [EVENT_TYPE],
                    [BODY],
                )
            committed()
            written += 1
        return written

    started = time.perf_counter()
    written = await asyncio.gather(*(keep_writing(number) for number in range(CONNECTIONS)))
    return sum(written) / (time.perf_counter() - started)


async def _listen(bell: Bell, stop: asyncio.Event) -> None:
    """What a relay does with the bell: it wakes, and would look into the outbox."""
    while not stop.is_set():
        await bell.heard(0.2)
        await asyncio.sleep(0.02)


async def measure(admin_url: str, seconds: float) -> Woken:
    """In turns, so that a slow moment of the machine hits both."""
    bell, stop = Bell(), asyncio.Event()
    rates: list[float] = []
    silent: list[float] = []
    async with scratch_database(admin_url) as database:
        owners = tenants()
        part = seconds / (2 * SLICES)
        await _writes(database, owners, min(part, 1.0), bell.ring)
        async with asyncio.TaskGroup() as group:
            group.create_task(_listen(bell, stop))
            for _ in range(SLICES):
                silent.append(await _writes(database, owners, part, lambda: None))
                rates.append(await _writes(database, owners, part, bell.ring))
            stop.set()
    return Woken(rate=sum(rates) / SLICES, silent_rate=sum(silent) / SLICES)
