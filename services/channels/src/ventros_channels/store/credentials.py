"""Rows of `credential`."""

from uuid import UUID

import msgspec

from platform_postgres import Tx
from ventros_channels.domain.channel import CredentialKind
from ventros_channels.domain.credential import Credential

_PUT = """
INSERT INTO credential (tenant_id, id, channel_id, kind, version, sealed)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (tenant_id, id) DO UPDATE
SET version = excluded.version, sealed = excluded.sealed, updated_at = now()
"""

_GET = """
SELECT tenant_id, id, channel_id, kind, version, sealed FROM credential
WHERE channel_id = $1 AND kind = $2
FOR UPDATE
"""

_PAGE = """
SELECT tenant_id, id, channel_id, kind, version, sealed FROM credential
WHERE ($1::uuid IS NULL OR id > $1) ORDER BY id LIMIT $2
"""

_REWRAP = "UPDATE credential SET sealed = $4 WHERE tenant_id = $1 AND id = $2 AND version = $3"


async def put(tx: Tx, credential: Credential) -> None:
    """Insert, or replace the secret and version of the same credential."""
    await tx.execute(
        _PUT,
        credential.tenant_id,
        credential.id,
        credential.channel_id,
        credential.kind,
        credential.version,
        credential.sealed,
    )


async def get_locked(tx: Tx, channel_id: UUID, kind: CredentialKind) -> Credential | None:
    """The channel's credential of this kind, held until the transaction ends."""
    row = await tx.fetchrow(_GET, channel_id, kind)
    return None if row is None else msgspec.convert(dict(row), Credential)


async def remove(tx: Tx, channel_id: UUID, kind: CredentialKind | None = None) -> None:
    """Remove one kind, or all."""
    await tx.execute(
        "DELETE FROM credential WHERE channel_id = $1 AND ($2::text IS NULL OR kind = $2)",
        channel_id,
        kind,
    )


async def page(tx: Tx, after: UUID | None, limit: int) -> list[Credential]:
    """Credentials of every tenant by id. In a system transaction."""
    return [msgspec.convert(dict(row), Credential) for row in await tx.fetch(_PAGE, after, limit)]


async def rewrap(tx: Tx, credential: Credential) -> None:
    """Replace the blob if the version is still the same. In a system transaction."""
    await tx.execute(
        _REWRAP, credential.tenant_id, credential.id, credential.version, credential.sealed
    )
