"""Who asks: the one identity that everything below the edge is handed."""

from enum import StrEnum
from typing import Literal
from uuid import UUID

import msgspec


class Role(StrEnum):
    """A user's role in the tenant."""

    ADMIN = "admin"
    MANAGER = "manager"
    USER = "user"
    READONLY = "readonly"


PrincipalKind = Literal["user", "api_key", "application"]
"""A person; a key of a project; an application of another company that acts for itself."""


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """A verified caller. It comes from a verified token, never from a path, body or header.

    `subject` is the id of what `kind` says. `permissions` are `resource:operation` pairs. Only a
    person has a `role`. `sign_in_id` is the sign-in of a person's token; `application_id` is the
    application that a token was given to, for a person or for itself.
    """

    tenant_id: UUID
    project_id: UUID
    subject: UUID
    kind: PrincipalKind
    role: Role | None
    permissions: frozenset[str]
    sign_in_id: UUID | None = None
    application_id: UUID | None = None


def lacking(principal: Principal, permission: str) -> str:
    """What a caller without a permission is told."""
    if principal.application_id is not None:
        who = "This application"
    elif principal.kind == "api_key":
        who = "This API key"
    else:
        who = f"The role {principal.role}"
    return f"{who} lacks the permission {permission}."
