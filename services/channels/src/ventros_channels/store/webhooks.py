"""The two statements of ingress, each for all requests that wait together, in the system role."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from platform_postgres import Database, Tx
from ventros_channels.domain.channel import ChannelType
from ventros_channels.domain.credential import Credential

_FIND = """
SELECT c.webhook_id, c.project_id, c.type,
    k.tenant_id, k.id, k.channel_id, k.kind, k.version, k.sealed
FROM channel c
JOIN credential k ON k.tenant_id = c.tenant_id AND k.channel_id = c.id AND k.kind = 'webhook_hmac'
WHERE c.webhook_id = ANY($1) AND c.status = 'active' AND c.deleted_at IS NULL
  AND k.version = c.hmac_version
"""

_SHOWN = """
SELECT k.tenant_id, k.id, k.channel_id, k.kind, k.version, k.sealed
FROM channel c
JOIN credential k
    ON k.tenant_id = c.tenant_id AND k.channel_id = c.id AND k.kind = 'cloud_verify_token'
WHERE c.webhook_id = $1 AND c.status = 'active' AND c.deleted_at IS NULL
"""

# The exchange of a raw event is what its type begins with.
# LATERAL with its limit keeps to the index: joined freely, a full batch reads every channel.
# Numbers are drawn in the order of arrival; rows are inserted in the order of their key, so that
# two processes that store the same events do not wait for each other; the outbox is in the order
# of arrival again. A repeated event is stored once and said once.
_STORE = """
WITH posted AS MATERIALIZED (
    SELECT p.*, c.tenant_id, c.channel_id, c.project_id
    FROM unnest(
        $1::text[], $2::integer[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[],
        $7::smallint[], $8::text[], $9::bytea[], $10::bytea[], $11::bytea[]
    ) WITH ORDINALITY AS p (
        webhook_id, hmac_version, id, provider_event_id, event, received_at, shard, type, head,
        body, readable, place
    )
    CROSS JOIN LATERAL (
        SELECT tenant_id, id AS channel_id, project_id FROM channel
        WHERE webhook_id = p.webhook_id AND hmac_version = p.hmac_version
            AND status = 'active' AND deleted_at IS NULL
        LIMIT 1
    ) c
    ORDER BY p.place
), numbered AS MATERIALIZED (
    SELECT posted.*, nextval('raw_event_seq') AS seq FROM posted
), stored AS (
    INSERT INTO raw_event (
        tenant_id, channel_id, provider_event_id, id, seq, project_id, event, received_at, body
    )
    SELECT tenant_id, channel_id, provider_event_id, id, seq, project_id, event, received_at, body
    FROM numbered
    ORDER BY tenant_id, channel_id, provider_event_id, place
    ON CONFLICT (tenant_id, channel_id, provider_event_id) DO NOTHING
    RETURNING id
), said AS (
    INSERT INTO outbox (tenant_id, shard, id, exchange, type, envelope)
    SELECT n.tenant_id, n.shard, n.id, split_part(n.type, '.events.', 1) || '.events', n.type,
        n.head || coalesce(n.readable, n.body)
        || convert_to(format(',"ingress_seq":%s},"sequence":%s}', n.seq, n.seq), 'UTF8')
    FROM numbered n JOIN stored s USING (id)
    ORDER BY n.place
)
SELECT place::integer - 1 AS place FROM numbered
"""

SEQUENCED_TAIL = ',"ingress_seq":%d},"sequence":%d}'
"""What `_STORE` puts behind a body, for whoever makes the same envelope outside of it."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """An active channel by its webhook id, with the key that its webhooks are signed with."""

    webhook_id: str
    project_id: UUID
    type: ChannelType
    credential: Credential


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """A verified webhook: `head` is its envelope up to the body, `readable` a repaired body."""

    webhook_id: str
    hmac_version: int
    id: UUID
    provider_event_id: str
    event: str
    received_at: datetime
    shard: int
    type: str
    head: bytes
    body: bytes
    readable: bytes | None


async def find(tx: Tx, webhook_ids: Sequence[str]) -> dict[str, Found]:
    """The active ones among these."""
    rows = await tx.fetch(_FIND, list(set(webhook_ids)))
    return {
        row["webhook_id"]: Found(
            webhook_id=row["webhook_id"],
            project_id=row["project_id"],
            type=row["type"],
            credential=Credential(
                tenant_id=row["tenant_id"],
                id=row["id"],
                channel_id=row["channel_id"],
                kind=row["kind"],
                version=row["version"],
                sealed=row["sealed"],
            ),
        )
        for row in rows
    }


async def verify_token(tx: Tx, webhook_id: str) -> Credential | None:
    """What an active channel's provider shows when it is told the address. In a system
    transaction."""
    row = await tx.fetchrow(_SHOWN, webhook_id)
    return None if row is None else msgspec.convert(dict(row), Credential)


async def store(database: Database, posted: Sequence[Posted]) -> set[int]:
    """Store them with their outbox rows; the places of those that are stored, now or before.

    The others' channel is no longer what it was when they were verified.
    """
    rows = await database.system_statement(
        _STORE,
        [p.webhook_id for p in posted],
        [p.hmac_version for p in posted],
        [p.id for p in posted],
        [p.provider_event_id for p in posted],
        [p.event for p in posted],
        [p.received_at for p in posted],
        [p.shard for p in posted],
        [p.type for p in posted],
        [p.head for p in posted],
        [p.body for p in posted],
        [p.readable for p in posted],
    )
    return {row["place"] for row in rows}
