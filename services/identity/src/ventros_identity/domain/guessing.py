"""How often something may be tried that can be guessed, and when again.

A counter leaks: what was counted is forgotten evenly over its window, so there is no moment at
which a guesser begins anew. An attempt is counted before it is known whether it is right, so that
many at once do not slip through; one that was right is taken back.
"""

import hashlib
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

import msgspec

from platform_core.errors import DomainError


class TooManyAttempts(DomainError):
    """Too much was tried; `retry_after` seconds have to pass."""

    kind = "rate_limited"
    code = "too_many_attempts"

    def __init__(self, retry_after: float) -> None:
        super().__init__("Too many attempts. Try again later.")
        self.retry_after = retry_after


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """`free` attempts a window; each one beyond is followed by a pause that doubles, at most
    `longest`."""

    name: str
    free: int
    window: timedelta
    pause: timedelta
    longest: timedelta


_SECONDS_30: Final = timedelta(seconds=30)
_HOUR: Final = timedelta(hours=1)
PAIR: Final = Limit(name="pair", free=10, window=_HOUR, pause=_SECONDS_30, longest=_HOUR)
"""One address guessing one e-mail address."""
EMAIL: Final = Limit(
    name="email", free=30, window=timedelta(hours=24), pause=_SECONDS_30, longest=_HOUR
)
"""One e-mail address, guessed from everywhere."""
ADDRESS: Final = Limit(
    name="address", free=100, window=timedelta(hours=24), pause=_SECONDS_30, longest=_HOUR
)
"""One address guessing everybody; many people may sit behind it."""
DEVICE: Final = Limit(name="device", free=20, window=_HOUR, pause=_SECONDS_30, longest=_HOUR)
"""A device that has signed in with this e-mail address before."""
USER: Final = Limit(name="user", free=5, window=_HOUR, pause=_SECONDS_30, longest=_HOUR)
"""A signed-in user who has to prove the password again."""
FACTOR: Final = Limit(name="factor", free=5, window=_HOUR, pause=_SECONDS_30, longest=_HOUR)
"""The second factor of one user."""
EXTERNAL: Final = Limit(name="external", free=300, window=_HOUR, pause=_SECONDS_30, longest=_HOUR)
"""One address with sign-ins at external providers; a whole office may sit behind it."""
CLIENT: Final = Limit(name="client", free=60, window=_HOUR, pause=_SECONDS_30, longest=_HOUR)
"""One address guessing the secret of one application; many of its processes may begin at once."""
RESET: Final = Limit(name="reset", free=3, window=_HOUR, pause=_HOUR, longest=timedelta(hours=6))
"""Mails that reset the password of one e-mail address."""
CONFIRMATION: Final = Limit(
    name="confirmation", free=3, window=_HOUR, pause=_HOUR, longest=timedelta(hours=6)
)
"""Mails that ask one e-mail address to be confirmed."""


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What is counted, by which limit."""

    limit: Limit
    value: str

    @property
    def key(self) -> bytes:
        """What is stored of it."""
        return hashlib.sha256(f"{self.limit.name}\n{self.value}".encode()).digest()


class Counter(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted until `counted_at`."""

    failures: float
    counted_at: datetime
    blocked_until: datetime | None


def subjects_of(email: str, address: str | None, device: str | None) -> list[Subject]:
    """What a sign-in is counted by.

    A known device is counted on its own: whatever strangers try, its owner can sign in.
    """
    if device is not None:
        return [Subject(limit=DEVICE, value=f"{device}\n{email}")]
    near = neighbourhood(address)
    return [
        Subject(limit=PAIR, value=f"{near}\n{email}"),
        Subject(limit=EMAIL, value=email),
        Subject(limit=ADDRESS, value=near),
    ]


def neighbourhood(address: str | None) -> str:
    """The address, of IPv6 its /64: whoever has one address there has all of them."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(IPv6Network((found, 64), strict=False))
    return str(found)


def counted(counter: Counter, limit: Limit, now: datetime) -> Counter:
    """The counter after one more attempt."""
    failures = _left(counter, limit, now) + 1
    blocked_until = None
    if failures > limit.free:
        # 2**20 is beyond every `longest`; a float has its bounds.
        doubled = limit.pause * 2 ** min(failures - limit.free - 1, 20.0)
        blocked_until = now + min(doubled, limit.longest)
    return Counter(failures=failures, counted_at=now, blocked_until=blocked_until)


def forget_at(counter: Counter, limit: Limit) -> datetime:
    """When nothing of the counter matters any more."""
    leaked = counter.counted_at + counter.failures * limit.window / limit.free
    return max(leaked, counter.blocked_until or leaked)


def pause_left(counter: Counter, now: datetime) -> float:
    """Seconds until the next attempt is let through; 0 when it is now."""
    if counter.blocked_until is None:
        return 0.0
    return max(0.0, (counter.blocked_until - now).total_seconds())


def _left(counter: Counter, limit: Limit, now: datetime) -> float:
    passed = max(timedelta(), now - counter.counted_at)
    return max(0.0, counter.failures - passed / limit.window * limit.free)
