"""`/v1/projects/{project_id}/members`: who works in a project, and as what."""

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import Controller, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from platform_auth import Principal
from platform_auth.project_matrix import needs_membership
from platform_bus import emit
from platform_http import Caller, Page, Paged, Reads, Writes
from platform_postgres import Tx
from ventros_identity.commands import members as commands
from ventros_identity.domain.member import Member, ProjectRoleName
from ventros_identity.domain.project import ProjectNotFound
from ventros_identity.events import people
from ventros_identity.events.access import revoke
from ventros_identity.http.audit import Comes, entry
from ventros_identity.queries import tenant as queries
from ventros_identity.store import audit


class AddMemberRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A user of the tenant, and the role in the project."""

    user_id: UUID
    role: ProjectRoleName


class UpdateMemberRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The role in the project from now on."""

    role: ProjectRoleName


class MemberResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A member. `invited_by` is a user's id, null for the system."""

    id: UUID
    project_id: UUID
    user_id: UUID
    name: str
    email: str
    role: ProjectRoleName
    invited_by: UUID | None
    invited_at: datetime
    version: int
    created_at: datetime
    updated_at: datetime


def member_response(member: Member) -> MemberResponse:
    """The answer that shows a member."""
    return MemberResponse(
        id=member.id,
        project_id=member.project_id,
        user_id=member.user_id,
        name=member.name,
        email=member.email,
        role=member.role,
        invited_by=member.invited_by,
        invited_at=member.invited_at,
        version=member.version,
        created_at=member.created_at,
        updated_at=member.updated_at,
    )


def shown(member: Member) -> dict[str, str]:
    """What the audit log shows of a member."""
    return {
        "project_id": str(member.project_id),
        "user_id": str(member.user_id),
        "role": member.role,
    }


def check_reach(principal: Principal, project_id: UUID) -> None:
    """A member speaks of the token's project alone. Raises `ProjectNotFound` for another."""
    if needs_membership(principal.role) and project_id != principal.project_id:
        raise ProjectNotFound("No project has this id.")


class Members(Controller):
    """The members of a project."""

    path = "/v1/projects/{project_id:uuid}/members"
    tags = ("members",)

    @post(operation_id="add_member", summary="Add a member")
    async def add(
        self,
        project_id: FromPath[UUID],
        data: JSONBody[AddMemberRequest],
        principal: Caller,
        writer: Writes,
        origin: Comes,
    ) -> MemberResponse:
        """Let a user of the tenant work in the project. Others are sent an invitation."""
        check_reach(principal, project_id)
        command = commands.AddMember(
            tenant_id=principal.tenant_id,
            project_id=project_id,
            user_id=data.user_id,
            role=data.role,
            invited_by=principal.subject,
        )
        async with writer(principal) as tx:
            member = await commands.add_member(tx, command)
            await emit(tx, [people.member_invited(member)])
            told = entry(
                principal,
                origin,
                "project_member.invited",
                "project_member",
                member.id,
                after=shown(member),
            )
            await audit.append(tx, [told])
        return member_response(member)

    @get(operation_id="list_members", summary="List members")
    async def list_members(
        self, project_id: FromPath[UUID], principal: Caller, reader: Reads, page: Paged
    ) -> Page[MemberResponse]:
        """Members of the project, in the order in which they came."""
        check_reach(principal, project_id)
        question = f"members {project_id}"
        after = page.after(question, UUID)
        async with reader(principal) as tx:
            rows = await queries.member_page(
                tx, principal.tenant_id, project_id, after=after, limit=page.fetch
            )
        return page.cut(question, rows, lambda row: row.id, member_response)

    @get("/{member_id:uuid}", operation_id="read_member", summary="Read a member")
    async def read(
        self,
        project_id: FromPath[UUID],
        member_id: FromPath[UUID],
        principal: Caller,
        reader: Reads,
    ) -> MemberResponse:
        """One member of the project."""
        check_reach(principal, project_id)
        async with reader(principal) as tx:
            return member_response(
                await queries.member(tx, principal.tenant_id, project_id, member_id)
            )

    @patch("/{member_id:uuid}", operation_id="update_member", summary="Change a member's role")
    async def update(
        self,
        project_id: FromPath[UUID],
        member_id: FromPath[UUID],
        data: JSONBody[UpdateMemberRequest],
        principal: Caller,
        writer: Writes,
        origin: Comes,
    ) -> MemberResponse:
        """Give a member another role. If it allows less, older access tokens are refused."""
        check_reach(principal, project_id)
        async with writer(principal) as tx:
            before, member = await commands.change_role(
                tx, principal.tenant_id, project_id, member_id, data.role
            )
            if member is not before:
                await emit(tx, [people.member_role_changed(before, member, principal.subject)])
                told = entry(
                    principal,
                    origin,
                    "project_member.role_changed",
                    "project_member",
                    member.id,
                    before=shown(before),
                    after=shown(member),
                )
                await audit.append(tx, [told])
                await _take_back(tx, before, member.role)
        return member_response(member)

    @delete("/{member_id:uuid}", operation_id="remove_member", summary="Remove a member")
    async def remove(
        self,
        project_id: FromPath[UUID],
        member_id: FromPath[UUID],
        principal: Caller,
        writer: Writes,
        origin: Comes,
    ) -> None:
        """Take a user out of the project. Access tokens made before are refused at once."""
        check_reach(principal, project_id)
        async with writer(principal) as tx:
            member = await commands.remove_member(tx, principal.tenant_id, project_id, member_id)
            await emit(tx, [people.member_removed(member, principal.subject)])
            told = entry(
                principal,
                origin,
                "project_member.removed",
                "project_member",
                member.id,
                before=shown(member),
            )
            await audit.append(tx, [told])
            await _take_back(tx, member, None)


async def _take_back(tx: Tx, before: Member, role: ProjectRoleName | None) -> None:
    """Let no older token hold more than its owner may; a refresh gives one that holds the rest."""
    user = await queries.user(tx, before.tenant_id, before.user_id)
    if commands.loses(user.role, before.role, role):
        await revoke(tx, user.tenant_id, before.project_id, "user", [user.id], user_id=user.id)
