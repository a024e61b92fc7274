"""`POST /v1/auth/switch-project` and `/v1/me/projects`: to work in another project."""

from typing import Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import JSONBody

from platform_auth import Role
from platform_auth.access import LIFETIME_SECONDS
from platform_auth.project_matrix import ProjectRole, needs_membership
from platform_core.ids import new_id
from platform_http import Caller, Page, Paged, Reads, Writes
from ventros_identity.commands.sign_in import enter
from ventros_identity.domain.member import ProjectRoleName
from ventros_identity.domain.project import ProjectNotFound
from ventros_identity.http.audit import Comes, entry
from ventros_identity.http.signing import Signs, refused
from ventros_identity.store import audit, members, projects, sign_ins


class SwitchProjectRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to go."""

    project_id: UUID


class SwitchProjectResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The next access token. The refresh token stays, and leads to this project from now on."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    project_id: UUID
    role: Role
    project_role: ProjectRole | None


class MyProject(msgspec.Struct, frozen=True, kw_only=True):
    """A project that the caller may enter; `project_role` is null where none is needed."""

    id: UUID
    name: str
    project_role: ProjectRoleName | None


@post(
    "/v1/auth/switch-project",
    operation_id="switch_project",
    summary="Switch to another project",
    tags=["sign-in"],
    status_code=200,
    opt={"answer": "secret"},
    responses={404: refused("There is no such project that the caller may enter.")},
)
async def switch_project(
    data: JSONBody[SwitchProjectRequest],
    principal: Caller,
    writer: Writes,
    signing: Signs,
    origin: Comes,
) -> Response[SwitchProjectResponse]:
    """An access token for another project of the tenant that the caller may enter."""
    async with writer(principal) as tx:
        entered = await enter(tx, principal.tenant_id, principal.subject, data.project_id)
        # A closing of the project waits for us, or is seen.
        if entered is None or not await projects.hold_active(
            tx, principal.tenant_id, entered.project_id
        ):
            raise ProjectNotFound("No project that you may enter has this id.")
        if principal.sign_in_id is not None:
            await sign_ins.move(tx, principal.tenant_id, principal.sign_in_id, entered.project_id)
        told = entry(
            principal,
            origin,
            "sign_in.switched_project",
            "sign_in",
            principal.sign_in_id,
            before={"project_id": str(principal.project_id)},
            after={"project_id": str(entered.project_id)},
        )
        await audit.append(tx, [told])
        role = Role(entered.user.role)
        project_role = None if entered.project_role is None else ProjectRole(entered.project_role)
        # Before the end: a closing of the project that waited for us refuses what is older.
        token = signing.tokens.issue(
            token_id=new_id(),
            subject=entered.user.id,
            tenant_id=entered.user.tenant_id,
            project_id=entered.project_id,
            role=role,
            project_role=project_role,
            sign_in_id=principal.sign_in_id,
        )
    body = SwitchProjectResponse(
        access_token=token,
        token_type="Bearer",  # noqa: S106 - the scheme's name
        expires_in=LIFETIME_SECONDS,
        project_id=entered.project_id,
        role=role,
        project_role=project_role,
    )
    return Response(body, headers={"cache-control": "no-store"})


@get(
    "/v1/me/projects",
    operation_id="list_my_projects",
    summary="List the projects one may enter",
    tags=["sign-in"],
)
async def list_my_projects(principal: Caller, reader: Reads, page: Paged) -> Page[MyProject]:
    """Active projects of the tenant that the caller may switch to, oldest first."""
    after = page.after("my projects", UUID)
    async with reader(principal) as tx:
        rows = await members.enterable(
            tx,
            principal.tenant_id,
            principal.subject,
            members_only=needs_membership(principal.role),
            after=after,
            limit=page.fetch,
        )
    return page.cut(
        "my projects",
        rows,
        lambda row: row.id,
        lambda row: MyProject(id=row.id, name=row.name, project_role=row.role),
    )
