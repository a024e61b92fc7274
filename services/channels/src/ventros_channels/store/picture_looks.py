"""Rows of `picture_look`: the queue of questions about profile pictures."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from platform_postgres import Tx

GAP: Final = timedelta(seconds=3)
"""Between two questions of one channel."""

# Behind what the channel has in the queue already.
_ADD = """
INSERT INTO picture_look (tenant_id, contact_id, channel_id, project_id, chat, due_at)
SELECT $1, n.contact_id, n.channel_id, c.project_id, n.chat, greatest(now(), (
    SELECT max(q.due_at) + $5::interval FROM picture_look q
    WHERE q.channel_id = n.channel_id AND q.due_at IS NOT NULL
)) + (row_number() OVER (PARTITION BY n.channel_id ORDER BY n.contact_id) - 1) * $5::interval
FROM unnest($2::uuid[], $3::uuid[], $4::text[]) AS n (contact_id, channel_id, chat)
JOIN channel c ON c.id = n.channel_id AND c.deleted_at IS NULL
ORDER BY n.contact_id
ON CONFLICT DO NOTHING
"""

_AGAIN = """
WITH old AS (
    SELECT l.contact_id, l.channel_id FROM picture_look l
    WHERE l.contact_id = ANY ($1::uuid[]) AND l.due_at IS NULL AND l.asked_at < $2
    ORDER BY l.contact_id
    FOR UPDATE
), placed AS (
    SELECT old.contact_id, greatest(now(), (
        SELECT max(q.due_at) + $3::interval FROM picture_look q
        WHERE q.channel_id = old.channel_id AND q.due_at IS NOT NULL
    )) + (row_number() OVER (PARTITION BY old.channel_id ORDER BY old.contact_id) - 1)
        * $3::interval AS at
    FROM old
)
UPDATE picture_look l SET due_at = placed.at, attempts = 0
FROM placed WHERE l.contact_id = placed.contact_id
"""

_TAKE = """
UPDATE picture_look AS taken SET due_at = now() + $2::interval, attempts = taken.attempts + 1
FROM (
    SELECT tenant_id, contact_id FROM picture_look
    WHERE due_at <= now()
    ORDER BY due_at LIMIT $1
    FOR UPDATE SKIP LOCKED
) AS due
WHERE taken.tenant_id = due.tenant_id AND taken.contact_id = due.contact_id
RETURNING taken.tenant_id, taken.contact_id, taken.channel_id, taken.project_id, taken.chat,
    taken.attempts
"""

_SETTLE = "UPDATE picture_look SET due_at = NULL, asked_at = $2 WHERE contact_id = $1"

_PUT_OFF = "UPDATE picture_look SET due_at = $2 WHERE contact_id = $1"


class Wanted(msgspec.Struct, frozen=True):
    """Somebody new: `chat` is the address that the provider is asked about."""

    contact_id: UUID
    channel_id: UUID
    chat: str


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """A question that is due; `attempts` counts this one."""

    tenant_id: UUID
    contact_id: UUID
    channel_id: UUID
    project_id: UUID
    chat: str
    attempts: int


async def add(tx: Tx, tenant_id: UUID, wanted: Sequence[Wanted]) -> None:
    """Queue those whose channel is there; somebody who is known is not queued anew."""
    await tx.execute(
        _ADD,
        tenant_id,
        [one.contact_id for one in wanted],
        [one.channel_id for one in wanted],
        [one.chat for one in wanted],
        GAP,
    )


async def again(tx: Tx, contact_ids: Sequence[UUID], asked_before: datetime) -> None:
    """Queue those once more who were last asked about before that moment."""
    await tx.execute(_AGAIN, sorted(contact_ids), asked_before, GAP)


async def take(tx: Tx, limit: int, hold: timedelta) -> list[Look]:
    """What is due; it is due again after `hold`, should nobody settle it. In a system
    transaction."""
    return [msgspec.convert(dict(row), Look) for row in await tx.fetch(_TAKE, limit, hold)]


async def settle(tx: Tx, contact_id: UUID, asked_at: datetime) -> None:
    """It was asked, or cannot be."""
    await tx.execute(_SETTLE, contact_id, asked_at)


async def put_off(tx: Tx, contact_id: UUID, until: datetime) -> None:
    """Ask later."""
    await tx.execute(_PUT_OFF, contact_id, until)
