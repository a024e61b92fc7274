"""What a piece of work asks of PostgreSQL: statements and transactions are the same on a slow
machine as on a quick one, so tests count them and measure no time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final
from uuid import UUID

from asyncpg.connection import LoggedQuery

from platform_postgres import Database, Tx

_OF_THE_DRIVER: Final = ("current_setting('jit')", "typeinfo_tree")
"""In what asyncpg asks once per connection, about types that it did not meet yet."""


@asynccontextmanager
async def counted(tx: Tx) -> AsyncIterator[list[str]]:
    """The statements of a transaction from here on, complete when the block has ended."""
    statements: list[str] = []

    def note(record: LoggedQuery) -> None:
        if not any(mark in record.query for mark in _OF_THE_DRIVER):
            statements.append(record.query)

    with tx.query_logger(note):
        yield statements
        # asyncpg tells in the next turn of the loop.
        await asyncio.sleep(0)


@asynccontextmanager
async def counted_transactions(database: Database) -> AsyncIterator[list[list[str]]]:
    """The transactions of tenants and bundles that begin in the block, each with its statements:
    what begins and ends them is not among these."""
    transactions: list[list[str]] = []
    tenant, bundle = database.tenant, database.bundle

    @asynccontextmanager
    async def noted(begun: AbstractAsyncContextManager[Tx]) -> AsyncIterator[Tx]:
        async with begun as tx, counted(tx) as statements:
            transactions.append(statements)
            yield tx

    def of_tenant(tenant_id: UUID, *, same_plan: bool = False) -> AbstractAsyncContextManager[Tx]:
        return noted(tenant(tenant_id, same_plan=same_plan))

    database.tenant = of_tenant  # type: ignore[method-assign,assignment]
    database.bundle = lambda: noted(bundle())  # type: ignore[method-assign]
    try:
        yield transactions
    finally:
        database.tenant, database.bundle = tenant, bundle  # type: ignore[method-assign]
