"""Rows of `mail`: added by the tenant's transaction, claimed and settled by the system role."""

from datetime import timedelta
from uuid import UUID

import msgspec

from platform_postgres import Tx

_ADD = "INSERT INTO mail (tenant_id, id, recipient, subject, sealed) VALUES ($1, $2, $3, $4, $5)"

# A claim is a time: when nobody has settled the mail until then, it is due again.
_CLAIM = """
UPDATE mail SET attempts = attempts + 1, due_at = now() + $2
WHERE (tenant_id, id) IN (
    SELECT tenant_id, id FROM mail
    WHERE due_at <= now()
    ORDER BY due_at
    LIMIT $1
    FOR UPDATE SKIP LOCKED
)
RETURNING tenant_id, id, recipient, subject, sealed, body, attempts
"""

_SENT = """
UPDATE mail SET sent_at = now(), due_at = NULL, sealed = NULL, body = NULL, failure = NULL
WHERE tenant_id = $1 AND id = $2 AND attempts = $3 AND due_at IS NOT NULL
"""

_FAILED = """
UPDATE mail
SET failure = $4,
    due_at = now() + $5::interval,
    given_up_at = CASE WHEN $5::interval IS NULL THEN now() END,
    sealed = CASE WHEN $5::interval IS NULL THEN NULL ELSE sealed END,
    body = CASE WHEN $5::interval IS NULL THEN NULL ELSE body END
WHERE tenant_id = $1 AND id = $2 AND attempts = $3 AND due_at IS NOT NULL
"""

_SWEEP = "DELETE FROM mail WHERE due_at IS NULL AND created_at < now() - $1::interval"


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A mail that is to be sent, its text under seal; `attempts` counts the one at hand.

    `body` is the text of one that was written before texts were sealed.
    """

    tenant_id: UUID
    id: UUID
    recipient: str
    subject: str
    sealed: bytes | None
    body: str | None
    attempts: int


async def add(
    tx: Tx, tenant_id: UUID, mail_id: UUID, recipient: str, subject: str, sealed: bytes
) -> None:
    """Add a mail that is due at once."""
    await tx.execute(_ADD, tenant_id, mail_id, recipient, subject, sealed)


async def claim(tx: Tx, limit: int, lease: timedelta) -> list[Claimed]:
    """What is due, ours for the time of the lease; for the system role."""
    return [Claimed(**row) for row in await tx.fetch(_CLAIM, limit, lease)]


async def sent(tx: Tx, mail: Claimed) -> None:
    """It is out; unless another claim has been made of it meanwhile."""
    await tx.execute(_SENT, mail.tenant_id, mail.id, mail.attempts)


async def failed(tx: Tx, mail: Claimed, failure: str, wait: timedelta | None) -> None:
    """It is not out: to be tried again after `wait`, given up when that is None."""
    await tx.execute(_FAILED, mail.tenant_id, mail.id, mail.attempts, failure, wait)


async def sweep(tx: Tx, age: timedelta) -> None:
    """Forget what was settled and is older."""
    await tx.execute(_SWEEP, age)
