"""Rows of `tracking`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from platform_postgres import Tx
from ventros_contacts.domain.tracking import Tracking

_FIELDS: Final = Tracking.__struct_fields__
_COLUMNS: Final = ", ".join(_FIELDS)
_OF_TRACKING: Final = ", ".join(f"t.{field}" for field in _FIELDS)

_ADD: Final = f"""
INSERT INTO tracking (tenant_id, {_COLUMNS})
SELECT $1, given.*
FROM unnest(
    $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[],
    $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::timestamptz[]
) AS given
ON CONFLICT (tenant_id, id) DO NOTHING
RETURNING id
"""  # noqa: S608 - column names put together from constants

# Each node's newest from its index, then the newest of those: a person has few nodes.
_PAGE: Final = f"""
SELECT part.*
FROM unnest($1::uuid[]) AS node (id)
CROSS JOIN LATERAL (
    SELECT {_OF_TRACKING}
    FROM tracking AS t
    WHERE t.contact_id = node.id
        AND ($2::timestamptz IS NULL OR (t.tracked_at, t.id) < ($2, $3::uuid))
    ORDER BY t.tracked_at DESC, t.id DESC
    LIMIT $4
) AS part
ORDER BY part.tracked_at DESC, part.id DESC
LIMIT $4
"""  # noqa: S608 - column names put together from constants


async def add(tx: Tx, tenant_id: UUID, trackings: Sequence[Tracking]) -> set[UUID]:
    """Keep what is not known yet; the ids of it."""
    columns = ([getattr(one, field) for one in trackings] for field in _FIELDS)
    return {row["id"] for row in await tx.fetch(_ADD, tenant_id, *columns)}


async def of_contacts(
    tx: Tx, nodes: Sequence[UUID], *, beyond: tuple[datetime, UUID] | None, limit: int
) -> list[Tracking]:
    """What brought these contacts, newest first, older than `beyond`."""
    at, last = beyond or (None, None)
    return [Tracking(**row) for row in await tx.fetch(_PAGE, nodes, at, last, limit)]
