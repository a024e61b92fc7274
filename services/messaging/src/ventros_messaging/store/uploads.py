"""Rows of `file_upload`: files that are here to be sent."""

from typing import Final
from uuid import UUID

from platform_postgres import Tx
from ventros_messaging.domain.upload import Upload

_ADD: Final = """
INSERT INTO file_upload AS known (
    tenant_id, project_id, file_id, mimetype, filename, uploaded_by
)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (tenant_id, project_id, file_id) DO UPDATE
SET mimetype = excluded.mimetype, filename = excluded.filename,
    uploaded_by = excluded.uploaded_by, uploaded_at = now()
RETURNING uploaded_at
"""

# What came to the project with a message can be sent on. It stays while this transaction lasts.
_SENDABLE: Final = """
SELECT file.id, file.sha256, file.size_bytes,
    coalesce(upload.mimetype, file.mimetype) AS mimetype,
    coalesce(upload.filename, met.filename) AS filename,
    coalesce(upload.uploaded_at, met.settled_at) AS uploaded_at
FROM file
LEFT JOIN file_upload AS upload
    ON upload.tenant_id = $1 AND upload.project_id = $2 AND upload.file_id = file.id
LEFT JOIN LATERAL (
    SELECT filename, settled_at FROM message_file
    WHERE tenant_id = $1 AND project_id = $2 AND file_id = file.id
    ORDER BY message_id LIMIT 1
) AS met ON true
WHERE file.tenant_id = $1 AND file.id = $3
    AND (upload.file_id IS NOT NULL OR met.settled_at IS NOT NULL)
FOR KEY SHARE OF file
"""


async def add(
    tx: Tx, tenant_id: UUID, project_id: UUID, upload: Upload, *, uploaded_by: UUID
) -> Upload:
    """The project has this file; once more is the same, with the latest name."""
    at = await tx.fetchval(
        _ADD,
        tenant_id,
        project_id,
        upload.file_id,
        upload.mimetype,
        upload.filename,
        uploaded_by,
    )
    return Upload(
        file_id=upload.file_id,
        sha256=upload.sha256,
        size_bytes=upload.size_bytes,
        mimetype=upload.mimetype,
        filename=upload.filename,
        uploaded_at=at,
    )


async def sendable(tx: Tx, tenant_id: UUID, project_id: UUID, file_id: UUID) -> Upload | None:
    """A file that the project brought, or was sent."""
    row = await tx.fetchrow(_SENDABLE, tenant_id, project_id, file_id)
    if row is None:
        return None
    return Upload(
        file_id=row["id"],
        sha256=row["sha256"],
        size_bytes=row["size_bytes"],
        mimetype=row["mimetype"],
        filename=row["filename"],
        uploaded_at=row["uploaded_at"],
    )
