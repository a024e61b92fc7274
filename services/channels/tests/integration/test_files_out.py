"""Files that go out: read from the store, and handed to the provider as they are."""

from base64 import b64decode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from platform_core.ids import new_id
from platform_crypto import Vault
from platform_postgres import Database
from platform_storage import Storage, StorageSettings
from platform_testkit import TestTenant
from proto_events.conversation import Content, Media
from proto_events.sending import Outbound, OutboundFile
from ventros_channels.adapters.waha.bodies import sending
from ventros_channels.adapters.waha.files_out import WHOLE_BYTES, FilesOut, Given
from ventros_channels.delivery.stored_file import StoredFile, with_file
from ventros_channels.domain.adapter import NotSent

from ..desk import Desk

PHOTO = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 5000
LINK = "https://crm.example/v1/files/abc"
PICTURE = Content(
    type="image",
    text="a mesa",
    media=Media(status="available", mimetype="image/jpeg", filename="mesa.jpeg"),
)


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(StorageSettings(storage_url=(tmp_path / "files").as_uri()))


@pytest.fixture
async def desk(api: Any, tenant: TestTenant, database: Database, vault: Vault) -> Desk:
    channel = await api.create()
    desk = Desk(tenant, database, vault, UUID(channel["id"]))
    await desk.never_pause()
    return desk


async def kept(storage: Storage, tenant_id: Any, *, url: str | None = LINK) -> OutboundFile:
    async def chunks() -> AsyncIterator[bytes]:
        yield PHOTO

    stored = await storage.put(tenant_id, chunks(), limit=len(PHOTO))
    return OutboundFile(
        file_id=new_id(),
        sha256=stored.sha256,
        size_bytes=stored.size,
        mimetype="image/jpeg",
        filename="mesa.jpeg",
        url=url,
    )


async def test_a_file_reaches_the_provider_byte_for_byte(desk: Desk, storage: Storage) -> None:
    desk.storage = storage
    file = await kept(storage, desk.tenant.tenant_id)
    await desk.ask("a mesa", content=PICTURE, file=file)
    assert await desk.turn()
    assert desk.provider.files == [PHOTO]
    [(_, outbound, _)] = desk.provider.taken
    assert outbound.content.media.url == LINK


async def test_a_file_that_is_gone_fails_its_message_and_a_store_that_is_away_puts_it_off(
    desk: Desk, storage: Storage, tmp_path: Path
) -> None:
    desk.storage = storage
    file = await kept(storage, desk.tenant.tenant_id)
    gone = msgspec.structs.replace(file, sha256="0" * 64)
    stored = StoredFile(storage, desk.tenant.tenant_id, gone)
    with pytest.raises(NotSent) as raised:
        [chunk async for chunk in stored.chunks()]
    assert (raised.value.failure, raised.value.again) == ("media", False)
    unreadable = tmp_path / "files" / "tenants" / str(desk.tenant.tenant_id) / "sha256"
    unreadable.rename(unreadable.with_name("moved"))
    unreadable.write_bytes(b"no folder")
    with pytest.raises(NotSent) as raised:
        [chunk async for chunk in StoredFile(storage, desk.tenant.tenant_id, file).chunks()]
    assert (raised.value.failure, raised.value.again) == ("unavailable", True)


class Large:
    """A file as large as it says, of which nothing is read."""

    def __init__(self, size_bytes: int, url: str | None) -> None:
        self.size_bytes, self.url = size_bytes, url
        self.mimetype, self.filename = "image/jpeg", None

    async def chunks(self) -> AsyncIterator[bytes]:
        yield b"whole"


async def test_waha_gets_a_file_whole_up_to_a_size_then_by_a_link_or_not_at_all() -> None:
    files = FilesOut()
    async with files.given(Large(WHOLE_BYTES, LINK)) as given:
        assert given is not None
        assert given.url is None
        assert b64decode(given.data or "") == b"whole"
    async with files.given(Large(WHOLE_BYTES + 1, LINK)) as given:
        assert given is not None
        assert (given.url, given.data) == (LINK, None)
    with pytest.raises(NotSent) as raised:
        async with files.given(Large(WHOLE_BYTES + 1, None)):
            pass
    assert raised.value.failure == "media"


@pytest.mark.parametrize(
    ("given", "member"),
    [(Given(data="aGk="), {"data": "aGk="}), (Given(url=LINK), {"url": LINK})],
)
def test_what_waha_is_posted(given: Given, member: dict[str, str]) -> None:
    chat = "554400000002@s.whatsapp.net"
    path, body = sending("loja", chat, Outbound(content=PICTURE), None, given)
    posted = msgspec.json.decode(msgspec.json.encode(body))
    assert path == "/api/sendImage"
    assert posted["file"] == {"mimetype": "image/jpeg", "filename": "mesa.jpeg", **member}


async def test_only_what_is_sent_has_the_link(storage: Storage) -> None:
    file = await kept(storage, new_id())
    outbound = Outbound(content=PICTURE, file=file)
    sent = with_file(outbound).content
    assert sent == msgspec.structs.replace(
        PICTURE, media=msgspec.structs.replace(PICTURE.media, url=LINK)
    )
    unlinked = Outbound(content=PICTURE, file=msgspec.structs.replace(file, url=None))
    assert with_file(unlinked) is unlinked
