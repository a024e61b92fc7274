"""How fast a number sends: slower for a while after its provider said that it sends too fast."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

SLOWEST: Final = 4
SLOW_FOR: Final = timedelta(minutes=10)
STEP: Final = timedelta(seconds=10)
"""What is told again within it is of what was sent before."""

_FACTOR: Final = 4


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """`slowness` counts how often it was told lately, until `until`."""

    slowness: int = 0
    until: datetime | None = None

    def is_slow(self, now: datetime) -> bool:
        """Whether it is slower than it could be."""
        return self.until is not None and now < self.until


def slowed(pace: Pace, now: datetime) -> Pace:
    """The pace after it was told once more: each time four times slower, up to a limit."""
    if pace.until is not None and now < pace.until - SLOW_FOR + STEP:
        return pace
    known = pace.slowness if pace.is_slow(now) else 0
    return Pace(slowness=min(known + 1, SLOWEST), until=now + SLOW_FOR)


def gap(pace: Pace, shortest: float, now: datetime) -> timedelta:
    """How long the number rests between two messages, `shortest` (seconds) at best.

    Of 80 messages a second there are left 20, 5, 1.25, and at last one in 3.2 seconds.
    """
    times = _FACTOR**pace.slowness if pace.is_slow(now) else 1
    return timedelta(seconds=shortest * times)
