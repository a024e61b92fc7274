"""`/v1/projects`."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, delete, get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import UNSET, Meta, UnsetType
from msgspec.structs import asdict

from platform_auth import Principal
from platform_bus import emit
from platform_core.types import NonEmptyStr, Text, TimeoutMinutes
from platform_http import Caller, Page, Paged, Reads, Writes
from platform_postgres import Tx
from ventros_identity.commands import projects as commands
from ventros_identity.domain.audit import Origin
from ventros_identity.domain.project import Project, ProjectChange
from ventros_identity.events import publish
from ventros_identity.events.access import deny_project, revoke
from ventros_identity.http.audit import Comes, entry
from ventros_identity.http.sign_ins import tell_all_ended
from ventros_identity.queries import tenant as queries
from ventros_identity.store import api_keys, audit, sign_ins

TimeZone = Annotated[str, Meta(min_length=1, max_length=64, examples=["America/Sao_Paulo"])]


class CreateProjectRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new project. Without a timeout, sessions use the installation's."""

    name: NonEmptyStr
    description: Text = ""
    time_zone: TimeZone = "UTC"
    session_timeout_minutes: TimeoutMinutes | None = None


class UpdateProjectRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to change; a field that is left out stays, a timeout of null is taken away."""

    name: NonEmptyStr | UnsetType = UNSET
    description: Text | UnsetType = UNSET
    time_zone: TimeZone | UnsetType = UNSET
    session_timeout_minutes: TimeoutMinutes | UnsetType | None = UNSET
    active: bool | UnsetType = UNSET


class ProjectResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A project. The timeout is in minutes; null means the installation's."""

    id: UUID
    customer_id: UUID
    name: str
    description: str
    time_zone: str
    session_timeout_minutes: float | None
    active: bool
    version: int
    created_at: datetime
    updated_at: datetime


def project_response(project: Project) -> ProjectResponse:
    """The answer that shows a project."""
    return ProjectResponse(
        id=project.id,
        customer_id=project.tenant_id,
        name=project.name,
        description=project.description,
        time_zone=project.time_zone,
        session_timeout_minutes=project.session_timeout_minutes,
        active=project.active,
        version=project.version,
        created_at=project.created_at,
        updated_at=project.updated_at,
    )


class Projects(Controller):
    """The projects of the caller's tenant."""

    path = "/v1/projects"
    tags = ("projects",)

    @post(operation_id="create_project", summary="Create a project")
    async def create(
        self,
        data: JSONBody[CreateProjectRequest],
        principal: Caller,
        writer: Writes,
        origin: Comes,
    ) -> ProjectResponse:
        """Make a project in the caller's tenant."""
        command = commands.CreateProject(
            tenant_id=principal.tenant_id,
            name=data.name,
            description=data.description,
            time_zone=data.time_zone,
            session_timeout_minutes=data.session_timeout_minutes,
        )
        async with writer(principal) as tx:
            project = await commands.create_project(tx, command)
            await emit(tx, [publish.project_created(project)])
            shown = {"name": project.name, "active": project.active}
            told = entry(principal, origin, "project.created", "project", project.id, after=shown)
            await audit.append(tx, [told])
        return project_response(project)

    @get(operation_id="list_projects", summary="List projects")
    async def list_projects(
        self,
        principal: Caller,
        reader: Reads,
        page: Paged,
        active: Annotated[
            bool | None, QueryParameter(description="Only active (true) or inactive (false) ones.")
        ] = None,
    ) -> Page[ProjectResponse]:
        """Projects of the caller's tenant, in the order of their creation."""
        question = f"projects {active}"
        after = page.after(question, UUID)
        async with reader(principal) as tx:
            rows = await queries.project_page(
                tx, principal.tenant_id, after=after, active=active, limit=page.fetch
            )
        return page.cut(question, rows, lambda row: row.id, project_response)

    @get("/{project_id:uuid}", operation_id="read_project", summary="Read a project")
    async def read(
        self, project_id: FromPath[UUID], principal: Caller, reader: Reads
    ) -> ProjectResponse:
        """One project of the caller's tenant."""
        async with reader(principal) as tx:
            return project_response(await queries.project(tx, principal.tenant_id, project_id))

    @patch("/{project_id:uuid}", operation_id="update_project", summary="Change a project")
    async def update(
        self,
        project_id: FromPath[UUID],
        data: JSONBody[UpdateProjectRequest],
        principal: Caller,
        writer: Writes,
        origin: Comes,
    ) -> ProjectResponse:
        """Change a project. A new timeout applies to sessions that are open as well.

        One that is made inactive lets nobody in, and what is signed in to it ends at once.
        """
        change = ProjectChange(
            name=data.name,
            description=data.description,
            time_zone=data.time_zone,
            session_timeout_minutes=data.session_timeout_minutes,
            active=data.active,
        )
        async with writer(principal) as tx:
            project, different = await commands.update_project(
                tx, principal.tenant_id, project_id, change
            )
            if different:
                await emit(tx, [publish.project_updated(project)])
                if change.active is False:
                    await _let_nobody_in(tx, principal, origin, project.id)
                # An inactive project lets nobody in.
                given = {
                    name: value for name, value in asdict(change).items() if value is not UNSET
                }
                told = entry(
                    principal, origin, "project.updated", "project", project_id, after=given
                )
                await audit.append(tx, [told])
        return project_response(project)

    @delete("/{project_id:uuid}", operation_id="delete_project", summary="Delete a project")
    async def remove(
        self, project_id: FromPath[UUID], principal: Caller, writer: Writes, origin: Comes
    ) -> None:
        """Delete a project, and end what is signed in to it. The last one of a tenant stays."""
        tenant_id = principal.tenant_id
        async with writer(principal) as tx:
            version = await commands.delete_project(tx, tenant_id, project_id)
            await emit(tx, [publish.project_deleted(tenant_id, project_id, version)])
            await _let_nobody_in(tx, principal, origin, project_id)
            told = entry(principal, origin, "project.deleted", "project", project_id)
            await audit.append(tx, [told])


async def _let_nobody_in(tx: Tx, principal: Principal, origin: Origin, project_id: UUID) -> None:
    """End the sign-ins of a project that was closed, and let gateways ask anew about its keys."""
    tenant_id = principal.tenant_id
    keys = await api_keys.good_of_project(tx, tenant_id, project_id)
    await revoke(tx, tenant_id, project_id, "api_key", keys)
    ended = await sign_ins.end_of_project(tx, tenant_id, project_id)
    await tell_all_ended(tx, principal, origin, ended, "project_closed", project_id=project_id)
    # Whoever switched away has a sign-in elsewhere, and a token for here.
    await deny_project(tx, tenant_id, project_id)
