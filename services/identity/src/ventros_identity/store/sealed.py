"""Everything that the key ring seals, over all tenants; for the system role."""

from typing import Final, Literal
from uuid import UUID

import msgspec

from platform_postgres import Tx

Table = Literal["signing_key", "second_factor", "mail", "identity_provider"]

_PAGE: Final[dict[Table, str]] = {
    "signing_key": """
        SELECT '00000000-0000-0000-0000-000000000000'::uuid AS tenant_id, id, private_key AS sealed
        FROM signing_key
        WHERE $1::uuid IS NULL OR id > $2
        ORDER BY id LIMIT $3
    """,
    "second_factor": """
        SELECT tenant_id, user_id AS id, secret AS sealed FROM second_factor
        WHERE $1::uuid IS NULL OR (tenant_id, user_id) > ($1, $2)
        ORDER BY tenant_id, user_id LIMIT $3
    """,
    "mail": """
        SELECT tenant_id, id, sealed FROM mail
        WHERE sealed IS NOT NULL AND ($1::uuid IS NULL OR (tenant_id, id) > ($1, $2))
        ORDER BY tenant_id, id LIMIT $3
    """,
    "identity_provider": """
        SELECT tenant_id, id, client_secret AS sealed FROM identity_provider
        WHERE $1::uuid IS NULL OR (tenant_id, id) > ($1, $2)
        ORDER BY tenant_id, id LIMIT $3
    """,
}

# What has been sealed anew or is gone meanwhile is left alone.
_REPLACE: Final[dict[Table, str]] = {
    "signing_key": """
        UPDATE signing_key SET private_key = $4
        WHERE $1::uuid IS NOT NULL AND id = $2 AND private_key = $3
    """,
    "second_factor": """
        UPDATE second_factor SET secret = $4
        WHERE tenant_id = $1 AND user_id = $2 AND secret = $3
    """,
    "mail": "UPDATE mail SET sealed = $4 WHERE tenant_id = $1 AND id = $2 AND sealed = $3",
    "identity_provider": """
        UPDATE identity_provider SET client_secret = $4
        WHERE tenant_id = $1 AND id = $2 AND client_secret = $3
    """,
}


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """One secret under seal, and whose row it is in."""

    tenant_id: UUID
    id: UUID
    sealed: bytes


async def page(tx: Tx, table: Table, after: Sealed | None, limit: int) -> list[Sealed]:
    """Secrets in the order of their rows."""
    tenant_id, row_id = (after.tenant_id, after.id) if after else (None, None)
    return [Sealed(**row) for row in await tx.fetch(_PAGE[table], tenant_id, row_id, limit)]


async def replace(tx: Tx, table: Table, before: Sealed, sealed: bytes) -> bool:
    """Write another seal of the same secret; False if it is not what it was."""
    done: str = await tx.execute(
        _REPLACE[table], before.tenant_id, before.id, before.sealed, sealed
    )
    return done != "UPDATE 0"
