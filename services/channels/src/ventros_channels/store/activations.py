"""The activation of rows of `channel`: each statement changes what is news, and tells it."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg
import msgspec

from platform_postgres import Tx
from ventros_channels.domain.activation import Activation, Turned
from ventros_channels.domain.lifecycle import BROKEN, CONNECTED

_TURN = """
UPDATE channel SET activation = $2, version = version + 1
WHERE id = $1 AND deleted_at IS NULL AND activation IS DISTINCT FROM $2
RETURNING tenant_id, project_id, id AS channel_id, type, version, activation
"""

_END = """
UPDATE channel SET activation = $2, version = version + 1
WHERE id = $1 AND deleted_at IS NULL AND activation = ANY ($3)
RETURNING tenant_id, project_id, id AS channel_id, type, version, activation
"""

# What the provider said last, where somebody waits for it. One that came up after all has come up.
_FOLLOW = """
UPDATE channel SET version = version + 1,
    activation = CASE connection_status WHEN $2 THEN 'activated' ELSE 'failed' END
WHERE id = ANY ($1) AND deleted_at IS NULL AND (
    connection_status = $2 AND activation IN ('requested', 'failed')
    OR connection_status = $3 AND activation = 'requested'
)
RETURNING tenant_id, project_id, id AS channel_id, type, version, activation,
    connection_status AS status
"""


async def turn(tx: Tx, channel_id: UUID, activation: Activation) -> Turned | None:
    """Whatever it was before; None when it is so already."""
    return _turned(await tx.fetchrow(_TURN, channel_id, activation))


async def end(
    tx: Tx, channel_id: UUID, activation: Activation, *, of: Sequence[Activation]
) -> Turned | None:
    """If it is one of `of`; else None."""
    return _turned(await tx.fetchrow(_END, channel_id, activation, list(of)))


async def follow(tx: Tx, channel_ids: Sequence[UUID]) -> list[Turned]:
    """What the provider's latest words settle."""
    rows = await tx.fetch(_FOLLOW, sorted(channel_ids), CONNECTED, BROKEN)
    return [msgspec.convert(dict(row), Turned) for row in rows]


def _turned(row: asyncpg.Record | None) -> Turned | None:
    return None if row is None else msgspec.convert(dict(row), Turned)
