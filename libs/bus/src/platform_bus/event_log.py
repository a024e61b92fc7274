"""The event log, read again: what the services published, told once more to one queue.

Every service keeps its own log for `event_log_days`. A replay reads all of them at once, oldest
first (what one round of a relay published has one time), page after page, and sends to one queue
alone; ids are unchanged, so that a consumer that has handled an event passes over it.

To fill a gap without leaving one: bind the queue first, replay then. The replay waits for the
relays' rounds that are under way when it begins, so that each event is in the log by then, or comes
to the queue by itself, or both.
"""

import heapq
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from platform_bus.one_queue import OneQueue, Say, Sealed
from platform_bus.outbox import SHARDS
from platform_bus.settings import BusSettings
from platform_core.clock import utc_now
from platform_postgres import Database, Tx

PAGE = 500
WINDOW = timedelta(minutes=15)
"""Of the log's index, that tells only about where a time lies, so much is read and sorted at a
time; the pages of a busy quarter of an hour are read one after the other."""

_PAGE = """
SELECT id, type, envelope, published_at
FROM event_log
WHERE published_at >= $1 AND published_at < $2
  AND (published_at, id) > ($3::timestamptz, $4::uuid)
  AND ($5::text[] IS NULL OR type = ANY ($5))
  AND ($6::uuid IS NULL OR tenant_id = $6)
ORDER BY published_at, id
LIMIT $7
"""

_NEXT = "SELECT min(published_at) FROM event_log WHERE published_at >= $1 AND published_at < $2"

_ROUNDS_AT_HAND = (
    "SELECT pg_advisory_xact_lock(hashtext(current_schema()), s) FROM generate_series(0, $1) AS s"
)

_FIRST = UUID(int=0)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which events: published from `since` on and before `until` (now, when None), of these types
    and of this tenant; None for all."""

    since: datetime
    until: datetime | None = None
    types: list[str] | None = None
    tenant_id: UUID | None = None


class Logged(msgspec.Struct, frozen=True):
    """A row of the log."""

    published_at: datetime
    id: UUID
    type: str
    envelope: bytes


async def replay(
    databases: Sequence[Database],
    settings: BusSettings,
    queue: str,
    wanted: Wanted,
    *,
    say: Say = lambda _: None,
    patience: float = 60.0,
) -> int:
    """Send the logged events that are wanted, of all these services, to `queue`; returns how many.

    Raises:
        QueueUnknown: there is no such queue; nothing was sent.
        QueueRefused: the queue was full for `patience` seconds, or is gone.
        OSError, TimeoutError, aiormq.exceptions.AMQPError: the broker is away.
    """
    target = OneQueue(settings, queue, replayed=True, patience=patience)
    try:
        await target.check()
        for database in databases:
            await _rounds_at_hand(database)
        until = wanted.until or utc_now()
        logs = [_read(database, wanted, until) for database in databases]
        page: list[Logged] = []
        async for event in _oldest_first(logs):
            page.append(event)
            if len(page) == PAGE:
                await _send(target, page, say)
                page = []
        await _send(target, page, say)
    finally:
        await target.close()
    return target.sent


async def _send(target: OneQueue, page: Sequence[Logged], say: Say) -> None:
    if not page:
        return
    await target.send([Sealed(str(event.id), event.envelope) for event in page])
    say(f"{target.sent} sent, up to {page[-1].published_at.isoformat()}")


async def _rounds_at_hand(database: Database) -> None:
    """Until every round of a relay that is under way has committed what it published."""
    async with database.system() as tx:
        await tx.execute(_ROUNDS_AT_HAND, SHARDS - 1)


async def _read(database: Database, wanted: Wanted, until: datetime) -> AsyncIterator[Logged]:
    """One service's log, oldest first; a transaction a page, so that none lasts long."""
    start = await _next(database, wanted.since, until)
    while start is not None:
        end = min(start + WINDOW, until)
        after = (start, _FIRST)
        while True:
            async with database.system() as tx:
                page = await _page(tx, wanted, start, end, after)
            for event in page:
                yield event
            if len(page) < PAGE:
                break
            after = (page[-1].published_at, page[-1].id)
        start = await _next(database, end, until)


async def _page(
    tx: Tx, wanted: Wanted, start: datetime, end: datetime, after: tuple[datetime, UUID]
) -> list[Logged]:
    rows = await tx.fetch(_PAGE, start, end, *after, wanted.types, wanted.tenant_id, PAGE)
    return [Logged(row["published_at"], row["id"], row["type"], row["envelope"]) for row in rows]


async def _next(database: Database, start: datetime, until: datetime) -> datetime | None:
    """Where the log goes on; nights without an event are skipped."""
    if start >= until:
        return None
    async with database.system() as tx:
        found: datetime | None = await tx.fetchval(_NEXT, start, until)
    return found


async def _oldest_first(logs: Sequence[AsyncIterator[Logged]]) -> AsyncIterator[Logged]:
    """Several logs, each in order, as one in order."""
    heads: list[tuple[datetime, UUID, int, Logged]] = []

    async def advance(place: int) -> None:
        event = await anext(logs[place], None)
        if event is not None:
            heapq.heappush(heads, (event.published_at, event.id, place, event))

    for place in range(len(logs)):
        await advance(place)
    while heads:
        _, _, place, event = heapq.heappop(heads)
        yield event
        await advance(place)
