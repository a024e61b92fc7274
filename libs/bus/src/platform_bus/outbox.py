"""The outbox: events are inserted beside the state that they speak of, in one statement."""

import zlib
from collections.abc import Sequence
from uuid import UUID

import msgspec

from platform_core.clock import utc_now
from platform_core.ids import new_id
from platform_postgres import Tx
from proto_events import envelope as frame
from proto_events.envelope import Envelope
from proto_events.registry import info_of

SHARDS = 16
"""The number of shards of an outbox; a lane is `shard mod lanes`."""

INSERT = """
INSERT INTO outbox (tenant_id, shard, id, exchange, type, envelope)
SELECT $1, e.shard, e.id, e.exchange, e.type, e.envelope
FROM unnest($2::smallint[], $3::uuid[], $4::text[], $5::text[], $6::bytea[])
     WITH ORDINALITY AS e (shard, id, exchange, type, envelope, place)
ORDER BY e.place
"""


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """An event to be published, with what its envelope says.

    `subject` is the aggregate's id and `sequence` its version. `partition_key` decides the shard:
    what has the same key is published in the order of insertion. `cause` is the event that led to
    this one. `id` is given where the fact itself decides it, so that a replay changes nothing.
    """

    event: msgspec.Struct
    tenant_id: UUID
    project_id: UUID
    subject: UUID
    sequence: int
    partition_key: str
    cause: Envelope | None = None
    id: UUID | None = None


def shard_of(partition_key: str) -> int:
    """0 to 15: crc32 of the key's UTF-8 mod 16, the same in every service and version."""
    return zlib.crc32(partition_key.encode()) % SHARDS


async def emit(tx: Tx, events: Sequence[Outgoing]) -> None:
    """Insert the events of one tenant, in this order, in one statement.

    Raises:
        ValueError: events of more than one tenant.
    """
    if not events:
        return
    tenant_id = events[0].tenant_id
    if any(event.tenant_id != tenant_id for event in events):
        raise ValueError("events of several tenants in one statement")
    await tx.execute(INSERT, tenant_id, *columns(tx_service(tx), events))


def columns(
    source: str, events: Sequence[Outgoing]
) -> tuple[list[int], list[UUID], list[str], list[str], list[bytes]]:
    """The arguments of `INSERT` after the tenant, for use inside a larger statement."""
    shards: list[int] = []
    ids: list[UUID] = []
    exchanges: list[str] = []
    types: list[str] = []
    envelopes: list[bytes] = []
    now = utc_now()
    for event in events:
        info = info_of(type(event.event))
        cause = event.cause
        identifier = event.id or new_id()
        shards.append(shard_of(event.partition_key))
        ids.append(identifier)
        exchanges.append(info.exchange)
        types.append(info.type)
        envelopes.append(
            frame.encode(
                Envelope(
                    id=identifier,
                    source=source,
                    type=info.type,
                    subject=str(event.subject),
                    time=now,
                    data_schema=frame.schema_address(info.type),
                    tenant_id=event.tenant_id,
                    project_id=event.project_id,
                    partition_key=event.partition_key,
                    sequence=event.sequence,
                    correlation_id=cause.correlation_id if cause else identifier,
                    causation_id=cause.id if cause else None,
                    traceparent=cause.traceparent if cause else None,
                    data=msgspec.Raw(msgspec.json.encode(event.event)),
                )
            )
        )
    return shards, ids, exchanges, types, envelopes


def tx_service(tx: Tx) -> str:
    """The `source` of events written on this connection: `ventros/<service>`."""
    name: str = tx.get_settings().application_name  # the pool sets `<service>-<role>`
    return "ventros/" + name.rpartition("-")[0]
