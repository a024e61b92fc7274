"""What the provider took: settled, said and told in one statement, however many they are."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from platform_bus import Outgoing
from platform_bus.outbox import columns, tx_service
from platform_postgres import Tx

# That it was sent is said of what was not known to be sent; of these, what the provider told of
# before, under no id of ours, is not told again. What else waits for the same contact waits on.
_SETTLE = """
WITH settled AS (
    UPDATE delivery
    SET state = 'sent', stanza = given.stanza, chat = given.chat, failure = NULL,
        settled_at = now()
    FROM unnest($2::uuid[], $3::text[], $4::text[]) AS given (id, stanza, chat)
    WHERE delivery.tenant_id = $1 AND delivery.id = given.id AND delivery.state <> 'sent'
    RETURNING delivery.id, delivery.channel_id, delivery.stanza
), new AS (
    INSERT INTO provider_message (
        tenant_id, channel_id, stanza, from_me, participant, message_id
    )
    SELECT $1, channel_id, stanza, true, '', id FROM settled WHERE id = ANY($5::uuid[])
    ORDER BY channel_id, stanza
    ON CONFLICT DO NOTHING
    RETURNING message_id
), said AS (
    INSERT INTO outbox (tenant_id, shard, id, exchange, type, envelope)
    SELECT $1, said.shard, said.id, said.exchange, said.type, said.envelope
    FROM unnest(
        $6::uuid[], $7::boolean[],
        $8::smallint[], $9::uuid[], $10::text[], $11::text[], $12::bytea[]
    ) WITH ORDINALITY AS said (
        delivery_id, is_telling, shard, id, exchange, type, envelope, place
    )
    JOIN settled ON settled.id = said.delivery_id
    WHERE NOT said.is_telling OR said.delivery_id IN (SELECT message_id FROM new)
    ORDER BY said.place
), spaced AS (
    UPDATE delivery SET next_at = greatest(next_at, $15)
    WHERE channel_id = $13 AND contact_id = $14 AND state = 'queued' AND id <> ALL($2::uuid[])
)
SELECT id FROM settled
"""


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that the provider has, and what is said of it. `told` is the message itself; that
    of a group is told as a fact."""

    id: UUID
    stanza: str
    chat: str
    said: Outgoing
    told: Outgoing | None


class Spacing(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for this contact waits until then."""

    channel_id: UUID
    contact_id: UUID
    until: datetime


async def settle(
    tx: Tx, tenant_id: UUID, taken: Sequence[Taken], spacing: Spacing | None = None
) -> set[UUID]:
    """Those that were not known to be sent."""
    said: list[tuple[UUID, bool, Outgoing]] = []
    for one in taken:
        said.append((one.id, False, one.said))
        if one.told is not None:
            said.append((one.id, True, one.told))
    rows = await tx.fetch(
        _SETTLE,
        tenant_id,
        [one.id for one in taken],
        [one.stanza for one in taken],
        [one.chat for one in taken],
        [one.id for one in taken if one.told is not None],
        [delivery_id for delivery_id, _, _ in said],
        [is_telling for _, is_telling, _ in said],
        *columns(tx_service(tx), [outgoing for _, _, outgoing in said]),
        None if spacing is None else spacing.channel_id,
        None if spacing is None else spacing.contact_id,
        None if spacing is None else spacing.until,
    )
    return {row["id"] for row in rows}
