"""The limiter of one process alone, by the same rule: for when Redis is away."""

import time
from collections.abc import Sequence
from typing import Final

from platform_cache.quota import Quota, Verdict, ahead, verdict

MAX_KEYS: Final = 65_536


class LocalLimiter:
    """Counts in memory; bounded, and the key that was used least lately goes first."""

    def __init__(self, max_keys: int = MAX_KEYS) -> None:
        self._max = max_keys
        self._arrivals: dict[str, int] = {}

    def take(self, asked: Sequence[tuple[str, Quota]], now: int | None = None) -> Verdict:
        """Count one request against all of these keys, or against none if one has no more.

        `now` is in microseconds since 1970.
        """
        now = time.time_ns() // 1000 if now is None else now
        quotas = [quota for _, quota in asked]
        steps = [ahead(self._arrivals.get(key), now, quota) for key, quota in asked]
        after, over = [step[0] for step in steps], [step[1] for step in steps]
        if max(over) == 0:
            for (key, _), arrival in zip(asked, after, strict=True):
                self._keep(key, arrival)
        return verdict(after, over, now, quotas)

    def _keep(self, key: str, arrival: int) -> None:
        # Taken out and put in again: the dictionary's order is the order of use.
        self._arrivals.pop(key, None)
        self._arrivals[key] = arrival
        while len(self._arrivals) > self._max:
            del self._arrivals[next(iter(self._arrivals))]
