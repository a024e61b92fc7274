"""The copy of which sessions went into which, in the table `session_merge`."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from platform_postgres import Tx

# A session goes into another one once and for all: the first telling is the only one.
_LEARN: Final = """
INSERT INTO session_merge (tenant_id, id, into_id)
SELECT $1, given.*
FROM unnest($2::uuid[], $3::uuid[]) AS given
ON CONFLICT DO NOTHING
"""

_FAMILY: Final = """
WITH RECURSIVE family (id) AS (
    SELECT $2::uuid
  UNION
    SELECT merged.id
    FROM family
    CROSS JOIN LATERAL (
        SELECT m.id FROM session_merge AS m
        WHERE m.tenant_id = $1 AND m.into_id = family.id
        OFFSET 0
    ) AS merged
)
SELECT id FROM family
"""


async def learn(tx: Tx, tenant_id: UUID, merged: Mapping[UUID, UUID]) -> None:
    """Keep that sessions (the keys) went into others."""
    await tx.execute(_LEARN, tenant_id, list(merged), list(merged.values()))


async def family(tx: Tx, tenant_id: UUID, session_id: UUID) -> list[UUID]:
    """A session with those that went into it, near and far."""
    return [row["id"] for row in await tx.fetch(_FAMILY, tenant_id, session_id)]
