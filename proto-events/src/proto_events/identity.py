"""Facts of identity: projects (tenants and users follow with their own module's growth)."""

from uuid import UUID

import msgspec

from proto_events.registry import event


class _Project(msgspec.Struct, frozen=True, kw_only=True):
    """A project as it now is."""

    project_id: UUID
    customer_id: UUID
    name: str
    time_zone: str
    active: bool
    session_timeout_minutes: float | None = None


@event("project.created", aggregate="project", producer="identity", data_class="none")
class ProjectCreated(_Project, frozen=True, kw_only=True):
    """A project was made in a tenant."""


@event("project.updated", aggregate="project", producer="identity", data_class="none")
class ProjectUpdated(_Project, frozen=True, kw_only=True):
    """A project was changed; all of it as it now is."""


@event("project.deleted", aggregate="project", producer="identity", data_class="none")
class ProjectDeleted(msgspec.Struct, frozen=True, kw_only=True):
    """A project was deleted."""

    project_id: UUID
