"""Transactions that are begun with the commit of the one before: a round trip fewer for each.

Background work comes in quick succession, and at a modest load the round trips, not the work, are
what it waits for. A transaction that was begun and has done nothing yet holds no snapshot and no
lock; only its `now()` is that of its beginning, which is why it is not kept for long.
"""

import asyncio
import contextlib
from typing import Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

KEPT_SECONDS = 0.1
"""How long a transaction waits for its work, and so how much too early its `now()` can be."""

Connection: TypeAlias = "PoolConnectionProxy[Any]"


class Ahead:
    """At most one connection of a pool, in a transaction that waits for its first statement."""

    def __init__(self, pool: "asyncpg.Pool[Any]", begin: str) -> None:
        self._pool = pool
        self._begin = begin
        self._kept: Connection | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._ending: set[asyncio.Task[None]] = set()

    async def enter(self, timeout: float) -> Connection:
        """A connection in a transaction: the one that waits, or a new one."""
        if self._kept is not None:
            return self._take(self._kept)
        connection = await self._pool.acquire(timeout=timeout)
        try:
            await connection.execute(self._begin)
        except BaseException:
            await self.give_back(connection)
            raise
        return connection

    async def commit(self, connection: Connection) -> None:
        """Commit, and begin the next. The caller gives the connection back when this raises."""
        try:
            await connection.execute(f"COMMIT; {self._begin}")
        except BaseException:
            # Nobody knows in which transaction it is now.
            _hang_up(connection)
            raise
        if self._kept is not None:
            await self._end(connection)
            return
        self._kept = connection
        self._timer = asyncio.get_running_loop().call_later(KEPT_SECONDS, self._let_go)

    async def give_back(self, connection: Connection) -> None:
        """Back to the pool, which looks itself whether it still works."""
        await self._pool.release(connection)

    async def close(self) -> None:
        """End what waits; before the pool is closed."""
        if self._kept is not None:
            await self._end(self._take(self._kept))
        await asyncio.gather(*self._ending)

    def _take(self, connection: Connection) -> Connection:
        if self._timer is not None:
            self._timer.cancel()
        self._kept = None
        return connection

    def _let_go(self) -> None:
        if self._kept is not None:
            task = asyncio.create_task(self._end(self._take(self._kept)), name="end transaction")
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    async def _end(self, connection: Connection) -> None:
        """Nobody came: the transaction ends as empty as it began. The database may be away."""
        try:
            await roll_back(connection)
        finally:
            await self.give_back(connection)


async def roll_back(connection: Connection) -> None:
    """Undo, or see to it that the connection does not go back to the pool.

    When the server has hung up, the pool has taken the connection back already and every call on
    it is an `InterfaceError`; a connection that broke in the middle of an answer refuses the next
    call with an `InternalClientError`. The error that is on its way must not be hidden by that.
    """
    try:
        if not connection.is_closed():
            await asyncio.shield(connection.execute("ROLLBACK", timeout=5))
    except (
        OSError,
        TimeoutError,
        asyncpg.PostgresError,
        asyncpg.InterfaceError,
        asyncpg.InternalClientError,
    ):
        _hang_up(connection)


def _hang_up(connection: Connection) -> None:
    # The pool has taken back already what the server has closed.
    with contextlib.suppress(asyncpg.InterfaceError):
        connection.terminate()
