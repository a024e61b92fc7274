"""Rows of `delivery` and `held_telling`."""

import re
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from platform_bus import Outgoing
from platform_bus.outbox import columns, tx_service
from platform_postgres import Tx
from proto_events import envelope as frame
from proto_events.envelope import Envelope
from proto_events.registry import info_of
from proto_events.sending import FailureClass, MessagePostRequested, MessageSendRequested
from ventros_channels.domain.delivery import Delivery, State
from ventros_channels.store.provider_facts import FactKey
from ventros_channels.store.provider_messages import MessageKey

_INTO_GROUP = info_of(MessagePostRequested).type

_ADD = """
INSERT INTO delivery (tenant_id, id, channel_id, contact_id, requested, expires_at)
SELECT $1, given.* FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::bytea[], $6::timestamptz[])
    AS given
ON CONFLICT (tenant_id, id) DO NOTHING
"""

_COLUMNS = """
    id, tenant_id, channel_id, contact_id, state, attempts, next_at, expires_at, chat, reserved,
    claimed_at, failure, requested
"""

_PUT_OFF = """
UPDATE delivery SET state = $2, next_at = $3, attempts = $4
WHERE id = $1 AND state NOT IN ('sent', 'failed')
"""

_FAIL = """
UPDATE delivery
SET state = 'failed', failure = $2, settled_at = now()
WHERE id = $1 AND state NOT IN ('sent', 'failed')
RETURNING 1
"""

_POSSIBLE = f"""
SELECT {_COLUMNS} FROM delivery
WHERE channel_id = ANY($1) AND (
    reserved = ANY($2) OR state IN ('claimed', 'unknown')
    OR (failure = 'unknown' AND settled_at > now() - interval '1 day')
)
ORDER BY seq
"""  # noqa: S608 - constant columns

_RESERVED = f"""
SELECT {_COLUMNS} FROM delivery WHERE channel_id = ANY($1) AND reserved = ANY($2) ORDER BY seq
"""  # noqa: S608 - constant columns

_NOT_SENT = f"""
SELECT {_COLUMNS} FROM delivery
WHERE channel_id = ANY($1) AND id = ANY($2) AND state <> 'sent'
ORDER BY seq
"""  # noqa: S608 - constant columns

_HOLD = """
INSERT INTO held_telling (
    tenant_id, channel_id, stanza, participant, message_id, until, fact, fact_key,
    shard, event_id, exchange, type, envelope
)
SELECT $1, given.* FROM unnest(
    $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::timestamptz[], $7::text[], $8::text[],
    $9::smallint[], $10::uuid[], $11::text[], $12::text[], $13::bytea[]
) AS given
ON CONFLICT (tenant_id, channel_id, stanza, participant) DO NOTHING
"""

# A message of ours that was held is told like any other, unless it turned out to be told already.
_RELEASE = """
WITH freed AS MATERIALIZED (
    DELETE FROM held_telling
    WHERE channel_id = $2 AND (until <= now() OR NOT EXISTS (
        SELECT 1 FROM delivery WHERE channel_id = $2 AND state = 'claimed'
    ))
    RETURNING *
), new AS (
    INSERT INTO provider_message (
        tenant_id, channel_id, stanza, from_me, participant, message_id
    )
    SELECT $1, channel_id, stanza, true, participant, message_id FROM freed WHERE fact IS NULL
    ORDER BY channel_id, stanza, participant
    ON CONFLICT DO NOTHING
    RETURNING stanza, participant
), new_fact AS (
    INSERT INTO provider_fact (tenant_id, channel_id, type, key)
    SELECT $1, channel_id, fact, fact_key FROM freed WHERE fact IS NOT NULL
    ORDER BY channel_id, fact, fact_key
    ON CONFLICT DO NOTHING
    RETURNING key AS fact_key
)
INSERT INTO outbox (tenant_id, shard, id, exchange, type, envelope)
SELECT $1, f.shard, f.event_id, f.exchange, f.type, f.envelope
FROM freed f
WHERE CASE WHEN f.fact IS NULL
    THEN (f.stanza, f.participant) IN (SELECT stanza, participant FROM new)
    ELSE f.fact_key IN (SELECT fact_key FROM new_fact)
END
ORDER BY f.place
RETURNING envelope
"""

_PLACES = "SELECT nextval('raw_event_seq') AS place FROM generate_series(1, $1)"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for; `event` is the whole of it, encoded. Of a group, `contact_id` is its
    chat's id: what is for one of them is sent in order."""

    id: UUID
    channel_id: UUID
    contact_id: UUID
    expires_at: datetime
    event: bytes


