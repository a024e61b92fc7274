"""The words of messages: queued beside the message, written by a loop, looked for in order.

A search walks an index in the order of the timeline: that of a word, or, within a conversation,
that of its timeline with a look for each of the words.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from platform_core.ids import new_id
from platform_postgres import Tx
from ventros_messaging.domain.content import Content
from ventros_messaging.domain.timeline import Order
from ventros_messaging.store import rows

_QUEUE: Final = "INSERT INTO word_queue (tenant_id, id, message_ids) VALUES ($1, $2, $3)"

_WAITING: Final = "SELECT DISTINCT tenant_id FROM word_queue LIMIT $1"

# One at a time writes words of a tenant, so that of two wordings of a message the later one stays.
_ALONE: Final = "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))"

_TAKE: Final = """
DELETE FROM word_queue
WHERE tenant_id = $1
    AND id IN (
        SELECT id FROM word_queue WHERE tenant_id = $1 ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
    )
RETURNING message_ids
"""

_READ: Final = """
SELECT id, project_id, occurred_at, ingress_seq, content, edited_at
FROM message
WHERE tenant_id = $1 AND id = ANY($2::uuid[])
"""

_FORMER: Final = """
SELECT message_id, content FROM message_version
WHERE tenant_id = $1 AND message_id = ANY($2::uuid[])
"""

_WRITE: Final = """
INSERT INTO message_word (tenant_id, project_id, word, occurred_at, ingress_seq, message_id)
SELECT $1, given.*
FROM unnest(
    $2::uuid[], $3::text[], $4::timestamptz[], $5::bigint[], $6::uuid[]
) AS given
ON CONFLICT DO NOTHING
"""

_REMOVE: Final = """
DELETE FROM message_word
USING unnest(
    $2::uuid[], $3::text[], $4::timestamptz[], $5::bigint[], $6::uuid[]
) AS given (project_id, word, occurred_at, ingress_seq, message_id)
WHERE message_word.tenant_id = $1
    AND message_word.project_id = given.project_id
    AND message_word.word = given.word
    AND message_word.occurred_at = given.occurred_at
    AND message_word.ingress_seq = given.ingress_seq
    AND message_word.message_id = given.message_id
"""

# From one word to the next: as many looks into the index as there are words.
_BEGINNING: Final = """
WITH RECURSIVE found (word) AS (
    (
        SELECT word
        FROM message_word
        WHERE tenant_id = $1 AND project_id = $2 AND word >= $3 AND word < $4
        ORDER BY word
        LIMIT 1
    )
  UNION ALL
    SELECT (
        SELECT message_word.word
        FROM message_word
        WHERE tenant_id = $1
            AND project_id = $2
            AND message_word.word > found.word
            AND message_word.word < $4
        ORDER BY message_word.word
        LIMIT 1
    )
    FROM found
    WHERE found.word IS NOT NULL
)
SELECT word FROM found WHERE word IS NOT NULL LIMIT $5
"""

_COUNT: Final = """
SELECT (
    SELECT count(*)
    FROM (
        SELECT
        FROM message_word
        WHERE tenant_id = $1 AND project_id = $2 AND word = asked.word
        LIMIT $4
    ) AS counted
) AS number
FROM unnest($3::text[]) AS asked (word)
"""

HAS_WORDS: Final = """
    (
        SELECT count(DISTINCT wanted.condition)
        FROM unnest($12::integer[], $13::text[]) AS wanted (condition, word)
        JOIN message_word
            ON message_word.tenant_id = $1
            AND message_word.project_id = $2
            AND message_word.word = wanted.word
            AND message_word.occurred_at = message.occurred_at
            AND message_word.ingress_seq = message.ingress_seq
            AND message_word.message_id = message.id
    ) = $14
"""
"""A message has a word of every condition."""


def of_project(order: Order, columns: str) -> str:
    """One page of the messages of a project with one of the words $3 and one of each condition."""
    if order == "asc":
        beyond, until, keys = ">", "<", "{0}occurred_at, {0}ingress_seq, {0}"
    else:
        beyond, until, keys = "<", ">=", "{0}occurred_at DESC, {0}ingress_seq DESC, {0}"
    end = "" if order == "asc" else " DESC"
    place = f"{keys.format('lead.')}message_id{end}"
    shown = f"{keys.format('')}id{end}"
    return f"""
