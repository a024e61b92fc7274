"""Rows of `provider_action`."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from platform_postgres import Tx
from ventros_channels.domain.action import Action

_ADD = """
INSERT INTO provider_action (tenant_id, id, channel_id, chat, requested, expires_at)
SELECT $1, given.*
FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::bytea[], $6::timestamptz[]) AS given
ON CONFLICT DO NOTHING
"""

# The first of each chat alone: what comes after it waits, so that the last one asked for counts.
# A channel has so many under way at once, so that one whose provider hangs leaves room for others.
_TAKE = """
WITH busy AS (
    SELECT * FROM unnest($3::uuid[], $4::integer[]) AS given (channel_id, running)
), due AS (
    SELECT a.tenant_id, a.id, a.next_at, coalesce(busy.running, 0) + row_number() OVER (
        PARTITION BY a.tenant_id, a.channel_id ORDER BY a.next_at, a.seq
    ) AS place
    FROM provider_action a LEFT JOIN busy USING (channel_id)
    WHERE a.next_at <= now() AND NOT EXISTS (
        SELECT 1 FROM provider_action b
        WHERE b.tenant_id = a.tenant_id AND b.channel_id = a.channel_id AND b.chat = a.chat
            AND b.seq < a.seq
    )
), first AS (
    SELECT action.tenant_id, action.id
    FROM provider_action AS action JOIN due USING (tenant_id, id)
    WHERE due.place <= $5 AND action.next_at <= now()
    ORDER BY due.place, due.next_at
    LIMIT $2
    FOR UPDATE OF action SKIP LOCKED
)
UPDATE provider_action AS taken
SET attempts = taken.attempts + 1, next_at = now() + $1::interval
FROM first
WHERE taken.tenant_id = first.tenant_id AND taken.id = first.id
RETURNING taken.tenant_id, taken.id, taken.channel_id, taken.attempts, taken.expires_at,
    taken.requested
"""

_PUT_OFF = "UPDATE provider_action SET next_at = $2 WHERE id = $1"

_REMOVE = "DELETE FROM provider_action WHERE id = $1 RETURNING 1"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One as it was asked for; `event` is the whole of that."""

    id: UUID
    channel_id: UUID
    chat: str
    event: bytes
    expires_at: datetime


async def add(tx: Tx, tenant_id: UUID, asked: Sequence[Asked]) -> None:
    """Queue them, each once."""
    await tx.execute(
        _ADD,
        tenant_id,
        [one.id for one in asked],
        [one.channel_id for one in asked],
        [one.chat for one in asked],
        [one.event for one in asked],
        [one.expires_at for one in asked],
    )


async def take(
    tx: Tx, hold: timedelta, limit: int, *, running: Mapping[UUID, int], each: int
) -> list[Action]:
    """What is due, of all tenants, taken for `hold`: so much that of no channel more than `each`
    are `running`. In a system transaction."""
    rows = await tx.fetch(_TAKE, hold, limit, list(running), list(running.values()), each)
    return [Action(**dict(row)) for row in rows]


async def put_off(tx: Tx, action_id: UUID, until: datetime) -> None:
    """Try it again then."""
    await tx.execute(_PUT_OFF, action_id, until)


async def remove(tx: Tx, action_id: UUID) -> bool:
    """It is settled; whether nobody settled it before."""
    return await tx.fetchval(_REMOVE, action_id) is not None
