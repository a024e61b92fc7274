"""Rows of `history_import`: imports and how far they are."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from platform_postgres import Tx
from ventros_channels.domain.history import Counts, HistoryImport, Status, Strategy

_COLUMNS: Final = """
    i.tenant_id, i.id, i.project_id, i.channel_id, c.type AS channel_type, i.strategy, i.since,
    i.until, i.chat_limit, i.status, i.reason, i.chats_total, i.chats_done, i.stored,
    i.known, i.failed, i.left_out, i.requested_at, i.started_at, i.ended_at
"""
_FROM: Final = """
FROM history_import i JOIN channel c ON c.tenant_id = i.tenant_id AND c.id = i.channel_id
"""

_ADD = """
INSERT INTO history_import (
    tenant_id, id, project_id, channel_id, strategy, since, until, chat_limit, status,
    requested_at, touched_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'requested', $9, $9)
ON CONFLICT (tenant_id, channel_id) WHERE status IN ('requested', 'running') DO NOTHING
RETURNING id
"""

_GET = f"SELECT {_COLUMNS} {_FROM} WHERE i.id = $1"

_LOCK = f"{_GET} FOR UPDATE OF i"

_PAGE = f"""
SELECT {_COLUMNS} {_FROM}
WHERE i.channel_id = $1 AND ($2::uuid IS NULL OR i.id < $2)
ORDER BY i.id DESC LIMIT $3
"""

_IMPORTED = """
SELECT max(until) FROM history_import WHERE channel_id = $1 AND status = 'completed'
"""

_BEGIN = """
UPDATE history_import
SET status = 'running', started_at = $2, touched_at = $2
WHERE id = $1 AND status = 'requested'
RETURNING id
"""

_END = """
UPDATE history_import
SET status = $2, reason = $3, ended_at = $4, touched_at = $4
WHERE id = $1 AND status IN ('requested', 'running')
RETURNING id
"""

_COUNT = """
UPDATE history_import SET stored = stored + $2, known = known + $3, failed = failed + $4,
    left_out = left_out + $5, chats_done = chats_done + $6, touched_at = $7
WHERE id = $1
"""

_LISTED = """
UPDATE history_import SET touched_at = $2,
    chats_total = (SELECT count(*) FROM history_import_chat WHERE import_id = $1)
WHERE id = $1
"""

_LEFT = """
SELECT tenant_id, id FROM history_import
WHERE status IN ('requested', 'running') AND touched_at < now() - $1::interval
ORDER BY touched_at LIMIT $2
"""


class NewImport(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody asked for."""

    tenant_id: UUID
    id: UUID
    project_id: UUID
    channel_id: UUID
    strategy: Strategy
    since: datetime
    until: datetime
    chat_limit: int | None
    requested_at: datetime


class Left(msgspec.Struct, frozen=True):
    """An import that nobody worked on for a while."""

    tenant_id: UUID
    id: UUID


async def add(tx: Tx, new: NewImport) -> bool:
    """False: the channel has one that runs."""
    row = await tx.fetchrow(
        _ADD,
        new.tenant_id,
        new.id,
        new.project_id,
        new.channel_id,
        new.strategy,
        new.since,
        new.until,
        new.chat_limit,
        new.requested_at,
    )
    return row is not None


async def get(tx: Tx, import_id: UUID) -> HistoryImport | None:
    """One import."""
    return _read(await tx.fetchrow(_GET, import_id))


async def lock(tx: Tx, import_id: UUID) -> HistoryImport | None:
    """One import; whoever else works on it or ends it waits."""
    return _read(await tx.fetchrow(_LOCK, import_id))


async def list_page(
    tx: Tx, channel_id: UUID, before: UUID | None, limit: int
) -> list[HistoryImport]:
    """The channel's, newest first, after the one with the id `before`."""
    rows = await tx.fetch(_PAGE, channel_id, before, limit)
    return [_of(row) for row in rows]


async def imported_until(tx: Tx, channel_id: UUID) -> datetime | None:
    """The end of what was imported completely; None: nothing was."""
    found: datetime | None = await tx.fetchval(_IMPORTED, channel_id)
    return found


async def begin(tx: Tx, import_id: UUID, now: datetime) -> bool:
    """Work on it begins; False: it had begun, or is over."""
    return await tx.fetchrow(_BEGIN, import_id, now) is not None


async def listed(tx: Tx, import_id: UUID, now: datetime) -> None:
    """Its chats are known."""
    await tx.execute(_LISTED, import_id, now)


async def count(tx: Tx, import_id: UUID, counts: Counts, now: datetime, *, chats: int = 0) -> None:
    """So many messages more, and so many chats that are done."""
    await tx.execute(
        _COUNT,
        import_id,
        counts.stored,
        counts.known,
        counts.failed,
        counts.left_out,
        chats,
        now,
    )


async def end(
    tx: Tx, import_id: UUID, status: Status, now: datetime, *, reason: str | None = None
) -> bool:
    """It is over; False: it was before."""
    return await tx.fetchrow(_END, import_id, status, reason, now) is not None


async def left(tx: Tx, quiet: timedelta, limit: int) -> list[Left]:
    """Those that nobody touched for that long. In a system transaction."""
    return [Left(row["tenant_id"], row["id"]) for row in await tx.fetch(_LEFT, quiet, limit)]


def _read(row: asyncpg.Record | None) -> HistoryImport | None:
    return None if row is None else _of(row)


def _of(row: asyncpg.Record) -> HistoryImport:
    given = dict(row)
    counts = {name: given.pop(name) for name in Counts.__struct_fields__}
    return msgspec.convert({**given, "counts": counts}, HistoryImport)
