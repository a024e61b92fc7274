"""Files, in a folder and in S3, by the same promises."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from platform_storage import FileMissing, FileTooLarge, Storage, StorageAway, StorageSettings
from platform_storage.keys import content_key, incoming_key, of_tenant
from platform_storage.store import IN_MEMORY

ANA, RUI = UUID(int=1), UUID(int=2)


async def pieces(content: bytes, size: int = 100_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def whole(storage: Storage, key: str, **part: int) -> bytes:
    return b"".join([piece async for piece in storage.read(key, **part)])


@pytest.mark.parametrize("size", [0, 1, 70_000, IN_MEMORY, IN_MEMORY + 1, 3 * IN_MEMORY + 17])
async def test_what_is_kept_comes_back(storage: Storage, size: int) -> None:
    content = os.urandom(size)
    stored = await storage.put(ANA, pieces(content), limit=size)
    assert stored.size == size
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    assert stored.key == content_key(ANA, stored.sha256)
    assert content.startswith(stored.head)
    assert len(stored.head) == min(size, 8192)
    assert await storage.size(stored.key) == size
    assert await whole(storage, stored.key) == content


async def test_a_part_is_what_it_is(storage: Storage) -> None:
    content = os.urandom(900_000)
    key = (await storage.put(ANA, pieces(content), limit=10**6)).key
    assert await whole(storage, key, start=10, end=20) == content[10:20]
    assert await whole(storage, key, start=899_990) == content[-10:]
    assert await whole(storage, key, start=0, end=900_000) == content


async def test_the_same_content_is_kept_once_for_each_tenant(storage: Storage) -> None:
    keys = [(await storage.put(who, pieces(b"foto"), limit=9)).key for who in (ANA, ANA, RUI)]
    assert keys[0] == keys[1] != keys[2]
    await storage.delete(keys[0])
    assert await whole(storage, keys[2]) == b"foto"


@pytest.mark.parametrize("size", [11, IN_MEMORY + 2])
async def test_what_is_too_large_is_not_kept(
    storage: Storage, settings: StorageSettings, size: int
) -> None:
    content = os.urandom(size)
    with pytest.raises(FileTooLarge):
        await storage.put(ANA, pieces(content, size // 2), limit=size - 1)
    with pytest.raises(FileMissing):
        await storage.size(content_key(ANA, hashlib.sha256(content).hexdigest()))


async def test_a_source_that_breaks_leaves_no_file(storage: Storage) -> None:
    content = os.urandom(IN_MEMORY + 5)

    async def broken() -> AsyncIterator[bytes]:
        yield content
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await storage.put(ANA, broken(), limit=10**8)
    with pytest.raises(FileMissing):
        await storage.size(content_key(ANA, hashlib.sha256(content).hexdigest()))


async def test_what_is_not_there_is_missing_and_can_be_deleted(storage: Storage) -> None:
    key = content_key(ANA, "0" * 64)
    with pytest.raises(FileMissing):
        await storage.size(key)
    with pytest.raises(FileMissing):
        await whole(storage, key)
    await storage.delete(key)


async def test_only_a_small_file_is_read_whole(storage: Storage) -> None:
    key = (await storage.put(ANA, pieces(b"x" * 50), limit=50)).key
    assert await storage.read_whole(key, limit=50) == b"x" * 50
    with pytest.raises(FileTooLarge):
        await storage.read_whole(key, limit=49)


async def test_many_at_once(storage: Storage) -> None:
    contents = [os.urandom(20_000) for _ in range(20)]
    stored = await asyncio.gather(
        *(storage.put(ANA, pieces(one), limit=20_000) for one in contents)
    )
    back = await asyncio.gather(*(whole(storage, one.key) for one in stored))
    assert back == contents


async def test_a_store_that_is_away_is_told_in_our_words(settings: StorageSettings) -> None:
    silent = await asyncio.start_server(lambda *_: asyncio.sleep(60), "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    away = msgspec.structs.replace(
        settings,
        storage_url="s3://bucket/x",
        storage_endpoint=f"http://127.0.0.1:{port}",
        storage_region="x",
        storage_access_key_id="x",
        storage_secret_access_key="x",
        storage_timeout=0.3,
    )
    with pytest.raises(StorageAway) as told:
        await Storage(away).size(incoming_key(ANA))
    assert "tenants" not in str(told.value)
    silent.close()


@given(st.text(max_size=70))
def test_a_key_leads_out_of_no_tenant(text: str) -> None:
    try:
        key = content_key(ANA, text)
    except ValueError:
        return
    assert key.startswith(of_tenant(ANA))
    assert ".." not in key


@pytest.mark.parametrize("text", ["../x", "/etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n", ""])
def test_what_is_no_hash_is_no_key(text: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        content_key(uuid4(), text)
