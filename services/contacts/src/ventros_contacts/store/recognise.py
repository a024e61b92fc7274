"""The hot path: whose these messages are, with the time of the interaction written at once."""

# ruff: noqa: S608 - column names put together from constants

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from platform_aliases import Link
from platform_postgres import Tx
from ventros_contacts.domain.contact import Contact
from ventros_contacts.domain.identity import IdentityKey
from ventros_contacts.store.rows import columns, contact_of

# Both statements do all or nothing: when one identity of one party is unknown or unproven, or when
# a party's identities belong to two people, no row is locked or written and no row comes back. What
# is needed then takes the locks on identities first, which must come before those on contacts.
#
# `locked` takes its locks in the order of ids; `touched` writes only rows that come out of it.

# Of people who are one contact each and always were: nearly everybody, in half the time.
_SINGLE = f"""
WITH asked AS MATERIALIZED (
    SELECT k.party, k.first_at, k.last_at, i.contact_id, coalesce(i.verified, false) AS verified
    FROM unnest($1::integer[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[],
                $6::timestamptz[])
        AS k (party, project_id, kind, value, first_at, last_at)
    LEFT JOIN LATERAL (
        SELECT i.contact_id, i.verified FROM contact_identity AS i
        WHERE i.project_id = k.project_id AND i.kind = k.kind AND i.value = k.value
        LIMIT 1
    ) AS i ON true
),
met AS MATERIALIZED (
    SELECT a.contact_id AS node, array_agg(DISTINCT a.party) AS parties,
        min(a.first_at) AS first_at, max(a.last_at) AS last_at, bool_and(a.verified) AS proven
    FROM asked AS a
    GROUP BY a.contact_id
),
locked AS MATERIALIZED (
    SELECT c.*
    FROM contact AS c
    WHERE c.id = ANY (ARRAY (SELECT m.node FROM met AS m))
        AND (SELECT bool_and(m.proven) AND sum(cardinality(m.parties)) = $7::integer FROM met AS m)
        AND NOT EXISTS (
            SELECT FROM contact_alias AS e
            WHERE e.node_id = ANY (ARRAY (SELECT m.node FROM met AS m))
        )
    ORDER BY c.id
    FOR NO KEY UPDATE
),
touched AS (
    UPDATE contact AS c
    SET first_interaction_at = least(c.first_interaction_at, m.first_at),
        last_interaction_at = greatest(c.last_interaction_at, m.last_at)
    FROM locked AS l JOIN met AS m ON m.node = l.id
    WHERE c.id = l.id
)
SELECT {columns("l")}, m.parties
FROM locked AS l JOIN met AS m ON m.node = l.id
"""

