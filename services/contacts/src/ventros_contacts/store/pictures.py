"""Rows of `contact_profile_picture`."""

from collections.abc import Sequence
from uuid import UUID

from platform_postgres import Tx
from ventros_contacts.domain.contact import Contact
from ventros_contacts.domain.picture import Picture
from ventros_contacts.store.rows import columns, contact_of

# Held in the order of ids, as everywhere; what was told of it before comes along.
_FOR = f"""
SELECT {columns("c")}, p.url, p.fetched_at
FROM contact AS c
LEFT JOIN contact_profile_picture AS p ON p.tenant_id = c.tenant_id AND p.contact_id = c.id
WHERE c.project_id = ANY ($1::uuid[]) AND c.id = ANY ($2::uuid[]) AND c.deleted_at IS NULL
ORDER BY c.id
FOR NO KEY UPDATE OF c
"""  # noqa: S608 - column names put together from constants

_PUT = """
INSERT INTO contact_profile_picture (tenant_id, contact_id, url, fetched_at)
VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant_id, contact_id) DO UPDATE
SET url = excluded.url, fetched_at = excluded.fetched_at
"""

_NEWEST = """
SELECT contact_id, url, fetched_at FROM contact_profile_picture
WHERE contact_id = ANY ($1::uuid[])
ORDER BY fetched_at DESC LIMIT 1
"""


async def known(
    tx: Tx, project_ids: Sequence[UUID], contact_ids: Sequence[UUID]
) -> dict[UUID, tuple[Contact, Picture | None]]:
    """The contacts that are there, locked, and their pictures."""
    rows = await tx.fetch(_FOR, list(project_ids), list(contact_ids))
    return {
        row["id"]: (
            contact_of(row),
            None
            if row["url"] is None
            else Picture(contact_id=row["id"], url=row["url"], fetched_at=row["fetched_at"]),
        )
        for row in rows
    }


async def put(tx: Tx, tenant_id: UUID, picture: Picture) -> None:
    """This is the picture now."""
    await tx.execute(_PUT, tenant_id, picture.contact_id, picture.url, picture.fetched_at)


async def newest(tx: Tx, nodes: Sequence[UUID]) -> Picture | None:
    """What was told last of any of a person's nodes."""
    row = await tx.fetchrow(_NEWEST, list(nodes))
    return None if row is None else Picture(**row)
