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


PrincipalKind = Literal["user"]


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """A verified caller. It comes from a verified token, never from a path, body or header.

    `permissions` are `resource:operation` pairs. `sign_in_id` is the sign-in of a person's token.
    """

    tenant_id: UUID
    project_id: UUID
    subject: UUID
    kind: PrincipalKind
    role: Role
    permissions: frozenset[str]
    sign_in_id: UUID | None = None
