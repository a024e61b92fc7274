"""Rows of `revocation`: access that was taken back and of which tokens may still be around."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from platform_postgres import Tx
from ventros_identity.domain.sign_in import Revocation

# What no longer matters goes with the next one of its tenant.
_ADD = """
WITH old AS (
    DELETE FROM revocation
    WHERE tenant_id = $1 AND matters_until < now()
      AND NOT (what, id) IN (SELECT * FROM unnest($2::text[], $3::uuid[]))
)
INSERT INTO revocation (tenant_id, what, id, revoked_at, matters_until)
SELECT $1, r.what, r.id, r.revoked_at, r.matters_until
FROM unnest($2::text[], $3::uuid[], $4::timestamptz[], $5::timestamptz[])
    AS r (what, id, revoked_at, matters_until)
ORDER BY r.what, r.id
ON CONFLICT (tenant_id, what, id) DO UPDATE
SET revoked_at = excluded.revoked_at, matters_until = excluded.matters_until
"""

_PAGE = """
SELECT tenant_id, what, id, revoked_at, matters_until FROM revocation
WHERE matters_until > now()
  AND what = ANY($4::text[])
  AND ($1::timestamptz IS NULL OR (matters_until, id) > ($1, $2::uuid))
ORDER BY matters_until, id
LIMIT $3
"""


async def add(tx: Tx, tenant_id: UUID, revocations: Sequence[Revocation]) -> None:
    """Keep what was taken back in one tenant; the later one counts."""
    await tx.execute(
        _ADD,
        tenant_id,
        [one.what for one in revocations],
        [one.id for one in revocations],
        [one.revoked_at for one in revocations],
        [one.matters_until for one in revocations],
    )


async def page(
    tx: Tx, *, what: Sequence[str], after: tuple[datetime, UUID] | None, limit: int
) -> list[Revocation]:
    """What of these matters now, over all tenants, after (`matters_until`, id); for the system
    role.
    """
    until, identifier = after or (None, None)
    rows = await tx.fetch(_PAGE, until, identifier, limit, what)
    return [Revocation(**row) for row in rows]
