"""Rows of `api_key`."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from platform_postgres import Tx
from ventros_identity.domain.api_key import LAST_USE, ApiKey, KeptKey, KeyState

_COLUMNS = """
    tenant_id, id, project_id, name, scopes, created_by, version, created_at, updated_at,
    expires_at, revoked_at, last_used_at, last_used_address
"""

_INSERT = f"""
INSERT INTO api_key (
    tenant_id, id, project_id, name, scopes, secret_hash, created_by, expires_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, now() + $8)
RETURNING {_COLUMNS}
"""  # noqa: S608 - column names of ours

_FIND = f"""
SELECT {_COLUMNS} FROM api_key WHERE tenant_id = $1 AND project_id = $2 AND id = $3
"""  # noqa: S608

_PAGE = f"""
SELECT {_COLUMNS} FROM api_key
WHERE tenant_id = $1 AND project_id = $2 AND ($3::uuid IS NULL OR id > $3)
  AND ($4::text IS NULL OR $4 = CASE
    WHEN revoked_at IS NOT NULL THEN 'revoked'
    WHEN expires_at <= now() THEN 'expired'
    ELSE 'active'
  END)
ORDER BY id
LIMIT $5
"""  # noqa: S608

_UPDATE = f"""
UPDATE api_key SET name = $3, scopes = $4, version = version + 1, updated_at = now()
WHERE tenant_id = $1 AND id = $2
RETURNING {_COLUMNS}
"""  # noqa: S608

_REVOKE = f"""
UPDATE api_key SET revoked_at = now(), version = version + 1, updated_at = now()
WHERE tenant_id = $1 AND project_id = $2 AND id = $3 AND revoked_at IS NULL
RETURNING {_COLUMNS}
"""  # noqa: S608

_GOOD_OF_PROJECT = """
SELECT id FROM api_key
WHERE tenant_id = $1 AND project_id = $2 AND revoked_at IS NULL
  AND (expires_at IS NULL OR expires_at > now())
ORDER BY id
"""

_KEPT = """
SELECT k.*, p.active AND p.deleted_at IS NULL AS project_active, now() AS now
FROM api_key k
JOIN project p ON p.tenant_id = k.tenant_id AND p.id = k.project_id
WHERE k.tenant_id = $1 AND k.id = $2
"""

# Gateways ask at the same time: of several, one writes.
_USED = """
UPDATE api_key SET last_used_at = now(), last_used_address = $3
WHERE tenant_id = $1 AND id = $2 AND (last_used_at IS NULL OR last_used_at <= now() - $4::interval)
"""


async def insert(
    tx: Tx,
    tenant_id: UUID,
    key_id: UUID,
    *,
    project_id: UUID,
    name: str,
    scopes: Sequence[str],
    secret_hash: bytes,
    created_by: UUID,
    life: timedelta | None,
) -> ApiKey:
    """Add a key; without `life` it does not expire."""
    row = await tx.fetchrow(
        _INSERT, tenant_id, key_id, project_id, name, scopes, secret_hash, created_by, life
    )
    if row is None:
        raise LookupError("an INSERT returned no row")
    return ApiKey(**row)


async def find(
    tx: Tx, tenant_id: UUID, project_id: UUID, key_id: UUID, *, lock: bool = False
) -> ApiKey | None:
    """A key of the project; `lock` holds it until the end."""
    statement = _FIND + (" FOR UPDATE" if lock else "")
    row = await tx.fetchrow(statement, tenant_id, project_id, key_id)
    return ApiKey(**row) if row else None


async def page(
    tx: Tx,
    tenant_id: UUID,
    project_id: UUID,
    *,
    after: UUID | None,
    state: KeyState | None,
    limit: int,
) -> list[ApiKey]:
    """Keys of the project, in the order in which they were made."""
    rows = await tx.fetch(_PAGE, tenant_id, project_id, after, state, limit)
    return [ApiKey(**row) for row in rows]


async def update(tx: Tx, key: ApiKey) -> ApiKey:
    """Write name and scopes of a key that is locked; its version rises by one."""
    row = await tx.fetchrow(_UPDATE, key.tenant_id, key.id, key.name, key.scopes)
    if row is None:
        raise LookupError("the key was locked and is gone")
    return ApiKey(**row)


async def revoke(tx: Tx, tenant_id: UUID, project_id: UUID, key_id: UUID) -> ApiKey | None:
    """Revoke a key; None if it is not there or was revoked before."""
    row = await tx.fetchrow(_REVOKE, tenant_id, project_id, key_id)
    return ApiKey(**row) if row else None


async def good_of_project(tx: Tx, tenant_id: UUID, project_id: UUID) -> list[UUID]:
    """The keys that let somebody into the project."""
    return [row["id"] for row in await tx.fetch(_GOOD_OF_PROJECT, tenant_id, project_id)]


async def tenant_of(tx: Tx, key_id: UUID) -> UUID | None:
    """Whose key it is; for the system role, which sees no more of it."""
    found: UUID | None = await tx.fetchval("SELECT tenant_id FROM api_key WHERE id = $1", key_id)
    return found


async def kept(tx: Tx, tenant_id: UUID, key_id: UUID) -> KeptKey | None:
    """What decides about a use of the key."""
    row = await tx.fetchrow(_KEPT, tenant_id, key_id)
    if row is None:
        return None
    fields = dict(row)
    secret_hash: bytes = fields.pop("secret_hash")
    project_active: bool = fields.pop("project_active")
    now: datetime = fields.pop("now")
    return KeptKey(
        key=ApiKey(**fields), secret_hash=secret_hash, project_active=project_active, now=now
    )


async def used(tx: Tx, key: ApiKey, address: str | None) -> None:
    """Write down that the key was used now, unless somebody just did."""
    await tx.execute(_USED, key.tenant_id, key.id, address, LAST_USE)
