"""`/v1/tenant`: the company itself."""

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import get, patch
from litestar.params import JSONBody
from msgspec import UNSET, UnsetType

from platform_bus import emit
from platform_core.types import NonEmptyStr
from platform_http import Caller, Reads, Writes
from ventros_identity.commands.tenants import rename_tenant
from ventros_identity.domain.tenant import Tenant
from ventros_identity.events import people
from ventros_identity.http.audit import Comes, entry
from ventros_identity.http.users import gone
from ventros_identity.queries import tenant as queries
from ventros_identity.store import audit


class UpdateTenantRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to change; a field that is left out stays."""

    name: NonEmptyStr | UnsetType = UNSET


class TenantResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The caller's tenant."""

    id: UUID
    name: str
    version: int
    created_at: datetime
    updated_at: datetime


def tenant_response(tenant: Tenant) -> TenantResponse:
    """The answer that shows a tenant."""
    return TenantResponse(
        id=tenant.tenant_id,
        name=tenant.name,
        version=tenant.version,
        created_at=tenant.created_at,
        updated_at=tenant.updated_at,
    )


@get(
    "/v1/tenant",
    operation_id="read_tenant",
    summary="Read one's tenant",
    tags=["tenant"],
    responses={404: gone("tenant")},
)
async def read_tenant(principal: Caller, reader: Reads) -> TenantResponse:
    """The caller's tenant."""
    async with reader(principal) as tx:
        return tenant_response(await queries.tenant(tx, principal.tenant_id))


@patch(
    "/v1/tenant",
    operation_id="update_tenant",
    summary="Change one's tenant",
    tags=["tenant"],
    responses={404: gone("tenant")},
)
async def update_tenant(
    data: JSONBody[UpdateTenantRequest], principal: Caller, writer: Writes, origin: Comes
) -> TenantResponse:
    """Give the caller's tenant another name."""
    async with writer(principal) as tx:
        before = await queries.tenant(tx, principal.tenant_id)
        if data.name is UNSET or data.name == before.name:
            return tenant_response(before)
        tenant = await rename_tenant(tx, principal.tenant_id, data.name)
        await emit(tx, [people.customer_updated(tenant, principal.project_id)])
        told = entry(
            principal,
            origin,
            "tenant.updated",
            "tenant",
            tenant.tenant_id,
            before={"name": before.name},
            after={"name": tenant.name},
        )
        await audit.append(tx, [told])
    return tenant_response(tenant)
