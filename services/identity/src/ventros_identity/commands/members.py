"""Let users into projects, change what they are there, and let them go."""

from uuid import UUID

import msgspec

from platform_auth import Role
from platform_auth.project_matrix import ProjectRole, permissions_in_project
from platform_core.ids import new_id
from platform_postgres import Tx
from ventros_identity.domain.member import Member, MemberNotFound, ProjectRoleName
from ventros_identity.domain.project import ProjectNotFound
from ventros_identity.domain.user import RoleName
from ventros_identity.store import members, projects


class AddMember(msgspec.Struct, frozen=True, kw_only=True):
    """A user is to work in a project; without `invited_by`, the system did it."""

    tenant_id: UUID
    project_id: UUID
    user_id: UUID
    role: ProjectRoleName
    invited_by: UUID | None = None


async def add_member(tx: Tx, command: AddMember) -> Member:
    """Make a user a member.

    Raises:
        ProjectNotFound, UnknownUser, AlreadyMember
    """
    if await projects.find(tx, command.tenant_id, command.project_id) is None:
        raise ProjectNotFound("No project has this id.")
    return await members.insert(
        tx,
        command.tenant_id,
        new_id(),
        project_id=command.project_id,
        user_id=command.user_id,
        role=command.role,
        invited_by=command.invited_by,
    )


async def change_role(
    tx: Tx, tenant_id: UUID, project_id: UUID, member_id: UUID, role: ProjectRoleName
) -> tuple[Member, Member]:
    """The member before and after; the very same when the role was the same.

    Raises:
        MemberNotFound
    """
    before = await _locked(tx, tenant_id, project_id, member_id)
    if before.role == role:
        return before, before
    return before, await members.set_role(tx, before, role)


async def remove_member(tx: Tx, tenant_id: UUID, project_id: UUID, member_id: UUID) -> Member:
    """Take a member out; returns what it was. Raises `MemberNotFound`."""
    member = await _locked(tx, tenant_id, project_id, member_id)
    await members.delete(tx, member)
    return member


def loses(role: RoleName, before: ProjectRoleName, after: ProjectRoleName | None) -> bool:
    """Whether a user of this role in the tenant may less in the project than before."""
    now = permissions_in_project(Role(role), None if after is None else ProjectRole(after))
    return not permissions_in_project(Role(role), ProjectRole(before)) <= now


async def _locked(tx: Tx, tenant_id: UUID, project_id: UUID, member_id: UUID) -> Member:
    member = await members.find(tx, tenant_id, project_id, member_id, lock=True)
    if member is None:
        raise MemberNotFound("No member of this project has this id.")
    return member
