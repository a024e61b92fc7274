"""Examples of `proto_events.identity`: Móveis Aurora's project, and Marina who works in it."""

from typing import Final

from proto_events.examples.world import (
    ADMIN_USER,
    AGENT,
    PROJECT,
    PROJECT_MEMBER,
    SIGN_IN,
    TENANT,
    at,
)
from proto_events.identity import (
    AccessRevoked,
    ProjectCreated,
    ProjectDeleted,
    ProjectMemberInvited,
    ProjectMemberRemoved,
    ProjectMemberRoleChanged,
    ProjectSnapshot,
    ProjectUpdated,
)

EXAMPLES: Final = (
    ProjectCreated(
        project_id=PROJECT,
        customer_id=TENANT,
        name="Móveis Aurora",
        time_zone="America/Sao_Paulo",
        active=True,
        session_timeout_minutes=30.0,
    ),
    ProjectUpdated(
        project_id=PROJECT,
        customer_id=TENANT,
        name="Móveis Aurora Vila Mariana",
        time_zone="America/Sao_Paulo",
        active=True,
        session_timeout_minutes=45.0,
    ),
    ProjectDeleted(project_id=PROJECT),
    ProjectSnapshot(
        project_id=PROJECT,
        customer_id=TENANT,
        name="Móveis Aurora Vila Mariana",
        time_zone="America/Sao_Paulo",
        active=True,
        session_timeout_minutes=45.0,
    ),
    ProjectMemberInvited(
        project_member_id=PROJECT_MEMBER,
        project_id=PROJECT,
        agent_id=AGENT,
        role="agent",
        invited_by=ADMIN_USER,
        invited_at=at(11, 10),
    ),
    ProjectMemberRoleChanged(
        project_member_id=PROJECT_MEMBER,
        project_id=PROJECT,
        agent_id=AGENT,
        old_role="agent",
        new_role="supervisor",
        changed_by=ADMIN_USER,
        changed_at=at(18, 0, days=30),
    ),
    ProjectMemberRemoved(
        project_member_id=PROJECT_MEMBER,
        project_id=PROJECT,
        agent_id=AGENT,
        role="supervisor",
        removed_by=ADMIN_USER,
        removed_at=at(18, 0, days=200),
    ),
    AccessRevoked(
        what="sign_in",
        id=SIGN_IN,
        user_id=ADMIN_USER,
        revoked_at=at(18, 0),
        matters_until=at(18, 12),
    ),
)
