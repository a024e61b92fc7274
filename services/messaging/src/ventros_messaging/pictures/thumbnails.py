"""Small pictures of large ones, made in a process with limits: a stranger's file may be a bomb."""

import asyncio
import sys
from typing import Final

import msgspec

EDGE: Final = 480
"""Pixels of the longer side."""
SECONDS: Final = 15.0
AT_ONCE: Final = 2


class Small(msgspec.Struct, frozen=True, kw_only=True):
    """A WebP, and how large the picture is that it shows, in pixels."""

    width: int
    height: int
    content: bytes


class Shrinking:
    """Bounds how many are made at once."""

    def __init__(self, *, at_once: int = AT_ONCE, seconds: float = SECONDS) -> None:
        self._room = asyncio.Semaphore(at_once)
        self._seconds = seconds

    async def small(self, content: bytes) -> Small | None:
        """A small one; None for what is no picture, or one that is too much."""
        async with self._room:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "ventros_messaging.pictures.shrink", str(EDGE)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
            try:
                said, _ = await asyncio.wait_for(process.communicate(content), self._seconds)
            except TimeoutError:
                return None
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        if process.returncode != 0:
            return None
        size, _, small = said.partition(b"\n")
        width, height = size.split()
        return Small(width=int(width), height=int(height), content=small)
