"""The tables `message_enrichment`, `enrichment_file` and `ai_budget`."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from asyncpg import Record

from platform_core.ids import new_id
from platform_postgres import Tx
from ventros_messaging.domain.enrichment import Asked, Enrichment, Found, Reason, Words

_COLUMNS: Final = """
    id, project_id, message_id, message_group_id, contact_id, session_id, channel_id, content_type,
    status, provider, model, text, error, processing_ms, created_at, processed_at, version
"""

# Who asks and who tells of a file meet here: the second of the two sees the first.
_MEET: Final = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"

_ASK: Final = """
INSERT INTO message_enrichment (
    tenant_id, created_at, id, project_id, message_id, message_group_id, contact_id, session_id,
    channel_id, content_type
)
SELECT $1, $2, given.*
FROM unnest(
    $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[], $8::uuid[], $9::uuid[], $10::text[]
) AS given
ON CONFLICT DO NOTHING
"""

_KEEP_FILES: Final = """
INSERT INTO enrichment_file (tenant_id, message_id, sha256, mimetype)
SELECT DISTINCT ON (given.message_id) $1, given.message_id, given.sha256, given.mimetype
FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[])
    AS given (message_id, channel_id, sha256, mimetype)
JOIN channel_ref AS channel
    ON channel.tenant_id = $1
    AND channel.id = given.channel_id
    AND cardinality(channel.ai_processed) > 0
ORDER BY given.message_id, given.sha256 NULLS LAST
ON CONFLICT DO NOTHING
"""

_REQUEST: Final = f"""
UPDATE message_enrichment
SET requested_at = $3, version = version + 1
FROM enrichment_file AS file
WHERE message_enrichment.tenant_id = $1
    AND message_enrichment.message_id = ANY($2::uuid[])
    AND message_enrichment.status = 'pending'
    AND message_enrichment.requested_at IS NULL
    AND file.tenant_id = $1
    AND file.message_id = message_enrichment.message_id
RETURNING {", ".join(f"message_enrichment.{name.strip()}" for name in _COLUMNS.split(","))},
    file.sha256, file.mimetype
"""  # noqa: S608 - constants of this module

_BEGIN: Final = f"""
UPDATE message_enrichment
SET status = 'processing', version = version + 1
FROM enrichment_file AS file
WHERE message_enrichment.tenant_id = $1
    AND message_enrichment.message_id = $2
    AND message_enrichment.status IN ('pending', 'processing')
    AND message_enrichment.requested_at IS NOT NULL
    AND file.tenant_id = $1
    AND file.message_id = $2
RETURNING {", ".join(f"message_enrichment.{name.strip()}" for name in _COLUMNS.split(","))},
    file.sha256, file.mimetype
"""  # noqa: S608 - constants of this module

_END: Final = f"""
UPDATE message_enrichment
SET status = CASE WHEN $7::text IS NULL THEN 'completed' ELSE 'failed' END,
    provider = $4, model = $5, text = $6, error = $7, processed_at = $3, processing_ms = $8,
    version = version + 1
WHERE tenant_id = $1 AND message_id = $2 AND status IN ('pending', 'processing')
RETURNING {_COLUMNS}
"""  # noqa: S608 - constants of this module

_VERSIONS: Final = "SELECT id, version FROM message WHERE tenant_id = $1 AND id = ANY($2::uuid[])"

_UNFINISHED: Final = """
SELECT DISTINCT message_group_id FROM message_enrichment
WHERE tenant_id = $1
    AND message_group_id = ANY($2::uuid[])
    AND status IN ('pending', 'processing')
