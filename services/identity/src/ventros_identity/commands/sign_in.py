"""Sign in: from an address and a password to a user and a project.

Three steps, because no transaction is held while a password is hashed: look the accounts up (the
system role, the tenant is not known yet), verify, then choose the project as the tenant's own.
"""

import hashlib
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from platform_auth import Role
from platform_auth.project_matrix import needs_membership
from platform_postgres import Database, Tx
from ventros_identity.commands.passwords import Passwords
from ventros_identity.domain.audit import Actor, Origin, entry_of
from ventros_identity.domain.member import ProjectRoleName
from ventros_identity.domain.user import Account, InvalidCredentials, NoProject, User, normal_email
from ventros_identity.store import applications, audit, members, users

ELSEWHERE: Final = Origin()
MAX_ACCOUNTS = 5
"""How many tenants of one address are tried, oldest first; each costs one hash."""


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent to sign in. Without a project it is the tenant's oldest active one.

    `client_id` is of the application that sends the person: only its tenant's account counts.
    """

    email: str
    password: str
    project_id: UUID | None = None
    client_id: UUID | None = None


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """Who has proved the password, and to which project it leads.

    `password_mark` tells later whether the password is still the same. With `provider_id` an
    identity provider has said who it is, instead.
    """

    user: User
    project_id: UUID
    project_role: ProjectRoleName | None
    password_mark: str
    provider_id: UUID | None = None


class Entered(msgspec.Struct, frozen=True, kw_only=True):
    """A user who may work in a project.

    `project_role` narrows the role in the tenant; None: that one alone counts.
    """

    user: User
    project_id: UUID
    project_role: ProjectRoleName | None


async def sign_in(
    db: Database, passwords: Passwords, credentials: Credentials, origin: Origin = ELSEWHERE
) -> SignedIn:
    """Find the user and the project; a wrong password is told to the user's tenant.

    Raises:
        InvalidCredentials: whatever it is that is wrong, after the same time.
        NoProject: the password is right and there is no active project.
    """
    async with db.system() as tx:
        accounts = await _accounts(tx, credentials)
    matching = await _matching(passwords, accounts, credentials.password)
    for account in matching:
        fresh = None
        if passwords.outdated(account.password_hash):
            fresh = await passwords.hash(credentials.password)
        async with db.tenant(account.tenant_id) as tx:
            if fresh is not None:
                await users.replace_hash(tx, account, fresh)
            found = await enter(tx, account.tenant_id, account.id, credentials.project_id)
        if found is not None:
            return SignedIn(
                user=found.user,
                project_id=found.project_id,
                project_role=found.project_role,
                password_mark=mark_of(fresh or account.password_hash),
            )
    if not matching:
        await _tell_failed(db, accounts, origin)
    if matching and credentials.project_id is None:
        raise NoProject("There is no active project to sign in to.")
    raise InvalidCredentials("The e-mail address, the password or the project is wrong.")


async def _accounts(tx: Tx, credentials: Credentials) -> Sequence[Account]:
    email = normal_email(credentials.email)
    if credentials.client_id is None:
        return await users.by_email(tx, email, MAX_ACCOUNTS)
    tenant_id = await applications.tenant_of(tx, credentials.client_id)
    if tenant_id is None:
        return ()
    return await users.by_email(tx, email, 1, tenant_id=tenant_id)


async def _matching(
    passwords: Passwords, accounts: Sequence[Account], password: str
) -> list[Account]:
    if not accounts:
        await passwords.verify(None, password)
    return [
        account
        for account in accounts
        if await passwords.verify(account.password_hash, password) and account.active
    ]


async def _tell_failed(db: Database, accounts: Sequence[Account], origin: Origin) -> None:
    for account in accounts:
        actor = Actor(kind="user", id=account.id)
        failed = entry_of(account.tenant_id, actor, origin, "sign_in.failed", "user", account.id)
        async with db.tenant(account.tenant_id) as tx:
            await audit.append(tx, [failed])


async def enter(tx: Tx, tenant_id: UUID, user_id: UUID, project_id: UUID | None) -> Entered | None:
    """The user in the project, by default the oldest one to enter; None if not allowed there."""
    user = await users.find(tx, tenant_id, user_id)
    if user is None or not user.active:
        return None
    members_only = needs_membership(Role(user.role))
    found = await members.enterable(
        tx, tenant_id, user_id, members_only=members_only, project_id=project_id
    )
    if not found:
        return None
    return Entered(user=user, project_id=found[0].id, project_role=found[0].role)


def mark_of(password_hash: str) -> str:
    """Tells whether a password is still the one that was proved, without showing its hash."""
    return hashlib.sha256(password_hash.encode()).hexdigest()[:32]
