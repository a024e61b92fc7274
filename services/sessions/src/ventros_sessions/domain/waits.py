"""How long a customer waited for each answer, in whatever order messages are heard.

A turn of the customer begins with their first message that nobody has answered, and ends with the
company's next one. Messages come late and in the wrong order, so the newest few are kept as they
were said, and only what is older is settled. A message older than all of those changes no wait.
"""

from bisect import insort
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Final

import msgspec
from msgspec.structs import replace

REMEMBERED: Final = 8
"""Messages that may still change places."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICK: Final = timedelta(microseconds=1)
_SECOND: Final = 1_000_000


class Said(msgspec.Struct, frozen=True, array_like=True):
    """A message: microseconds since 1970 by the provider's clock, and whether it is the
    customer's."""

    at: int
    inbound: bool

    @property
    def order(self) -> tuple[int, bool]:
        """Providers tell whole seconds: within one, somebody asks before they are answered."""
        return self.at, not self.inbound


class Waits(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is settled, in microseconds, and the `recent` messages in their order.

    `since` is when the turn that nobody answered began.
    """

    since: int | None = None
    answers: int = 0
    total: int = 0
    longest: int = 0
    recent: tuple[Said, ...] = ()

    @property
    def now(self) -> "Waits":
        """With the recent messages settled too: the figures of this moment."""
        return replace(_settled(self, self.recent), recent=())

    @property
    def waiting_since(self) -> datetime | None:
        """When the turn that nobody answered began; None when nobody waits."""
        return None if self.since is None else _moment(self.since)

    @property
    def longest_seconds(self) -> float:
        return self.longest / _SECOND

    @property
    def total_seconds(self) -> float:
        return self.total / _SECOND


def heard(waits: Waits, at: datetime, *, inbound: bool) -> Waits:
    """With one more message of `at`, by the provider's clock."""
    said = Said((at - _EPOCH) // _TICK, inbound)
    if len(waits.recent) == REMEMBERED and said.order < waits.recent[0].order:
        return waits
    recent = list(waits.recent)
    insort(recent, said, key=lambda one: one.order)
    return _bounded(replace(waits, recent=tuple(recent)))


def joined(one: Waits, other: Waits) -> Waits:
    """Those of two sessions that became one: every answer counts, and who waits, waits."""
    return _bounded(
        Waits(
            since=min((w.since for w in (one, other) if w.since is not None), default=None),
            answers=one.answers + other.answers,
            total=one.total + other.total,
            longest=max(one.longest, other.longest),
            recent=tuple(sorted(one.recent + other.recent, key=lambda said: said.order)),
        )
    )


def first_answer(waits: Waits, since: datetime) -> datetime | None:
    """The company's first message at or after `since`, as far as it is remembered."""
    begin = (since - _EPOCH) // _TICK
    answers = (said.at for said in waits.recent if not said.inbound and said.at >= begin)
    first = next(answers, None)
    return None if first is None else _moment(first)


def _bounded(waits: Waits) -> Waits:
    beyond = max(0, len(waits.recent) - REMEMBERED)
    settled = _settled(waits, waits.recent[:beyond])
    return replace(settled, recent=waits.recent[beyond:])


def _settled(waits: Waits, said: tuple[Said, ...]) -> Waits:
    return reduce(_after, said, waits)


def _after(waits: Waits, said: Said) -> Waits:
    if said.inbound:
        return waits if waits.since is not None else replace(waits, since=said.at)
    if waits.since is None:
        return waits
    wait = max(0, said.at - waits.since)
    return replace(
        waits,
        since=None,
        answers=waits.answers + 1,
        total=waits.total + wait,
        longest=max(waits.longest, wait),
    )


def _moment(microseconds: int) -> datetime:
    return _EPOCH + microseconds * _TICK
