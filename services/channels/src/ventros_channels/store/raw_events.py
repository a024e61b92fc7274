"""Reading what ingress stored. For replay, in system transactions."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from platform_postgres import Tx
from ventros_channels.domain.channel import ChannelType

_PAGE = """
SELECT r.tenant_id, r.channel_id, r.project_id, r.id, r.seq, r.event, r.received_at, r.body,
    c.type AS provider
FROM raw_event r JOIN channel c ON c.tenant_id = r.tenant_id AND c.id = r.channel_id
WHERE r.seq > $1 AND r.received_at >= $2 AND r.received_at < $3
  AND ($4::uuid[] IS NULL OR r.channel_id = ANY($4))
  AND ($5::text[] IS NULL OR r.event = ANY($5))
  AND ($6::uuid[] IS NULL OR r.id = ANY($6))
ORDER BY r.seq LIMIT $7
"""

_FIRST = "SELECT min(received_at) FROM raw_event WHERE received_at >= $1"

_STORED = """
SELECT provider_event_id FROM raw_event WHERE channel_id = $1 AND provider_event_id = ANY($2)
"""

_SAY = """
INSERT INTO outbox (tenant_id, shard, id, exchange, type, envelope)
SELECT e.tenant_id, e.shard, e.id, split_part(e.type, '.events.', 1) || '.events', e.type,
    e.envelope
FROM unnest($1::uuid[], $2::smallint[], $3::uuid[], $4::text[], $5::bytea[])
     WITH ORDINALITY AS e (tenant_id, shard, id, type, envelope, place)
ORDER BY e.place
"""


class RawEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A stored webhook; `seq` is its place in the order of arrival."""

    tenant_id: UUID
    channel_id: UUID
    project_id: UUID
    id: UUID
    seq: int
    event: str
    received_at: datetime
    body: bytes
    provider: ChannelType


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which raw events: received in [`since`, `until`), narrowed by what else is given."""

    since: datetime
    until: datetime
    channels: list[UUID] | None = None
    events: list[str] | None = None
    ids: list[UUID] | None = None


class RawRow(msgspec.Struct, frozen=True, kw_only=True):
    """An outbox row of a raw event."""

    tenant_id: UUID
    shard: int
    id: UUID
    type: str
    envelope: bytes


async def page(tx: Tx, wanted: Wanted, after: int, limit: int) -> list[RawEvent]:
    """The next `limit` of them in the order of arrival."""
    rows = await tx.fetch(
        _PAGE,
        after,
        wanted.since,
        wanted.until,
        wanted.channels,
        wanted.events,
        wanted.ids,
        limit,
    )
    return [msgspec.convert(dict(row), RawEvent) for row in rows]


async def first_since(tx: Tx, moment: datetime) -> datetime | None:
    """When the first webhook came that is not older than `moment`."""
    found: datetime | None = await tx.fetchval(_FIRST, moment)
    return found


async def stored(tx: Tx, channel_id: UUID, event_ids: Sequence[str]) -> set[str]:
    """Which of these, as the provider calls them, the channel has. In its tenant's transaction."""
    return {row[0] for row in await tx.fetch(_STORED, channel_id, event_ids)}


async def say(tx: Tx, rows: Sequence[RawRow]) -> None:
    """Put raw events into the outbox, in this order."""
    await tx.execute(
        _SAY,
        [row.tenant_id for row in rows],
        [row.shard for row in rows],
        [row.id for row in rows],
        [row.type for row in rows],
        [row.envelope for row in rows],
    )
