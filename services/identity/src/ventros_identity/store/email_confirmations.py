"""Rows of `email_confirmation`, and what they lead to in `user_account`."""

from datetime import timedelta
from uuid import UUID

from platform_postgres import Tx

_ADD = """
WITH old AS (
    DELETE FROM email_confirmation WHERE tenant_id = $1 AND user_id = $3 AND expires_at < now()
)
INSERT INTO email_confirmation (tenant_id, hash, user_id, expires_at)
VALUES ($1, $2, $3, now() + $4::interval)
"""

_TAKE = """
DELETE FROM email_confirmation WHERE tenant_id = $1 AND hash = $2 AND expires_at > now()
RETURNING user_id
"""

# The other links of somebody who is confirmed are of no more use.
_CONFIRM = """
WITH links AS (
    DELETE FROM email_confirmation WHERE tenant_id = $1 AND user_id = $2
)
UPDATE user_account
SET email_confirmed_at = now(), version = version + 1, updated_at = now()
WHERE tenant_id = $1 AND id = $2 AND email_confirmed_at IS NULL
RETURNING id
"""


async def add(tx: Tx, tenant_id: UUID, user_id: UUID, token_hash: bytes, lasts: timedelta) -> None:
    """Add a link."""
    await tx.execute(_ADD, tenant_id, token_hash, user_id, lasts)


async def take(tx: Tx, tenant_id: UUID, token_hash: bytes) -> UUID | None:
    """Use a link up; whose it was, None if it is not good."""
    user_id: UUID | None = await tx.fetchval(_TAKE, tenant_id, token_hash)
    return user_id


async def confirm(tx: Tx, tenant_id: UUID, user_id: UUID) -> bool:
    """A user's address is theirs from now on; False if that was known."""
    return await tx.fetchval(_CONFIRM, tenant_id, user_id) is not None
