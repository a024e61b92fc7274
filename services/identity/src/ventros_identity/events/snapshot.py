"""All projects once more, for a service that fills its copy."""

from datetime import datetime
from typing import Final
from uuid import UUID

from platform_bus import Outgoing
from platform_bus.snapshot import Source
from platform_postgres import Tx
from proto_events.identity import ProjectSnapshot
from ventros_identity.domain.project import Project
from ventros_identity.store import projects


async def page(tx: Tx, tenant_id: UUID, after: UUID, limit: int) -> list[Outgoing]:
    """The next projects of a tenant."""
    return [_snapshot(*found) for found in await projects.all_after(tx, tenant_id, after, limit)]


SOURCES: Final = (Source(aggregate="project", tenants="tenant", page=page),)


def _snapshot(project: Project, deleted_at: datetime | None) -> Outgoing:
    event = ProjectSnapshot(
        project_id=project.id,
        customer_id=project.tenant_id,
        name=project.name,
        time_zone=project.time_zone,
        active=project.active,
        session_timeout_minutes=project.session_timeout_minutes,
        deleted_at=deleted_at,
    )
    return Outgoing(
        event=event,
        tenant_id=project.tenant_id,
        project_id=project.id,
        subject=project.id,
        sequence=project.version,
        partition_key=str(project.id),
    )
