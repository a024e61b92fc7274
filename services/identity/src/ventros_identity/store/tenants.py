"""Rows of `tenant`."""

from uuid import UUID

from platform_postgres import Tx
from ventros_identity.domain.tenant import Tenant

_FIND = """
SELECT tenant_id, name, version, created_at, updated_at FROM tenant
WHERE tenant_id = $1
"""

_INSERT = """
INSERT INTO tenant (tenant_id, name) VALUES ($1, $2)
RETURNING tenant_id, name, version, created_at, updated_at
"""

_RENAME = """
UPDATE tenant SET name = $2, version = version + 1, updated_at = now()
WHERE tenant_id = $1
RETURNING tenant_id, name, version, created_at, updated_at
"""


async def insert(tx: Tx, tenant_id: UUID, name: str) -> Tenant:
    """Add a tenant; the transaction has to be its own."""
    row = await tx.fetchrow(_INSERT, tenant_id, name)
    if row is None:
        raise LookupError("an INSERT returned no row")
    return Tenant(**row)


async def rename(tx: Tx, tenant_id: UUID, name: str) -> Tenant | None:
    """Give the tenant a name; its version rises by one. None if it is not there."""
    row = await tx.fetchrow(_RENAME, tenant_id, name)
    return Tenant(**row) if row else None


async def find(tx: Tx, tenant_id: UUID) -> Tenant | None:
    """The tenant, if it is there."""
    row = await tx.fetchrow(_FIND, tenant_id)
    return Tenant(**row) if row else None


async def lock(tx: Tx, tenant_id: UUID) -> None:
    """Let one decision at a time be made about what the tenant has.

    Rows that only name the tenant can be added meanwhile.
    """
    await tx.execute("SELECT 1 FROM tenant WHERE tenant_id = $1 FOR NO KEY UPDATE", tenant_id)
