"""Which facts were told already, and the one statement that tells the new ones."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from platform_postgres import Tx

# In the order of the key, since two bundles may hold the same facts; said in that of delivery.
_TELL = """
WITH heard AS MATERIALIZED (
    SELECT * FROM unnest(
        $2::uuid[], $3::text[], $4::text[],
        $5::smallint[], $6::uuid[], $7::text[], $8::text[], $9::bytea[]
    ) WITH ORDINALITY AS h (
        channel_id, fact, key, shard, id, exchange, type, envelope, place
    )
), new AS (
    INSERT INTO provider_fact (tenant_id, channel_id, type, key)
    SELECT $1, channel_id, fact, key FROM heard
    ORDER BY channel_id, fact, key
    ON CONFLICT DO NOTHING
    RETURNING channel_id, type AS fact, key
)
INSERT INTO outbox (tenant_id, shard, id, exchange, type, envelope)
SELECT $1, h.shard, h.id, h.exchange, h.type, h.envelope
FROM heard h JOIN new USING (channel_id, fact, key)
ORDER BY h.place
"""


_TOLD = "SELECT key FROM provider_fact WHERE channel_id = $1 AND type = $2 AND key = ANY($3)"


class FactKey(msgspec.Struct, frozen=True, order=True):
    """What makes a fact one: `key` among the events of `type` on the channel."""

    channel_id: UUID
    type: str
    key: str


async def tell_new(
    tx: Tx,
    tenant_id: UUID,
    keys: Sequence[FactKey],
    outbox: tuple[list[int], list[UUID], list[str], list[str], list[bytes]],
) -> int:
    """Remember these facts and put the events of those that are new into the outbox.

    `outbox` are the columns shard, id, exchange, type, envelope. Returns how many were new.
    """
    status = await tx.execute(
        _TELL,
        tenant_id,
        [key.channel_id for key in keys],
        [key.type for key in keys],
        [key.key for key in keys],
        *outbox,
    )
    return int(status.rpartition(" ")[2])


async def told(tx: Tx, channel_id: UUID, type_name: str, keys: Sequence[str]) -> set[str]:
    """Those of the keys under which a fact of this type was told before."""
    return {row["key"] for row in await tx.fetch(_TOLD, channel_id, type_name, keys)}
