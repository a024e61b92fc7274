"""How long after their last message people may be written to freely, by the channel's provider."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from platform_postgres import Tx

# Of the version that the copy has: what is older changes nothing there either.
_LEARN = """
UPDATE channel_ref AS known SET window_hours = given.hours
FROM unnest($2::uuid[], $3::integer[], $4::integer[]) AS given (id, version, hours)
WHERE known.tenant_id = $1 AND known.id = given.id AND known.version = given.version
"""

# Notices of the provider about somebody are nothing that they wrote; what they wrote that nobody
# can read is.
_CLOSED = """
SELECT NOT EXISTS (
    SELECT 1 FROM message
    WHERE tenant_id = $1 AND project_id = $2 AND contact_id = ANY($3) AND channel_id = $4
        AND NOT from_me AND occurred_at > now() - make_interval(hours => ref.window_hours)
        AND NOT (content_type = 'system' AND split_part(content ->> 'system', '.', 1) = 'system')
)
FROM channel_ref AS ref
WHERE ref.tenant_id = $1 AND ref.id = $4 AND ref.window_hours IS NOT NULL
"""


class WindowTold(msgspec.Struct, frozen=True, kw_only=True):
    """A channel's window as an event tells it."""

    channel_id: UUID
    version: int
    hours: int | None


async def learn(tx: Tx, tenant_id: UUID, told: Sequence[WindowTold]) -> None:
    """Keep what is of the version that is known."""
    await tx.execute(
        _LEARN,
        tenant_id,
        [one.channel_id for one in told],
        [one.version for one in told],
        [one.hours for one in told],
    )


async def is_closed(
    tx: Tx, tenant_id: UUID, project_id: UUID, contact_ids: Sequence[UUID], channel_id: UUID
) -> bool:
    """Whether the channel has a window, and none of these contacts wrote in it so lately."""
    return await tx.fetchval(_CLOSED, tenant_id, project_id, contact_ids, channel_id) is True
