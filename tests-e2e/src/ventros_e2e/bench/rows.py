"""Which rows one message makes, counted in PostgreSQL's own statistics, and one of each to copy.

Nothing is assumed: what the services write per message is what `pg_stat_user_tables` says that
they wrote for a known number of messages.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiormq
import asyncpg
import msgspec
from aiormq.abc import DeliveredMessage
from msgspec import Struct
from pamqp import commands as spec

import proto_events.catalogue  # noqa: F401 - fills the registry
from proto_events.envelope import split
from proto_events.registry import (
    DOMAIN_EXCHANGE,
    PIPELINE_EXCHANGE,
    RAW_EXCHANGE,
    info_of,
    struct_of,
)

HANDED_IN_SECONDS = 11.0
"""A backend that has become idle hands its counts in within ten seconds (PGSTAT_IDLE_INTERVAL)."""

SCHEMAS = ("channels", "contacts", "sessions", "messaging")


class Table(Struct, frozen=True, order=True):
    """A table by schema and name; of a partitioned one, the partition."""

    schema: str
    name: str

    @property
    def qualified(self) -> str:
        """As SQL writes it."""
        return f'"{self.schema}"."{self.name}"'


class Written(Struct, frozen=True):
    """Rows inserted and updated since the statistics began."""

    inserted: int
    updated: int


class OutboxRow(Struct, frozen=True, kw_only=True):
    """An event as it stood in a service's outbox."""

    schema: str
    exchange: str
    type: str
    envelope: bytes


_COUNTERS = """
SELECT schemaname, relname, n_tup_ins, n_tup_upd FROM pg_stat_user_tables
WHERE schemaname = ANY($1::text[])
"""


async def counters(admin: asyncpg.Connection) -> dict[Table, Written]:
    """The statistics of every table, after those of the services' own backends are in."""
    await asyncio.sleep(HANDED_IN_SECONDS)
    await admin.execute("SELECT pg_stat_clear_snapshot()")
    return {
        Table(row["schemaname"], row["relname"]): Written(row["n_tup_ins"], row["n_tup_upd"])
        for row in await admin.fetch(_COUNTERS, list(SCHEMAS))
    }


def per_message(
    before: Mapping[Table, Written], after: Mapping[Table, Written], messages: int
) -> dict[Table, Written]:
    """Whole rows per message; what is written less than once per two messages is left out."""
    found: dict[Table, Written] = {}
    for table, now in after.items():
        then = before.get(table, Written(0, 0))
        inserted = round((now.inserted - then.inserted) / messages)
        updated = round((now.updated - then.updated) / messages)
        if inserted or updated:
            found[table] = Written(inserted, updated)
    return dict(sorted(found.items()))


class Tap:
    """The first event of each type that passes on the exchanges of the main path."""

    def __init__(self) -> None:
        self.rows: dict[str, OutboxRow] = {}

    async def take(self, message: DeliveredMessage) -> None:
        """Look at one AMQP message, a bundle or a single event."""
        delivery = message.delivery
        exchange = (delivery.exchange if isinstance(delivery, spec.Basic.Deliver) else "") or ""
        for envelope in split(message.body):
            kind = msgspec.json.decode(envelope, type=_Typed).type
            struct = struct_of(kind)
            schema = "channels" if struct is None else info_of(struct).producer
            row = OutboxRow(schema=schema, exchange=exchange, type=kind, envelope=envelope)
            self.rows.setdefault(kind, row)

    def of(self, schema: str) -> list[OutboxRow]:
        """What one service's outbox held of a message."""
        return [row for row in self.rows.values() if row.schema == schema]


class _Typed(Struct, frozen=True):
    type: str


@asynccontextmanager
async def tap(amqp_url: str) -> AsyncIterator[Tap]:
    """Listen on the exchanges while the block runs."""
    tapped = Tap()
    connection = await aiormq.connect(amqp_url)
    try:
        channel = await connection.channel()
        declared = await channel.queue_declare(exclusive=True)
        queue = declared.queue or ""
        for exchange, routing_key in (
            (RAW_EXCHANGE, "#"),
            (PIPELINE_EXCHANGE, "#"),
            (DOMAIN_EXCHANGE, "message.created.v1"),
        ):
            await channel.queue_bind(queue, exchange, routing_key)
        await channel.basic_consume(queue, tapped.take, no_ack=True)
        yield tapped
    finally:
        await connection.close()
