"""The one HTTP client of the gateway: pooled, kept alive, unaware of cookies and redirects."""

import asyncio

import aiohttp

CONNECT_SECONDS = 2.0
# To get a connection at all, when the pool of a service is used up.
WAIT_SECONDS = 5.0
PER_SERVICE = 512
# Shorter than the services keep a connection (75 s): the client always hangs up first, so no
# request is sent into a connection that is being closed.
KEEP_ALIVE_SECONDS = 60.0


ANSWER_SECONDS = 30.0


def timeouts(answer: float) -> aiohttp.ClientTimeout:
    """The deadlines of a request whose answer may take `answer` seconds to begin and to go on."""
    return aiohttp.ClientTimeout(
        total=None, connect=WAIT_SECONDS, sock_connect=CONNECT_SECONDS, sock_read=answer
    )


class Upstream:
    """A supervised part that owns the client session."""

    name = "upstream"

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        """The open session. Raises `RuntimeError` before `start` and after `stop`."""
        if self._session is None:
            raise RuntimeError("the client is not open")
        return self._session

    @property
    def ready(self) -> bool:
        """Whether requests can be sent."""
        return self._session is not None

    async def start(self) -> None:
        """Open the pool; connections are made when they are needed."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,
                limit_per_host=PER_SERVICE,
                keepalive_timeout=KEEP_ALIVE_SECONDS,
            ),
            timeout=timeouts(ANSWER_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
        )
        # It would send PUT and DELETE again as well; what is sent again is decided in one place.
        self._session._retry_connection = False

    async def stop(self) -> None:
        """Close the pool."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()
            # The transports close in the next turns of the loop.
            await asyncio.sleep(0)
