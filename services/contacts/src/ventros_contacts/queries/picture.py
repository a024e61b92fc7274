"""The picture that a person shows."""

from uuid import UUID

from platform_postgres import Tx
from ventros_contacts.domain.picture import Picture, PictureUnknown
from ventros_contacts.queries.person import person
from ventros_contacts.store import pictures


async def picture(tx: Tx, project_id: UUID, contact_id: UUID) -> Picture:
    """Of a contact that was merged, the newest of all its nodes.

    Raises:
        ContactNotFound, PictureUnknown
    """
    found = await person(tx, project_id, contact_id)
    shown = await pictures.newest(tx, found.node_ids)
    if shown is None:
        raise PictureUnknown
    return shown
