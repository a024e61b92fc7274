"""The table `message`: stored in sets, read in the order of a timeline."""

from collections.abc import Sequence
from typing import Final, Literal
from uuid import UUID

from asyncpg import Record

from platform_bus import Outgoing, outbox
from platform_core.ids import new_id
from platform_postgres import Tx
from ventros_messaging.domain.content import ContentType, type_of
from ventros_messaging.domain.enrichment import ENRICHED, EXCERPT, Excerpt
from ventros_messaging.domain.message import Message, StoredMessage
from ventros_messaging.domain.timeline import Order, Span
from ventros_messaging.store import attached, rows, words
from ventros_messaging.store.documents import document, without_nul
from ventros_messaging.store.early import Ref
from ventros_messaging.store.words import Wanted

Owner = Literal["contact_id", "session_id", "chat_id"]
"""The column that says whose timeline it is."""

# The gates of the channels are held shared until the end; see `store/early.py` for why. What comes
# back are the channels that need a closer look, which is nearly never one: the gate is new, or it
# moved since this statement began, or something waits for one of the messages.
_STORE: Final = """
WITH gate AS (
    SELECT channel_id, kept
    FROM message_gate
    WHERE tenant_id = $1 AND channel_id = ANY($29::uuid[])
    ORDER BY channel_id
    FOR SHARE
),
stored AS (
    INSERT INTO message (
        tenant_id, id, project_id, contact_id, session_id, channel_id, channel_type, from_me,
        provider_message_id, stanza, status, source, content_type, content, quote_stanza,
        quote_text, referral, occurred_at, received_at, ingress_seq, chat_id, author, version,
        mentions
    )
    SELECT $1, given.*
    FROM unnest(
        $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::boolean[],
        $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::jsonb[],
        $15::text[], $16::text[], $17::jsonb[], $18::timestamptz[], $19::timestamptz[],
        $20::bigint[], $21::uuid[], $22::jsonb[], $31::integer[], $32::jsonb[]
    ) AS given
    ON CONFLICT DO NOTHING
    RETURNING id, source
),
-- One look at the channels, and nothing more unless machines work for one of them; of the past
-- nobody does.
for_machines AS (
    INSERT INTO machine_queue (tenant_id, id, message_ids)
    SELECT $1, (array_agg(stored.id ORDER BY stored.id))[1], array_agg(stored.id)
    FROM stored
    WHERE EXISTS (
        SELECT FROM channel_ref
        WHERE tenant_id = $1 AND id = ANY($6::uuid[]) AND debounce_ms IS NOT NULL
    )
        AND stored.source <> 'history_import'
    HAVING count(*) > 0
),
said AS (
    INSERT INTO outbox (tenant_id, shard, id, exchange, type, envelope)
    SELECT $1, said.shard, said.id, said.exchange, said.type, said.envelope
    FROM unnest(
        $23::uuid[], $24::smallint[], $25::uuid[], $26::text[], $27::text[], $28::bytea[]
    ) WITH ORDINALITY AS said (message_id, shard, id, exchange, type, envelope, place)
    JOIN stored ON stored.id = said.message_id
    ORDER BY said.place
),
queued AS (
    INSERT INTO word_queue (tenant_id, id, message_ids)
    SELECT $1, $30, array_agg(stored.id) FROM stored HAVING count(*) > 0
)
SELECT asked.channel_id
FROM unnest($29::uuid[]) AS asked (channel_id)
LEFT JOIN gate ON gate.channel_id = asked.channel_id
LEFT JOIN message_gate AS before
    ON before.tenant_id = $1 AND before.channel_id = asked.channel_id
WHERE gate.kept IS NULL OR before.kept IS DISTINCT FROM gate.kept
  UNION
SELECT early.channel_id
FROM unnest($6::uuid[], $10::text[]) AS given (channel_id, stanza)
JOIN early_fact AS early
    ON early.tenant_id = $1
    AND early.channel_id = given.channel_id
    AND early.stanza = given.stanza
"""

_COLUMNS: Final = f"{rows.MESSAGE}, {rows.FATE}"

# A quote names its original by stanza. It is looked up for the rows of the page alone, and not
# stored: the original may come after its answer. So are the words of a file, which come later.
_WITH_WHAT_BELONGS: Final = f"""
SELECT page.*, quoted.id AS quoted_id, said.status AS said_status, said.error AS said_error,
    left(said.text, {EXCERPT}) AS said_text, length(said.text) > {EXCERPT} AS said_cut,
    {attached.COLUMNS}
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
LEFT JOIN LATERAL (
    SELECT one.status, one.error, one.text
    FROM message_enrichment AS one
    WHERE one.tenant_id = $1 AND one.message_id = page.id
    LIMIT 1
) AS said ON page.content ->> 'type' = ANY('{{{",".join(ENRICHED)}}}')
{attached.JOIN}
"""  # noqa: S608 - constants of this module

READ: Final = f"""
WITH page AS (
    SELECT {_COLUMNS}
    FROM message
    WHERE tenant_id = $1 AND project_id = $2 AND id = $3
)
{_WITH_WHAT_BELONGS}
"""  # noqa: S608 - constants of this module


def _timeline(owner: Owner, order: Order, *, search: bool = False) -> str:
    """One page of the messages whose `owner` is one of $3, merged from one index scan of each.

    A search narrows it to those with a word of each condition (see `store/words.py`).

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
            AND ($11::uuid IS NULL OR channel_id = $11)
            {f"AND {words.HAS_WORDS}" if search else ""}
        ORDER BY {keys}
        LIMIT $10
    ) AS part
    ORDER BY {keys}
    LIMIT $10
)
{_WITH_WHAT_BELONGS}
ORDER BY {keys}
"""  # noqa: S608 - constants of this module


