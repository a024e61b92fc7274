"""Open sessions whose deadline passed long ago, over all tenants: read by the system role."""

from uuid import UUID

from platform_postgres import Tx

_OVERDUE = """
SELECT s.tenant_id, s.id
FROM session AS s
WHERE s.status = 'active'
  AND s.last_activity_at + (s.timeout_seconds + $1) * interval '1 second' < now()
ORDER BY s.tenant_id, s.id
LIMIT $2
"""


async def overdue(tx: Tx, grace_seconds: float, limit: int) -> list[tuple[UUID, UUID]]:
    """(tenant, session) of at most `limit` sessions that are overdue by the grace."""
    rows = await tx.fetch(_OVERDUE, grace_seconds, limit)
    return [(row["tenant_id"], row["id"]) for row in rows]
