"""The table `label`: the labels of channels' accounts, by the latest that was told of each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from platform_postgres import Tx

_LEARN: Final = """
INSERT INTO label AS known (tenant_id, channel_id, id, project_id, name, told_at, deleted)
SELECT DISTINCT ON (given.channel_id, given.id) $1, given.*
FROM unnest(
    $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::timestamptz[], $7::boolean[]
) AS given (channel_id, id, project_id, name, told_at, deleted)
ORDER BY given.channel_id, given.id, given.told_at DESC, given.deleted DESC, given.name
ON CONFLICT (tenant_id, channel_id, id) DO UPDATE
SET name = excluded.name, told_at = excluded.told_at, deleted = excluded.deleted
WHERE (excluded.told_at, excluded.deleted) > (known.told_at, known.deleted)
"""

LIST: Final = """
SELECT id, channel_id, name FROM label
WHERE tenant_id = $1 AND project_id = $2 AND channel_id = $3 AND NOT deleted
    AND ($4::text IS NULL OR id > $4)
ORDER BY id
LIMIT $5
"""


class LabelTold(msgspec.Struct, frozen=True, kw_only=True):
    """A label as an event tells it."""

    channel_id: UUID
    id: str
    project_id: UUID
    name: str
    told_at: datetime
    deleted: bool


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """A label that there is."""

    id: str
    channel_id: UUID
    name: str


async def learn(tx: Tx, tenant_id: UUID, told: Sequence[LabelTold]) -> None:
    """Keep what is newer."""
    await tx.execute(
        _LEARN,
        tenant_id,
        [one.channel_id for one in told],
        [one.id for one in told],
        [one.project_id for one in told],
        [one.name for one in told],
        [one.told_at for one in told],
        [one.deleted for one in told],
    )


async def of_channel(
    tx: Tx, tenant_id: UUID, project_id: UUID, channel_id: UUID, *, beyond: str | None, limit: int
) -> list[Label]:
    """The next `limit` labels of a channel."""
    rows = await tx.fetch(LIST, tenant_id, project_id, channel_id, beyond, limit)
    return [Label(**dict(row)) for row in rows]
