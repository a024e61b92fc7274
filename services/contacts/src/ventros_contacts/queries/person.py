"""One contact, read as the person that it is a part of."""

from uuid import UUID

from platform_postgres import Tx
from ventros_contacts.domain.contact import Person, person_of
from ventros_contacts.domain.errors import ContactNotFound
from ventros_contacts.store import people


async def person(tx: Tx, project_id: UUID, contact_id: UUID) -> Person:
    """The person that a contact belongs to.

    Raises:
        ContactNotFound: there is none in the project, or it is deleted.
    """
    root, others = await people.tree_of(tx, project_id, contact_id)
    if root is None or root.deleted_at is not None:
        raise ContactNotFound(contact_id)
    return person_of(root, others)
