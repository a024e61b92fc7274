"""A user: a person who signs in, with a role in one tenant."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from platform_core.errors import Conflict, Forbidden, NotFound, Unauthenticated

RoleName = Literal["admin", "manager", "user", "readonly"]


class EmailTaken(Conflict):
    """A user of this tenant has this address already."""

    code = "email_taken"


class UserNotFound(NotFound):
    """No user of this tenant has this id."""

    code = "user_not_found"


class InvalidCredentials(Unauthenticated):
    """Address, password or project is wrong; it is never told which."""

    code = "invalid_credentials"


class NoProject(Forbidden):
    """The password is right, and there is no active project to sign in to."""

    code = "no_project"


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A user as it is stored, without the password's hash."""

    tenant_id: UUID
    id: UUID
    email: str
    name: str
    role: RoleName
    active: bool
    version: int
    created_at: datetime
    updated_at: datetime


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What sign-in needs of a user whose tenant is not known yet."""

    tenant_id: UUID
    id: UUID
    password_hash: str
    active: bool


def normal_email(email: str) -> str:
    """Addresses are compared and kept in lower case, without spaces around."""
    return email.strip().lower()
