"""HTTP/1.1 connections for load: one request at a time each, no client library in the way."""

import asyncio
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import cast
from urllib.parse import urlsplit

import httptools


class Answer:
    """What httptools reports while it parses one answer."""

    __slots__ = ("body", "complete", "status")

    def __init__(self) -> None:
        self.status = 0
        self.body = b""
        self.complete = False

    def on_body(self, part: bytes) -> None:
        """A part of the body."""
        self.body += part

    def on_message_complete(self) -> None:
        """The answer is whole."""
        self.complete = True


class Connection(asyncio.Protocol):
    """One connection that is kept alive; open it again after it broke."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.host = parts.hostname or "127.0.0.1"
        self.port = parts.port or 80
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Answer] | None = None
        self._answer = Answer()
        self._parser: httptools.HttpResponseParser | None = None

    async def __aenter__(self) -> "Connection":
        await self.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    async def open(self) -> None:
        """Connect. Raises OSError."""
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self, self.host, self.port)

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio: connected."""
        # uvloop's transports are no subclass of asyncio's.
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio: hung up by the other side, or broken."""
        self._transport = None
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(exc or ConnectionResetError("connection closed"))

    def data_received(self, data: bytes) -> None:
        """asyncio: a piece of the answer."""
        assert self._parser is not None
        self._parser.feed_data(data)
        if self._answer.complete and self._waiting is not None and not self._waiting.done():
            self._answer.status = self._parser.get_status_code()
            self._waiting.set_result(self._answer)

    async def request(self, head_and_body: bytes) -> Answer:
        """Send one whole request and wait for its answer. Raises OSError."""
        if self._transport is None:
            await self.open()
        assert self._transport is not None
        self._answer = Answer()
        self._parser = httptools.HttpResponseParser(self._answer)
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(head_and_body)
        return await self._waiting


class RefusedError(Exception):
    """A request was not answered with a success."""


async def send_all(url: str, requests: Iterable[bytes], at_once: int) -> None:
    """Send whole requests, some at once. Raises RefusedError, OSError."""
    left = iter(requests)

    async def some() -> None:
        async with Connection(url) as connection:
            for request in left:
                answer = await connection.request(request)
                if answer.status >= 300:
                    raise RefusedError(f"{answer.status}: {answer.body[:300]!r}")

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(some())


def post_request(url: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """A whole POST; the headers say what the body is."""
    parts = urlsplit(url)
    lines = [f"POST {parts.path} HTTP/1.1", f"Host: {parts.netloc}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def get_request(url: str, path: str, headers: dict[str, str]) -> bytes:
    """A whole GET."""
    parts = urlsplit(url)
    lines = [f"GET {path} HTTP/1.1", f"Host: {parts.netloc}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
