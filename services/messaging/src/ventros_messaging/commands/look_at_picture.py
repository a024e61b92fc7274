"""Look at a picture when somebody first wants to see it small.

Made then and not before: most pictures are never shown again, and what makes them waits for nobody.
"""

from collections.abc import AsyncIterator
from uuid import UUID

from platform_core.errors import NotFound
from platform_postgres import Database
from platform_storage import Storage
from platform_storage.keys import content_key
from ventros_messaging.domain.file import LARGEST_PICTURE, Stored, has_small
from ventros_messaging.pictures.thumbnails import Shrinking
from ventros_messaging.store import pictures
from ventros_messaging.store.pictures import Found, Picture

SMALL_TYPE = "image/webp"


async def small_of_message(
    database: Database, storage: Storage, shrinking: Shrinking, tenant_id: UUID, message_id: UUID
) -> Stored:
    """The small picture of a message's file.

    No transaction is open while it is made; made twice at once, it is the same twice.

    Raises:
        NotFound: `thumbnail_not_found`.
        FileMissing, StorageAway
    """
    async with database.tenant(tenant_id) as tx:
        picture = await pictures.of_message(tx, tenant_id, message_id)
    if picture is None or not has_small(picture.mimetype, picture.size_bytes):
        raise _none()
    if picture.looked_at:
        return _small(picture, picture.thumbnail_sha256, picture.thumbnail_bytes)
    key = content_key(tenant_id, picture.sha256)
    content = await storage.read_whole(key, limit=LARGEST_PICTURE)
    small = await shrinking.small(content)
    found = None
    if small is not None:
        kept = await storage.put(tenant_id, _once(small.content), limit=LARGEST_PICTURE)
        found = Found(
            width=small.width,
            height=small.height,
            thumbnail_sha256=kept.sha256,
            thumbnail_bytes=kept.size,
        )
    async with database.tenant(tenant_id) as tx:
        await pictures.looked_at(tx, tenant_id, picture.file_id, found)
    if found is None:
        raise _none()
    return _small(picture, found.thumbnail_sha256, found.thumbnail_bytes)


def _small(picture: Picture, sha256: str | None, size_bytes: int | None) -> Stored:
    if sha256 is None or size_bytes is None:
        raise _none()
    return Stored(
        file_id=picture.file_id,
        sha256=sha256,
        size_bytes=size_bytes,
        mimetype=SMALL_TYPE,
        filename=None,
    )


def _none() -> NotFound:
    return NotFound("There is no small picture of this file.", code="thumbnail_not_found")


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
