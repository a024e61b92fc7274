"""The table `marketing_preference`: who wants no marketing of a channel."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from platform_postgres import Tx

_LEARN = """
INSERT INTO marketing_preference AS known (tenant_id, channel_id, address, wanted, told_at)
SELECT DISTINCT ON (given.channel_id, given.address) $1, given.*
FROM unnest($2::uuid[], $3::text[], $4::boolean[], $5::timestamptz[])
    AS given (channel_id, address, wanted, told_at)
ORDER BY given.channel_id, given.address, given.told_at DESC, given.wanted
ON CONFLICT (tenant_id, channel_id, address) DO UPDATE
SET wanted = excluded.wanted, told_at = excluded.told_at
WHERE (known.told_at, NOT known.wanted) < (excluded.told_at, NOT excluded.wanted)
"""

# A person has several addresses, and each telling is of some of them: the latest counts.
_WANTED = """
SELECT wanted FROM marketing_preference
WHERE tenant_id = $1 AND channel_id = $2 AND address = ANY($3)
ORDER BY told_at DESC, wanted LIMIT 1
"""


class PreferenceTold(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider told of one address."""

    channel_id: UUID
    address: str
    wanted: bool
    told_at: datetime


async def learn(tx: Tx, tenant_id: UUID, told: Sequence[PreferenceTold]) -> None:
    """Keep what is newer than what is known; of two words of one moment the refusal counts."""
    await tx.execute(
        _LEARN,
        tenant_id,
        [one.channel_id for one in told],
        [one.address for one in told],
        [one.wanted for one in told],
        [one.told_at for one in told],
    )


async def is_refused(tx: Tx, tenant_id: UUID, channel_id: UUID, addresses: Sequence[str]) -> bool:
    """Whether who has these addresses wants no marketing of the channel."""
    return await tx.fetchval(_WANTED, tenant_id, channel_id, addresses) is False
