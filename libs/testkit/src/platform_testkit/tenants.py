"""Tenants for tests: each test its own, so that tests share a server without meeting."""

from uuid import UUID

import msgspec

from platform_core.ids import new_id


class TestTenant(msgspec.Struct, frozen=True, kw_only=True):
    """Ids of a tenant and of its one project."""

    __test__ = False

    tenant_id: UUID
    project_id: UUID


def new_tenant() -> TestTenant:
    """Ids that nobody has."""
    return TestTenant(tenant_id=new_id(), project_id=new_id())
