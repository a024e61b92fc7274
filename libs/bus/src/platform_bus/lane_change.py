"""Changing the number of lanes of an installation, with messages flowing.

A key's lane is `shard mod lanes`, so no message of the old number may be on its way when one of
the new number is published. All services pause; what is on the lanes is handled; consumers bind
the new lanes; all resume. Writers go on meanwhile: the backlog waits in the outboxes.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

import aiormq

from platform_bus import state
from platform_bus.outbox import SHARDS
from platform_bus.publisher import Publisher
from platform_bus.settings import BusSettings
from platform_bus.topology import backlog
from platform_postgres import Database

_CONSUMERS = (
    "SELECT DISTINCT consumer FROM lane_replica UNION SELECT DISTINCT consumer FROM lane_lease"
)

_BUSY = """
SELECT count(*) FROM lane_replica
WHERE consumer = $1 AND NOT (idle AND seen_at > $2) AND seen_at > now() - interval '30 seconds'
"""

_SERVED = "SELECT count(*) FROM lane_lease WHERE consumer = $1 AND lane < $2 AND expires_at > now()"

POLL_SECONDS = 0.2


class NotDrained(Exception):
    """The lanes did not run empty in time; everything goes on with the old number."""


async def change_lanes(
    databases: Sequence[Database],
    settings: BusSettings,
    lanes: int,
    *,
    deadline: float = 120.0,
    say: Callable[[str], None] = lambda _: None,
) -> None:
    """Take every service from its present number of lanes to `lanes`.

    Raises:
        ValueError: `lanes` is not 1 to 16.
        NotDrained: not within `deadline` seconds; nothing was changed.
    """
    if not 1 <= lanes <= SHARDS:
        raise ValueError(f"lanes must be 1 to {SHARDS}")
    before: dict[Database, int] = {}
    for database in databases:
        async with database.system() as tx:
            before[database] = (await state.read(tx)).lanes
    publisher = Publisher(settings, in_flight=1)
    try:
        for database in databases:
            await state.pause(database)
        say("paused; waiting for the lanes to run empty")
        async with asyncio.timeout(deadline):
            for database, old in before.items():
                await _drained(publisher, database, old)
        for database in databases:
            await state.set_lanes(database, lanes)
        say(f"empty; waiting for consumers on {lanes} lanes")
        async with asyncio.timeout(deadline):
            for database in databases:
                await _served(database, lanes)
        before = dict.fromkeys(databases, lanes)
    except TimeoutError as error:
        raise NotDrained(f"not within {deadline:.0f} seconds") from error
    finally:
        for database, number in before.items():
            await state.resume(database, number)
        await publisher.drop()
    say("resumed")


async def _consumers(database: Database) -> list[str]:
    async with database.system() as tx:
        return [row["consumer"] for row in await tx.fetch(_CONSUMERS)]


async def _drained(publisher: Publisher, database: Database, lanes: int) -> None:
    """Until no message of this service's consumers is queued or being handled."""
    for consumer in await _consumers(database):
        while not await _is_empty(publisher, database, consumer, lanes):  # noqa: ASYNC110 - a poll
            await asyncio.sleep(POLL_SECONDS)


async def _is_empty(publisher: Publisher, database: Database, consumer: str, lanes: int) -> bool:
    """Nothing is ready, every live replica then has nothing at hand, and still nothing is ready."""
    async with database.system() as tx:
        looked_at: datetime = await tx.fetchval("SELECT clock_timestamp()")
    if await _ready(publisher, consumer, lanes):
        return False
    busy = 1
    while busy:
        await asyncio.sleep(POLL_SECONDS)
        async with database.system() as tx:
            busy = await tx.fetchval(_BUSY, consumer, looked_at)
    return not await _ready(publisher, consumer, lanes)


async def _ready(publisher: Publisher, consumer: str, lanes: int) -> int:
    """Messages that wait on the lanes of a consumer; a lane that has no queue yet has none."""
    waiting = 0
    for lane in range(lanes):
        try:
            waiting += (await backlog(await publisher.channel(), f"{consumer}.{lane}"))[0]
        except aiormq.exceptions.ChannelNotFoundEntity:
            continue
    return waiting


async def _served(database: Database, lanes: int) -> None:
    """Until every lane of the new number has a consumer that holds its lease."""
    for consumer in await _consumers(database):
        served = -1
        while served < lanes:
            async with database.system() as tx:
                served = await tx.fetchval(_SERVED, consumer, lanes)
            if served < lanes:
                await asyncio.sleep(POLL_SECONDS)
