"""Failures that are kept: the rows of `deferred`, one per consumer and event.

`next_at` in the future: a retry is due then. `infinity`: an ordered consumer is at it in place.
NULL: parked, for a person to replay or drop.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from platform_postgres import Tx
from proto_events import envelope as frame
from proto_events.envelope import Envelope

MAX_REASON = 2000
"""Characters of a reason that are kept."""

_KEEP = """
INSERT INTO deferred (tenant_id, consumer, event_id, type, envelope, next_at, code, reason)
VALUES ($1, $2, $3, $4, $5, {next_at}, $6, $7)
ON CONFLICT (tenant_id, consumer, event_id) DO UPDATE
SET attempts = deferred.attempts + 1, next_at = excluded.next_at, code = excluded.code,
    reason = excluded.reason, updated_at = now()
RETURNING attempts
"""

PARK = _KEEP.format(next_at="NULL")
HOLD = _KEEP.format(next_at="'infinity'")
DEFER = _KEEP.format(
    next_at="now() + least(60, 0.5 * 2 ^ coalesce((SELECT d.attempts FROM deferred d WHERE"
    " d.tenant_id = $1 AND d.consumer = $2 AND d.event_id = $3), 0)) * interval '1 second'"
)

SETTLE = "DELETE FROM deferred WHERE tenant_id = $1 AND consumer = $2 AND event_id = $3"

DUE = """
UPDATE deferred d SET next_at = now() + interval '60 seconds'
FROM (
    SELECT tenant_id, consumer, event_id FROM deferred
    WHERE next_at <= now() AND consumer = ANY($1)
    ORDER BY next_at LIMIT $2 FOR UPDATE SKIP LOCKED
) due
WHERE d.tenant_id = due.tenant_id AND d.consumer = due.consumer AND d.event_id = due.event_id
RETURNING d.consumer, d.envelope
"""

LIST = """
SELECT consumer, event_id, tenant_id, type, attempts, next_at, code, reason, created_at, updated_at
FROM deferred
WHERE ($1::text IS NULL OR consumer = $1) AND ($2::boolean IS NOT TRUE OR next_at IS NULL)
ORDER BY created_at, event_id LIMIT $3
"""

REPLAY = """
UPDATE deferred SET next_at = now(), attempts = 0, updated_at = now()
WHERE next_at IS NULL AND ($1::text IS NULL OR consumer = $1)
  AND ($2::uuid[] IS NULL OR event_id = ANY($2))
"""

DROP = "DELETE FROM deferred WHERE next_at IS NULL AND consumer = $1 AND event_id = ANY($2)"


class Kept(msgspec.Struct, frozen=True):
    """A row of `deferred` as operators see it; `next_at` is None when it is parked."""

    consumer: str
    event_id: UUID
    tenant_id: UUID
    type: str
    attempts: int
    next_at: datetime | None
    code: str
    reason: str
    created_at: datetime
    updated_at: datetime


async def keep(
    tx: Tx, statement: str, consumer: str, envelope: Envelope, *, code: str, reason: str
) -> int:
    """Keep a failure by `PARK`, `HOLD` or `DEFER`; returns the attempts so far."""
    attempts: int = await tx.fetchval(
        statement,
        envelope.tenant_id,
        consumer,
        envelope.id,
        envelope.type,
        frame.encode(envelope),
        code,
        reason[:MAX_REASON].replace("\x00", ""),
    )
    return attempts


async def due(tx: Tx, consumers: Sequence[str], limit: int) -> list[tuple[str, bytes]]:
    """Claim what is due, for a minute, as (consumer, envelope). In a system transaction."""
    rows = await tx.fetch(DUE, list(consumers), limit)
    return [(row["consumer"], row["envelope"]) for row in rows]


async def list_kept(
    tx: Tx, *, consumer: str | None = None, parked: bool = False, limit: int = 100
) -> list[Kept]:
    """What is kept, oldest first; `parked` leaves out what will be retried by itself."""
    rows = await tx.fetch(LIST, consumer, parked, limit)
    return [msgspec.convert(dict(row), Kept) for row in rows]


async def replay(tx: Tx, *, consumer: str | None, event_ids: list[UUID] | None) -> int:
    """Make parked events due now; returns how many."""
    return _count(await tx.execute(REPLAY, consumer, event_ids))


async def drop(tx: Tx, *, consumer: str, event_ids: list[UUID]) -> int:
    """Remove parked events for good; returns how many."""
    return _count(await tx.execute(DROP, consumer, event_ids))


def _count(status: str) -> int:
    return int(status.rpartition(" ")[2])
