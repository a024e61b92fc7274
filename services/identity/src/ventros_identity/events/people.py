"""From customers, users and members to the events of the contract.

Users and customers are of no project: the envelope names the one that the caller acts in.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from platform_bus import Outgoing
from platform_core.clock import utc_now
from proto_events.identity import (
    ProjectMemberInvited,
    ProjectMemberRemoved,
    ProjectMemberRoleChanged,
)
from proto_events.users import (
    CustomerCreated,
    CustomerUpdated,
    UserCreated,
    UserDisabled,
    UserEnabled,
    UserSecondFactorDisabled,
    UserSecondFactorEnabled,
    UserUpdated,
)
from ventros_identity.domain.member import Member
from ventros_identity.domain.tenant import Tenant
from ventros_identity.domain.user import User


def customer_created(tenant: Tenant, project_id: UUID) -> Outgoing:
    """A customer is there; `project_id` is its first project."""
    event = CustomerCreated(
        customer_id=tenant.tenant_id, name=tenant.name, created_at=tenant.created_at
    )
    return _of_customer(tenant, event, project_id)


def customer_updated(tenant: Tenant, project_id: UUID) -> Outgoing:
    """A customer is different."""
    event = CustomerUpdated(
        customer_id=tenant.tenant_id, name=tenant.name, updated_at=tenant.updated_at
    )
    return _of_customer(tenant, event, project_id)


def user_created(user: User, project_id: UUID, by: UUID | None) -> Outgoing:
    """A user is there."""
    event = UserCreated(
        user_id=user.id,
        email=user.email,
        name=user.name,
        role=user.role,
        active=user.active,
        created_by=by,
        created_at=user.created_at,
    )
    return _of_user(user, event, project_id)


def user_updated(user: User, project_id: UUID, by: UUID) -> Outgoing:
    """A user is different; the event says all as it now is."""
    event = UserUpdated(
        user_id=user.id,
        email=user.email,
        name=user.name,
        role=user.role,
        active=user.active,
        updated_by=by,
        updated_at=user.updated_at,
    )
    return _of_user(user, event, project_id)


def user_switched(user: User, project_id: UUID, by: UUID) -> Outgoing:
    """A user was disabled or enabled: which of both, the user says."""
    event = (
        UserEnabled(user_id=user.id, enabled_by=by, enabled_at=user.updated_at)
        if user.active
        else UserDisabled(user_id=user.id, disabled_by=by, disabled_at=user.updated_at)
    )
    return _of_user(user, event, project_id)


def second_factor_enabled(user: User, project_id: UUID) -> Outgoing:
    """A user has a second factor; the version is the user's after that."""
    event = UserSecondFactorEnabled(user_id=user.id, enabled_at=user.updated_at)
    return _of_user(user, event, project_id)


def second_factor_disabled(user: User, project_id: UUID, by: UUID) -> Outgoing:
    """A user has none any more."""
    event = UserSecondFactorDisabled(user_id=user.id, disabled_by=by, disabled_at=user.updated_at)
    return _of_user(user, event, project_id)


def member_invited(member: Member) -> Outgoing:
    """A user works in a project."""
    event = ProjectMemberInvited(
        project_member_id=member.id,
        project_id=member.project_id,
        agent_id=member.user_id,
        role=member.role,
        invited_by=member.invited_by,
        invited_at=member.invited_at,
    )
    return _of_member(member, event, member.version)


def member_role_changed(before: Member, after: Member, by: UUID) -> Outgoing:
    """A member has another role."""
    event = ProjectMemberRoleChanged(
        project_member_id=after.id,
        project_id=after.project_id,
        agent_id=after.user_id,
        old_role=before.role,
        new_role=after.role,
        changed_by=by,
        changed_at=after.updated_at,
    )
    return _of_member(after, event, after.version)


def member_removed(member: Member, by: UUID, at: datetime | None = None) -> Outgoing:
    """A user works in a project no longer."""
    event = ProjectMemberRemoved(
        project_member_id=member.id,
        project_id=member.project_id,
        agent_id=member.user_id,
        role=member.role,
        removed_by=by,
        removed_at=at or utc_now(),
    )
    return _of_member(member, event, member.version + 1)


def _of_customer(tenant: Tenant, event: msgspec.Struct, project_id: UUID) -> Outgoing:
    return Outgoing(
        event=event,
        tenant_id=tenant.tenant_id,
        project_id=project_id,
        subject=tenant.tenant_id,
        sequence=tenant.version,
        partition_key=str(tenant.tenant_id),
    )


def _of_user(user: User, event: msgspec.Struct, project_id: UUID) -> Outgoing:
    return Outgoing(
        event=event,
        tenant_id=user.tenant_id,
        project_id=project_id,
        subject=user.id,
        sequence=user.version,
        partition_key=str(user.id),
    )


def _of_member(member: Member, event: msgspec.Struct, sequence: int) -> Outgoing:
    return Outgoing(
        event=event,
        tenant_id=member.tenant_id,
        project_id=member.project_id,
        subject=member.id,
        sequence=sequence,
        partition_key=str(member.id),
    )
