"""The caller's own tenant, users and projects."""

from uuid import UUID

from platform_core.errors import NotFound
from platform_postgres import Tx
from ventros_identity.domain.member import Member, MemberNotFound
from ventros_identity.domain.project import Project, ProjectNotFound
from ventros_identity.domain.tenant import Tenant
from ventros_identity.domain.user import User, UserNotFound
from ventros_identity.store import members, projects, tenants, users


async def tenant(tx: Tx, tenant_id: UUID) -> Tenant:
    """The tenant. Raises `NotFound`."""
    found = await tenants.find(tx, tenant_id)
    if found is None:
        raise NotFound("The tenant is gone.", code="tenant_not_found")
    return found


async def user(tx: Tx, tenant_id: UUID, user_id: UUID) -> User:
    """One user. Raises `UserNotFound`."""
    found = await users.find(tx, tenant_id, user_id)
    if found is None:
        raise UserNotFound("No user has this id.")
    return found


async def user_page(tx: Tx, tenant_id: UUID, *, after: UUID | None, limit: int) -> list[User]:
    """Users in the order of their creation."""
    return await users.page(tx, tenant_id, after=after, limit=limit)


async def project(tx: Tx, tenant_id: UUID, project_id: UUID) -> Project:
    """One project. Raises `ProjectNotFound`."""
    found = await projects.find(tx, tenant_id, project_id)
    if found is None:
        raise ProjectNotFound("No project has this id.")
    return found


async def project_page(
    tx: Tx, tenant_id: UUID, *, after: UUID | None, active: bool | None, limit: int
) -> list[Project]:
    """Projects in the order of their creation."""
    return await projects.page(tx, tenant_id, after=after, active=active, limit=limit)


async def member(tx: Tx, tenant_id: UUID, project_id: UUID, member_id: UUID) -> Member:
    """One member of a project. Raises `MemberNotFound`."""
    found = await members.find(tx, tenant_id, project_id, member_id)
    if found is None:
        raise MemberNotFound("No member of this project has this id.")
    return found


async def member_page(
    tx: Tx, tenant_id: UUID, project_id: UUID, *, after: UUID | None, limit: int
) -> list[Member]:
    """Members of a project in the order in which they came. Raises `ProjectNotFound`."""
    await project(tx, tenant_id, project_id)
    return await members.page(tx, tenant_id, project_id, after=after, limit=limit)
