"""Identifiers: UUIDv7 (RFC 9562 §5.7), random or derived from a fact."""

import hashlib
import os
import time
from datetime import datetime
from uuid import UUID

_VERSION_7 = 0x7 << 76
_VARIANT = 0b10 << 62
_TAIL_MASK = (1 << 74) - 1


def _layout(milliseconds: int, tail: int) -> UUID:
    """48 bits of Unix milliseconds, then 74 bits of `tail` around version and variant."""
    tail &= _TAIL_MASK
    high = (tail >> 62) & 0xFFF
    low = tail & ((1 << 62) - 1)
    return UUID(
        int=(milliseconds & ((1 << 48) - 1)) << 80 | _VERSION_7 | high << 64 | _VARIANT | low
    )


def new_id() -> UUID:
    """A new UUIDv7 of the present moment with 74 random bits."""
    return _layout(time.time_ns() // 1_000_000, int.from_bytes(os.urandom(10), "big"))


def id_at(moment: datetime, *seed: str | bytes) -> UUID:
    """A UUIDv7 that is the same for the same moment (to the millisecond) and seed.

    Ids of facts that come from outside are made with this, so that a replay of the fact makes
    the same id and changes nothing.

    Raises:
        ValueError: `moment` has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("an id needs a moment with a time zone")
    digest = hashlib.blake2b(digest_size=10)
    for part in seed:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(4, "big"))
        digest.update(data)
    return _layout(int(moment.timestamp() * 1000), int.from_bytes(digest.digest(), "big"))
