"""Rows of `tenant`."""

from uuid import UUID

from platform_postgres import Tx
from ventros_identity.domain.tenant import Tenant

_FIND = """
SELECT tenant_id, name, version, created_at, updated_at FROM tenant
WHERE tenant_id = $1
"""


async def insert(tx: Tx, tenant_id: UUID, name: str) -> None:
    """Add a tenant; the transaction has to be its own."""
    await tx.execute("INSERT INTO tenant (tenant_id, name) VALUES ($1, $2)", tenant_id, name)


async def find(tx: Tx, tenant_id: UUID) -> Tenant | None:
    """The tenant, if it is there."""
    row = await tx.fetchrow(_FIND, tenant_id)
    return Tenant(**row) if row else None


async def lock(tx: Tx, tenant_id: UUID) -> None:
    """Let one decision at a time be made about what the tenant has."""
    await tx.execute("SELECT 1 FROM tenant WHERE tenant_id = $1 FOR UPDATE", tenant_id)
