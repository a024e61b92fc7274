"""Identity's public keys: fetched at start, every minute, and for a key not yet known."""

import asyncio
import contextlib
import time
from collections.abc import Mapping

import aiohttp
from cryptography.hazmat.primitives.asymmetric import ec

from platform_auth.keys import parse_jwk_set
from platform_core.errors import Unavailable
from platform_telemetry import get_logger
from ventros_gateway.upstream import Upstream

log = get_logger(__name__)

# How long a key may be taken that identity has dropped after a leak.
REFRESH_SECONDS = 60.0
RETRY_SECONDS = 0.5
# However many tokens name a key that does not exist, identity is asked no more often than this.
UNKNOWN_KEY_SECONDS = 5.0
FETCH_SECONDS = 2.0


class KeySet:
    """A supervised part that holds the keys."""

    name = "keys"

    def __init__(self, upstream: Upstream, identity_url: str) -> None:
        self._upstream = upstream
        self._url = identity_url.rstrip("/") + "/.well-known/jwks.json"
        self._keys: Mapping[str, ec.EllipticCurvePublicKey] = {}
        self._fetched_for_unknown = float("-inf")
        self._lock = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    @property
    def ready(self) -> bool:
        """Whether there is a key at all; old ones are used while identity is away."""
        return bool(self._keys)

    @property
    def alive(self) -> bool:
        """Whether the refreshing goes on."""
        return self._task is None or not self._task.done()

    async def start(self) -> None:
        """Begin to fetch, without waiting for identity."""
        self._task = asyncio.create_task(self._refresh(), name="keys")

    async def stop(self) -> None:
        """Stop fetching; the keys stay."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def keys_for(self, kid: str) -> Mapping[str, ec.EllipticCurvePublicKey]:
        """The keys, with `kid` among them if identity has it.

        Raises:
            Unavailable: no key has been fetched yet.
        """
        if kid not in self._keys:
            async with self._lock:
                await self._fetch_for_unknown(kid)
        if not self._keys:
            raise Unavailable("Sign-in is away for the moment.", code="keys_unavailable")
        return self._keys

    async def _fetch_for_unknown(self, kid: str) -> None:
        now = time.monotonic()
        if kid in self._keys or now - self._fetched_for_unknown < UNKNOWN_KEY_SECONDS:
            return
        self._fetched_for_unknown = now
        await self._fetch()

    async def _refresh(self) -> None:
        while True:
            fetched = await self._fetch()
            await asyncio.sleep(REFRESH_SECONDS if fetched else RETRY_SECONDS)

    async def _fetch(self) -> bool:
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                async with self._upstream.session.get(self._url) as answer:
                    answer.raise_for_status()
                    keys = parse_jwk_set(await answer.read())
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            log.warning("keys_not_fetched", error=type(error).__name__, have=len(self._keys))
            return False
        if not keys:
            log.warning("keys_not_fetched", error="the key set is empty", have=len(self._keys))
            return False
        self._keys = keys
        return True
