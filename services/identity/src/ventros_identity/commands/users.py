"""Create users."""

from uuid import UUID

import msgspec

from platform_core.ids import new_id
from platform_postgres import Tx
from ventros_identity.domain.user import RoleName, User, normal_email
from ventros_identity.store import users


class CreateUser(msgspec.Struct, frozen=True, kw_only=True):
    """A user to be made; the password is hashed before the transaction begins."""

    tenant_id: UUID
    email: str
    name: str
    role: RoleName
    password_hash: str


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
    )
