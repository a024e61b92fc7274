"""Head and body of an answer in one packet.

uvicorn writes them one after the other, and uvloop hands each write to the kernel at once: two
system calls here, and two packets that wake the reader twice. What is written in one turn of the
event loop is joined.
"""

import asyncio
from typing import Any, Final

ENOUGH: Final = 64 * 1024
"""Bytes that are not kept back: a large body has its own flow control."""


class JoinedWrites:
    """A transport whose writes reach the other one at the end of a turn of the loop, joined."""

    __slots__ = ("_handle", "_loop", "_parts", "_size", "inner")

    def __init__(self, inner: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self.inner = inner
        self._loop = loop
        self._parts: list[bytes] = []
        self._size = 0
        self._handle: asyncio.Handle | None = None

    def write(self, data: bytes) -> None:
        """Write it before this turn ends, or at once when it is much."""
        self._parts.append(data)
        self._size += len(data)
        if self._size >= ENOUGH:
            self.flush()
        elif self._handle is None:
            self._handle = self._loop.call_soon(self.flush)

    def close(self) -> None:
        """Write what is kept, then close."""
        self.flush()
        self.inner.close()

    def is_closing(self) -> bool:
        """Whether the other one closes, or is closed."""
        return self.inner.is_closing()

    def flush(self) -> None:
        """Write what is kept."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        parts, self._parts, self._size = self._parts, [], 0
        if parts and not self.inner.is_closing():
            self.inner.write(parts[0] if len(parts) == 1 else b"".join(parts))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)
