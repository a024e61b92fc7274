"""Create and change users."""

from uuid import UUID

import msgspec

from platform_auth import Role
from platform_auth.matrix import permissions_of
from platform_core.ids import new_id
from platform_postgres import Tx
from ventros_identity.domain.user import (
    RoleName,
    User,
    UserChange,
    UserNotFound,
    changed,
    check_admin_left,
    check_may_change,
    normal_email,
)
from ventros_identity.store import tenants, users


class CreateUser(msgspec.Struct, frozen=True, kw_only=True):
    """A user to be made; the password is hashed before the transaction begins.

    Who signs up by themselves has to confirm the address; others were invited at it, or somebody
    answers for it.
    """

    tenant_id: UUID
    email: str
    name: str
    role: RoleName
    password_hash: str
    email_confirmed: bool = True


async def create_user(tx: Tx, command: CreateUser) -> User:
    """Make a user. Raises `EmailTaken`."""
    return await users.insert(
        tx,
        command.tenant_id,
        new_id(),
        email=normal_email(command.email),
        name=command.name,
        role=command.role,
        password_hash=command.password_hash,
        email_confirmed=command.email_confirmed,
    )


class ChangeUser(msgspec.Struct, frozen=True, kw_only=True):
    """A change of a user; `manages`: whoever makes it manages users."""

    tenant_id: UUID
    user_id: UUID
    by: UUID
    manages: bool
    change: UserChange


async def change_user(tx: Tx, command: ChangeUser) -> tuple[User, User]:
    """The user before and after; the very same when nothing is different.

    Raises:
        UserNotFound, Forbidden, LastAdmin
    """
    # Two admins who demote each other at once must not leave none.
    await tenants.lock(tx, command.tenant_id)
    before = await users.find(tx, command.tenant_id, command.user_id, lock=True)
    if before is None:
        raise UserNotFound("No user has this id.")
    after = changed(before, command.change)
    check_may_change(command.by, before, after, manages=command.manages)
    if after is before:
        return before, before
    others = await users.count_other_admins(tx, before.tenant_id, before.id)
    check_admin_left(before, after, others)
    return before, await users.update(tx, after)


def loses(before: User, after: User) -> bool:
    """Whether the user may less than before."""
    if not before.active or not after.active:
        return before.active
    return not permissions_of(Role(before.role)) <= permissions_of(Role(after.role))
