"""Rows of `channel_gap`."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from platform_core.ids import new_id
from platform_postgres import Tx
from ventros_channels.domain.gap import Cause, Filled, Gap

_COLUMNS: Final = """
    g.tenant_id, g.id, g.project_id, g.channel_id, g.cause, g.since, g.until, g.found_at,
    g.attempts, g.found, g.fetched, g.unread, g.refused, g.reason, g.closed_at
"""

_OPEN = """
INSERT INTO channel_gap AS g (
    tenant_id, id, project_id, channel_id, cause, since, until, found_at, next_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, now(), now())
ON CONFLICT (tenant_id, channel_id) WHERE closed_at IS NULL AND cause <> 'operator'
DO UPDATE SET since = least(g.since, excluded.since), until = greatest(g.until, excluded.until),
    next_at = least(g.next_at, now())
RETURNING id
"""

_TAKE = f"""
UPDATE channel_gap g SET next_at = now() + $1::interval, attempts = g.attempts + 1
FROM (
    SELECT tenant_id, id FROM channel_gap
    WHERE closed_at IS NULL AND next_at <= now()
    ORDER BY next_at LIMIT $2
    FOR UPDATE SKIP LOCKED
) AS due
WHERE g.tenant_id = due.tenant_id AND g.id = due.id
RETURNING {_COLUMNS}
"""  # noqa: S608 - constant columns

_HOLD = f"""
UPDATE channel_gap g SET next_at = now() + $2::interval, attempts = g.attempts + 1
WHERE g.id = $1 AND g.closed_at IS NULL
RETURNING {_COLUMNS}
"""  # noqa: S608 - constant columns

_NOTE = """
UPDATE channel_gap SET found = greatest(found, $2), fetched = fetched + $3, unread = $4,
    refused = $5
WHERE id = $1 AND closed_at IS NULL
"""

# Not if it grew while it was worked on: then it is due again at once.
_CLOSE = f"""
WITH was AS (
    SELECT id, since >= $3 AND until <= $4 AS filled FROM channel_gap
    WHERE id = $1 AND closed_at IS NULL
    FOR UPDATE
)
UPDATE channel_gap g SET next_at = now(), reason = CASE WHEN was.filled THEN $2::text END,
    closed_at = CASE WHEN was.filled THEN now() END
FROM was WHERE g.id = was.id
RETURNING {_COLUMNS}
"""  # noqa: S608 - constant columns

_PUT_OFF = "UPDATE channel_gap SET next_at = $2 WHERE id = $1 AND closed_at IS NULL"

_PAGE = f"""
SELECT {_COLUMNS} FROM channel_gap g
WHERE g.channel_id = $1 AND ($2::uuid IS NULL OR g.id < $2)
ORDER BY g.id DESC LIMIT $3
"""  # noqa: S608 - constant columns


class NewGap(msgspec.Struct, frozen=True, kw_only=True):
    """A span of which webhooks may be missing, and why somebody thinks so."""

    project_id: UUID
    channel_id: UUID
    cause: Cause
    since: datetime
    until: datetime


async def open_gap(tx: Tx, tenant_id: UUID, new: NewGap) -> tuple[UUID, bool]:
    """Its id and whether it is new; what the service finds by itself joins what it found before."""
    gap_id = new_id()
    found: UUID = await tx.fetchval(
        _OPEN,
        tenant_id,
        gap_id,
        new.project_id,
        new.channel_id,
        new.cause,
        new.since,
        new.until,
    )
    return found, found == gap_id


async def take(tx: Tx, hold: timedelta, limit: int) -> list[Gap]:
    """What is due, of all tenants; nobody else works on it for as long as `hold`."""
    return [msgspec.convert(dict(row), Gap) for row in await tx.fetch(_TAKE, hold, limit)]


async def hold(tx: Tx, gap_id: UUID, until: timedelta) -> Gap | None:
    """Work on this one now; None when it is closed."""
    row = await tx.fetchrow(_HOLD, gap_id, until)
    return None if row is None else msgspec.convert(dict(row), Gap)


async def note(tx: Tx, gap_id: UUID, filled: Filled) -> None:
    """What an attempt has brought."""
    await tx.execute(
        _NOTE, gap_id, filled.found, filled.fetched, len(filled.unread), len(filled.refused)
    )


async def close(tx: Tx, gap: Gap, reason: str | None) -> Gap | None:
    """Close what was worked on as `gap`; None when somebody did, or when it has grown since."""
    row = await tx.fetchrow(_CLOSE, gap.id, reason, gap.since, gap.until)
    return None if row is None or row["closed_at"] is None else msgspec.convert(dict(row), Gap)


async def put_off(tx: Tx, gap_id: UUID, until: datetime) -> None:
    """Try it again then."""
    await tx.execute(_PUT_OFF, gap_id, until)


async def list_page(tx: Tx, channel_id: UUID, before: UUID | None, limit: int) -> list[Gap]:
    """The channel's gaps, newest first; `before` is the last id of the page before."""
    rows = await tx.fetch(_PAGE, channel_id, before, limit)
    return [msgspec.convert(dict(row), Gap) for row in rows]
