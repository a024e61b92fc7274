"""A member: a user who works in a project, with a role there."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from platform_core.errors import Conflict, Invalid, NotFound

ProjectRoleName = Literal["admin", "supervisor", "agent", "viewer"]


class MemberNotFound(NotFound):
    """No member of this project has this id."""

    code = "member_not_found"


class AlreadyMember(Conflict):
    """The user is a member of the project; change the role instead."""

    code = "already_member"


class UnknownUser(Invalid):
    """No user of this tenant has the id that the request names."""

    code = "unknown_user"


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A member as it is stored, with what the user is called now."""

    tenant_id: UUID
    id: UUID
    project_id: UUID
    user_id: UUID
    role: ProjectRoleName
    invited_by: UUID | None
    invited_at: datetime
    version: int
    created_at: datetime
    updated_at: datetime
    name: str
    email: str
