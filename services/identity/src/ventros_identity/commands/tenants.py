"""Change the tenant itself."""

from uuid import UUID

from platform_core.errors import NotFound
from platform_postgres import Tx
from ventros_identity.domain.tenant import Tenant
from ventros_identity.store import tenants


async def rename_tenant(tx: Tx, tenant_id: UUID, name: str) -> Tenant:
    """The tenant with another name. Raises `NotFound`."""
    renamed = await tenants.rename(tx, tenant_id, name)
    if renamed is None:
        raise NotFound("The tenant is gone.", code="tenant_not_found")
    return renamed
