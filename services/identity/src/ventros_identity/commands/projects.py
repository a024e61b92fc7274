"""Create, change and delete projects."""

from uuid import UUID

import msgspec

from platform_core.ids import new_id
from platform_postgres import Tx
from ventros_identity.domain.project import (
    LastProject,
    Project,
    ProjectChange,
    ProjectNotFound,
    changed,
    check_time_zone,
)
from ventros_identity.store import projects, tenants


class CreateProject(msgspec.Struct, frozen=True, kw_only=True):
    """A project to be made."""

    tenant_id: UUID
    name: str
    time_zone: str
    description: str = ""
    session_timeout_minutes: float | None = None


async def create_project(tx: Tx, command: CreateProject) -> Project:
    """Make a project. Raises `UnknownTimeZone`."""
    check_time_zone(command.time_zone)
    return await projects.insert(
        tx,
        command.tenant_id,
        new_id(),
        name=command.name,
        description=command.description,
        time_zone=command.time_zone,
        session_timeout_minutes=command.session_timeout_minutes,
    )


async def update_project(
    tx: Tx, tenant_id: UUID, project_id: UUID, change: ProjectChange
) -> tuple[Project, bool]:
    """The project after the change, and whether it is different from before.

    Raises:
        ProjectNotFound, UnknownTimeZone
    """
    before = await projects.find(tx, tenant_id, project_id, lock=True)
    if before is None:
        raise ProjectNotFound("No project has this id.")
    after = changed(before, change)
    if after is before:
        return before, False
    return await projects.update(tx, after), True


async def delete_project(tx: Tx, tenant_id: UUID, project_id: UUID) -> int:
    """Delete a project; returns its last version.

    Raises:
        ProjectNotFound, LastProject
    """
    # Two deletions at once must not leave none.
    await tenants.lock(tx, tenant_id)
    version = await projects.delete(tx, tenant_id, project_id)
    if version is None:
        raise ProjectNotFound("No project has this id.")
    if await projects.count(tx, tenant_id) == 0:
        raise LastProject("A tenant keeps at least one project.")
    return version
