"""Lanes shared among replicas by lease rows: at most ceil(lanes / live replicas) each.

A single active consumer alone does not share (one replica gets every queue); it stays the second
guard for the moment in which a lease has run out unnoticed.
"""

from uuid import UUID

import msgspec

from platform_postgres import Database

_SEEN = """
INSERT INTO lane_replica (consumer, replica, idle) VALUES ($1, $2, $3)
ON CONFLICT (consumer, replica) DO UPDATE SET seen_at = now(), idle = excluded.idle
"""

_FORGET = (
    "DELETE FROM lane_replica WHERE consumer = $1 AND seen_at < now() - $2 * interval '1 second'"
)

_LIVE = """
SELECT (SELECT lanes FROM bus_state) AS lanes, count(*) AS live
FROM lane_replica WHERE consumer = $1
"""

_RENEW = """
UPDATE lane_lease SET expires_at = now() + $3 * interval '1 second'
WHERE consumer = $1 AND replica = $2 AND lane < $4 AND expires_at > now() RETURNING lane
"""

_CLAIM = """
INSERT INTO lane_lease (consumer, lane, replica, expires_at)
SELECT $1, lane, $2, now() + $3 * interval '1 second' FROM unnest($4::smallint[]) AS lane
ON CONFLICT (consumer, lane) DO UPDATE
SET replica = excluded.replica, expires_at = excluded.expires_at
WHERE lane_lease.expires_at <= now()
RETURNING lane
"""

_TAKEN = "SELECT lane FROM lane_lease WHERE consumer = $1 AND expires_at > now()"

_RELEASE = (
    "DELETE FROM lane_lease WHERE consumer = $1 AND replica = $2 AND lane = ANY($3::smallint[])"
)

_LEAVE = "DELETE FROM lane_replica WHERE consumer = $1 AND replica = $2"


class Share(msgspec.Struct, frozen=True):
    """What this replica may serve: it holds `held`, and at most `most` of `lanes` in all."""

    lanes: int
    most: int
    held: frozenset[int]


class Leases:
    """The lease rows of one consumer, for one replica."""

    def __init__(self, database: Database, consumer: str, replica: UUID, seconds: float) -> None:
        self._database = database
        self._consumer = consumer
        self._replica = replica
        self._seconds = seconds

    async def renew(self, *, idle: bool) -> Share:
        """Say that we live and whether we have work, renew what we hold, count who else lives."""
        async with self._database.system() as tx:
            await tx.execute(_FORGET, self._consumer, self._seconds)
            await tx.execute(_SEEN, self._consumer, self._replica, idle)
            row = await tx.fetchrow(_LIVE, self._consumer)
            assert row is not None  # noqa: S101 - an aggregate always has a row
            held = await tx.fetch(
                _RENEW, self._consumer, self._replica, self._seconds, row["lanes"]
            )
        most = -(-row["lanes"] // max(1, row["live"]))
        return Share(row["lanes"], most, frozenset(r["lane"] for r in held))

    async def claim(self, lanes: int, count: int) -> frozenset[int]:
        """Take up to `count` lanes that nobody holds; returns those that we got."""
        async with self._database.system() as tx:
            taken = {row["lane"] for row in await tx.fetch(_TAKEN, self._consumer)}
            free = [lane for lane in range(lanes) if lane not in taken][:count]
            rows = await tx.fetch(_CLAIM, self._consumer, self._replica, self._seconds, free)
        return frozenset(row["lane"] for row in rows)

    async def release(self, lanes: frozenset[int]) -> None:
        """Give lanes up, after their receivers have stopped."""
        async with self._database.system() as tx:
            await tx.execute(_RELEASE, self._consumer, self._replica, sorted(lanes))

    async def leave(self) -> None:
        """This replica ends: its share goes to the others at once."""
        async with self._database.system() as tx:
            await tx.execute(_LEAVE, self._consumer, self._replica)
