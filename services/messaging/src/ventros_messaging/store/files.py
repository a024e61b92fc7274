"""Rows of `file` and `message_file`."""

from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import Record

from platform_core.ids import new_id
from platform_postgres import Tx
from proto_events.conversation import LossReason
from ventros_messaging.domain.file import MessageFile, Stored, has_small

# The update changes nothing and answers with the row that is there.
_CONTENT: Final = """
INSERT INTO file AS known (tenant_id, id, sha256, size_bytes, mimetype)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT ON CONSTRAINT file_content DO UPDATE SET sha256 = known.sha256
RETURNING id
"""

# A file that was lost may come after all; one that is here is not lost again.
_SETTLE: Final = """
INSERT INTO message_file AS known (
    tenant_id, message_id, project_id, file_id, filename, loss, settled_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (tenant_id, message_id) DO UPDATE
SET file_id = excluded.file_id, filename = excluded.filename, loss = NULL,
    settled_at = excluded.settled_at
WHERE known.file_id IS NULL AND excluded.file_id IS NOT NULL
RETURNING 1
"""

_FIND: Final = """
SELECT one.message_id, one.file_id, one.filename, one.loss, one.settled_at, file.sha256,
    file.size_bytes, file.mimetype, file.width, file.height,
    file.looked_at IS NULL OR file.thumbnail_sha256 IS NOT NULL AS no_failure
FROM message_file AS one
LEFT JOIN file ON file.tenant_id = $1 AND file.id = one.file_id
WHERE one.tenant_id = $1 AND one.message_id = $2
"""


async def content(tx: Tx, tenant_id: UUID, *, sha256: str, size_bytes: int, mimetype: str) -> UUID:
    """The file with this content; the same one every time."""
    found: UUID = await tx.fetchval(_CONTENT, tenant_id, new_id(), sha256, size_bytes, mimetype)
    return found


async def settle(
    tx: Tx,
    tenant_id: UUID,
    project_id: UUID,
    message_id: UUID,
    *,
    file_id: UUID | None = None,
    filename: str | None = None,
    loss: LossReason | None = None,
    at: datetime,
) -> bool:
    """The file of a message is here, or lost; False when nothing changed by that."""
    done = await tx.fetchval(
        _SETTLE, tenant_id, message_id, project_id, file_id, filename, loss, at
    )
    return done is not None


async def find(tx: Tx, tenant_id: UUID, message_id: UUID) -> MessageFile | None:
    """What became of a message's file; None while it is on its way, or there is none."""
    row = await tx.fetchrow(_FIND, tenant_id, message_id)
    return None if row is None else _message_file(row)


def _message_file(row: Record) -> MessageFile:
    stored = None
    if row["file_id"] is not None:
        stored = Stored(
            file_id=row["file_id"],
            sha256=row["sha256"],
            size_bytes=row["size_bytes"],
            mimetype=row["mimetype"],
            filename=row["filename"],
            width=row["width"],
            height=row["height"],
            can_be_small=row["no_failure"] and has_small(row["mimetype"], row["size_bytes"]),
        )
    return MessageFile(
        message_id=row["message_id"],
        stored=stored,
        loss=row["loss"],
        settled_at=row["settled_at"],
    )
