"""How often a caller may ask: counted in Redis for all gateways, or here alone when it is away."""

import math
import time
from collections.abc import Sequence
from typing import Any, Final

from platform_cache import CacheSettings, Quota, RedisAway, Verdict, make_client
from platform_cache.advance import Advances
from platform_cache.limits import RedisLimiter
from platform_cache.local import LocalLimiter
from platform_core.errors import DomainError, Unavailable
from platform_telemetry import counter, get_logger
from ventros_gateway.callers import Caller
from ventros_gateway.route_classes import RouteClass, Whose

log = get_logger(__name__)

# For so long nobody asks a Redis that did not answer.
REST_SECONDS: Final = 1.0

Headers = list[tuple[bytes, bytes]]
Asked = Sequence[tuple[str, Quota]]

_refused = counter(
    "gateway_rate_limited", "Requests over their limit, by route class", ("route_class",)
)
_alone = counter(
    "gateway_limited_alone", "Requests counted without Redis, by route class", ("route_class",)
)


class RateLimited(DomainError):
    """The quota is used up. `headers` say of which, and until when."""

    kind = "rate_limited"
    code = "rate_limited"

    def __init__(self, detail: str, headers: Headers) -> None:
        super().__init__(detail)
        self.headers = headers


class Limits:
    """A supervised part that owns the connection to Redis."""

    name = "limits"

    def __init__(self, settings: CacheSettings) -> None:
        self._settings = settings
        self._client: Any = None
        self._redis: RedisLimiter | None = None
        self._advances: Advances | None = None
        self._local = LocalLimiter()
        self._away_until = float("-inf")
        self._policies: dict[tuple[str, tuple[Whose, ...]], bytes] = {}

    @property
    def ready(self) -> bool:
        """Always: without Redis it counts alone, and what may not be is refused one by one."""
        return self._redis is not None

    async def start(self) -> None:
        """Make the client; it connects when it is first needed."""
        self._client = make_client(self._settings)
        self._redis = RedisLimiter(self._client, timeout=self._settings.redis_timeout)
        self._advances = Advances(self._redis)

    async def stop(self) -> None:
        """Close the connections."""
        if self._redis is not None:
            await self._redis.close()
            await self._client.aclose()
            self._redis = self._advances = None

    async def of_caller(self, kind: RouteClass, caller: Caller) -> Headers:
        """Count a request of a caller whom we know; the headers that tell them what is left.

        Raises:
            RateLimited
        """
        asked = caller.asked.get(kind.name)
        if asked is None:
            principal = caller.principal
            asked = caller.asked[kind.name] = _asked(
                kind, {"caller": str(principal.subject), "tenant": str(principal.tenant_id)}
            )
        return await self._take(kind, ("caller", "tenant"), asked)

    async def of_address(self, kind: RouteClass, address: str, webhook: str | None) -> Headers:
        """Count a request of somebody whom we do not know.

        Raises:
            RateLimited
            Unavailable: it may not be let through uncounted, and Redis is away.
        """
        if webhook is None:
            return await self._take(kind, ("address",), _asked(kind, {"address": address}))
        asked = _asked(kind, {"webhook": webhook, "address": address})
        return await self._take(kind, ("webhook", "address"), asked)

    async def _take(self, kind: RouteClass, whom: tuple[Whose, ...], asked: Asked) -> Headers:
        verdict = await self._verdict(kind, asked)
        policy = self._policies.get((kind.name, whom))
        if policy is None:
            policy = self._policies[kind.name, whom] = _policy(kind, whom)
        left = f'"{whom[verdict.quota]}";r={verdict.remaining};t={math.ceil(verdict.reset)}'
        headers = [(b"ratelimit-policy", policy), (b"ratelimit", left.encode())]
        if verdict.allowed:
            return headers
        _refused.labels(kind.name).inc()
        headers.append((b"retry-after", str(max(1, math.ceil(verdict.retry_after))).encode()))
        raise RateLimited(f"Too many requests of this {whom[verdict.quota]}.", headers)

    async def _verdict(self, kind: RouteClass, asked: Asked) -> Verdict:
        if self._advances is not None and time.monotonic() >= self._away_until:
            try:
                return await self._advances.take(asked)
            except RedisAway as error:
                if time.monotonic() >= self._away_until:
                    log.warning("redis_away", error=str(error))
                self._away_until = time.monotonic() + REST_SECONDS
        if kind.needs_redis:
            raise Unavailable("Signing in is away for the moment.", code="limits_unavailable")
        _alone.labels(kind.name).inc()
        return self._local.take(asked)


def _asked(kind: RouteClass, whom: dict[Whose, str]) -> Asked:
    return tuple(
        (f"limit:{kind.name}:{whose}:{name}", kind.quotas[whose]) for whose, name in whom.items()
    )


def _policy(kind: RouteClass, whom: tuple[Whose, ...]) -> bytes:
    quotas = ((whose, kind.quotas[whose]) for whose in whom)
    return ", ".join(f'"{w}";q={quota.requests};w={quota.window}' for w, quota in quotas).encode()
