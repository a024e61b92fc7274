"""Facts of identity: projects, and who works in them."""

from typing import Literal
from uuid import UUID

import msgspec

from proto_events.registry import event
from proto_events.times import Moment

ProjectMemberRole = Literal["admin", "supervisor", "agent", "viewer"]


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


@event(
    "project_member.invited",
    aggregate="project_member",
    producer="identity",
    data_class="none",
    person="agent_id",
)
class ProjectMemberInvited(msgspec.Struct, frozen=True, kw_only=True):
    """An agent was invited to a project and has this role there.

    `invited_by` is a user's id, None for the system.
    """

    project_member_id: UUID
    project_id: UUID
    agent_id: UUID
    role: ProjectMemberRole
    invited_by: UUID | None = None
    invited_at: Moment


@event(
    "project_member.role_changed",
    aggregate="project_member",
    producer="identity",
    data_class="none",
    person="agent_id",
)
class ProjectMemberRoleChanged(msgspec.Struct, frozen=True, kw_only=True):
    """An agent has another role in a project; `changed_by` is a user's id, None for the system."""

    project_member_id: UUID
    project_id: UUID
    agent_id: UUID
    old_role: ProjectMemberRole
    new_role: ProjectMemberRole
    changed_by: UUID | None = None
    changed_at: Moment


@event(
    "project_member.removed",
    aggregate="project_member",
    producer="identity",
    data_class="none",
    person="agent_id",
)
class ProjectMemberRemoved(msgspec.Struct, frozen=True, kw_only=True):
    """An agent no longer belongs to a project. `role` is the one that it had there.

    `removed_by` is a user's id, None for the system.
    """

    project_member_id: UUID
    project_id: UUID
    agent_id: UUID
    role: ProjectMemberRole
    removed_by: UUID | None = None
    removed_at: Moment
