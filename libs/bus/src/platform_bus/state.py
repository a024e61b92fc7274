"""How many lanes this service's relay writes to, and whether the pipeline is paused.

To change the number of lanes in an installation: pause every service, wait until the lanes are
empty, set the number everywhere, resume. The backlog waits in the outboxes meanwhile.
"""

import msgspec

from platform_bus.outbox import SHARDS
from platform_postgres import Database, Tx


class BusState(msgspec.Struct, frozen=True):
    """The one row of `bus_state`."""

    lanes: int
    paused: bool


async def ensure(database: Database, lanes: int) -> None:
    """Write the first value of an installation; later ones are set by command."""
    async with database.system() as tx:
        await tx.execute("INSERT INTO bus_state (lanes) VALUES ($1) ON CONFLICT DO NOTHING", lanes)


async def read(tx: Tx) -> BusState:
    """The state. In a system or relay transaction."""
    row = await tx.fetchrow("SELECT lanes, paused FROM bus_state")
    if row is None:
        raise LookupError("this service has not started yet: it has no lanes")
    return BusState(row["lanes"], row["paused"])


async def pause(database: Database) -> None:
    """Stop the pipeline's rows in the outbox; returns when no round is under way with others."""
    async with database.system() as tx:
        await tx.execute("UPDATE bus_state SET paused = true")
    async with database.relay() as tx:
        await tx.execute(
            "SELECT pg_advisory_xact_lock(hashtext(current_schema()), s)"
            " FROM generate_series(0, $1) AS s",
            SHARDS - 1,
        )


async def resume(database: Database, lanes: int) -> None:
    """Publish again, on `lanes` lanes (1 to 16)."""
    async with database.system() as tx:
        await tx.execute("UPDATE bus_state SET paused = false, lanes = $1", lanes)


async def set_lanes(database: Database, lanes: int) -> None:
    """Set the number while the pipeline is paused, so that consumers bind before it resumes."""
    async with database.system() as tx:
        await tx.execute("UPDATE bus_state SET lanes = $1 WHERE paused", lanes)