_OWNERS: Final[tuple[Owner, ...]] = ("contact_id", "session_id", "chat_id")
_ORDERS: Final[tuple[Order, ...]] = ("asc", "desc")

TIMELINES: Final[dict[tuple[Owner, Order], str]] = {
    (owner, order): _timeline(owner, order) for owner in _OWNERS for order in _ORDERS
}
"""The page query by whose timeline it is and its order."""

SEARCHES: Final[dict[tuple[Owner, Order], str]] = {
    (owner, order): _timeline(owner, order, search=True) for owner, order in TIMELINES
}
"""The same, of messages with words."""

_OF_MESSAGE: Final = ", ".join(f"message.{name.strip()}" for name in _COLUMNS.split(","))


def _of_project(order: Order) -> str:
    keys = "occurred_at, ingress_seq, id"
    if order == "desc":
        keys = "occurred_at DESC, ingress_seq DESC, id DESC"
    return f"""
WITH {words.of_project(order, _OF_MESSAGE)}
{_WITH_WHAT_BELONGS}
ORDER BY {keys}
"""


OF_PROJECT: Final[dict[Order, str]] = {"asc": _of_project("asc"), "desc": _of_project("desc")}
"""The page query of a search in all that was said in a project, by its order."""


async def store_and_say(
    tx: Tx, tenant_id: UUID, messages: Sequence[Message], events: Sequence[Outgoing]
) -> list[Ref]:
    """Store what is not stored yet, and put the events of that into the outbox in their order.

    Returns the messages of which something may have been told before they came.

    It is one statement, because a bundle has few messages of each tenant and a statement costs
    more than its rows: the two apart took 12 to 25 % more of this process's time.

    `messages` have different ids; an event's subject is the message that it speaks of. Rows go in
    by id, so that two transactions with the same messages wait and do not deadlock.
    """
    given = sorted(messages, key=lambda message: message.id)
    waiting = await tx.fetch(
        _STORE,
        tenant_id,
        [row.id for row in given],
        [row.project_id for row in given],
        [row.contact_id for row in given],
        [row.session_id for row in given],
        [row.channel_id for row in given],
        [row.channel_type for row in given],
        [row.from_me for row in given],
        [row.provider_message_id for row in given],
        [row.stanza for row in given],
        [row.status for row in given],
        [row.source for row in given],
        [type_of(row.content) for row in given],
        [document(row.content) for row in given],
        [None if row.quote is None else row.quote.stanza for row in given],
        [None if row.quote is None else without_nul(row.quote.text) for row in given],
        [None if row.referral is None else document(row.referral) for row in given],
        [row.occurred_at for row in given],
        [row.received_at for row in given],
        [row.ingress_seq for row in given],
        [row.chat_id for row in given],
        [None if row.author is None else document(row.author) for row in given],
        [event.subject for event in events],
        *outbox.columns(outbox.tx_service(tx), events),
        sorted({row.channel_id for row in given}),
        new_id(),
        [row.version for row in given],
        [document(row.mentions) if row.mentions else None for row in given],
    )
    channels = {row["channel_id"] for row in waiting}
    return [Ref(row.channel_id, row.stanza) for row in given if row.channel_id in channels]


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
    channel_id: UUID | None = None,
    wanted: Wanted | None = None,
) -> list[StoredMessage]:
    """At most `limit` messages within `span`, in its order, whose `owner` is one of `ids`; those
    alone that are `wanted`."""
    found = await tx.fetch(
        (TIMELINES if wanted is None else SEARCHES)[owner, span.order],
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
        channel_id,
        *(() if wanted is None else wanted.arguments()),
    )
    return [_message(row) for row in found]


async def search(
    tx: Tx,
    tenant_id: UUID,
    project_id: UUID,
    *,
    lead: Sequence[str],
    wanted: Wanted,
    span: Span,
    content_type: ContentType | None,
    from_me: bool | None,
    limit: int,
) -> list[StoredMessage]:
    """At most `limit` messages of a project within `span`, in its order, with one of the words of
    `lead`, that are `wanted`."""
    found = await tx.fetch(
        OF_PROJECT[span.order],
        tenant_id,
        project_id,
        lead,
        span.start.occurred_at,
        span.start.ingress_seq,
        span.start.id,
        span.end,
        content_type,
        from_me,
        limit,
        None,
        *wanted.arguments(),
    )
    return [_message(row) for row in found]


def _message(row: Record) -> StoredMessage:
    return StoredMessage(
        message=rows.message_of(row),
        quoted_id=row["quoted_id"],
        created_at=row["created_at"],
        version=row["version"],
        progress=rows.progress_of(row),
        edited_at=row["edited_at"],
        revocation=rows.revocation_of(row),
        reactions=tuple(each for each in rows.reactions_of(row) if each.emoji),
        votes=rows.votes_of(row),
        enrichment=_excerpt(row),
        file=attached.file_of(row),
    )


def _excerpt(row: Record) -> Excerpt | None:
    if row["said_status"] is None:
        return None
    return Excerpt(
        status=row["said_status"],
        text=row["said_text"],
        is_cut=bool(row["said_cut"]),
        error=row["said_error"],
    )
