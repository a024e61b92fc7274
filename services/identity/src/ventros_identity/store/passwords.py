"""Passwords in `user_account`, and rows of `password_reset`."""

from datetime import timedelta
from uuid import UUID

import msgspec

from platform_postgres import Tx

_ACTIVE = """
SELECT email, password_hash FROM user_account WHERE tenant_id = $1 AND id = $2 AND active
"""

_REPLACE = """
UPDATE user_account SET password_hash = $4, version = version + 1, updated_at = now()
WHERE tenant_id = $1 AND id = $2 AND active AND ($3::text IS NULL OR password_hash = $3)
RETURNING email
"""

_ADD = """
WITH old AS (
    DELETE FROM password_reset WHERE tenant_id = $1 AND user_id = $3 AND expires_at < now()
)
INSERT INTO password_reset (tenant_id, hash, user_id, expires_at)
VALUES ($1, $2, $3, now() + $4::interval)
"""

_FIND = """
SELECT user_id FROM password_reset WHERE tenant_id = $1 AND hash = $2 AND expires_at > now()
"""

_TAKE = """
DELETE FROM password_reset WHERE tenant_id = $1 AND hash = $2 AND expires_at > now()
RETURNING user_id
"""


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What a password is checked against."""

    email: str
    password_hash: str


async def find(tx: Tx, tenant_id: UUID, user_id: UUID) -> Known | None:
    """An active user's password."""
    row = await tx.fetchrow(_ACTIVE, tenant_id, user_id)
    return Known(**row) if row else None


async def replace(
    tx: Tx, tenant_id: UUID, user_id: UUID, password_hash: str, *, old: str | None = None
) -> str | None:
    """Set an active user's password, if it still is `old`; their address, None if not done."""
    email: str | None = await tx.fetchval(_REPLACE, tenant_id, user_id, old, password_hash)
    return email


async def add_reset(
    tx: Tx, tenant_id: UUID, user_id: UUID, token_hash: bytes, lasts: timedelta
) -> None:
    """Add a link."""
    await tx.execute(_ADD, tenant_id, token_hash, user_id, lasts)


async def knows_reset(tx: Tx, tenant_id: UUID, token_hash: bytes) -> bool:
    """Whether a link is good."""
    return await tx.fetchval(_FIND, tenant_id, token_hash) is not None


async def take_reset(tx: Tx, tenant_id: UUID, token_hash: bytes) -> UUID | None:
    """Use a link up; whose it was, None if it is not good."""
    user_id: UUID | None = await tx.fetchval(_TAKE, tenant_id, token_hash)
    return user_id


async def forget_resets(tx: Tx, tenant_id: UUID, user_id: UUID) -> None:
    """Let no link of a user be good any more."""
    await tx.execute(
        "DELETE FROM password_reset WHERE tenant_id = $1 AND user_id = $2", tenant_id, user_id
    )
