"""The schemas of every service, migrated in one database, and rows of two tenants in each table."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any, Final, TypeAlias
from uuid import UUID

import asyncpg
import msgspec

from checks.workspace import services

Connection: TypeAlias = "asyncpg.Connection[Any]"

SCHEMAS: Final = [
    service.folder.name for service in services() if (service.folder / "migrations").is_dir()
]
"""Services that keep data; the schema is named like the service."""

_ORDINARY: Final = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND EXISTS (
        SELECT FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
    )
ORDER BY c.relname
"""

_EVERYTHING: Final = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm') ORDER BY c.relname
"""

_COLUMNS: Final = """
SELECT a.attname AS name, format_type(a.atttypid, NULL) AS kind, a.attnotnull AS needed,
    a.atthasdef OR a.attidentity <> '' OR a.attgenerated <> '' AS given
FROM pg_attribute a
WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""


class Column(msgspec.Struct, frozen=True):
    """A column as an insert sees it; `given` when the table itself has a value for it."""

    name: str
    kind: str
    needed: bool
    given: bool


async def tables(connection: Connection, schema: str) -> list[str]:
    """The tables of a schema that belong to tenants."""
    return [row["relname"] for row in await connection.fetch(_ORDINARY, schema)]


async def relations(connection: Connection, schema: str) -> list[str]:
    """Every table and view of a schema, partitions too."""
    return [row["relname"] for row in await connection.fetch(_EVERYTHING, schema)]


async def columns(connection: Connection, schema: str, table: str) -> list[Column]:
    """The columns of a table."""
    rows = await connection.fetch(_COLUMNS, f"{schema}.{table}")
    return [msgspec.convert(dict(row), Column) for row in rows]


@contextlib.asynccontextmanager
async def connected(url: str, tenant_id: UUID | None = None) -> AsyncIterator[Connection]:
    """A connection for this URL's role, for a tenant or for nobody; what it does is rolled back."""
    connection = await asyncpg.connect(url)
    try:
        transaction = connection.transaction()
        await transaction.start()
        if tenant_id is not None:
            await connection.execute("SELECT set_config('app.tenant_id', $1, true)", str(tenant_id))
        yield connection
    finally:
        await connection.close()
