"""Which messages were told already, and the one statement that tells the new ones."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from platform_postgres import Tx

# Inserted in the order of the key (two bundles may hold the same messages), said in the order of
# delivery, and only those that were not told before.
_TELL = """
WITH heard AS MATERIALIZED (
    SELECT * FROM unnest(
        $2::uuid[], $3::text[], $4::boolean[], $5::text[], $6::uuid[],
        $7::smallint[], $8::uuid[], $9::text[], $10::text[], $11::bytea[]
    ) WITH ORDINALITY AS h (
        channel_id, stanza, from_me, participant, message_id,
        shard, id, exchange, type, envelope, place
    )
), new AS (
    INSERT INTO provider_message (
        tenant_id, channel_id, stanza, from_me, participant, message_id
    )
    SELECT $1, channel_id, stanza, from_me, participant, message_id FROM heard
    ORDER BY channel_id, stanza, from_me, participant
    ON CONFLICT DO NOTHING
    RETURNING channel_id, stanza, from_me, participant
)
INSERT INTO outbox (tenant_id, shard, id, exchange, type, envelope)
SELECT $1, h.shard, h.id, h.exchange, h.type, h.envelope
FROM heard h JOIN new USING (channel_id, stanza, from_me, participant)
ORDER BY h.place
"""

_TOLD = """
SELECT stanza FROM provider_message
WHERE channel_id = $1 AND stanza = ANY($2) AND from_me AND participant = ''
"""

_KNOWN = """
SELECT m.channel_id, m.stanza, m.from_me, m.participant
FROM unnest($1::uuid[], $2::text[], $3::boolean[], $4::text[])
    AS given (channel_id, stanza, from_me, participant)
JOIN provider_message m USING (channel_id, stanza, from_me, participant)
"""


class MessageKey(msgspec.Struct, frozen=True, order=True):
    """What makes a message one at its provider."""

    channel_id: UUID
    stanza: str
    from_me: bool
    participant: str


async def tell_new(
    tx: Tx,
    tenant_id: UUID,
    keys: Sequence[MessageKey],
    message_ids: Sequence[UUID],
    outbox: tuple[list[int], list[UUID], list[str], list[str], list[bytes]],
) -> int:
    """Remember these messages and put the events of those that are new into the outbox.

    `outbox` are the columns shard, id, exchange, type, envelope. Returns how many were new.
    """
    status = await tx.execute(
        _TELL,
        tenant_id,
        [key.channel_id for key in keys],
        [key.stanza for key in keys],
        [key.from_me for key in keys],
        [key.participant for key in keys],
        list(message_ids),
        *outbox,
    )
    return int(status.rpartition(" ")[2])


async def told(tx: Tx, channel_id: UUID, stanzas: Sequence[str]) -> set[str]:
    """Those of our own messages in chats of two that were told before."""
    return {row["stanza"] for row in await tx.fetch(_TOLD, channel_id, stanzas)}


async def known(tx: Tx, keys: Sequence[MessageKey]) -> set[MessageKey]:
    """Those of these that were told before."""
    rows = await tx.fetch(
        _KNOWN,
        [key.channel_id for key in keys],
        [key.stanza for key in keys],
        [key.from_me for key in keys],
        [key.participant for key in keys],
    )
    return {
        MessageKey(row["channel_id"], row["stanza"], row["from_me"], row["participant"])
        for row in rows
    }
