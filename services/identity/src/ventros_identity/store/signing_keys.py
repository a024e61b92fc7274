"""Rows of `signing_key`; all of it for the system role."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from platform_postgres import Tx
from ventros_identity.domain.signing_key import SigningKey

_LOCK: Final = 0x7369676E  # "sign"


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A key with its private half under seal."""

    key: SigningKey
    sealed: bytes


async def lock(tx: Tx) -> None:
    """Let one change of the keys be made at a time."""
    await tx.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)


async def try_lock(tx: Tx) -> bool:
    """The same, if nobody is at it: whoever is does what is to be done."""
    mine: bool = await tx.fetchval("SELECT pg_try_advisory_xact_lock($1)", _LOCK)
    return mine


async def read(tx: Tx) -> list[Stored]:
    """All keys, in the order in which they sign."""
    rows = await tx.fetch(
        "SELECT id, kid, private_key, published_at, signs_at FROM signing_key ORDER BY signs_at"
    )
    return [
        Stored(
            key=SigningKey(
                id=row["id"],
                kid=row["kid"],
                published_at=row["published_at"],
                signs_at=row["signs_at"],
            ),
            sealed=row["private_key"],
        )
        for row in rows
    ]


async def insert(tx: Tx, stored: Stored) -> None:
    """Publish a key."""
    key = stored.key
    await tx.execute(
        "INSERT INTO signing_key (id, kid, private_key, published_at, signs_at)"
        " VALUES ($1, $2, $3, $4, $5)",
        key.id,
        key.kid,
        stored.sealed,
        key.published_at,
        key.signs_at,
    )


async def delete(tx: Tx, ids: Sequence[UUID]) -> None:
    """Let keys be published no longer."""
    await tx.execute("DELETE FROM signing_key WHERE id = ANY ($1::uuid[])", ids)


async def begin(tx: Tx, key_id: UUID, at: datetime) -> None:
    """Let a key sign from then on."""
    await tx.execute(
        "UPDATE signing_key SET signs_at = greatest($2, published_at) WHERE id = $1", key_id, at
    )