_JOINED = f"""
WITH RECURSIVE asked AS MATERIALIZED (
    SELECT k.party, k.first_at, k.last_at, k.place, i.contact_id,
        coalesce(i.verified, false) AS proven
    FROM unnest($1::integer[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[],
                $6::timestamptz[])
        WITH ORDINALITY AS k (party, project_id, kind, value, first_at, last_at, place)
    LEFT JOIN LATERAL (
        SELECT i.contact_id, i.verified FROM contact_identity AS i
        WHERE i.project_id = k.project_id AND i.kind = k.kind AND i.value = k.value
        LIMIT 1
    ) AS i ON true
),
chain (node, at, step, nodes, versions) AS (
    SELECT DISTINCT a.contact_id, a.contact_id, 0, '{{}}'::uuid[], '{{}}'::integer[]
    FROM asked AS a WHERE a.contact_id IS NOT NULL
  UNION ALL
    SELECT c.node, e.root_id, c.step + 1, c.nodes || e.node_id, c.versions || e.version
    FROM chain AS c
    CROSS JOIN LATERAL (
        SELECT e.node_id, e.root_id, e.version FROM contact_alias AS e
        WHERE e.node_id = c.at AND e.root_id IS NOT NULL
        LIMIT 1
    ) AS e
    WHERE c.step < 64
),
people AS MATERIALIZED (
    SELECT DISTINCT ON (c.node) c.node, c.at AS root, c.nodes, c.versions
    FROM chain AS c
    ORDER BY c.node, c.step DESC
),
steady AS MATERIALIZED (
    SELECT coalesce(bool_and(party.known), false) AS holds
    FROM (
        SELECT bool_and(a.proven) AND count(DISTINCT p.root) = 1 AS known
        FROM asked AS a LEFT JOIN people AS p ON p.node = a.contact_id
        GROUP BY a.party
    ) AS party
),
met AS MATERIALIZED (
    SELECT own.contact_id AS node, array_agg(own.party) AS parties,
        min(own.first_at) AS first_at, max(own.last_at) AS last_at
    FROM (
        SELECT DISTINCT ON (a.party) a.party, a.contact_id, a.first_at, a.last_at
        FROM asked AS a ORDER BY a.party, a.place
    ) AS own
    GROUP BY own.contact_id
),
locked AS MATERIALIZED (
    SELECT c.*
    FROM contact AS c
    WHERE c.id = ANY (ARRAY (SELECT m.node FROM met AS m UNION
                             SELECT p.root FROM met AS m JOIN people AS p ON p.node = m.node))
        AND (SELECT s.holds FROM steady AS s)
    ORDER BY c.id
    FOR NO KEY UPDATE
),
touched AS (
    UPDATE contact AS c
    SET first_interaction_at = least(c.first_interaction_at, m.first_at),
        last_interaction_at = greatest(c.last_interaction_at, m.last_at)
    FROM locked AS l JOIN met AS m ON m.node = l.id
    WHERE c.id = l.id
)
SELECT {columns("l")}, m.parties, p.root, p.nodes, p.versions, own.version AS own_version
FROM locked AS l
LEFT JOIN met AS m ON m.node = l.id
LEFT JOIN people AS p ON p.node = m.node
LEFT JOIN contact_alias AS own ON own.node_id = p.root AND own.root_id IS NULL
"""


class Party(msgspec.Struct, frozen=True):
    """Identities that messages came with, preferred first, and when these messages were sent."""

    keys: tuple[IdentityKey, ...]
    first_at: datetime
    last_at: datetime


class Recognised(msgspec.Struct, frozen=True):
    """Whose each party is, by its place; contacts as they were before these messages.

    `links` has the edges from each node to its root: see `platform_aliases.Forest.paths`.
    """

    nodes: dict[int, UUID]
    roots: dict[UUID, UUID]
    links: dict[UUID, list[Link]]
    contacts: dict[UUID, Contact]


async def recognise(tx: Tx, parties: Sequence[Party]) -> Recognised | None:
    """Find everybody, lock them and write the times of their interactions, in one statement.

    None, and nothing locked or written, when somebody is not known well enough. People of several
    contacts take a second statement.
    """
    arguments = arguments_of(
        [(number, party, key) for number, party in enumerate(parties) for key in party.keys]
    )
    found = Recognised({}, {}, {}, {})
    for row in await tx.fetch(_SINGLE, *arguments, len(parties)):
        _note(found, row, row["id"], [])
    if not found.contacts:
        for row in await tx.fetch(_JOINED, *arguments):
            _note(found, row, row["root"], _trail(row))
    return found if found.contacts else None


def arguments_of(asked: Sequence[tuple[int, Party, IdentityKey]]) -> tuple[object, ...]:
    """The parameters of both statements: parties by number with each of their identities."""
    return (
        [number for number, _, _ in asked],
        [key.project_id for _, _, key in asked],
        [key.kind for _, _, key in asked],
        [key.value for _, _, key in asked],
        [party.first_at for _, party, _ in asked],
        [party.last_at for _, party, _ in asked],
    )


def _note(found: Recognised, row: Mapping[str, Any], root: UUID, trail: list[Link]) -> None:
    node = row["id"]
    found.contacts[node] = contact_of(row)
    if row["parties"] is not None:
        for party in row["parties"]:
            found.nodes[party] = node
        found.roots[node] = root
        found.links[node] = trail


def _trail(row: Mapping[str, Any]) -> list[Link]:
    """The edges of a path, closed by the undone edge of its root, if there is one."""
    root = row["root"]
    if root is None:
        return []
    ends = [*row["nodes"], root][1:]
    trail = [Link(*edge) for edge in zip(row["nodes"], ends, row["versions"], strict=True)]
    if row["own_version"] is not None:
        trail.append(Link(root, None, row["own_version"]))
    return trail
