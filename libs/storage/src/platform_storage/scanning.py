"""Files looked at by a scanner while they come: what it names is never kept.

A scanner sees each piece before the store does, and says what it thinks before the file is whole:
there is no moment in which a file is here and not scanned. One that is away lets nothing in.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit

from platform_core.errors import Invalid, TooLarge, Unavailable

CONNECT_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 60.0
"""A piece is taken, or the file judged, within so long."""

_MAX_PIECE: Final = 1024 * 1024
_MAX_ANSWER: Final = 4096


class FileBlocked(Invalid):
    """The scanner named something in the file; `signature` is its word for it."""

    code = "file_blocked"

    def __init__(self, signature: str) -> None:
        super().__init__("The file was not taken: the scanner found something in it.")
        self.signature = signature


class FileTooLargeToScan(TooLarge):
    """The scanner takes no file of this size."""

    code = "file_too_large"


class ScannerAway(Unavailable):
    """The scanner does not answer, or not in time, or says that it cannot."""

    code = "scanner_unavailable"


class FileUnjudged(ScannerAway):
    """The scanner took the whole file and did not say what it thinks of it, which may be due to the
    file."""


class Scanner(Protocol):
    """Who looks at files."""

    def watch(self, chunks: AsyncIterable[bytes]) -> AsyncGenerator[bytes, None]:
        """The same chunks; after the last one it is known that the file may be kept.

        Raises:
            FileBlocked, FileTooLargeToScan, FileUnjudged, ScannerAway
        """
        ...


class Clamd:
    """ClamAV's daemon, by its command INSTREAM: clamd(8)."""

    def __init__(self, url: str, *, seconds: float = ANSWER_SECONDS) -> None:
        """`tcp://host:port` or `unix:///path`. Raises `ValueError` for another."""
        parts = urlsplit(url)
        self._seconds = seconds
        self._path = unquote(parts.path) if parts.scheme == "unix" else None
        self._host, self._port = parts.hostname, parts.port
        if self._path is None and (parts.scheme != "tcp" or not self._host or not self._port):
            raise ValueError("a scanner is tcp://host:port or unix:///path")

    async def watch(self, chunks: AsyncIterable[bytes]) -> AsyncGenerator[bytes, None]:
        """See `Scanner`."""
        reader, writer = await self._connected()
        # It may answer before the end, and take no more: of a file that is too large for it.
        answer = asyncio.create_task(reader.readuntil(b"\0"))
        try:
            await self._send(writer, b"zINSTREAM\0")
            async for chunk in chunks:
                for start in range(0, len(chunk), _MAX_PIECE):
                    if answer.done():
                        break
                    piece = chunk[start : start + _MAX_PIECE]
                    await self._send(writer, len(piece).to_bytes(4, "big") + piece)
                if answer.done():
                    break
                yield chunk
            else:
                await self._send(writer, bytes(4))
                await self._judged(answer)
                return
            _judge(await self._said(answer))
            raise ScannerAway("The scanner of files answered before the end.")
        finally:
            answer.cancel()
            await asyncio.gather(answer, return_exceptions=True)
            writer.close()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                if self._path is not None:
                    return await asyncio.open_unix_connection(self._path, limit=_MAX_ANSWER)
                return await asyncio.open_connection(self._host, self._port, limit=_MAX_ANSWER)
        except OSError as error:
            raise ScannerAway("The scanner of files does not answer.") from error

    async def _send(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        """What is broken off shows in the answer. Raises `ScannerAway`."""
        try:
            async with asyncio.timeout(self._seconds):
                writer.write(data)
                await writer.drain()
        except TimeoutError as error:
            raise ScannerAway("The scanner of files takes no more.") from error
        except OSError:
            return

    async def _judged(self, answer: "asyncio.Task[bytes]") -> None:
        try:
            _judge(await self._said(answer))
        except ScannerAway as error:
            raise FileUnjudged(error.detail) from error

    async def _said(self, answer: "asyncio.Task[bytes]") -> str:
        try:
            async with asyncio.timeout(self._seconds):
                said = await answer
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise ScannerAway("The scanner of files gave no answer.") from error
        return said[:-1].decode("utf-8", "replace")


def open_scanner(url: str) -> Scanner | None:
    """The scanner of a setting; none without a URL. Raises `ValueError` for a strange one."""
    return Clamd(url) if url else None


def _judge(answer: str) -> None:
    """Raises `FileBlocked`, `FileTooLargeToScan`, `ScannerAway`."""
    said = answer.removeprefix("stream: ")
    if said == "OK":
        return
    if said.endswith(" FOUND"):
        raise FileBlocked(said.removesuffix(" FOUND")[:200])
    if "size limit exceeded" in said:
        raise FileTooLargeToScan("The file is larger than the scanner takes.")
    raise ScannerAway("The scanner of files cannot look at it.")