async def add(tx: Tx, tenant_id: UUID, asked: Sequence[Asked]) -> None:
    """Queue what is not known yet, in this order."""
    await tx.execute(
        _ADD,
        tenant_id,
        [one.id for one in asked],
        [one.channel_id for one in asked],
        [one.contact_id for one in asked],
        [one.event for one in asked],
        [one.expires_at for one in asked],
    )


async def put_off(tx: Tx, delivery_id: UUID, state: State, until: datetime, attempts: int) -> None:
    """Look at it again at that moment."""
    await tx.execute(_PUT_OFF, delivery_id, state, until, attempts)


async def settle_failed(tx: Tx, delivery_id: UUID, failure: FailureClass) -> bool:
    """False when it was settled before."""
    return await tx.fetchval(_FAIL, delivery_id, failure) is not None


async def possible(tx: Tx, channel_ids: Sequence[UUID], stanzas: Sequence[str]) -> list[Delivery]:
    """Those that a telling with one of the stanzas, or without a known one, can be of."""
    return [delivery_of(row) for row in await tx.fetch(_POSSIBLE, channel_ids, stanzas)]


async def reserved(tx: Tx, channel_ids: Sequence[UUID], stanzas: Sequence[str]) -> list[Delivery]:
    """Those that one of the stanzas was reserved for."""
    return [delivery_of(row) for row in await tx.fetch(_RESERVED, channel_ids, stanzas)]


async def not_sent(tx: Tx, channel_ids: Sequence[UUID], ids: Sequence[UUID]) -> list[Delivery]:
    """Those of these that are not known to be sent."""
    return [delivery_of(row) for row in await tx.fetch(_NOT_SENT, channel_ids, ids)]


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A telling of a message of ours that waits; of a group it is a `fact`."""

    key: MessageKey
    message_id: UUID
    outgoing: Outgoing
    fact: FactKey | None = None


async def hold_back(tx: Tx, tenant_id: UUID, held: Sequence[Held], until: datetime) -> None:
    """Keep tellings of ours for later."""
    await tx.execute(
        _HOLD,
        tenant_id,
        [one.key.channel_id for one in held],
        [one.key.stanza for one in held],
        [one.key.participant for one in held],
        [one.message_id for one in held],
        [until for _ in held],
        [None if one.fact is None else one.fact.type for one in held],
        [None if one.fact is None else one.fact.key for one in held],
        *columns(tx_service(tx), [one.outgoing for one in held]),
    )


async def release(tx: Tx, tenant_id: UUID, channel_id: UUID) -> list[Envelope]:
    """Tell what was held and need not wait any longer; what was told."""
    rows = await tx.fetch(_RELEASE, tenant_id, channel_id)
    return [frame.decode(row["envelope"]) for row in rows]


async def next_place(tx: Tx) -> int:
    """A number in the order of arrival, for what is told without a webhook."""
    (place,) = await next_places(tx, 1)
    return place


async def next_places(tx: Tx, count: int) -> list[int]:
    """So many of them, in order."""
    rows = await tx.fetch(_PLACES, count)
    return [row["place"] for row in rows]


def columns_as(prefix: str) -> str:
    """The columns of a delivery, each under a name with this prefix."""
    return ", ".join(f"{name} AS {prefix}{name}" for name in re.findall(r"\w+", _COLUMNS))


def delivery_of(row: asyncpg.Record, prefix: str = "") -> Delivery:
    """A row of the columns."""
    asked = frame.decode(row[prefix + "requested"])
    group = asked.type == _INTO_GROUP
    request: MessageSendRequested | MessagePostRequested
    if group:
        request = msgspec.json.decode(asked.data, type=MessagePostRequested)
    else:
        request = msgspec.json.decode(asked.data, type=MessageSendRequested)
    return Delivery(
        id=row[prefix + "id"],
        tenant_id=row[prefix + "tenant_id"],
        channel_id=row[prefix + "channel_id"],
        contact_id=row[prefix + "contact_id"],
        state=row[prefix + "state"],
        attempts=row[prefix + "attempts"],
        next_at=row[prefix + "next_at"],
        expires_at=row[prefix + "expires_at"],
        chat=row[prefix + "chat"],
        reserved=row[prefix + "reserved"],
        claimed_at=row[prefix + "claimed_at"],
        failure=row[prefix + "failure"],
        wrote_in=request.chat,
        recipient=request.recipient if isinstance(request, MessageSendRequested) else [],
        outbound=request.outbound,
        asked=row[prefix + "requested"],
        group=group,
    )
