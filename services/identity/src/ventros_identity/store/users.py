"""Rows of `user_account`."""

from uuid import UUID

import asyncpg

from platform_postgres import Tx
from ventros_identity.domain.user import Account, EmailTaken, RoleName, User

_COLUMNS = """
    tenant_id, id, email, name, role, active, email_confirmed_at IS NOT NULL AS email_confirmed,
    version, created_at, updated_at
"""

_INSERT = f"""
INSERT INTO user_account (tenant_id, id, email, name, role, password_hash, email_confirmed_at)
VALUES ($1, $2, $3, $4, $5, $6, CASE WHEN $7 THEN now() END)
RETURNING {_COLUMNS}
"""  # noqa: S608 - column names of ours

_FIND = f"SELECT {_COLUMNS} FROM user_account WHERE tenant_id = $1 AND id = $2"  # noqa: S608

_UPDATE = f"""
UPDATE user_account
SET name = $3, role = $4, active = $5, version = version + 1, updated_at = now()
WHERE tenant_id = $1 AND id = $2
RETURNING {_COLUMNS}
"""  # noqa: S608

_TOUCH = f"""
UPDATE user_account SET version = version + 1, updated_at = now()
WHERE tenant_id = $1 AND id = $2
RETURNING {_COLUMNS}
"""  # noqa: S608

_OTHER_ADMINS = """
SELECT count(*) FROM user_account
WHERE tenant_id = $1 AND id <> $2 AND role = 'admin' AND active
"""

_PAGE = f"""
SELECT {_COLUMNS} FROM user_account
WHERE tenant_id = $1 AND ($2::uuid IS NULL OR id > $2)
ORDER BY id
LIMIT $3
"""  # noqa: S608

_BY_EMAIL = """
SELECT tenant_id, id, password_hash, active FROM user_account
WHERE email = $1 AND ($3::uuid IS NULL OR tenant_id = $3)
ORDER BY created_at
LIMIT $2
"""

_LOCK_HASH = """
SELECT password_hash FROM user_account
WHERE tenant_id = $1 AND id = $2 AND active
FOR SHARE
"""

_SET_HASH = """
UPDATE user_account
SET password_hash = $4, version = version + 1, updated_at = now()
WHERE tenant_id = $1 AND id = $2 AND password_hash = $3
"""


async def insert(
    tx: Tx,
    tenant_id: UUID,
    user_id: UUID,
    *,
    email: str,
    name: str,
    role: RoleName,
    password_hash: str,
    email_confirmed: bool,
) -> User:
    """Add a user. Raises `EmailTaken`."""
    try:
        row = await tx.fetchrow(
            _INSERT, tenant_id, user_id, email, name, role, password_hash, email_confirmed
        )
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name != "user_account_email_in_tenant":
            raise
        raise EmailTaken("A user has this e-mail address already.") from error
    if row is None:
        raise LookupError("an INSERT returned no row")
    return User(**row)


async def find(tx: Tx, tenant_id: UUID, user_id: UUID, *, lock: bool = False) -> User | None:
    """The user, if there; `lock` holds it until the end."""
    row = await tx.fetchrow(_FIND + (" FOR UPDATE" if lock else ""), tenant_id, user_id)
    return User(**row) if row else None


async def update(tx: Tx, user: User) -> User:
    """Write what can change of a user that is locked; its version rises by one."""
    row = await tx.fetchrow(_UPDATE, user.tenant_id, user.id, user.name, user.role, user.active)
    if row is None:
        raise LookupError("the user was locked and is gone")
    return User(**row)


async def touch(tx: Tx, tenant_id: UUID, user_id: UUID) -> User | None:
    """Raise the version of a user of whom something else has changed; None if not there."""
    row = await tx.fetchrow(_TOUCH, tenant_id, user_id)
    return User(**row) if row else None


async def count_other_admins(tx: Tx, tenant_id: UUID, user_id: UUID) -> int:
    """How many active admins the tenant has beside this user."""
    number: int = await tx.fetchval(_OTHER_ADMINS, tenant_id, user_id)
    return number


async def page(tx: Tx, tenant_id: UUID, *, after: UUID | None, limit: int) -> list[User]:
    """Users in the order of their creation."""
    return [User(**row) for row in await tx.fetch(_PAGE, tenant_id, after, limit)]


async def is_taken(tx: Tx, tenant_id: UUID, email: str) -> bool:
    """Whether a user of this tenant has the address."""
    taken: bool = await tx.fetchval(
        "SELECT EXISTS (SELECT FROM user_account WHERE tenant_id = $1 AND email = $2)",
        tenant_id,
        email,
    )
    return taken


async def id_of_email(tx: Tx, tenant_id: UUID, email: str) -> UUID | None:
    """The tenant's user of an address."""
    user_id: UUID | None = await tx.fetchval(
        "SELECT id FROM user_account WHERE tenant_id = $1 AND email = $2", tenant_id, email
    )
    return user_id


async def by_email(
    tx: Tx, email: str, limit: int, *, tenant_id: UUID | None = None
) -> list[Account]:
    """The accounts of an address over all tenants or in one, oldest first; for the system role."""
    return [Account(**row) for row in await tx.fetch(_BY_EMAIL, email, limit, tenant_id)]


async def lock_hash(tx: Tx, tenant_id: UUID, user_id: UUID) -> str | None:
    """An active user's hash; until the end nobody changes it or switches the user off."""
    password_hash: str | None = await tx.fetchval(_LOCK_HASH, tenant_id, user_id)
    return password_hash


async def replace_hash(tx: Tx, account: Account, password_hash: str) -> None:
    """Keep another hash, unless somebody has changed it meanwhile."""
    await tx.execute(_SET_HASH, account.tenant_id, account.id, account.password_hash, password_hash)
