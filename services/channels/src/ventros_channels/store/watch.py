"""Rows of `channel_hour` and `channel_watch`: who is silent for longer than usual.

System transactions, but for `looked` and `take_return`. Nothing here is written by webhooks: what
they brought is counted afterwards, over all channels at once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from platform_postgres import Tx
from ventros_channels.domain.gap import Patience, Silent

_MESSAGES = ("message", "message.any")

# Two replicas that count at once would count twice; whoever comes second lets the first do it.
_ALONE = "SELECT pg_try_advisory_xact_lock(hashtextextended('channels.watch', 0))"

_WATCHED = """
c.type = ANY($1) AND c.status = 'active' AND c.deleted_at IS NULL
    AND c.connection_status = 'WORKING'
"""

_ADMIT = f"""
INSERT INTO channel_watch (tenant_id, channel_id, heard_at, looked_at, counted_to)
SELECT c.tenant_id, c.id, now(), now(), now() FROM channel c
WHERE {_WATCHED}
ON CONFLICT DO NOTHING
"""  # noqa: S608 - constant condition

_COUNT = """
WITH heard AS MATERIALIZED (
    SELECT tenant_id, channel_id, date_trunc('hour', received_at, 'UTC') AS hour,
        count(*) AS messages, max(received_at) AS last_at
    FROM raw_event
    WHERE received_at > (SELECT max(counted_to) FROM channel_watch) AND received_at <= now()
        AND event = ANY($1)
    GROUP BY 1, 2, 3
), counted AS (
    INSERT INTO channel_hour (tenant_id, channel_id, hour, messages)
    SELECT tenant_id, channel_id, hour, messages FROM heard
    ON CONFLICT (tenant_id, channel_id, hour)
    DO UPDATE SET messages = channel_hour.messages + excluded.messages
)
UPDATE channel_watch w SET counted_to = now(), heard_at = greatest(w.heard_at, (
    SELECT max(h.last_at) FROM heard h
    WHERE h.tenant_id = w.tenant_id AND h.channel_id = w.channel_id
)), missed_since = CASE WHEN w.counted_to < now() - $2::interval
    THEN least(w.missed_since, w.counted_to) ELSE w.missed_since END
"""

_FORGET = "DELETE FROM channel_hour WHERE hour < now() - interval '5 weeks'"

# The usual is the median of this hour in the last four weeks: one strange week changes little.
_SILENT = f"""
UPDATE channel_watch taken SET held_until = now() + $2::interval
FROM (
    SELECT w.tenant_id, w.channel_id, c.project_id, c.type
    FROM channel_watch w JOIN channel c ON c.tenant_id = w.tenant_id AND c.id = w.channel_id
    CROSS JOIN LATERAL (
        SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY coalesce(h.messages, 0)) AS messages
        FROM generate_series(1, 4) AS back (weeks)
        LEFT JOIN channel_hour h ON h.tenant_id = w.tenant_id AND h.channel_id = w.channel_id
            AND h.hour = date_trunc('hour', now(), 'UTC') - back.weeks * interval '7 days'
        WHERE back.weeks = 1 OR c.created_at < now() - back.weeks * interval '7 days'
    ) AS usual
    WHERE {_WATCHED} AND (w.held_until IS NULL OR w.held_until < now())
        AND greatest(w.heard_at, w.looked_at) < now() - $3::interval
        AND greatest(w.heard_at, w.looked_at) < now() - least($4::interval, greatest(
            $3::interval,
            coalesce($5::float8 * interval '1 hour' / nullif(usual.messages, 0), $4::interval)
        ))
    ORDER BY greatest(w.heard_at, w.looked_at) LIMIT $6
    FOR UPDATE OF w SKIP LOCKED
) AS silent
WHERE taken.tenant_id = silent.tenant_id AND taken.channel_id = silent.channel_id
RETURNING taken.tenant_id, silent.project_id, taken.channel_id, silent.type AS channel_type,
    taken.heard_at AS since
"""  # noqa: S608 - constant condition

_LOOKED = "UPDATE channel_watch SET looked_at = now(), held_until = NULL WHERE channel_id = $1"

_RETURNED = """
SELECT tenant_id, id AS channel_id FROM channel WHERE back_at IS NOT NULL
UNION
SELECT tenant_id, channel_id FROM channel_watch WHERE missed_since IS NOT NULL
LIMIT $1
"""

_TAKE_RETURN = f"""
WITH back AS (
    SELECT c.tenant_id, c.id, c.project_id, {_WATCHED} AS watched, c.back_at,
        CASE WHEN c.back_at IS NOT NULL THEN c.away_since END AS away_since
    FROM channel c WHERE c.id = $2
    FOR UPDATE
), watch AS (
    SELECT w.heard_at, w.missed_since FROM channel_watch w WHERE w.channel_id = $2
    FOR UPDATE
), seen AS (
    UPDATE channel SET away_since = NULL, back_at = NULL FROM back
    WHERE channel.tenant_id = back.tenant_id AND channel.id = back.id AND back.back_at IS NOT NULL
), counted AS (
    UPDATE channel_watch SET missed_since = NULL
    WHERE channel_id = $2 AND missed_since IS NOT NULL
)
SELECT back.project_id, least(back.away_since, watch.missed_since, watch.heard_at) AS since,
    greatest(back.back_at, CASE WHEN watch.missed_since IS NOT NULL THEN now() END) AS until
FROM back LEFT JOIN watch ON true
WHERE back.watched AND (back.back_at IS NOT NULL OR watch.missed_since IS NOT NULL)
"""  # noqa: S608 - constant condition


class Channel(msgspec.Struct, frozen=True):
    """A channel of some tenant."""

    tenant_id: UUID
    channel_id: UUID


class Return(msgspec.Struct, frozen=True, kw_only=True):
    """How long a channel, or all of this service, was away and may have missed something."""

    project_id: UUID
    since: datetime
    until: datetime


async def count(tx: Tx, types: Sequence[str], outage: timedelta) -> None:
    """Count what was heard since the last time, and begin to watch who is not watched yet.

    Where nobody counted for as long as `outage`, nobody took webhooks either.
    """
    if not await tx.fetchval(_ALONE):
        return
    await tx.execute(_ADMIT, types)
    await tx.execute(_COUNT, _MESSAGES, outage)
    await tx.execute(_FORGET)


async def silent(
    tx: Tx, types: Sequence[str], patience: Patience, limit: int, hold: timedelta
) -> list[Silent]:
    """Those whose provider is to be asked now; nobody else asks it for as long as `hold`."""
    rows = await tx.fetch(
        _SILENT, types, hold, patience.least, patience.most, float(patience.times), limit
    )
    return [msgspec.convert(dict(row), Silent) for row in rows]


async def looked(tx: Tx, channel_id: UUID) -> None:
    """The provider was asked. In the channel's tenant's transaction."""
    await tx.execute(_LOOKED, channel_id)


async def returned(tx: Tx, limit: int) -> list[Channel]:
    """Channels that came back and that nobody has seen to."""
    rows = await tx.fetch(_RETURNED, limit)
    return [Channel(row["tenant_id"], row["channel_id"]) for row in rows]


async def take_return(tx: Tx, channel_id: UUID, types: Sequence[str]) -> Return | None:
    """See to it; None when there is nothing to be done. In the channel's tenant's transaction."""
    row = await tx.fetchrow(_TAKE_RETURN, types, channel_id)
    return None if row is None else msgspec.convert(dict(row), Return)
