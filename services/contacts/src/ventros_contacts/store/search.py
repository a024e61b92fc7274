"""The list of contacts, newest first: all of them, or those that match.

What is looked for is looked for in every node; what is found is the root. Every look-up is a
b-tree range on a term or an identity, because those operators are leakproof: see the migration.
"""

# ruff: noqa: S608 - column names put together from constants

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from platform_postgres import Tx
from ventros_contacts.domain.contact import Contact
from ventros_contacts.store.rows import columns, contacts_of

_PAGE = """
    c.project_id = $1 AND c.deleted_at IS NULL
    AND ($2::timestamptz IS NULL OR c.created_at >= $2)
    AND ($3::timestamptz IS NULL OR c.created_at < $3)
    AND ($4::timestamptz IS NULL OR (c.created_at, c.id) < ($4, $5::uuid))
ORDER BY c.created_at DESC, c.id DESC
LIMIT $6
"""

_ALL = f"""
SELECT {columns("c")}
FROM contact AS c
WHERE NOT EXISTS (
    SELECT FROM contact_alias AS a WHERE a.node_id = c.id AND a.root_id IS NOT NULL
) AND {_PAGE}
"""

# Each condition has a number (of terms 1 and up); a person has to meet all of them, with whichever
# of its nodes.
_MATCHING = f"""
WITH RECURSIVE hit (condition, id) AS (
    SELECT w.condition, t.contact_id
    FROM unnest($7::text[], $8::text[], $9::text[]) WITH ORDINALITY
        AS w (kind, lower, upper, condition)
    JOIN contact_term AS t
        ON t.project_id = $1 AND t.kind = w.kind AND t.term >= w.lower AND t.term < w.upper
  UNION ALL
    SELECT k.condition, i.contact_id
    FROM unnest($10::integer[], $11::text[], $12::text[]) AS k (condition, kind, value)
    JOIN contact_identity AS i
        ON i.project_id = $1 AND i.kind = k.kind AND i.value = k.value
),
climb (condition, id) AS (
    SELECT hit.condition, hit.id FROM hit
  UNION
    SELECT climb.condition, a.root_id
    FROM climb JOIN contact_alias AS a ON a.node_id = climb.id
    WHERE a.root_id IS NOT NULL
),
matching (id) AS (
    SELECT climb.id
    FROM climb
    WHERE NOT EXISTS (
        SELECT FROM contact_alias AS a WHERE a.node_id = climb.id AND a.root_id IS NOT NULL
    )
    GROUP BY climb.id
    HAVING count(DISTINCT climb.condition) = $13
)
SELECT {columns("c")}
FROM matching JOIN contact AS c ON c.id = matching.id
WHERE {_PAGE}
"""


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Which contacts of a project are asked for: created within, and beyond where a page ended."""

    project_id: UUID
    created_after: datetime | None
    created_before: datetime | None
    beyond: tuple[datetime, UUID] | None
    limit: int


class TermRange(msgspec.Struct, frozen=True):
    """Terms of one kind from `lower` to before `upper`: a condition of its own."""

    kind: str
    lower: str
    upper: str


class IdentityChoice(msgspec.Struct, frozen=True):
    """One identity; of those with the same condition, which is below 0, one has to do."""

    condition: int
    kind: str
    value: str


async def newest(tx: Tx, span: Span) -> dict[UUID, Contact]:
    """Roots, the newest first."""
    return contacts_of(await tx.fetch(_ALL, *arguments_of(span)))


async def matching(
    tx: Tx, span: Span, terms: Sequence[TermRange], identities: Sequence[IdentityChoice]
) -> dict[UUID, Contact]:
    """Roots of people who meet every condition, the newest first."""
    rows = await tx.fetch(_MATCHING, *matching_arguments(span, terms, identities))
    return contacts_of(rows)


def matching_arguments(
    span: Span, terms: Sequence[TermRange], identities: Sequence[IdentityChoice]
) -> tuple[object, ...]:
    """The parameters of the statement behind `matching`."""
    return (
        *arguments_of(span),
        [term.kind for term in terms],
        [term.lower for term in terms],
        [term.upper for term in terms],
        [choice.condition for choice in identities],
        [choice.kind for choice in identities],
        [choice.value for choice in identities],
        len(terms) + len({choice.condition for choice in identities}),
    )


def arguments_of(span: Span) -> tuple[object, ...]:
    """The parameters of the statement behind `newest`."""
    created_at, id_ = span.beyond or (None, None)
    return (
        span.project_id,
        span.created_after,
        span.created_before,
        created_at,
        id_,
        span.limit,
    )
