"""The files beside the messages of a page, joined to its rows alone."""

from typing import Final

from asyncpg import Record

from ventros_messaging.domain.file import MessageFile, Stored, has_small

COLUMNS: Final = """
    met.settled_at AS file_settled_at, met.file_id, met.filename AS file_name,
    met.loss AS file_loss, met.sha256 AS file_sha256, met.size_bytes AS file_size,
    met.mimetype AS file_mimetype, met.width AS file_width, met.height AS file_height,
    met.can_be_small AS file_can_be_small
"""

JOIN: Final = """
LEFT JOIN LATERAL (
    SELECT one.settled_at, one.file_id, one.filename, one.loss, file.sha256, file.size_bytes,
        file.mimetype, file.width, file.height,
        file.looked_at IS NULL OR file.thumbnail_sha256 IS NOT NULL AS can_be_small
    FROM message_file AS one
    LEFT JOIN file ON file.tenant_id = $1 AND file.id = one.file_id
    WHERE one.tenant_id = $1 AND one.message_id = page.id
    LIMIT 1
) AS met ON page.content ? 'media'
"""


def file_of(row: Record) -> MessageFile | None:
    """What became of the message's file; None while it is on its way, or there is none."""
    if row["file_settled_at"] is None:
        return None
    stored = None
    if row["file_id"] is not None:
        stored = Stored(
            file_id=row["file_id"],
            sha256=row["file_sha256"],
            size_bytes=row["file_size"],
            mimetype=row["file_mimetype"],
            filename=row["file_name"],
            width=row["file_width"],
            height=row["file_height"],
            can_be_small=row["file_can_be_small"]
            and has_small(row["file_mimetype"], row["file_size"]),
        )
    return MessageFile(
        message_id=row["id"],
        stored=stored,
        loss=row["file_loss"],
        settled_at=row["file_settled_at"],
    )
