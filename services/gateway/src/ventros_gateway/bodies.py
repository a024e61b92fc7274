"""What a client sends: bounded in size and in time, passed on as it comes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from typing import Any, Final

from litestar.types import Receive

# A body has this long to begin, and from then on must come at least this fast.
GRACE_SECONDS: Final = 10.0
SLOWEST: Final = 8 * 1024  # bytes a second
# For so long the rest of a refused body is read and thrown away.
DISCARD_SECONDS: Final = 2.0


class ClientGone(Exception):
    """The client hung up while its body was being read."""


class BodyRefused(Exception):
    """The body is too large or too slow. `status` and `code` are the answer's."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail


class Body:
    """The body of one request. `failure` says what stopped it while it was passed on."""

    def __init__(self, receive: Receive, *, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._patience = GRACE_SECONDS
        self._size = 0
        self.ended = False
        self.failure: ClientGone | BodyRefused | None = None

    async def begin(
        self, headers: Iterable[tuple[bytes, bytes]]
    ) -> bytes | AsyncIterator[bytes] | None:
        """Nothing, all of it when it has come already, else a stream.

        Raises:
            ClientGone
            BodyRefused: it declares to be too large, is, or does not begin to come.
        """
        declared = streamed = False
        for name, value in headers:
            if name == b"content-length":
                declared = True
                if int(value) > self._limit:
                    raise _too_large(self._limit)
            elif name == b"transfer-encoding":
                streamed = True
        if not declared and not streamed:
            # RFC 9112, 6.3: without either there is none, and nothing to wait for.
            self.ended = True
            return None
        first = await self._next()
        if not self.ended:
            return self._stream(first)
        return first if first or declared else None

    async def discard(self) -> None:
        """Read on for a moment."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DISCARD_SECONDS):
                while not self.ended:
                    message: Any = await self._receive()
                    self.ended = not message.get("more_body", False)

    async def _stream(self, first: bytes) -> AsyncIterator[bytes]:
        chunk = first
        try:
            while True:
                if chunk:
                    yield chunk
                if self.ended:
                    return
                chunk = await self._next()
        except (ClientGone, BodyRefused) as failure:
            self.failure = failure
            raise

    async def _next(self) -> bytes:
        message = await self._within_time()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk: bytes = message.get("body", b"")
        self._size += len(chunk)
        if self._size > self._limit:
            raise _too_large(self._limit)
        self.ended = not message.get("more_body", False)
        return chunk

    async def _within_time(self) -> Any:
        try:
            async with asyncio.timeout(self._patience):
                started = asyncio.get_running_loop().time()
                message: Any = await self._receive()
        except TimeoutError as error:
            raise BodyRefused(408, "request_timeout", "The body came too slowly.") from error
        # What was waited is taken off the patience, what came is added to it.
        self._patience -= asyncio.get_running_loop().time() - started
        came = len(message.get("body", b"")) / SLOWEST
        self._patience = min(GRACE_SECONDS, self._patience + came)
        return message


def _too_large(limit: int) -> BodyRefused:
    return BodyRefused(413, "body_too_large", f"The body is larger than {limit} bytes.")
