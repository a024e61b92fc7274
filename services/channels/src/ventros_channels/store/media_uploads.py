"""Rows of `media_upload`: files that providers keep for channels."""

from datetime import timedelta
from uuid import UUID

import msgspec

from platform_postgres import Tx

_FIND = """
SELECT media_id FROM media_upload
WHERE channel_id = $1 AND sha256 = $2 AND mimetype = $3 AND uploaded_at > now() - $4::interval
"""

_PUT = """
INSERT INTO media_upload (tenant_id, channel_id, sha256, mimetype, media_id)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant_id, channel_id, sha256, mimetype) DO UPDATE
SET media_id = excluded.media_id, uploaded_at = excluded.uploaded_at
"""

_REMOVE = "DELETE FROM media_upload WHERE channel_id = $1 AND sha256 = $2"


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel's provider keeps as one file."""

    channel_id: UUID
    sha256: str
    mimetype: str


async def find(tx: Tx, of: Kept, kept_for: timedelta) -> str | None:
    """Its id at the provider, unless it is over."""
    found: str | None = await tx.fetchval(_FIND, of.channel_id, of.sha256, of.mimetype, kept_for)
    return found


async def put(tx: Tx, tenant_id: UUID, of: Kept, media_id: str) -> None:
    """The provider has it from now on; of two ids the later one counts."""
    await tx.execute(_PUT, tenant_id, of.channel_id, of.sha256, of.mimetype, media_id)


async def remove(tx: Tx, channel_id: UUID, sha256: str) -> None:
    """The provider has it no more."""
    await tx.execute(_REMOVE, channel_id, sha256)
