"""Small pictures: made when they are first wanted, and none of what is no picture or a bomb."""

import io
import struct
import zlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from PIL import Image

from platform_bus import Received
from platform_core.clock import utc_now
from platform_postgres import Database
from platform_storage import Storage
from proto_events.conversation import Content, Media
from proto_events.media import ChannelMediaStored
from ventros_messaging.events.files import on_media
from ventros_messaging.pictures.thumbnails import EDGE, Shrinking

IMAGE = Content(type="image", media=Media(status="pending"))


def picture(kind: str, size: tuple[int, int], **more: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 80, 20)).save(out, kind, **more)
    return out.getvalue()


def lying(size: tuple[int, int]) -> bytes:
    """A picture that a camera took on its side."""
    exif = Image.Exif()
    exif[0x112] = 6
    return picture("JPEG", size, exif=exif)


def bomb(edge: int) -> bytes:
    """A PNG of some KiB that says to have `edge` x `edge` pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", edge, edge, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((edge // 8 + 1) * 64))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


class Album:
    """Messages with pictures, as channels keeps them."""

    def __init__(
        self, database: Database, storage: Storage, talk: Any, store: Any, api: Any
    ) -> None:
        self._database, self._storage, self._talk = database, storage, talk
        self._store, self._api = store, api

    async def put(self, content: bytes, mimetype: str) -> Any:
        message = self._talk.told(content=IMAGE)
        await self._store(message)
        tenant_id = message.envelope.tenant_id

        async def chunks() -> AsyncIterator[bytes]:
            yield content

        kept = await self._storage.put(tenant_id, chunks(), limit=len(content))
        told = ChannelMediaStored(
            message_id=message.data.message.id,
            channel_id=message.data.message.channel_id,
            sha256=kept.sha256,
            size_bytes=kept.size,
            detected_mimetype=mimetype,
            stored_at=utc_now(),
        )
        async with self._database.tenant(tenant_id) as tx:
            await on_media(tx, tenant_id, [Received(message.envelope, told)])
        return message.data.message.id

    async def file(self, message_id: Any) -> dict[str, Any]:
        found: dict[str, Any] = (await self._api.get(f"/v1/messages/{message_id}/file")).json()
        return found


@pytest.fixture
def album(database: Database, storage: Storage, conversation: Any, store: Any, api: Any) -> Album:
    return Album(database, storage, conversation, store, api)


@pytest.mark.parametrize(
    ("content", "mimetype", "size"),
    [
        (picture("JPEG", (1200, 800)), "image/jpeg", (1200, 800)),
        (lying((1200, 800)), "image/jpeg", (800, 1200)),
        (picture("PNG", (60, 30)), "image/png", (60, 30)),
        (picture("GIF", (700, 700)), "image/gif", (700, 700)),
    ],
)
async def test_a_picture_is_shown_small(
    album: Album, client: httpx.AsyncClient, content: bytes, mimetype: str, size: tuple[int, int]
) -> None:
    message_id = await album.put(content, mimetype)
    before = await album.file(message_id)
    assert (before["width"], before["height"]) == (None, None)
    for _ in range(2):
        answer = await client.get(before["thumbnail_link"])
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
        assert answer.headers["content-security-policy"].startswith("sandbox;")
        with Image.open(io.BytesIO(answer.content)) as small:
            assert max(small.size) == min(EDGE, max(size))
            assert (small.width > small.height) == (size[0] > size[1])
    after = await album.file(message_id)
    assert (after["width"], after["height"]) == size
    assert (await client.get(after["link"])).content == content


@pytest.mark.parametrize(
    "content", [b"\xff\xd8\xff\xe0 no picture at all", bomb(100_000)], ids=["broken", "bomb"]
)
async def test_what_cannot_be_shown_has_no_small_picture_and_is_looked_at_once(
    album: Album, client: httpx.AsyncClient, content: bytes
) -> None:
    message_id = await album.put(content, "image/png")
    link = (await album.file(message_id))["thumbnail_link"]
    answer = await client.get(link)
    assert (answer.status_code, answer.json()["code"]) == (404, "thumbnail_not_found")
    file = await album.file(message_id)
    assert (file["thumbnail_link"], file["status"]) == (None, "stored")
    assert (await client.get(link)).status_code == 404


async def test_what_is_no_picture_has_none(album: Album) -> None:
    message_id = await album.put(b"%PDF-1.4", "application/pdf")
    assert (await album.file(message_id))["thumbnail_link"] is None


async def test_what_takes_too_long_is_given_up() -> None:
    assert await Shrinking(seconds=0.001).small(picture("PNG", (10, 10))) is None
