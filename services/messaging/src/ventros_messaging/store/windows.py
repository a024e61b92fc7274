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
