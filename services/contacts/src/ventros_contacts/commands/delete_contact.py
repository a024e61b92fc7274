"""Delete a contact, softly: it comes back when the person writes again."""

from datetime import datetime
from uuid import UUID

from platform_postgres import Tx
from ventros_contacts.domain.contact import Contact, changed
from ventros_contacts.store import contacts, forest


async def delete_contact(
    tx: Tx, tenant_id: UUID, project_id: UUID, contact_id: UUID, now: datetime
) -> Contact:
    """Delete a contact; of merged ones the root, and with it the person.

    Raises:
        ContactNotFound: there is none with this id.
        StaleRoots: contacts were joined meanwhile.
    """
    people = await forest.lock_people(tx, [contact_id])
    deleted = changed(people.person(project_id, contact_id), now, deleted_at=now)
    await contacts.save(tx, tenant_id, [deleted])
    return deleted
