"""Requests taken in advance: whoever asks often pays for few round trips.

The first request of a key asks Redis for one. When what was taken is used up within a second, the
next round trip takes twice as much, up to a hundredth of the quota; what is left over after that
second is forfeited. So no more pass than the quota allows, and a caller who comes in bursts loses
at most a hundredth of it to each process.
"""

import time
from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from platform_cache.limits import Asked
from platform_cache.quota import Verdict

HELD_SECONDS: Final = 1.0
SHARE: Final = 100
"""At most one in so many of a quota is taken at once."""

MAX_KEYS: Final = 65_536

Keys = tuple[str, ...]


class Limiter(Protocol):
    """What is asked for more."""

    async def take(self, asked: Asked, count: int = 1) -> Verdict:
        """Count so many requests against all of these keys, or against none.

        Raises:
            RedisAway
        """
        ...


class Advance(msgspec.Struct):
    """What was taken and is not used yet. `verdict` is Redis' word of when it was taken."""

    verdict: Verdict
    taken: int
    left: int
    until: float


class Advances:
    """The requests that one process has taken in advance; bounded, the oldest go first."""

    def __init__(self, limiter: Limiter, clock: Callable[[], float] = time.monotonic) -> None:
        self._limiter = limiter
        self._clock = clock
        self._held: dict[Keys, Advance] = {}

    async def take(self, asked: Asked) -> Verdict:
        """Count one request against all of these keys, or against none if one has no more.

        Raises:
            RedisAway: nothing is known; the request may have been counted.
        """
        keys = tuple(key for key, _ in asked)
        now = self._clock()
        held = self._held.get(keys)
        if held is None or now >= held.until:
            count = 1
        elif held.left:
            held.left -= 1
            return _of(held)
        else:
            count = max(1, min(held.taken * 2, *(quota.requests // SHARE for _, quota in asked)))
        verdict = await self._limiter.take(asked, count)
        if not verdict.allowed and count > 1:
            count = 1
            verdict = await self._limiter.take(asked)
        if not verdict.allowed:
            self._held.pop(keys, None)
            return verdict
        taken = Advance(verdict=verdict, taken=count, left=count - 1, until=now + HELD_SECONDS)
        self._keep(keys, taken)
        return _of(taken)

    def _keep(self, keys: Keys, taken: Advance) -> None:
        held = self._held.pop(keys, None)
        if held is not None and held.left and self._clock() < held.until:
            # Another request of the same moment has taken some as well.
            taken.left += held.left
        self._held[keys] = taken
        while len(self._held) > MAX_KEYS:
            del self._held[next(iter(self._held))]


def _of(held: Advance) -> Verdict:
    verdict = held.verdict
    return Verdict(
        allowed=True,
        quota=verdict.quota,
        remaining=verdict.remaining + held.left,
        reset=verdict.reset,
        retry_after=0.0,
    )
