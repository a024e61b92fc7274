"""Facts of identity: projects, and who works in them."""

from typing import Literal
from uuid import UUID

import msgspec

from proto_events.registry import ONE_QUEUE, event
from proto_events.times import Moment

ProjectMemberRole = Literal["admin", "supervisor", "agent", "viewer"]
RevokedAccess = Literal["sign_in", "user", "api_key", "application"]


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
    "project.snapshot",
    aggregate="project",
    producer="identity",
    data_class="none",
    exchange=ONE_QUEUE,
)
class ProjectSnapshot(_Project, frozen=True, kw_only=True):
    """A project as it is when somebody fills a copy of projects; one that is deleted, too.

    It comes on command and to the queue that was named alone. `sequence` is the project's version:
    a copy that knows a higher one keeps what it has.
    """

    deleted_at: Moment | None = None


@event(
    "project_member.invited",
    aggregate="project_member",
    producer="identity",
    data_class="none",
    person="agent_id",
)
class ProjectMemberInvited(msgspec.Struct, frozen=True, kw_only=True):
    """An agent was invited to a project and has this role there.

    `agent_id` is the user's id. `invited_by` is a user's id, None for the system.
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
    """An agent has another role in a project.

    `agent_id` is the user's id. `changed_by` is a user's id, None for the system.
    """

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

    `agent_id` is the user's id. `removed_by` is a user's id, None for the system.
    """

    project_member_id: UUID
    project_id: UUID
    agent_id: UUID
    role: ProjectMemberRole
    removed_by: UUID | None = None
    removed_at: Moment


@event(
    "access.revoked",
    aggregate="access",
    producer="identity",
    data_class="none",
    person="user_id",
)
class AccessRevoked(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in has ended, or a user or an API key lost access: its tokens are to be refused.

    Tokens that were made before `revoked_at` are refused until `matters_until`; by then all of them
    have expired. `user_id` is whose access it was, None for a program's.
    """

    what: RevokedAccess
    id: UUID
    user_id: UUID | None = None
    revoked_at: Moment
    matters_until: Moment
