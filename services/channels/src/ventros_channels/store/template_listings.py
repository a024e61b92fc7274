"""Rows of `template_listing`: when whose templates are to be listed."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from platform_postgres import Tx

# What is due earlier stays so.
_WANT = """
INSERT INTO template_listing AS known (tenant_id, channel_id, project_id, due_at)
SELECT tenant_id, id, project_id, now() + $2::interval FROM channel
WHERE id = ANY($1) AND waba_id IS NOT NULL AND deleted_at IS NULL
ORDER BY id
ON CONFLICT (tenant_id, channel_id) DO UPDATE
SET due_at = least(known.due_at, excluded.due_at), attempts = 0
"""

_TAKE = """
UPDATE template_listing AS taken SET due_at = now() + $2::interval, attempts = taken.attempts + 1
FROM (
    SELECT tenant_id, channel_id FROM template_listing
    WHERE due_at <= now()
    ORDER BY due_at LIMIT $1
    FOR UPDATE SKIP LOCKED
) AS due
WHERE taken.tenant_id = due.tenant_id AND taken.channel_id = due.channel_id
RETURNING taken.tenant_id, taken.channel_id, taken.project_id, taken.attempts
"""

# News that came meanwhile have made it due anew; that stays.
_SETTLE = """
UPDATE template_listing
SET listed_at = coalesce($2, listed_at), due_at = $3,
    attempts = CASE WHEN $2::timestamptz IS NULL THEN attempts ELSE 0 END
WHERE channel_id = $1 AND attempts > 0
"""


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A listing that is due; `attempts` counts this one."""

    tenant_id: UUID
    channel_id: UUID
    project_id: UUID
    attempts: int


async def want(tx: Tx, channel_ids: Collection[UUID], after: timedelta) -> None:
    """List those of the channels soon whose provider has templates."""
    await tx.execute(_WANT, sorted(channel_ids), after)


async def take(tx: Tx, limit: int, hold: timedelta) -> list[Due]:
    """What is due; it is due again after `hold`, should nobody settle it. In a system
    transaction."""
    return [msgspec.convert(dict(row), Due) for row in await tx.fetch(_TAKE, limit, hold)]


async def settle(
    tx: Tx, channel_id: UUID, listed_at: datetime | None, due_at: datetime | None
) -> None:
    """It was listed, or not (`listed_at` None), and is due next at `due_at`, if ever."""
    await tx.execute(_SETTLE, channel_id, listed_at, due_at)
