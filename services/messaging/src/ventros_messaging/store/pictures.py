"""What was found of pictures, in the table `file`."""

from typing import Final
from uuid import UUID

import msgspec

from platform_postgres import Tx

_FIND: Final = """
SELECT file.id, file.sha256, file.size_bytes, file.mimetype,
    file.looked_at IS NOT NULL AS looked_at, file.thumbnail_sha256, file.thumbnail_bytes
FROM message_file AS one
JOIN file ON file.tenant_id = $1 AND file.id = one.file_id
WHERE one.tenant_id = $1 AND one.message_id = $2
"""

_LOOKED_AT: Final = """
UPDATE file SET looked_at = now(), width = $3, height = $4, thumbnail_sha256 = $5,
    thumbnail_bytes = $6
WHERE tenant_id = $1 AND id = $2
"""


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A file, and the small picture of it: none while nobody looked, or where there can be none."""

    file_id: UUID
    sha256: str
    size_bytes: int
    mimetype: str
    looked_at: bool
    thumbnail_sha256: str | None
    thumbnail_bytes: int | None


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What was found when a picture was looked at."""

    width: int
    height: int
    thumbnail_sha256: str
    thumbnail_bytes: int


async def of_message(tx: Tx, tenant_id: UUID, message_id: UUID) -> Picture | None:
    """The file of a message."""
    row = await tx.fetchrow(_FIND, tenant_id, message_id)
    if row is None:
        return None
    return Picture(
        file_id=row["id"],
        sha256=row["sha256"],
        size_bytes=row["size_bytes"],
        mimetype=row["mimetype"],
        looked_at=row["looked_at"],
        thumbnail_sha256=row["thumbnail_sha256"],
        thumbnail_bytes=row["thumbnail_bytes"],
    )


async def looked_at(tx: Tx, tenant_id: UUID, file_id: UUID, found: Found | None) -> None:
    """Remember what was found; None: it cannot be shown small."""
    await tx.execute(
        _LOOKED_AT,
        tenant_id,
        file_id,
        None if found is None else found.width,
        None if found is None else found.height,
        None if found is None else found.thumbnail_sha256,
        None if found is None else found.thumbnail_bytes,
    )
