"""A scanner for tests, which speaks as ClamAV's daemon does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final, Literal

INFECTED = b"what-nobody-wants"
"""A file with these bytes in it is blocked, as `SIGNATURE`."""
SIGNATURE = "Test.Nobody.Wants"

Fault = Literal["answers_early", "cuts_off", "says_error", "says_nothing", "says_nonsense"]

_FAILS: Final[dict[Fault, bytes]] = {
    "answers_early": b"stream: OK\0",
    "cuts_off": b"",
    "says_error": b"stream: Can't allocate memory ERROR\0",
    "says_nothing": b"",
    "says_nonsense": b"x" * 10_000,
}


class FakeClamd:
    """`seen` are the files that it looked at; `fault` is how it fails, if it does."""

    def __init__(self, *, max_bytes: int = 1 << 30) -> None:
        self.seen: list[bytes] = []
        self.fault: Fault | None = None
        self.port = 0
        self._max_bytes = max_bytes
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"tcp://127.0.0.1:{self.port}"

    async def listen(self) -> None:
        """On loopback; again where it did before."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def leave(self) -> None:
        """Nobody listens any more."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            writer.write(await self._answer(reader))
            await writer.drain()
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> bytes:
        if await reader.readexactly(10) != b"zINSTREAM\0":
            return b"UNKNOWN COMMAND\0"
        content = bytearray()
        while size := int.from_bytes(await reader.readexactly(4), "big"):
            if self.fault in {"answers_early", "cuts_off"}:
                return _FAILS[self.fault]
            content += await reader.readexactly(size)
            if len(content) > self._max_bytes:
                return b"INSTREAM size limit exceeded. ERROR\0"
        self.seen.append(bytes(content))
        if self.fault == "says_nothing":
            await reader.read()
        if self.fault is not None:
            return _FAILS[self.fault]
        return f"stream: {SIGNATURE} FOUND\0".encode() if INFECTED in content else b"stream: OK\0"


@asynccontextmanager
async def fake_clamd(*, max_bytes: int = 1 << 30) -> AsyncIterator[FakeClamd]:
    """One that listens on loopback."""
    clamd = FakeClamd(max_bytes=max_bytes)
    await clamd.listen()
    try:
        yield clamd
    finally:
        await clamd.leave()
