"""Call an address of a customer's and read a bounded answer, within a bounded time."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final, Literal

import aiohttp
import msgspec
from aiohttp.abc import AbstractResolver

from platform_outbound.networks import SCHEMES, Network, check_url
from platform_outbound.resolving import CheckedResolver

TIMEOUT_SECONDS: Final = 15.0
CONNECTIONS: Final = 64
CONNECTIONS_PER_HOST: Final = 8
_USER_AGENT: Final = "Ventros/1"
_CHUNK: Final = 65_536

Method = Literal["GET", "POST", "PUT", "DELETE"]
Reason = Literal["timed_out", "unreachable", "too_large", "compressed"]


class CallFailed(Exception):
    """The address was called and did not answer as it must.

    `connected` is False when no connection came about, so that nothing was sent for certain.
    """

    def __init__(self, reason: Reason, *, connected: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.connected = connected


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came back; names of headers are in lower case, the last of several counts."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """An answer whose body has not come yet: `chunks` are read once, inside the call."""

    status: int
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes]


class Outbound:
    """Calls addresses that customers gave us; `allow` are inner networks for tests.

    The session is opened by the first call. A slow host of one customer holds no more than its
    share of the connections. With `keep`, a connection serves the next call of the same host within
    so many seconds (decision 36): less than what servers allow, so that none closes it meanwhile.
    """

    def __init__(
        self,
        *,
        allow: Sequence[Network] = (),
        resolver: AbstractResolver | None = None,
        timeout: float = TIMEOUT_SECONDS,
        keep: float | None = None,
    ) -> None:
        self._allow = tuple(allow)
        self._resolver = resolver
        self._timeout = timeout
        self._keep = keep
        self._session: aiohttp.ClientSession | None = None

    async def call(
        self,
        method: Method,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        max_bytes: int,
        schemes: frozenset[str] = SCHEMES,
    ) -> Answer:
        """One request, one answer, whatever its status; a redirect is an answer and not followed.

        Raises:
            AddressRefused: nothing was sent.
            CallFailed
        """
        async with self.stream(
            method, url, headers=headers, body=body, timeout=self._timeout, schemes=schemes
        ) as answer:
            content = await read_all(answer.chunks, max_bytes)
            return Answer(status=answer.status, headers=answer.headers, body=content)

    @asynccontextmanager
    async def stream(
        self,
        method: Method,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | AsyncIterable[bytes] | None = None,
        timeout: float,
        schemes: frozenset[str] = SCHEMES,
    ) -> AsyncIterator[Stream]:
        """As `call`, for a body that is read as it comes; `timeout` seconds for all of it.

        A `body` in pieces is sent as they come, chunked unless a header says its length; what they
        raise is raised here. Whoever reads the chunks counts them. Raises:
            AddressRefused: nothing was sent.
            CallFailed: also while the chunks are read.
        """
        target = check_url(url, self._allow, schemes)
        pieces = None if body is None or isinstance(body, bytes) else _Pieces(body)
        # The same names for all: what the caller says of these does not count.
        given = {**(headers or {}), "User-Agent": _USER_AGENT, "Accept-Encoding": "identity"}
        try:
            async with (
                asyncio.timeout(timeout),
                self._opened().request(
                    method, target, headers=given, data=pieces or body, allow_redirects=False
                ) as response,
            ):
                if response.headers.get("Content-Encoding", "identity").lower() != "identity":
                    raise CallFailed("compressed")
                yield Stream(
                    status=response.status,
                    headers={name.lower(): value for name, value in response.headers.items()},
                    chunks=_chunks(response.content),
                )
        except TimeoutError as error:
            raise CallFailed("timed_out") from error
        except aiohttp.ClientConnectorError as error:
            raise CallFailed("unreachable", connected=False) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            if pieces is not None and pieces.error is not None:
                raise pieces.error from None
            raise CallFailed("unreachable") from error

    async def close(self) -> None:
        """Close what is open."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            inner = self._resolver or aiohttp.ThreadedResolver()
            connector = aiohttp.TCPConnector(
                resolver=CheckedResolver(inner, self._allow),
                use_dns_cache=False,
                force_close=self._keep is None,
                keepalive_timeout=self._keep,
                limit=CONNECTIONS,
                limit_per_host=CONNECTIONS_PER_HOST,
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                timeout=aiohttp.ClientTimeout(total=None),
            )
        return self._session


class _Pieces:
    """A body that is sent as it comes, and what went wrong with it: the client tells only that the
    connection broke."""

    def __init__(self, body: AsyncIterable[bytes]) -> None:
        self._body = body
        self.error: Exception | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._body:
                yield piece
        except Exception as error:
            self.error = error
            raise


async def _chunks(stream: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    while True:
        try:
            chunk = await stream.read(_CHUNK)
        except (aiohttp.ClientError, OSError) as error:
            raise CallFailed("unreachable") from error
        if not chunk:
            return
        yield chunk


async def read_all(chunks: AsyncIterator[bytes], max_bytes: int) -> bytes:
    """The chunks in one. Raises `CallFailed` for more than `max_bytes`."""
    content = bytearray()
    async for chunk in chunks:
        content += chunk
        if len(content) > max_bytes:
            raise CallFailed("too_large")
    return bytes(content)
