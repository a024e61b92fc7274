"""Files on their way to WAHA: handed over whole as base64 up to a size, else by our link.

Whole, because a WAHA in a network of its own often does not reach us; by a link beyond that,
because WAHA holds a body in memory more than once.
"""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from ventros_channels.domain.adapter import NotSent
from ventros_channels.domain.file_out import FileOut

WHOLE_BYTES: Final = 16 * 1024 * 1024
"""The largest file that is handed over whole."""
AT_ONCE: Final = 4
"""Files that one process holds in memory at the same time."""


class Given:
    """How a file is given: `data` in base64, or `url`."""

    def __init__(self, *, data: str | None = None, url: str | None = None) -> None:
        self.data = data
        self.url = url


class FilesOut:
    """Bounds the memory of files that are handed over."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._room = asyncio.Semaphore(at_once)

    @asynccontextmanager
    async def given(self, file: FileOut | None) -> AsyncIterator[Given | None]:
        """The file while its message is being sent; None where none of ours is.

        Raises:
            NotSent: `media` for a file that is gone, or too large to be handed over where nobody
                outside reaches us.
        """
        if file is None:
            yield None
        elif file.size_bytes <= WHOLE_BYTES:
            async with self._room:
                whole = b"".join([chunk async for chunk in file.chunks()])
                yield Given(data=b64encode(whole).decode())
        elif file.url is not None:
            yield Given(url=file.url)
        else:
            raise NotSent("media", "The file is too large to be handed over without a link.")
