"""Connections are handed out only inside a transaction that says whose data it may see.

`tenant()` serves requests and handlers, `bundle()` the parts of several tenants one after the
other, `relay()` and `system()` the few jobs without a tenant, each under its own role. The setting
is local to the transaction, so nothing of a tenant stays on a connection that goes back to a pool.
`bundle()` and `relay()` begin the next transaction with the commit of the last: see `ahead`.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any, Literal, TypeAlias
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from platform_postgres.ahead import Ahead, roll_back
from platform_postgres.settings import PostgresSettings

Tx: TypeAlias = "PoolConnectionProxy[Any]"
"""A connection in a transaction that its owner commits; never commit below the edge."""

Role = Literal["app", "relay", "system"]

_NO_TENANT = ""

_SAME_PLAN = "; SET LOCAL plan_cache_mode = force_generic_plan"
"""Handlers of bundles send a few statements over arrays by key, for which every plan is the same.
Left to itself, PostgreSQL plans them anew each time, because a plan that knows the length of the
arrays looks cheaper: measured on the main path of contacts, planning was half of the time."""

_SOON = "; SET LOCAL synchronous_commit = off"
"""The relay commits what the broker has confirmed. Should the server lose that commit in a crash,
the rows are there again and are published again, as after a crash before it; so the log need not
be flushed at once, which would hold up the commits that somebody waits for."""


async def _keep(_: object) -> None:
    """Nothing to reset: every setting that we make is local to its transaction."""


class Database:
    """One pool per role, opened when first used, bounded, with a deadline on every wait."""

    def __init__(self, settings: PostgresSettings, *, service: str) -> None:
        self._settings = settings
        self._service = service
        self._urls: dict[Role, str] = {
            "app": settings.database_app_url,
            "relay": settings.database_relay_url,
            "system": settings.database_system_url,
        }
        self._pools: dict[Role, asyncpg.Pool[Any]] = {}
        self._ahead: dict[tuple[Role, str], Ahead] = {}
        self._opening = asyncio.Lock()

    @property
    def service(self) -> str:
        """The service, which is also the name of its schema."""
        return self._service

    async def check(self) -> None:
        """Ask the database for an answer; raises what `is_away` recognises."""
        async with self.system() as tx:
            await tx.execute("SELECT 1")

    async def close(self) -> None:
        """Close every pool, waiting at most 5 seconds for what still runs."""
        pools, self._pools = list(self._pools.values()), {}
        ahead, self._ahead = list(self._ahead.values()), {}
        for one in ahead:
            await one.close()
        for pool in pools:
            try:
                await asyncio.wait_for(pool.close(), 5)
            except TimeoutError:
                pool.terminate()

    @contextlib.asynccontextmanager
    async def tenant(self, tenant_id: UUID, *, same_plan: bool = False) -> AsyncIterator[Tx]:
        """A transaction of the app role that sees and writes this tenant's rows alone.

        `same_plan`: its statements are planned once per connection, as those of a bundle; for work
        that is done often and finds everything by keys.
        """
        settings = _SAME_PLAN if same_plan else ""
        async with self._transaction("app", str(tenant_id), settings) as tx:
            yield tx

    @contextlib.asynccontextmanager
    async def bundle(self) -> AsyncIterator[Tx]:
        """A transaction of the app role that sees nothing until `use_tenant` is called on it.

        Its statements are planned once per connection: see `_SAME_PLAN`.
        """
        async with self._succession("app", _SAME_PLAN) as tx:
            yield tx

    @contextlib.asynccontextmanager
    async def system(self) -> AsyncIterator[Tx]:
        """A transaction of the system role: what its explicit policies allow, across tenants."""
        async with self._transaction("system", _NO_TENANT) as tx:
            yield tx

    @contextlib.asynccontextmanager
    async def relay(self) -> AsyncIterator[Tx]:
        """A transaction of the relay role: outbox and event log, across tenants.

        A crash of the server can undo it for some tenths of a second after its commit.
        """
        async with self._succession("relay", _SOON) as tx:
            yield tx

    async def system_statement(self, statement: str, *values: object) -> list[asyncpg.Record]:
        """The rows of one statement of the system role, a transaction of its own.

        One round trip, where `system()` takes three: for a statement that requests wait for.
        """
        pool = self._pools.get("system") or await self._open("system")
        async with pool.acquire(timeout=self._settings.database_acquire_timeout) as connection:
            rows: list[asyncpg.Record] = await connection.fetch(statement, *values)
        return rows

    @contextlib.asynccontextmanager
    async def _succession(self, role: Role, settings: str = "") -> AsyncIterator[Tx]:
        """Transactions without a tenant of their own that follow one upon the other."""
        ahead = self._ahead.get((role, settings))
        if ahead is None:
            pool = self._pools.get(role) or await self._open(role)
            ahead = self._ahead.setdefault(
                (role, settings), Ahead(pool, _begin(_NO_TENANT, settings))
            )
        connection = await ahead.enter(self._settings.database_acquire_timeout)
        try:
            try:
                yield connection
            except BaseException:
                await roll_back(connection)
                raise
            await ahead.commit(connection)
        except BaseException:
            await ahead.give_back(connection)
            raise

    @contextlib.asynccontextmanager
    async def _transaction(self, role: Role, tenant: str, settings: str = "") -> AsyncIterator[Tx]:
        pool = self._pools.get(role) or await self._open(role)
        timeout = self._settings.database_acquire_timeout
        async with pool.acquire(timeout=timeout) as connection:
            await connection.execute(_begin(tenant, settings))
            try:
                yield connection
            except BaseException:
                await roll_back(connection)
                raise
            await connection.execute("COMMIT")

    async def _open(self, role: Role) -> "asyncpg.Pool[Any]":
        async with self._opening:
            if role not in self._pools:
                settings = self._settings
                idle = int(settings.database_idle_transaction_timeout * 1000)
                statement = int(settings.database_statement_timeout * 1000)
                self._pools[role] = await asyncpg.create_pool(
                    self._urls[role],
                    min_size=0,
                    max_size=settings.database_pool_size,
                    max_inactive_connection_lifetime=settings.database_idle_lifetime,
                    timeout=settings.database_connect_timeout,
                    command_timeout=settings.database_statement_timeout + 5,
                    reset=_keep,
                    server_settings={
                        "application_name": f"{self._service}-{role}",
                        "idle_in_transaction_session_timeout": str(idle),
                        "statement_timeout": str(statement),
                        "jit": "off",
                        "timezone": "UTC",
                    },
                )
            return self._pools[role]


def _begin(tenant: str, settings: str = "") -> str:
    """Begin and setting travel together: one round trip on every request and bundle."""
    return f"BEGIN; SET LOCAL app.tenant_id = '{tenant}'{settings}"


async def use_tenant(tx: Tx, tenant_id: UUID) -> None:
    """From here on the transaction sees and writes this tenant's rows alone."""
    await tx.execute(f"SET LOCAL app.tenant_id = '{tenant_id}'")


@contextlib.asynccontextmanager
async def savepoint(tx: Tx) -> AsyncIterator[None]:
    """A part that can fail alone: what it wrote is taken back, the transaction goes on."""
    await tx.execute("SAVEPOINT part")
    try:
        yield
    except BaseException:
        await tx.execute("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part")
        raise
    await tx.execute("RELEASE SAVEPOINT part")
