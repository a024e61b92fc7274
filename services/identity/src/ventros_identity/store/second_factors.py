"""Rows of `second_factor` and `recovery_code`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from platform_postgres import Tx

# One that was never confirmed is begun anew.
_BEGIN = """
INSERT INTO second_factor (tenant_id, user_id, secret) VALUES ($1, $2, $3)
ON CONFLICT (tenant_id, user_id) DO UPDATE
SET secret = excluded.secret, last_step = 0, created_at = now()
WHERE second_factor.confirmed_at IS NULL
RETURNING 1
"""

_LOCK = """
SELECT secret, last_step, confirmed_at FROM second_factor
WHERE tenant_id = $1 AND user_id = $2
FOR UPDATE
"""

_TAKE = """
UPDATE second_factor SET last_step = $3, confirmed_at = coalesce(confirmed_at, now())
WHERE tenant_id = $1 AND user_id = $2
"""

_STATE = """
SELECT confirmed_at, (
    SELECT count(*) FROM recovery_code r WHERE r.tenant_id = f.tenant_id AND r.user_id = f.user_id
) AS recovery_codes_left
FROM second_factor f
WHERE tenant_id = $1 AND user_id = $2 AND confirmed_at IS NOT NULL
"""

_ADD_CODES = """
INSERT INTO recovery_code (tenant_id, user_id, hash) SELECT $1, $2, unnest($3::bytea[])
"""

_USE_CODE = """
DELETE FROM recovery_code WHERE tenant_id = $1 AND user_id = $2 AND hash = $3 RETURNING 1
"""


class Factor(msgspec.Struct, frozen=True, kw_only=True):
    """A second factor; the secret is sealed."""

    secret: bytes
    last_step: int
    confirmed_at: datetime | None


class State(msgspec.Struct, frozen=True, kw_only=True):
    """A confirmed second factor, as its owner sees it."""

    confirmed_at: datetime
    recovery_codes_left: int


async def begin(tx: Tx, tenant_id: UUID, user_id: UUID, secret: bytes) -> bool:
    """Keep a secret that is not confirmed yet; False if there is one that is."""
    return await tx.fetchval(_BEGIN, tenant_id, user_id, secret) is not None


async def lock(tx: Tx, tenant_id: UUID, user_id: UUID) -> Factor | None:
    """The second factor, held until the end."""
    row = await tx.fetchrow(_LOCK, tenant_id, user_id)
    return Factor(**row) if row else None


async def take(tx: Tx, tenant_id: UUID, user_id: UUID, step: int) -> None:
    """A code of this time step was taken; by the first one it is confirmed."""
    await tx.execute(_TAKE, tenant_id, user_id, step)


async def state(tx: Tx, tenant_id: UUID, user_id: UUID) -> State | None:
    """The confirmed second factor, if there is one."""
    row = await tx.fetchrow(_STATE, tenant_id, user_id)
    return State(**row) if row else None


async def remove(tx: Tx, tenant_id: UUID, user_id: UUID) -> bool:
    """Take it away with its recovery codes; False if there is none that is confirmed."""
    done: str = await tx.execute(
        "DELETE FROM second_factor"
        " WHERE tenant_id = $1 AND user_id = $2 AND confirmed_at IS NOT NULL",
        tenant_id,
        user_id,
    )
    return done != "DELETE 0"


async def add_codes(tx: Tx, tenant_id: UUID, user_id: UUID, hashes: Sequence[bytes]) -> None:
    """Add recovery codes."""
    await tx.execute(_ADD_CODES, tenant_id, user_id, hashes)


async def forget_codes(tx: Tx, tenant_id: UUID, user_id: UUID) -> None:
    """Take every recovery code away."""
    await tx.execute(
        "DELETE FROM recovery_code WHERE tenant_id = $1 AND user_id = $2", tenant_id, user_id
    )


async def use_code(tx: Tx, tenant_id: UUID, user_id: UUID, code_hash: bytes) -> bool:
    """Use a recovery code up; False if there is no such."""
    return await tx.fetchval(_USE_CODE, tenant_id, user_id, code_hash) is not None
