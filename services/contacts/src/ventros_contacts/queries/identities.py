"""What a person is recognised by."""

from uuid import UUID

import msgspec

from platform_postgres import Tx
from ventros_contacts.queries.person import person
from ventros_contacts.store import identities as stored
from ventros_contacts.store.identities import Identity


class IdentityPosition(msgspec.Struct, frozen=True, array_like=True):
    """Where a page ended."""

    kind: str
    value: str


async def identities(
    tx: Tx, project_id: UUID, contact_id: UUID, *, beyond: IdentityPosition | None, limit: int
) -> list[Identity]:
    """The identities of all nodes of a person, by kind and value.

    Raises:
        ContactNotFound: there is no such contact.
    """
    found = await person(tx, project_id, contact_id)
    after = (beyond.kind, beyond.value) if beyond else None
    return await stored.of_contacts(tx, found.node_ids, after=after, limit=limit)