page AS (
    SELECT DISTINCT ON ({shown.replace(" DESC", "")}) part.*
    FROM unnest($3::text[]) AS asked (word)
    CROSS JOIN LATERAL (
        SELECT {columns}
        FROM message_word AS lead
        JOIN message ON message.tenant_id = $1 AND message.id = lead.message_id
        WHERE lead.tenant_id = $1
            AND lead.project_id = $2
            AND lead.word = asked.word
            AND (lead.occurred_at, lead.ingress_seq, lead.message_id) {beyond} ($4, $5, $6)
            AND lead.occurred_at {until} $7
            AND message.project_id = $2
            AND ($8::text IS NULL OR message.content_type = $8)
            AND ($9::boolean IS NULL OR message.from_me = $9)
            AND ($11::uuid IS NULL OR message.channel_id = $11)
            AND message.contact_id IS NOT NULL
            AND {HAS_WORDS}
        ORDER BY {place}
        LIMIT $10
    ) AS part
    ORDER BY {shown}
    LIMIT $10
)
"""  # noqa: S608 - constants of this module


class Wanted(msgspec.Struct, frozen=True):
    """Conditions, each a choice of words: a message has to have one of each."""

    choices: tuple[tuple[str, ...], ...]

    def arguments(self) -> tuple[list[int], list[str], int]:
        """$12 to $14 of a statement with `HAS_WORDS`."""
        pairs = [(place, word) for place, choice in enumerate(self.choices) for word in choice]
        return [place for place, _ in pairs], [word for _, word in pairs], len(self.choices)


class Text(msgspec.Struct, frozen=True):
    """A message with what it says and said before."""

    id: UUID
    project_id: UUID
    occurred_at: datetime
    ingress_seq: int
    content: Content
    former: tuple[Content, ...]


class Entry(msgspec.Struct, frozen=True):
    """A word of a message."""

    text: Text
    word: str


async def queue(tx: Tx, tenant_id: UUID, message_ids: Sequence[UUID]) -> None:
    """Have the words of these messages written anew."""
    await tx.execute(_QUEUE, tenant_id, new_id(), message_ids)


async def waiting(tx: Tx, limit: int) -> list[UUID]:
    """Tenants with messages whose words are to be written (role system)."""
    return [row["tenant_id"] for row in await tx.fetch(_WAITING, limit)]


async def take(tx: Tx, tenant_id: UUID, limit: int) -> list[list[UUID]]:
    """The messages of `limit` bundles at most; none while another one writes for this tenant."""
    if not await tx.fetchval(_ALONE, f"words {tenant_id}"):
        return []
    return [row["message_ids"] for row in await tx.fetch(_TAKE, tenant_id, limit)]


async def texts(tx: Tx, tenant_id: UUID, message_ids: Sequence[UUID]) -> list[Text]:
    """What these messages say, and what those that were edited said."""
    found = await tx.fetch(_READ, tenant_id, message_ids)
    edited = [row["id"] for row in found if row["edited_at"] is not None]
    former: dict[UUID, list[Content]] = {}
    for row in await tx.fetch(_FORMER, tenant_id, edited) if edited else ():
        former.setdefault(row["message_id"], []).append(rows.CONTENT.decode(row["content"]))
    return [
        Text(
            row["id"],
            row["project_id"],
            row["occurred_at"],
            row["ingress_seq"],
            rows.CONTENT.decode(row["content"]),
            tuple(former.get(row["id"], ())),
        )
        for row in found
    ]


async def write(tx: Tx, tenant_id: UUID, added: Sequence[Entry], removed: Sequence[Entry]) -> None:
    """Write words, and take those away that are said no more."""
    for statement, entries in ((_REMOVE, removed), (_WRITE, added)):
        if entries:
            ordered = sorted(entries, key=lambda entry: (entry.word, entry.text.id))
            await tx.execute(
                statement,
                tenant_id,
                [entry.text.project_id for entry in ordered],
                [entry.word for entry in ordered],
                [entry.text.occurred_at for entry in ordered],
                [entry.text.ingress_seq for entry in ordered],
                [entry.text.id for entry in ordered],
            )


async def beginning(
    tx: Tx, tenant_id: UUID, project_id: UUID, lower: str, upper: str, *, limit: int
) -> list[str]:
    """Words that were said, from `lower` to before `upper`."""
    found = await tx.fetch(_BEGINNING, tenant_id, project_id, lower, upper, limit)
    return [row["word"] for row in found]


async def counts(
    tx: Tx, tenant_id: UUID, project_id: UUID, words: Sequence[str], *, most: int
) -> list[int]:
    """How many messages have each word, counted up to `most`."""
    found = await tx.fetch(_COUNT, tenant_id, project_id, words, most)
    return [row["number"] for row in found]
