"""What brought a person."""

from datetime import datetime
from uuid import UUID

import msgspec

from platform_postgres import Tx
from ventros_contacts.domain.tracking import Tracking
from ventros_contacts.queries.person import person
from ventros_contacts.store import trackings as stored


class TrackingPosition(msgspec.Struct, frozen=True, array_like=True):
    """Where a page ended."""

    tracked_at: datetime
    id: UUID


async def trackings(
    tx: Tx, project_id: UUID, contact_id: UUID, *, beyond: TrackingPosition | None, limit: int
) -> list[Tracking]:
    """What brought a person, of all of their nodes, newest first.

    Raises:
        ContactNotFound: there is no such contact.
    """
    found = await person(tx, project_id, contact_id)
    after = (beyond.tracked_at, beyond.id) if beyond else None
    return await stored.of_contacts(tx, found.node_ids, beyond=after, limit=limit)