"""

_CHARGE: Final = """
INSERT INTO ai_budget AS budget (tenant_id, month, requests)
SELECT $1, $2, 1 WHERE $3 > 0
ON CONFLICT (tenant_id, month) DO UPDATE SET requests = budget.requests + 1
WHERE budget.requests < $3
RETURNING requests
"""

_TOKENS: Final = "UPDATE ai_budget SET tokens = tokens + $3 WHERE tenant_id = $1 AND month = $2"

_OF_MESSAGES: Final = f"""
SELECT {_COLUMNS} FROM message_enrichment
WHERE tenant_id = $1 AND project_id = $2 AND message_id = ANY($3::uuid[])
"""  # noqa: S608 - constants of this module

_OVERDUE: Final = """
SELECT tenant_id, message_id, requested_at IS NOT NULL AS requested
FROM message_enrichment
WHERE status IN ('pending', 'processing') AND created_at < $1
ORDER BY created_at
LIMIT $2
"""

_FORGET: Final = "DELETE FROM enrichment_file WHERE told_at < now() - $1::interval"


class WithFile(msgspec.Struct, frozen=True):
    """An enrichment and where its file is."""

    enrichment: Enrichment
    file: Found


class Overdue(msgspec.Struct, frozen=True):
    """An enrichment that waits for too long; `requested`: its file is there."""

    tenant_id: UUID
    message_id: UUID
    requested: bool


async def meet(tx: Tx, tenant_id: UUID) -> None:
    """Wait for whoever asks, or tells of files, of this tenant."""
    await tx.execute(_MEET, f"enrichments {tenant_id}")


async def ask(tx: Tx, tenant_id: UUID, asked: Sequence[Asked], now: datetime) -> None:
    """Keep what is to be put into words; what was asked before stays."""
    await tx.execute(
        _ASK,
        tenant_id,
        now,
        [new_id() for _ in asked],
        [one.project_id for one in asked],
        [one.message_id for one in asked],
        [one.message_group_id for one in asked],
        [one.contact_id for one in asked],
        [one.session_id for one in asked],
        [one.channel_id for one in asked],
        [one.content_type for one in asked],
    )


async def keep_files(tx: Tx, tenant_id: UUID, files: Sequence[Found]) -> None:
    """Keep where files are, of channels whose files are put into words."""
    await tx.execute(
        _KEEP_FILES,
        tenant_id,
        [file.message_id for file in files],
        [file.channel_id for file in files],
        [file.sha256 for file in files],
        [file.mimetype for file in files],
    )


async def request(
    tx: Tx, tenant_id: UUID, message_ids: Sequence[UUID], now: datetime
) -> list[WithFile]:
    """Those of them whose file is known now, and was not before."""
    rows = await tx.fetch(_REQUEST, tenant_id, message_ids, now)
    return [_with_file(row) for row in rows]


async def begin(tx: Tx, tenant_id: UUID, message_id: UUID) -> WithFile | None:
    """Somebody reads the file now; None if it is done."""
    row = await tx.fetchrow(_BEGIN, tenant_id, message_id)
    return None if row is None else _with_file(row)


async def end(
    tx: Tx,
    tenant_id: UUID,
    message_id: UUID,
    now: datetime,
    *,
    provider: str | None = None,
    words: Words | None = None,
    error: Reason | None = None,
    processing_ms: int | None = None,
) -> Enrichment | None:
    """It is done, one way or the other; None if it was done before."""
    row = await tx.fetchrow(
        _END,
        tenant_id,
        message_id,
        now,
        provider,
        None if words is None else words.model,
        None if words is None else words.text,
        error,
        processing_ms,
    )
    return None if row is None else _enrichment(row)


async def message_versions(tx: Tx, tenant_id: UUID, message_ids: Sequence[UUID]) -> dict[UUID, int]:
    """The versions of messages."""
    rows = await tx.fetch(_VERSIONS, tenant_id, message_ids)
    return {row["id"]: row["version"] for row in rows}


async def unfinished(tx: Tx, tenant_id: UUID, group_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the groups that wait for a file of theirs."""
    rows = await tx.fetch(_UNFINISHED, tenant_id, group_ids)
    return {row["message_group_id"] for row in rows}


async def charge(tx: Tx, tenant_id: UUID, month: date, most: int) -> bool:
    """Count a request of this month, unless `most` were counted."""
    return await tx.fetchval(_CHARGE, tenant_id, month, most) is not None


async def count_tokens(tx: Tx, tenant_id: UUID, month: date, tokens: int) -> None:
    """Count what a request took."""
    await tx.execute(_TOKENS, tenant_id, month, tokens)


async def of_messages(
    tx: Tx, tenant_id: UUID, project_id: UUID, message_ids: Sequence[UUID]
) -> dict[UUID, Enrichment]:
    """The enrichments of these messages, by message."""
    rows = await tx.fetch(_OF_MESSAGES, tenant_id, project_id, message_ids)
    return {row["message_id"]: _enrichment(row) for row in rows}


async def overdue(tx: Tx, before: datetime, limit: int) -> list[Overdue]:
    """What was asked before this and is not done, the oldest first (role system)."""
    rows = await tx.fetch(_OVERDUE, before, limit)
    return [Overdue(row["tenant_id"], row["message_id"], row["requested"]) for row in rows]


async def forget_files(tx: Tx, older_than: timedelta) -> None:
    """Forget where files are that nobody asks for any more (role system)."""
    await tx.execute(_FORGET, older_than)


def _with_file(row: Record) -> WithFile:
    file = Found(
        message_id=row["message_id"],
        channel_id=row["channel_id"],
        sha256=row["sha256"],
        mimetype=row["mimetype"],
    )
    return WithFile(_enrichment(row), file)


def _enrichment(row: Record) -> Enrichment:
    return Enrichment(**{name: row[name] for name in Enrichment.__struct_fields__})
