"""From projects to the events of the contract."""

from uuid import UUID

import msgspec

from platform_bus import Outgoing
from proto_events.identity import ProjectCreated, ProjectDeleted, ProjectUpdated
from ventros_identity.domain.project import Project


def project_created(project: Project) -> Outgoing:
    """A project was made."""
    return _outgoing(project, _as(ProjectCreated, project))


def project_updated(project: Project) -> Outgoing:
    """A project is different; the event says all of it as it now is."""
    return _outgoing(project, _as(ProjectUpdated, project))


def project_deleted(tenant_id: UUID, project_id: UUID, version: int) -> Outgoing:
    """A project is gone."""
    return Outgoing(
        event=ProjectDeleted(project_id=project_id),
        tenant_id=tenant_id,
        project_id=project_id,
        subject=project_id,
        sequence=version,
        partition_key=str(project_id),
    )


def _as(
    kind: type[ProjectCreated] | type[ProjectUpdated], project: Project
) -> ProjectCreated | ProjectUpdated:
    return kind(
        project_id=project.id,
        customer_id=project.tenant_id,
        name=project.name,
        time_zone=project.time_zone,
        active=project.active,
        session_timeout_minutes=project.session_timeout_minutes,
    )


def _outgoing(project: Project, event: msgspec.Struct) -> Outgoing:
    return Outgoing(
        event=event,
        tenant_id=project.tenant_id,
        project_id=project.id,
        subject=project.id,
        sequence=project.version,
        partition_key=str(project.id),
    )
