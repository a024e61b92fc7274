"""What PostgreSQL alone does with the same rows: pgbench, one transaction per message.

The tables are copies of the services' own, with their indexes, without their row-level security
and foreign keys; every value is a real one, keys excepted. Each transaction is one round trip
(pipelined), prepared, over 16 connections: as fast as one message in one transaction can be.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import asyncpg

from ventros_e2e.bench.rows import OutboxRow, Table, Tap, Written

CONNECTIONS = 16
SCHEMA = "bench"
_RATE = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)
_COLUMNS = """
SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
       a.attidentity <> '' AS identity,
       EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = a.attrelid
               AND a.attnum = ANY(i.indkey)) AS indexed,
       EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisunique
               AND a.attnum = ANY(i.indkey)) AS key
FROM pg_attribute a
WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""
_FRESH = {
    "uuid": "uuidv7()",
    "text": "md5(random()::text)",
    "timestamp with time zone": "now()",
    "smallint": "(random() * 30000)::smallint",
    "integer": "(random() * 1e9)::integer",
    "bigint": "(random() * 1e15)::bigint",
}


class PgbenchError(Exception):
    """pgbench did not run; the text is what it said."""


def _copy_of(table: Table) -> str:
    return f'{SCHEMA}."{table.schema}_{table.name}"'


async def _columns(admin: asyncpg.Connection, table: Table) -> list[asyncpg.Record]:
    return await admin.fetch(_COLUMNS, table.qualified)


async def _copy(admin: asyncpg.Connection, table: Table) -> None:
    await admin.execute(
        f"CREATE TABLE {_copy_of(table)} (LIKE {table.qualified} INCLUDING DEFAULTS"
        " INCLUDING IDENTITY INCLUDING INDEXES INCLUDING STORAGE)"
    )


async def _literal(admin: asyncpg.Connection, value: Any, kind: str) -> str:
    text: str | None = await admin.fetchval(f"SELECT $1::{kind}::text", value)
    if text is None:
        return f"NULL::{kind}"
    # pgbench takes a colon before a name for a variable of its own.
    escaped = text.replace("\\", "\\\\").replace("'", "''").replace(":", "\\x3A")
    return f"E'{escaped}'::{kind}"


async def _insert(admin: asyncpg.Connection, table: Table, given: Mapping[str, Any]) -> str:
    """One INSERT: keys fresh, everything else as in `given`."""
    columns = [column for column in await _columns(admin, table) if not column["identity"]]
    values = []
    for column in columns:
        name, kind = column["name"], column["type"]
        # The tenant is one of a few, as for the services; its place in the key is not the point.
        fresh = (column["key"] or name == "id") and name != "tenant_id" and kind in _FRESH
        values.append(_FRESH[kind] if fresh else await _literal(admin, given[name], kind))
    names = ", ".join(f'"{column["name"]}"' for column in columns)
    return f"INSERT INTO {_copy_of(table)} ({names}) VALUES ({', '.join(values)});"


async def _update(admin: asyncpg.Connection, table: Table) -> str:
    """One UPDATE of a row that is there: its unindexed times and numbers change."""
    changed = []
    for column in await _columns(admin, table):
        if column["indexed"]:
            continue
        name = f'"{column["name"]}"'
        if column["type"] == "timestamp with time zone":
            changed.append(f"{name} = now()")
        elif column["type"] in ("integer", "bigint"):
            changed.append(f"{name} = {name} + 1")
    copy = _copy_of(table)
    await admin.execute(f"INSERT INTO {copy} SELECT * FROM {table.qualified}")
    await admin.execute(
        f"ALTER TABLE {copy} ADD COLUMN bench_place integer GENERATED ALWAYS AS IDENTITY UNIQUE"
    )
    rows = await admin.fetchval(f"SELECT count(*) FROM {copy}")
    place = f"1 + floor(random() * {rows})::integer"
    # A subselect without columns of the table is evaluated once, so the index is used.
    return f"UPDATE {copy} SET {', '.join(changed)} WHERE bench_place = (SELECT {place});"


async def _outbox_inserts(
    admin: asyncpg.Connection, table: Table, events: Sequence[OutboxRow], count: int, tenant: Any
) -> list[str]:
    if not events:
        raise PgbenchError(f"no event of {table.schema} was seen on the exchanges")
    statements = []
    for number in range(count):
        event = events[number % len(events)]
        given = {
            "tenant_id": tenant,
            "shard": 0,
            "exchange": event.exchange,
            "type": event.type,
            "envelope": event.envelope,
        }
        columns = {column["name"] for column in await _columns(admin, table)}
        moment = await admin.fetchval("SELECT now()")
        given |= {name: moment for name in columns if name.endswith("_at")}
        statements.append(await _insert(admin, table, given))
    return statements


async def script(
    admin: asyncpg.Connection, written: Mapping[Table, Written], tapped: Tap
) -> list[str]:
    """The statements of one message; makes the copies that they go to."""
    await admin.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; CREATE SCHEMA {SCHEMA}")
    statements: list[str] = []
    tenant = await admin.fetchval("SELECT tenant_id FROM messaging.message LIMIT 1")
    for table, rows in written.items():
        await _copy(admin, table)
        if table.name == "outbox":
            events = tapped.of(table.schema)
            statements += await _outbox_inserts(admin, table, events, rows.inserted, tenant)
        elif rows.inserted:
            sample = await admin.fetchrow(
                f"SELECT * FROM {table.qualified} ORDER BY ctid DESC LIMIT 1"
            )
            if sample is None:
                raise PgbenchError(f"{table.qualified} has no row to copy")
            statements += [await _insert(admin, table, dict(sample))] * rows.inserted
        if rows.updated and table.name != "outbox":
            statements += [await _update(admin, table)] * rows.updated
    return statements


async def run(program: Path, admin_url: str, statements: Sequence[str], seconds: float) -> float:
    """Transactions per second. Raises PgbenchError."""
    lines = ["\\startpipeline", "BEGIN;", *statements, "COMMIT;", "\\endpipeline", ""]
    command = await asyncio.create_subprocess_exec(
        str(program),
        "--no-vacuum",
        "--protocol=prepared",
        f"--client={CONNECTIONS}",
        "--jobs=2",
        f"--time={max(1, round(seconds))}",
        "--file=-",
        admin_url,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, complaints = await command.communicate("\n".join(lines).encode())
    found = _RATE.search(output.decode())
    if command.returncode != 0 or found is None:
        raise PgbenchError(complaints.decode(errors="replace").strip()[-800:])
    return float(found[1])


async def drop(admin: asyncpg.Connection) -> None:
    """Take the copies away."""
    await admin.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
