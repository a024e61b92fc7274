"""A user: a person who signs in, with a role in one tenant."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from platform_core.errors import Conflict, Forbidden, NotFound, Unauthenticated

RoleName = Literal["admin", "manager", "user", "readonly"]


class EmailTaken(Conflict):
    """A user of this tenant has this address already."""

    code = "email_taken"


class UserNotFound(NotFound):
    """No user of this tenant has this id."""

    code = "user_not_found"


class LastAdmin(Conflict):
    """A tenant keeps an active admin: nobody else could let people in again."""

    code = "last_admin"


class InvalidCredentials(Unauthenticated):
    """Address, password or project is wrong; it is never told which."""

    code = "invalid_credentials"


class NoProject(Forbidden):
    """The password is right, and there is no active project to sign in to."""

    code = "no_project"


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A user as it is stored, without the password's hash.

    `email_confirmed`: the address is known to be theirs, by a link, an invitation or who made them.
    """

    tenant_id: UUID
    id: UUID
    email: str
    name: str
    role: RoleName
    active: bool
    email_confirmed: bool = True
    version: int
    created_at: datetime
    updated_at: datetime


class UserChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be different; what is unset stays."""

    name: str | UnsetType = UNSET
    role: RoleName | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What sign-in needs of a user whose tenant is not known yet."""

    tenant_id: UUID
    id: UUID
    password_hash: str
    active: bool


def normal_email(email: str) -> str:
    """Addresses are compared and kept in lower case, without spaces around."""
    return email.strip().lower()


def changed(user: User, change: UserChange) -> User:
    """The user after a change; the very same when nothing is different."""
    different = {
        name: value
        for name in change.__struct_fields__
        if (value := getattr(change, name)) is not UNSET and value != getattr(user, name)
    }
    return msgspec.structs.replace(user, **different) if different else user


def check_may_change(by: UUID, before: User, after: User, *, manages: bool) -> None:
    """Who does not manage users changes the own name and nothing else.

    Raises:
        Forbidden
    """
    own_name = by == before.id and before.role == after.role and before.active == after.active
    if not manages and not own_name:
        raise Forbidden("Only who manages users may change this.")


def check_admin_left(before: User, after: User, other_admins: int) -> None:
    """A change may not leave a tenant without an active admin. Raises `LastAdmin`."""
    if _rules(before) and not _rules(after) and other_admins == 0:
        raise LastAdmin("A tenant keeps at least one active admin.")


def _rules(user: User) -> bool:
    return user.active and user.role == "admin"
