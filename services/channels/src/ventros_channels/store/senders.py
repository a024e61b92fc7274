"""Rows of `sender`: whose turn it is, which channel has something to do, and how it is reached."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from asyncpg import Record

from platform_postgres import Database, Tx
from ventros_channels.domain.channel import ChannelStatus, ChannelType
from ventros_channels.domain.credential import Credential
from ventros_channels.domain.pace import Pace, slowed

# Tenants with the fewest channels at work come first, then the channel whose turn is longest ago.
_TAKE = """
UPDATE sender AS taken
SET holder = $1, held_until = now() + $2::interval, turn_at = clock_timestamp()
FROM (
    SELECT s.tenant_id, s.channel_id
    FROM sender s
    WHERE s.due_at <= now() AND (s.held_until IS NULL OR s.held_until < now())
        AND (s.rests_until IS NULL OR s.rests_until <= now())
    ORDER BY (
        SELECT count(*) FROM sender o
        WHERE o.tenant_id = s.tenant_id AND o.held_until >= now()
    ), s.turn_at
    LIMIT $3
    FOR UPDATE SKIP LOCKED
) AS due
WHERE taken.tenant_id = due.tenant_id AND taken.channel_id = due.channel_id
RETURNING taken.tenant_id, taken.channel_id
"""

_KEEP = "UPDATE sender SET held_until = now() + $2::interval WHERE holder = $1"

_WAKE = """
INSERT INTO sender (tenant_id, channel_id, due_at)
SELECT $1, channel_id, $3 FROM unnest($2::uuid[]) AS c (channel_id)
ORDER BY channel_id
ON CONFLICT (tenant_id, channel_id) DO UPDATE
SET due_at = least(coalesce(sender.due_at, excluded.due_at), excluded.due_at)
"""


def lock_of(channel_id: str) -> str:
    """SQL of the number that a channel's way out is locked by."""
    return f"hashtextextended('sender ' || {channel_id}, 0)"


_LOCK = f"""
SELECT channel_id, pg_advisory_xact_lock_shared({lock_of("channel_id")})
FROM (SELECT channel_id FROM sender WHERE channel_id = ANY($1) ORDER BY channel_id) AS known
"""  # noqa: S608 - constants of this module

LINE = """
SELECT c.project_id, c.type, c.status, c.base_url, c.session, c.pacing, c.deleted_at,
    c.waba_id, c.api_version, c.connection_status, c.allow_groups, c.keep_view_once,
    s.slowness, s.slow_until, s.refused_key,
    k.tenant_id, k.id, k.channel_id, k.kind, k.version, k.sealed
FROM channel c
LEFT JOIN credential k
    ON k.tenant_id = c.tenant_id AND k.channel_id = c.id
        AND k.kind IN ('waha_api_key', 'cloud_access_token')
LEFT JOIN sender s ON s.tenant_id = c.tenant_id AND s.channel_id = c.id
WHERE c.id = $1
"""
"""A channel with what it is reached by."""

_PACES = """
SELECT channel_id, slowness, slow_until FROM sender WHERE channel_id = ANY($1)
ORDER BY channel_id
FOR NO KEY UPDATE
"""

_SLOW = """
UPDATE sender SET slowness = given.slowness, slow_until = given.until
FROM unnest($1::uuid[], $2::smallint[], $3::timestamptz[]) AS given (channel_id, slowness, until)
WHERE sender.channel_id = given.channel_id
"""

_REFUSE_KEY = """
INSERT INTO sender (tenant_id, channel_id, refused_key) VALUES ($1, $2, $3)
ON CONFLICT (tenant_id, channel_id) DO UPDATE SET refused_key = excluded.refused_key
"""

_ACTIVE = """
SELECT id FROM channel WHERE id = ANY($1) AND status = 'active' AND deleted_at IS NULL
"""


class Turn(msgspec.Struct, frozen=True):
    """A channel that this process works on now."""

    tenant_id: UUID
    channel_id: UUID


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A channel as sending needs it; `api_key` is sealed."""

    project_id: UUID
    type: ChannelType
    status: ChannelStatus
    base_url: str
    session: str
    pacing: bool
    deleted: bool
    api_key: Credential | None
    waba_id: str | None = None
    api_version: str | None = None
    connection_status: str | None = None
    allow_groups: bool = False
    keep_view_once: bool = False
    pace: Pace = Pace()
    refused_key: int | None = None

    @property
    def key_refused(self) -> bool:
        """The provider refused this key, and it was not replaced since."""
        return self.api_key is not None and self.api_key.version == self.refused_key


async def take(database: Database, holder: UUID, hold: timedelta, limit: int) -> list[Turn]:
    """Begin turns of channels that have something to do: one round trip."""
    rows = await database.system_statement(_TAKE, holder, hold, limit)
    return [Turn(row["tenant_id"], row["channel_id"]) for row in rows]


async def keep(tx: Tx, holder: UUID, hold: timedelta) -> None:
    """Say that the holder is alive, for all of its turns. In a system transaction."""
    await tx.execute(_KEEP, holder, hold)


async def wake(tx: Tx, tenant_id: UUID, channel_ids: Sequence[UUID], at: datetime) -> None:
    """There is something to do for these channels at that moment."""
    await tx.execute(_WAKE, tenant_id, sorted(set(channel_ids)), at)


async def lock(tx: Tx, channel_ids: Sequence[UUID]) -> list[UUID]:
    """Those that ever sent; nothing is settled on them until the transaction ends."""
    return [row["channel_id"] for row in await tx.fetch(_LOCK, channel_ids)]


async def line(tx: Tx, channel_id: UUID) -> Line | None:
    """How the channel is reached."""
    row = await tx.fetchrow(LINE, channel_id)
    return None if row is None else line_of(row)


def line_of(row: Record) -> Line:
    """A row of `LINE`."""
    return Line(
        project_id=row["project_id"],
        type=row["type"],
        status=row["status"],
        base_url=row["base_url"],
        session=row["session"],
        pacing=row["pacing"],
        deleted=row["deleted_at"] is not None,
        waba_id=row["waba_id"],
        api_version=row["api_version"],
        connection_status=row["connection_status"],
        pace=Pace(slowness=row["slowness"] or 0, until=row["slow_until"]),
        refused_key=row["refused_key"],
        allow_groups=row["allow_groups"],
        keep_view_once=row["keep_view_once"],
        api_key=None
        if row["id"] is None
        else Credential(
            tenant_id=row["tenant_id"],
            id=row["id"],
            channel_id=row["channel_id"],
            kind=row["kind"],
            version=row["version"],
            sealed=row["sealed"],
        ),
    )


async def slow_down(tx: Tx, channel_ids: Sequence[UUID], now: datetime) -> None:
    """The provider of these channels says that they send too fast."""
    rows = await tx.fetch(_PACES, sorted(set(channel_ids)))
    paces = [slowed(Pace(slowness=row["slowness"], until=row["slow_until"]), now) for row in rows]
    await tx.execute(
        _SLOW,
        [row["channel_id"] for row in rows],
        [pace.slowness for pace in paces],
        [pace.until for pace in paces],
    )


async def refuse_key(tx: Tx, turn: Turn, version: int) -> None:
    """The provider refused this version of the channel's key."""
    await tx.execute(_REFUSE_KEY, turn.tenant_id, turn.channel_id, version)


async def active(tx: Tx, channel_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the channels that are in use."""
    return {row["id"] for row in await tx.fetch(_ACTIVE, channel_ids)}
