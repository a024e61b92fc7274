"""Which contacts turned out to be one: edges, refusals, and the lock on people."""

# ruff: noqa: S608 - column names put together from constants

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from platform_aliases import Forest, Link, StaleRoots
from platform_aliases.model import path
from platform_postgres import Tx
from ventros_contacts.domain.contact import Contact
from ventros_contacts.domain.errors import ContactNotFound
from ventros_contacts.store.rows import columns, contacts_of

ALIASES = Forest("contact_alias", node="node_id")
"""Only contacts that were ever joined have a row; all others stand alone."""

Strategy = Literal["proof", "manual"]

_LOCK_PEOPLE = f"""
WITH RECURSIVE chain (id) AS (
    SELECT unnest($1::uuid[])
  UNION
    SELECT a.root_id FROM chain JOIN contact_alias AS a ON a.node_id = chain.id
    WHERE a.root_id IS NOT NULL
)
SELECT {columns("c")}
FROM contact AS c
WHERE c.id = ANY (ARRAY (SELECT chain.id FROM chain))
ORDER BY c.id
FOR NO KEY UPDATE
"""

_EDGES = """
SELECT a.node_id AS node, a.root_id AS root, a.version
FROM contact_alias AS a
WHERE a.node_id = ANY ($1::uuid[])
"""

_LINK = """
INSERT INTO contact_alias
    (tenant_id, node_id, project_id, root_id, version, strategy, merged_at)
SELECT $1, row.node_id, c.project_id, row.root_id, row.version, $5, $6
FROM unnest($2::uuid[], $3::uuid[], $4::integer[]) AS row (node_id, root_id, version)
JOIN contact AS c ON c.id = row.node_id
ON CONFLICT (tenant_id, node_id) DO UPDATE
SET root_id = excluded.root_id, version = excluded.version, strategy = excluded.strategy,
    merged_at = excluded.merged_at, undone_at = NULL
"""

_UNLINK = """
UPDATE contact_alias SET root_id = NULL, version = $2, undone_at = $3 WHERE node_id = $1
"""

_REFUSALS = """
SELECT r.one_id, r.other_id
FROM contact_refusal AS r
WHERE r.one_id = ANY ($1::uuid[]) AND r.other_id = ANY ($1::uuid[])
"""

_REFUSE = """
INSERT INTO contact_refusal (tenant_id, one_id, other_id, refused_at)
SELECT $1, row.one_id, row.other_id, $4
FROM unnest($2::uuid[], $3::uuid[]) AS row (one_id, other_id)
ON CONFLICT DO NOTHING
"""

_ALLOW = """
DELETE FROM contact_refusal AS r
WHERE r.one_id = ANY ($1::uuid[]) AND r.other_id = ANY ($1::uuid[])
"""


class People(msgspec.Struct, frozen=True):
    """Contacts whose rows are locked, with all their ancestors, and the edges between them."""

    contacts: dict[UUID, Contact]
    links: dict[UUID, Link]

    def path(self, node: UUID) -> list[UUID]:
        """The nodes from `node` to its root."""
        return path({id_: link.parent for id_, link in self.links.items()}, node)

    def root(self, node: UUID) -> UUID:
        """The root of a node."""
        return self.path(node)[-1]

    def person(self, project_id: UUID, contact_id: UUID) -> Contact:
        """The root of a contact of the project that is not deleted.

        Raises:
            ContactNotFound: there is none.
        """
        root = self.contacts.get(self.root(contact_id))
        if root is None or root.project_id != project_id or root.deleted_at is not None:
            raise ContactNotFound(contact_id)
        return root

    def edge_version(self, node: UUID) -> int:
        """The version of a node's edge, 0 when it never had one."""
        link = self.links.get(node)
        return 0 if link is None else link.version

    def trail(self, node: UUID) -> list[Link]:
        """The edges of the path, closed by what is known of the root's own: see `Forest.paths`."""
        return [self.links[step] for step in self.path(node) if step in self.links]


async def lock_people(tx: Tx, nodes: Iterable[UUID]) -> People:
    """Lock the rows of contacts and of all their ancestors, in the order of their ids.

    Raises:
        StaleRoots: they were joined to others while this waited.
    """
    asked = sorted(set(nodes))
    if not asked:
        return People({}, {})
    contacts = contacts_of(await tx.fetch(_LOCK_PEOPLE, asked))
    # Read after the locks: nobody can change an edge of a node whose row we hold.
    rows = await tx.fetch(_EDGES, list(contacts))
    links = {row["node"]: Link(row["node"], row["root"], row["version"]) for row in rows}
    for link in links.values():
        if link.parent is not None and link.parent not in contacts:
            raise StaleRoots(f"{link.node} was joined to another contact meanwhile")
    return People(contacts, links)


async def link(
    tx: Tx, tenant_id: UUID, links: Sequence[Link], *, strategy: Strategy, now: datetime
) -> None:
    """Store edges of nodes whose rows are locked."""
    if links:
        nodes = [link.node for link in links]
        ends = [link.parent for link in links]
        versions = [link.version for link in links]
        await tx.execute(_LINK, tenant_id, nodes, ends, versions, strategy, now)


async def unlink(tx: Tx, node: UUID, *, version: int, now: datetime) -> None:
    """Undo the edge of a node whose row is locked."""
    await tx.execute(_UNLINK, node, version, now)


async def refusals(tx: Tx, nodes: Iterable[UUID]) -> frozenset[frozenset[UUID]]:
    """The pairs among these nodes that a person took apart."""
    rows = await tx.fetch(_REFUSALS, list(nodes))
    return frozenset(frozenset((row["one_id"], row["other_id"])) for row in rows)


async def refuse(
    tx: Tx, tenant_id: UUID, pairs: Iterable[tuple[UUID, UUID]], now: datetime
) -> None:
    """Keep pairs from being joined by proof."""
    ordered = sorted({(min(pair), max(pair)) for pair in pairs})
    ones, others = [one for one, _ in ordered], [other for _, other in ordered]
    await tx.execute(_REFUSE, tenant_id, ones, others, now)


async def allow(tx: Tx, nodes: Iterable[UUID]) -> None:
    """Forget all refusals among these nodes."""
    await tx.execute(_ALLOW, list(nodes))
