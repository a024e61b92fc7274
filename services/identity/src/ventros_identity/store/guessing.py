"""Rows of `guess_counter` and `known_device`; for the system role."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from platform_postgres import Tx
from ventros_identity.domain.guessing import Counter, Subject, forget_at

_SWEPT = 20
_DEVICES = 20

_SWEEP = f"""
DELETE FROM guess_counter WHERE key = ANY (ARRAY (
    SELECT key FROM guess_counter WHERE forget_at < now()
    ORDER BY forget_at LIMIT {_SWEPT} FOR UPDATE SKIP LOCKED
))
"""  # noqa: S608 - a number of ours

# A row that is there is locked by its update: who begins anew deletes rows, and one that went
# between making and locking would not be counted.
_MAKE = """
INSERT INTO guess_counter (key) SELECT key FROM unnest($1::bytea[]) AS k (key) ORDER BY key
ON CONFLICT (key) DO UPDATE SET key = excluded.key
"""

_LOCK = """
SELECT key, failures, counted_at, blocked_until, clock_timestamp() AS now FROM guess_counter
WHERE key = ANY ($1::bytea[])
ORDER BY key
FOR UPDATE
"""

_WRITE = """
UPDATE guess_counter AS c
SET failures = n.failures, counted_at = n.counted_at, blocked_until = n.blocked_until,
    forget_at = n.forget_at
FROM unnest(
    $1::bytea[], $2::double precision[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[]
) AS n (key, failures, counted_at, blocked_until, forget_at)
WHERE c.key = n.key
"""

# As they are locked to be counted up: two orders of the same rows would wait for each other.
_HOLD = "SELECT FROM guess_counter WHERE key = ANY ($1::bytea[]) ORDER BY key FOR UPDATE"

_FORGET = "DELETE FROM guess_counter WHERE key = ANY ($1::bytea[])"

# A pause that somebody else's attempt has brought since stays.
_TAKE_BACK = """
UPDATE guess_counter AS c
SET failures = greatest(0, c.failures - 1),
    blocked_until = CASE WHEN c.blocked_until = n.blocked_until THEN NULL ELSE c.blocked_until END
FROM unnest($1::bytea[], $2::timestamptz[]) AS n (key, blocked_until)
WHERE c.key = n.key
"""

# Of one address only the devices that were used last are known.
_KEEP_DEVICE = f"""
WITH old AS (
    DELETE FROM known_device WHERE hash = ANY (ARRAY (
        SELECT hash FROM known_device WHERE email_hash = $2 AND hash <> $1
        ORDER BY last_used_at DESC OFFSET {_DEVICES - 1} FOR UPDATE SKIP LOCKED
    ))
), aged AS (
    DELETE FROM known_device WHERE hash <> $1 AND hash = ANY (ARRAY (
        SELECT hash FROM known_device WHERE last_used_at < now() - interval '180 days'
        ORDER BY last_used_at LIMIT {_SWEPT} FOR UPDATE SKIP LOCKED
    ))
)
INSERT INTO known_device (hash, email_hash) VALUES ($1, $2)
ON CONFLICT (hash) DO UPDATE SET last_used_at = now()
"""  # noqa: S608 - numbers of ours


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """A counter as it is stored; `now` is the database's clock."""

    key: bytes
    counter: Counter
    now: datetime


async def lock(tx: Tx, subjects: Sequence[Subject]) -> list[Counted]:
    """The counters, made where there are none, held until the end."""
    keys = [subject.key for subject in subjects]
    await tx.execute(_SWEEP)
    await tx.execute(_MAKE, keys)
    return [
        Counted(
            key=row["key"],
            counter=Counter(
                failures=row["failures"],
                counted_at=row["counted_at"],
                blocked_until=row["blocked_until"],
            ),
            now=row["now"],
        )
        for row in await tx.fetch(_LOCK, keys)
    ]


async def write(tx: Tx, counters: Mapping[Subject, Counter]) -> None:
    """Keep counters that are locked."""
    await tx.execute(
        _WRITE,
        [subject.key for subject in counters],
        [counter.failures for counter in counters.values()],
        [counter.counted_at for counter in counters.values()],
        [counter.blocked_until for counter in counters.values()],
        [forget_at(counter, subject.limit) for subject, counter in counters.items()],
    )


async def hold(tx: Tx, subjects: Iterable[Subject]) -> None:
    """Hold those that there are until the end."""
    await tx.execute(_HOLD, [subject.key for subject in subjects])


async def forget(tx: Tx, subjects: Sequence[Subject]) -> None:
    """Begin anew; they are held."""
    await tx.execute(_FORGET, [subject.key for subject in subjects])


async def take_back(tx: Tx, counters: Mapping[Subject, Counter]) -> None:
    """The attempt that led to these counters was right; they are held."""
    await tx.execute(
        _TAKE_BACK,
        [subject.key for subject in counters],
        [counter.blocked_until for counter in counters.values()],
    )


async def knows_device(tx: Tx, device_hash: bytes, email_hash: bytes) -> bool:
    """Whether the device has signed in with the address before."""
    found: bool = await tx.fetchval(
        "SELECT EXISTS (SELECT FROM known_device WHERE hash = $1 AND email_hash = $2)",
        device_hash,
        email_hash,
    )
    return found


async def keep_device(tx: Tx, device_hash: bytes, email_hash: bytes) -> None:
    """The device has signed in with the address."""
    await tx.execute(_KEEP_DEVICE, device_hash, email_hash)


async def forget_devices(tx: Tx, email_hash: bytes) -> None:
    """No device is known for the address any more."""
    await tx.execute("DELETE FROM known_device WHERE email_hash = $1", email_hash)
