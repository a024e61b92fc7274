"""Contacts read as people: a root with the nodes that it stands for."""

# ruff: noqa: S608 - column names put together from constants

from collections.abc import Sequence
from uuid import UUID

from platform_postgres import Tx
from ventros_contacts.domain.contact import Contact
from ventros_contacts.store.rows import columns, contact_of, contacts_of

_TREE_OF = f"""
WITH RECURSIVE up (id, step) AS (
    SELECT $2::uuid, 0
  UNION ALL
    SELECT a.root_id, up.step + 1 FROM up JOIN contact_alias AS a ON a.node_id = up.id
    WHERE a.root_id IS NOT NULL AND up.step < 64
),
top (id) AS (SELECT up.id FROM up ORDER BY up.step DESC LIMIT 1),
tree (id) AS (
    SELECT top.id FROM top
  UNION
    SELECT a.node_id FROM tree JOIN contact_alias AS a ON a.root_id = tree.id
)
SELECT {columns("c")}, c.id = (SELECT top.id FROM top) AS is_root
FROM tree JOIN contact AS c ON c.id = tree.id
WHERE c.project_id = $1
"""

_MEMBERS = f"""
WITH RECURSIVE tree (root, id) AS (
    SELECT a.root_id, a.node_id FROM contact_alias AS a WHERE a.root_id = ANY ($1::uuid[])
  UNION
    SELECT tree.root, a.node_id FROM tree JOIN contact_alias AS a ON a.root_id = tree.id
)
SELECT tree.root, {columns("c")}
FROM tree JOIN contact AS c ON c.id = tree.id
"""


_ALL = f"""
SELECT {columns("c")} FROM contact AS c
WHERE c.id > $1
ORDER BY c.id LIMIT $2
"""


async def all_after(tx: Tx, after: UUID, limit: int) -> list[Contact]:
    """The tenant's nodes in the order of their ids, deleted ones too."""
    return [contact_of(row) for row in await tx.fetch(_ALL, after, limit)]


async def tree_of(
    tx: Tx, project_id: UUID, contact_id: UUID
) -> tuple[Contact | None, list[Contact]]:
    """The root of a contact of the project and its other nodes; no root when there is none."""
    rows = await tx.fetch(_TREE_OF, project_id, contact_id)
    root = next((contact_of(row) for row in rows if row["is_root"]), None)
    return root, list(contacts_of(row for row in rows if not row["is_root"]).values())


async def members(tx: Tx, roots: Sequence[UUID]) -> dict[UUID, list[Contact]]:
    """The other nodes of each root."""
    found: dict[UUID, list[Contact]] = {root: [] for root in roots}
    for row in await tx.fetch(_MEMBERS, list(roots)):
        found[row["root"]].append(contact_of(row))
    return found
