"""What a piece of work asks of PostgreSQL: statements and transactions are the same on a slow
machine as on a quick one, so tests count them and measure no time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
    """The transactions of tenants that begin in the block, each with its statements: what begins
    and ends them is not among these."""
    transactions: list[list[str]] = []
    begin = database.tenant

    @asynccontextmanager
    async def tenant(tenant_id: UUID) -> AsyncIterator[Tx]:
        async with begin(tenant_id) as tx, counted(tx) as statements:
            transactions.append(statements)
            yield tx

    database.tenant = tenant  # type: ignore[method-assign]
    try:
        yield transactions
    finally:
        database.tenant = begin  # type: ignore[method-assign]
