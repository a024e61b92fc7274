"""The table `message`: stored in sets, read in the order of a timeline."""

from collections.abc import Sequence
from typing import Final, Literal
from uuid import UUID

import msgspec
from asyncpg import Record

from platform_bus import Outgoing, outbox
from platform_postgres import Tx
from ventros_messaging.domain.content import Content, ContentType, type_of
from ventros_messaging.domain.message import AdReferral, Message, Quote, StoredMessage
from ventros_messaging.domain.timeline import Order, Span
from ventros_messaging.store.documents import document, without_nul

Owner = Literal["contact_id", "session_id"]
"""The column that says whose timeline it is."""

_STORE: Final = """
WITH stored AS (
    INSERT INTO message (
        tenant_id, id, project_id, contact_id, session_id, channel_id, channel_type, from_me,
        provider_message_id, stanza, status, source, content_type, content, quote_stanza,
        quote_text, referral, occurred_at, received_at, ingress_seq
    )
    SELECT $1, given.*
    FROM unnest(
        $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::boolean[],
        $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::jsonb[],
        $15::text[], $16::text[], $17::jsonb[], $18::timestamptz[], $19::timestamptz[],
        $20::bigint[]
    ) AS given
    ON CONFLICT DO NOTHING
    RETURNING id
)
INSERT INTO outbox (tenant_id, shard, id, exchange, type, envelope)
SELECT $1, said.shard, said.id, said.exchange, said.type, said.envelope
FROM unnest(
    $21::uuid[], $22::smallint[], $23::uuid[], $24::text[], $25::text[], $26::bytea[]
) WITH ORDINALITY AS said (message_id, shard, id, exchange, type, envelope, place)
JOIN stored ON stored.id = said.message_id
ORDER BY said.place
"""

_COLUMNS: Final = """
    project_id, id, contact_id, session_id, channel_id, channel_type, from_me,
    provider_message_id, stanza, status, source, content, quote_stanza, quote_text, referral,
    occurred_at, received_at, ingress_seq, created_at, version
"""

# A quote names its original by stanza. It is looked up for the rows of the page alone, and not
# stored: the original may come after its answer.
_WITH_QUOTED: Final = """
SELECT page.*, quoted.id AS quoted_id
FROM page
LEFT JOIN LATERAL (
    SELECT original.id
    FROM message AS original
    WHERE original.tenant_id = $1
        AND original.channel_id = page.channel_id
        AND original.stanza = page.quote_stanza
        AND original.project_id = $2
    ORDER BY original.from_me
    LIMIT 1
) AS quoted ON page.quote_stanza IS NOT NULL
"""

READ: Final = f"""
WITH page AS (
    SELECT {_COLUMNS}
    FROM message
    WHERE tenant_id = $1 AND project_id = $2 AND id = $3
)
{_WITH_QUOTED}
"""  # noqa: S608 - constants of this module


def _timeline(owner: Owner, order: Order) -> str:
    """One page of the messages whose `owner` is one of $3, merged from one index scan of each.

    Every scan starts at $4 to $6 and stops after a page, so that the cost is (ids x page), whatever
    the table holds. There is one bound on each side and no more: given two on the side where it
    starts, PostgreSQL may start at the looser one and read up to the other.
    """
    if order == "asc":
        beyond, until, keys = ">", "occurred_at <", "occurred_at, ingress_seq, id"
    else:
        beyond, until, keys = "<", "occurred_at >=", "occurred_at DESC, ingress_seq DESC, id DESC"
    return f"""
WITH page AS (
    SELECT part.*
    FROM unnest($3::uuid[]) AS asked (id)
    CROSS JOIN LATERAL (
        SELECT {_COLUMNS}
        FROM message
        WHERE tenant_id = $1
            AND project_id = $2
            AND {owner} = asked.id
            AND (occurred_at, ingress_seq, id) {beyond} ($4, $5, $6)
            AND {until} $7
            AND ($8::text IS NULL OR content_type = $8)
            AND ($9::boolean IS NULL OR from_me = $9)
        ORDER BY {keys}
        LIMIT $10
    ) AS part
    ORDER BY {keys}
    LIMIT $10
)
{_WITH_QUOTED}
ORDER BY {keys}
"""  # noqa: S608 - constants of this module


