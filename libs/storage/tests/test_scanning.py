"""What a scanner does to files: named ones are never kept, and one that is away lets none in."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import get_args
from uuid import UUID

import msgspec
import pytest

from platform_storage import (
    FileBlocked,
    FileMissing,
    FileTooLarge,
    FileTooLargeToScan,
    FileUnjudged,
    ScannerAway,
    Storage,
    StorageSettings,
)
from platform_storage.keys import content_key
from platform_storage.scanning import Clamd
from platform_storage.store import IN_MEMORY
from platform_storage.testing import INFECTED, SIGNATURE, FakeClamd, Fault, fake_clamd

ANA = UUID(int=1)
LIMIT = 1 << 30


@pytest.fixture
async def clamd() -> AsyncIterator[FakeClamd]:
    async with fake_clamd() as clamd:
        yield clamd


@pytest.fixture
def scanned(settings: StorageSettings, clamd: FakeClamd) -> Storage:
    return Storage(msgspec.structs.replace(settings, storage_scanner_url=clamd.url))


async def pieces(content: bytes, size: int = 100_000) -> AsyncIterator[bytes]:
    """As they come over a network: others have their turn in between."""
    for start in range(0, len(content), size):
        await asyncio.sleep(0)
        yield content[start : start + size]


async def look(clamd: Clamd, content: bytes) -> None:
    async for _ in clamd.watch(pieces(content, 1000)):
        pass


@pytest.mark.parametrize("size", [0, 1, 70_000, IN_MEMORY + 1, 3 * IN_MEMORY + 17])
async def test_what_is_clean_is_seen_whole_and_kept(
    scanned: Storage, clamd: FakeClamd, size: int
) -> None:
    content = bytes(range(256)) * (size // 256 + 1)
    stored = await scanned.put(ANA, pieces(content, 1_500_000), limit=LIMIT)
    assert clamd.seen == [content]
    assert await scanned.read_whole(stored.key, limit=LIMIT) == content


@pytest.mark.parametrize("before", [0, 2 * IN_MEMORY])
async def test_what_is_named_is_not_kept(
    scanned: Storage, settings: StorageSettings, before: int
) -> None:
    content = bytes(before) + INFECTED
    with pytest.raises(FileBlocked) as raised:
        await scanned.put(ANA, pieces(content), limit=LIMIT)
    assert raised.value.signature == SIGNATURE
    other = Storage(settings)
    kept = await other.put(ANA, pieces(content), limit=LIMIT)
    await other.delete(kept.key)
    with pytest.raises(FileBlocked):
        await scanned.put(ANA, pieces(content), limit=LIMIT)
    with pytest.raises(FileMissing):
        await other.size(content_key(ANA, kept.sha256))


@pytest.mark.parametrize("fault", get_args(Fault))
async def test_a_scanner_that_fails_lets_nothing_in(clamd: FakeClamd, fault: Fault) -> None:
    clamd.fault = fault
    with pytest.raises(ScannerAway):
        await look(Clamd(clamd.url, seconds=0.5), bytes(1_000_000))


@pytest.mark.parametrize("fault", ["says_error", "says_nonsense", "says_nothing"])
async def test_what_was_taken_whole_and_not_judged_is_told_apart(
    clamd: FakeClamd, fault: Fault
) -> None:
    clamd.fault = fault
    with pytest.raises(FileUnjudged):
        await look(Clamd(clamd.url, seconds=0.5), b"a file that it cannot read")


async def test_a_scanner_that_is_gone_lets_nothing_in(tmp_path: Path) -> None:
    async with fake_clamd() as clamd:
        url = clamd.url
    for gone in (url, f"unix://{tmp_path}/none.sock"):
        with pytest.raises(ScannerAway) as raised:
            await look(Clamd(gone), b"x")
        assert not isinstance(raised.value, FileUnjudged)


async def test_what_is_too_large_for_it_is_said_to_be(settings: StorageSettings) -> None:
    async with fake_clamd(max_bytes=1_000_000) as clamd:
        storage = Storage(msgspec.structs.replace(settings, storage_scanner_url=clamd.url))
        with pytest.raises(FileTooLargeToScan):
            await storage.put(ANA, pieces(bytes(20_000_000)), limit=LIMIT)


async def test_a_file_that_is_broken_off_leaves_no_connection(
    scanned: Storage, clamd: FakeClamd
) -> None:
    with pytest.raises(FileTooLarge):
        await scanned.put(ANA, pieces(bytes(300_000)), limit=200_000)
    assert clamd.seen == []
    async with asyncio.timeout(5):
        await scanned.put(ANA, pieces(b"next"), limit=LIMIT)


@pytest.mark.parametrize("url", ["http://scanner:3310", "tcp://scanner", "scanner:3310"])
def test_a_strange_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="a scanner is"):
        Clamd(url)
