"""Files in an object store or in a folder, chosen by a URL."""

import asyncio
import hashlib
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit
from uuid import UUID

import msgspec
import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

from platform_core.errors import NotFound, TooLarge, Unavailable
from platform_storage.keys import content_key, incoming_key
from platform_storage.scanning import open_scanner
from platform_storage.settings import StorageSettings

CHUNK: Final = 256 * 1024
"""Bytes of one piece of a file that is read."""
IN_MEMORY: Final = 4 * 1024 * 1024
"""Up to this size a file is kept in memory until it is known what it is; a larger one is written
beside and renamed."""
_RETRIES: Final = 2


class FileMissing(NotFound):
    """There is no such file."""

    code = "file_not_found"


class FileTooLarge(TooLarge):
    """The file is larger than is allowed here."""

    code = "file_too_large"


class StorageAway(Unavailable):
    """The store does not answer, or not in time."""

    code = "storage_unavailable"


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is there: its key, its size in bytes, the SHA-256 in hex, and how it begins."""

    key: str
    size: int
    sha256: str
    head: bytes


class Storage:
    """A store. Every call has a deadline, and raises `StorageAway` when it is over."""

    def __init__(self, settings: StorageSettings) -> None:
        """Open it; a folder is made when it is missing. Raises `ValueError` for a strange URL."""
        self._timeout = settings.storage_timeout
        self._store = _open(settings)
        self._scanner = open_scanner(settings.storage_scanner_url)

    async def put(self, tenant_id: UUID, chunks: AsyncIterable[bytes], *, limit: int) -> Stored:
        """Keep a file of a tenant, as it comes. The same content is kept once.

        The time that `chunks` take is theirs. Of a file that is refused nothing is kept. Raises:
            FileTooLarge: it has more than `limit` bytes.
            FileBlocked, FileTooLargeToScan, ScannerAway: where there is a scanner.
            StorageAway
        """
        if self._scanner is None:
            return await self._put(tenant_id, chunks, limit)
        async with aclosing(self._scanner.watch(chunks)) as watched:
            return await self._put(tenant_id, watched, limit)

    async def _put(self, tenant_id: UUID, chunks: AsyncIterable[bytes], limit: int) -> Stored:
        digest, size, begun = hashlib.sha256(), 0, bytearray()
        writer, beside = None, incoming_key(tenant_id)
        try:
            async for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise FileTooLarge(f"A file has {limit} bytes at most here.")
                digest.update(chunk)
                if writer is None:
                    begun += chunk
                    if len(begun) > IN_MEMORY:
                        writer = obstore.open_writer_async(self._store, beside)
                        await self._within(writer.write(bytes(begun)))
                        del begun[_HEAD:]
                else:
                    await self._within(writer.write(chunk))
            key = content_key(tenant_id, digest.hexdigest())
            if writer is None:
                await self._within(obstore.put_async(self._store, key, bytes(begun)))
            else:
                await self._within(writer.close())
                writer = None
                await self._within(obstore.rename_async(self._store, beside, key))
        except BaseException:
            if writer is not None:
                await self._forget(writer, beside)
            raise
        return Stored(key=key, size=size, sha256=digest.hexdigest(), head=bytes(begun[:_HEAD]))

    async def size(self, key: str) -> int:
        """The size of a file in bytes.

        Raises:
            FileMissing, StorageAway
        """
        found = await self._within(obstore.head_async(self._store, key))
        return int(found["size"])

    async def read(
        self, key: str, *, start: int = 0, end: int | None = None
    ) -> AsyncIterator[bytes]:
        """The bytes of a file from `start` up to, not including, `end`, piece by piece.

        Raises:
            FileMissing, StorageAway
        """
        options: Any = None
        if end is not None:
            options = {"range": (start, end)}
        elif start:
            options = {"range": {"offset": start}}
        found = await self._within(obstore.get_async(self._store, key, options=options))
        pieces = aiter(found.stream(CHUNK))
        while True:
            try:
                piece = await self._within(anext(pieces))
            except StopAsyncIteration:
                return
            yield bytes(piece)

    async def read_whole(self, key: str, *, limit: int) -> bytes:
        """A file in one piece.

        Raises:
            FileTooLarge: it has more than `limit` bytes.
            FileMissing, StorageAway
        """
        if await self.size(key) > limit:
            raise FileTooLarge(f"A file has {limit} bytes at most here.")
        return b"".join([piece async for piece in self.read(key)])

    async def delete(self, key: str) -> None:
        """Remove a file; one that is not there is gone already. Raises `StorageAway`."""
        try:
            await self._within(obstore.delete_async(self._store, key))
        except FileMissing:
            return

    async def _within(self, work: Any) -> Any:
        async with self._said(), asyncio.timeout(self._timeout):
            return await work

    @asynccontextmanager
    async def _said(self) -> AsyncIterator[None]:
        """What the store raises, in our words; its own may quote keys and addresses."""
        try:
            yield
        except FileNotFoundError as error:
            raise FileMissing("There is no such file.") from error
        except (BaseError, OSError, TimeoutError) as error:
            raise StorageAway("The file store does not answer.") from error

    async def _forget(self, writer: Any, key: str) -> None:
        """Throw away what is half written: what is left over is never looked at."""
        try:
            await self._within(writer.close())
            await self.delete(key)
        except (StorageAway, ValueError):
            return


_HEAD: Final = 8192
"""Bytes of a file that tell what it is."""


def _open(settings: StorageSettings) -> Any:
    parts = urlsplit(settings.storage_url)
    if parts.scheme == "file":
        return LocalStore(prefix=Path(unquote(parts.path)), mkdir=True, automatic_cleanup=True)
    config = {
        "endpoint": settings.storage_endpoint,
        "region": settings.storage_region,
        "access_key_id": settings.storage_access_key_id,
        "secret_access_key": settings.storage_secret_access_key,
    }
    given = {name: value for name, value in config.items() if value} if parts.scheme == "s3" else {}
    options: dict[str, Any] = {
        "config": given or None,
        "client_options": {
            "timeout": timedelta(seconds=settings.storage_timeout),
            # A store in the installation's own network may do without TLS.
            "allow_http": settings.storage_endpoint.startswith("http://"),
        },
        "retry_config": {"max_retries": _RETRIES},
    }
    return from_url(settings.storage_url, **options)
