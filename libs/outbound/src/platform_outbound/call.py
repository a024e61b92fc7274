"""Call an address of a customer's and read a bounded answer, within a bounded time."""

import asyncio
from collections.abc import Mapping, Sequence
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


class Outbound:
    """Calls addresses that customers gave us; `allow` are inner networks for tests.

    The session is opened by the first call. A slow host of one customer holds no more than its
    share of the connections.
    """

    def __init__(
        self,
        *,
        allow: Sequence[Network] = (),
        resolver: AbstractResolver | None = None,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        self._allow = tuple(allow)
        self._resolver = resolver
        self._timeout = timeout
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
        target = check_url(url, self._allow, schemes)
        # The same names for all: what the caller says of these does not count.
        given = {**(headers or {}), "User-Agent": _USER_AGENT, "Accept-Encoding": "identity"}
        try:
            async with (
                asyncio.timeout(self._timeout),
                self._opened().request(
                    method, target, headers=given, data=body, allow_redirects=False
                ) as response,
            ):
                if response.headers.get("Content-Encoding", "identity").lower() != "identity":
                    raise CallFailed("compressed")
                content = await _read(response.content, max_bytes)
                names = {name.lower(): value for name, value in response.headers.items()}
                return Answer(status=response.status, headers=names, body=content)
        except TimeoutError as error:
            raise CallFailed("timed_out") from error
        except aiohttp.ClientConnectorError as error:
            raise CallFailed("unreachable", connected=False) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
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
                force_close=True,
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


async def _read(stream: aiohttp.StreamReader, max_bytes: int) -> bytes:
    content = bytearray()
    while chunk := await stream.read(min(_CHUNK, max_bytes + 1 - len(content))):
        content += chunk
        if len(content) > max_bytes:
            raise CallFailed("too_large")
    return bytes(content)