TIMELINES: Final[dict[tuple[Owner, Order], str]] = {
    ("contact_id", "asc"): _timeline("contact_id", "asc"),
    ("contact_id", "desc"): _timeline("contact_id", "desc"),
    ("session_id", "asc"): _timeline("session_id", "asc"),
    ("session_id", "desc"): _timeline("session_id", "desc"),
}
"""The page query by whose timeline it is and its order."""

_CONTENT: Final[msgspec.json.Decoder[Content]] = msgspec.json.Decoder(Content)
_REFERRAL: Final = msgspec.json.Decoder(AdReferral)


async def store_and_say(
    tx: Tx, tenant_id: UUID, messages: Sequence[Message], events: Sequence[Outgoing]
) -> None:
    """Store what is not stored yet, and put the events of that into the outbox in their order.

    It is one statement, because a bundle has few messages of each tenant and a statement costs
    more than its rows: the two apart took 12 to 25 % more of this process's time.

    `messages` have different ids; an event's subject is the message that it speaks of. Rows go in
    by id, so that two transactions with the same messages wait and do not deadlock.
    """
    rows = sorted(messages, key=lambda message: message.id)
    await tx.execute(
        _STORE,
        tenant_id,
        [row.id for row in rows],
        [row.project_id for row in rows],
        [row.contact_id for row in rows],
        [row.session_id for row in rows],
        [row.channel_id for row in rows],
        [row.channel_type for row in rows],
        [row.from_me for row in rows],
        [row.provider_message_id for row in rows],
        [row.stanza for row in rows],
        [row.status for row in rows],
        [row.source for row in rows],
        [type_of(row.content) for row in rows],
        [document(row.content) for row in rows],
        [None if row.quote is None else row.quote.stanza for row in rows],
        [None if row.quote is None else without_nul(row.quote.text) for row in rows],
        [None if row.referral is None else document(row.referral) for row in rows],
        [row.occurred_at for row in rows],
        [row.received_at for row in rows],
        [row.ingress_seq for row in rows],
        [event.subject for event in events],
        *outbox.columns(outbox.tx_service(tx), events),
    )


async def find(tx: Tx, tenant_id: UUID, project_id: UUID, message_id: UUID) -> StoredMessage | None:
    """The message with this id in this project."""
    row = await tx.fetchrow(READ, tenant_id, project_id, message_id)
    return None if row is None else _message(row)


async def timeline(
    tx: Tx,
    tenant_id: UUID,
    project_id: UUID,
    *,
    owner: Owner,
    ids: Sequence[UUID],
    span: Span,
    content_type: ContentType | None,
    from_me: bool | None,
    limit: int,
) -> list[StoredMessage]:
    """At most `limit` messages within `span`, in its order, whose `owner` is one of `ids`."""
    rows = await tx.fetch(
        TIMELINES[owner, span.order],
        tenant_id,
        project_id,
        ids,
        span.start.occurred_at,
        span.start.ingress_seq,
        span.start.id,
        span.end,
        content_type,
        from_me,
        limit,
    )
    return [_message(row) for row in rows]


def _message(row: Record) -> StoredMessage:
    quote_stanza, referral = row["quote_stanza"], row["referral"]
    return StoredMessage(
        message=Message(
            id=row["id"],
            project_id=row["project_id"],
            contact_id=row["contact_id"],
            session_id=row["session_id"],
            channel_id=row["channel_id"],
            channel_type=row["channel_type"],
            from_me=row["from_me"],
            provider_message_id=row["provider_message_id"],
            stanza=row["stanza"],
            status=row["status"],
            source=row["source"],
            content=_CONTENT.decode(row["content"]),
            quote=None
            if quote_stanza is None
            else Quote(stanza=quote_stanza, text=row["quote_text"]),
            referral=None if referral is None else _REFERRAL.decode(referral),
            occurred_at=row["occurred_at"],
            received_at=row["received_at"],
            ingress_seq=row["ingress_seq"],
        ),
        quoted_id=row["quoted_id"],
        created_at=row["created_at"],
        version=row["version"],
    )
