"""Rows of `user_id_change`: business-scoped ids of people that became others."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from platform_postgres import Tx

_LEARN = """
INSERT INTO user_id_change AS known (tenant_id, channel_id, previous, current, changed_at)
SELECT DISTINCT ON (given.channel_id, given.previous) $1, given.*
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::timestamptz[])
    AS given (channel_id, previous, current, changed_at)
ORDER BY given.channel_id, given.previous, given.changed_at DESC
ON CONFLICT (tenant_id, channel_id, previous) DO UPDATE
SET current = excluded.current, changed_at = excluded.changed_at
WHERE known.changed_at < excluded.changed_at
"""

# From change to later change: somebody who has an old id again is not followed in a circle.
_CURRENT = """
WITH RECURSIVE followed AS (
    SELECT current, changed_at, 1 AS step FROM user_id_change
    WHERE channel_id = $1 AND previous = $2
    UNION ALL
    SELECT change.current, change.changed_at, followed.step + 1
    FROM followed JOIN user_id_change AS change
        ON change.channel_id = $1 AND change.previous = followed.current
        AND change.changed_at > followed.changed_at
    WHERE followed.step < 100
)
SELECT current FROM followed ORDER BY step DESC LIMIT 1
"""


class UserIdChange(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's id on a channel became another."""

    channel_id: UUID
    previous: str
    current: str
    changed_at: datetime


async def learn(tx: Tx, tenant_id: UUID, changes: Sequence[UserIdChange]) -> None:
    """Keep what is newer than what is known."""
    await tx.execute(
        _LEARN,
        tenant_id,
        [one.channel_id for one in changes],
        [one.previous for one in changes],
        [one.current for one in changes],
        [one.changed_at for one in changes],
    )


async def current(tx: Tx, channel_id: UUID, user_id: str) -> str:
    """The id that this one is now."""
    found: str | None = await tx.fetchval(_CURRENT, channel_id, user_id)
    return found or user_id
