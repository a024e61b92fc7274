"""Sign in: from an address and a password to a user and a project.

Three steps, because no transaction is held while a password is hashed: look the accounts up (the
system role, the tenant is not known yet), verify, then choose the project as the tenant's own.
"""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from platform_postgres import Database, Tx
from ventros_identity.commands.passwords import Passwords
from ventros_identity.domain.project import Project
from ventros_identity.domain.user import Account, InvalidCredentials, NoProject, User, normal_email
from ventros_identity.store import projects, users

MAX_ACCOUNTS = 5
"""How many tenants of one address are tried, oldest first; each costs one hash."""


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent to sign in. Without a project it is the tenant's oldest active one."""

    email: str
    password: str
    project_id: UUID | None = None


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """Who signed in, and to which project."""

    user: User
    project_id: UUID


async def sign_in(db: Database, passwords: Passwords, credentials: Credentials) -> SignedIn:
    """Find the user and the project.

    Raises:
        InvalidCredentials: whatever it is that is wrong, after the same time.
        NoProject: the password is right and there is no active project.
    """
    async with db.system() as tx:
        accounts = await users.by_email(tx, normal_email(credentials.email), MAX_ACCOUNTS)
    matching = await _matching(passwords, accounts, credentials.password)
    for account in matching:
        fresh = None
        if passwords.outdated(account.password_hash):
            fresh = await passwords.hash(credentials.password)
        async with db.tenant(account.tenant_id) as tx:
            if fresh is not None:
                await users.replace_hash(tx, account, fresh)
            found = await _in_project(tx, account, credentials.project_id)
        if found is not None:
            return found
    if matching and credentials.project_id is None:
        raise NoProject("There is no active project to sign in to.")
    raise InvalidCredentials("The e-mail address, the password or the project is wrong.")


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


async def _in_project(tx: Tx, account: Account, project_id: UUID | None) -> SignedIn | None:
    user = await users.find(tx, account.tenant_id, account.id)
    project: Project | None
    if project_id is None:
        project = await projects.oldest_active(tx, account.tenant_id)
    else:
        project = await projects.find(tx, account.tenant_id, project_id)
    if user is None or not user.active or project is None or not project.active:
        return None
    return SignedIn(user=user, project_id=project.id)
