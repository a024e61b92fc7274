"""Rows of `external_identity` and `external_flow`."""

from datetime import timedelta
from uuid import UUID

import asyncpg
import msgspec

from platform_postgres import Tx
from ventros_identity.domain.external_sign_in import ExternalIdentity

_COLUMNS = """
    e.tenant_id, e.id, e.provider_id, p.name AS provider_name, e.subject, e.user_id, e.email,
    e.created_at, e.last_used_at
"""
_WITH_PROVIDER = "JOIN identity_provider p ON p.tenant_id = e.tenant_id AND p.id = e.provider_id"

_INSERT = f"""
WITH e AS (
    INSERT INTO external_identity (tenant_id, id, provider_id, subject, user_id, email)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT ON CONSTRAINT external_identity_user DO NOTHING
    RETURNING *
)
SELECT {_COLUMNS} FROM e {_WITH_PROVIDER}
"""  # noqa: S608 - column names of ours

_USE = """
UPDATE external_identity SET last_used_at = now(), email = coalesce($4, email)
WHERE tenant_id = $1 AND provider_id = $2 AND subject = $3
RETURNING user_id
"""

_PAGE = f"""
SELECT {_COLUMNS} FROM external_identity e {_WITH_PROVIDER}
WHERE e.tenant_id = $1 AND e.user_id = $2 AND ($3::uuid IS NULL OR e.id > $3)
ORDER BY e.id
LIMIT $4
"""  # noqa: S608

_DELETE = f"""
WITH e AS (
    DELETE FROM external_identity WHERE tenant_id = $1 AND user_id = $2 AND id = $3 RETURNING *
)
SELECT {_COLUMNS} FROM e {_WITH_PROVIDER}
"""  # noqa: S608

_HOLD = """
SELECT 1 FROM external_identity e
JOIN identity_provider p ON p.tenant_id = e.tenant_id AND p.id = e.provider_id
WHERE e.tenant_id = $1 AND e.provider_id = $2 AND e.user_id = $3 AND p.enabled
FOR SHARE OF e, p
"""

# Flows that nobody finished go with the next one of their provider.
_ADD_FLOW = """
WITH old AS (
    DELETE FROM external_flow WHERE tenant_id = $1 AND provider_id = $3 AND expires_at < now()
)
INSERT INTO external_flow (tenant_id, hash, provider_id, sealed, expires_at)
VALUES ($1, $2, $3, $4, now() + $5::interval)
"""

_TAKE_FLOW = """
DELETE FROM external_flow WHERE tenant_id = $1 AND hash = $2
RETURNING provider_id, sealed, expires_at > now() AS good
"""


class KeptFlow(msgspec.Struct, frozen=True, kw_only=True):
    """A flow that was taken: it is there no longer."""

    provider_id: UUID
    sealed: bytes
    good: bool


async def insert(
    tx: Tx,
    tenant_id: UUID,
    identity_id: UUID,
    *,
    provider_id: UUID,
    subject: str,
    user_id: UUID,
    email: str | None,
) -> ExternalIdentity | None:
    """Say who a subject is; None when the provider has another subject for this user already."""
    row = await tx.fetchrow(_INSERT, tenant_id, identity_id, provider_id, subject, user_id, email)
    return _identity(row) if row else None


async def use(
    tx: Tx, tenant_id: UUID, provider_id: UUID, subject: str, email: str | None
) -> UUID | None:
    """Which user a subject is; when it was seen last and with what address is kept."""
    user_id: UUID | None = await tx.fetchval(_USE, tenant_id, provider_id, subject, email)
    return user_id


async def hold(tx: Tx, tenant_id: UUID, provider_id: UUID, user_id: UUID) -> bool:
    """Whether a user may come in by a provider; if so it stays so until the end."""
    return await tx.fetchval(_HOLD, tenant_id, provider_id, user_id) is not None


async def page(
    tx: Tx, tenant_id: UUID, user_id: UUID, *, after: UUID | None, limit: int
) -> list[ExternalIdentity]:
    """A user's, in the order in which they were linked."""
    return [_identity(row) for row in await tx.fetch(_PAGE, tenant_id, user_id, after, limit)]


async def delete(
    tx: Tx, tenant_id: UUID, user_id: UUID, identity_id: UUID
) -> ExternalIdentity | None:
    """Take one of a user's away; what it was."""
    row = await tx.fetchrow(_DELETE, tenant_id, user_id, identity_id)
    return _identity(row) if row else None


async def add_flow(
    tx: Tx, tenant_id: UUID, flow_hash: bytes, provider_id: UUID, sealed: bytes, lasts: timedelta
) -> None:
    """Remember a flow."""
    await tx.execute(_ADD_FLOW, tenant_id, flow_hash, provider_id, sealed, lasts)


async def take_flow(tx: Tx, tenant_id: UUID, flow_hash: bytes) -> KeptFlow | None:
    """Use a flow up. Of two who come with it, one gets it."""
    row = await tx.fetchrow(_TAKE_FLOW, tenant_id, flow_hash)
    return KeptFlow(**row) if row else None


def _identity(row: asyncpg.Record) -> ExternalIdentity:
    return ExternalIdentity(**row)
