"""How often: the generic cell rate algorithm (GCRA) as a pure rule.

One number is kept per key, the theoretical arrival time: when the key would be back at a full
quota. A request moves it by one interval; it is refused when that would bring it further than one
window ahead. So a key that rested may spend its whole quota at once, and then has one request each
interval. All times are whole microseconds, so that Lua and Python count alike.
"""

import re
from typing import Final

import msgspec

SECOND: Final = 1_000_000

_TEXT = re.compile(r"([1-9][0-9]{0,8})/([1-9][0-9]{0,5})")


class Quota(msgspec.Struct, frozen=True, kw_only=True):
    """`requests` in `window` seconds."""

    requests: int
    window: int

    @property
    def interval(self) -> int:
        """Microseconds in which one request is earned."""
        return max(1, self.window * SECOND // self.requests)

    @property
    def depth(self) -> int:
        """How far ahead of now the theoretical arrival time may be, in microseconds."""
        return self.interval * self.requests

    @classmethod
    def parse(cls, text: str) -> "Quota":
        """Read `600/60`: 600 requests in 60 seconds. Raises `ValueError`."""
        found = _TEXT.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is not requests/seconds, such as 600/60")
        return cls(requests=int(found[1]), window=int(found[2]))


class Verdict(msgspec.Struct, frozen=True):
    """Whether a request may go on, with what is left of the quota that is nearest its end.

    `quota` is that quota's place among those asked about. `remaining` requests may come at once;
    in `reset` seconds the quota is full again; a refused request may come in `retry_after` seconds.
    """

    allowed: bool
    quota: int
    remaining: int
    reset: float
    retry_after: float


def ahead(arrival: int | None, now: int, quota: Quota) -> tuple[int, int]:
    """The arrival time after one more request, and by how much that is too far (0: it is not)."""
    after = max(arrival or 0, now) + quota.interval
    return after, max(0, after - now - quota.depth)


def verdict(after: list[int], over: list[int], now: int, quotas: list[Quota]) -> Verdict:
    """Of all quotas that a request counts against, the one that the caller should know of.

    `after` are the arrival times if the request counts, `over` by how much each is too far.
    """
    refused = max(over) > 0
    worst, fewest = 0, -1
    for place, quota in enumerate(quotas):
        spent = after[place] - now
        left = 0 if over[place] else (quota.depth - spent) // quota.interval
        better = over[place] > over[worst] if refused else fewest < 0 or left < fewest
        if better or place == 0:
            worst, fewest = place, left
    spent = after[worst] - now - (quotas[worst].interval if refused else 0)
    return Verdict(
        allowed=not refused,
        quota=worst,
        remaining=fewest,
        reset=spent / SECOND,
        retry_after=over[worst] / SECOND,
    )
