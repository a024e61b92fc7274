"""Undo a merge: the contact stands for itself again, with what was merged into it."""

from datetime import datetime
from uuid import UUID

import msgspec

from platform_postgres import Tx
from ventros_contacts.domain.contact import Contact, changed
from ventros_contacts.domain.errors import NotMerged
from ventros_contacts.store import contacts, forest


class Parted(msgspec.Struct, frozen=True):
    """The contact, whose root it had, and the version of its edge."""

    contact: Contact
    former_root: UUID
    version: int


async def unmerge_contact(
    tx: Tx, tenant_id: UUID, project_id: UUID, contact_id: UUID, now: datetime
) -> Parted:
    """Take a contact off the person that it was merged into. No proof joins them again.

    Raises:
        ContactNotFound: there is none with this id.
        NotMerged: it is not merged into another one.
        StaleRoots: contacts were joined meanwhile.
    """
    people = await forest.lock_people(tx, [contact_id])
    former = people.person(project_id, contact_id)
    link = people.links.get(contact_id)
    if link is None or link.parent is None:
        raise NotMerged(contact_id)
    version = link.version + 1
    contact = changed(people.contacts[contact_id], now)
    await forest.unlink(tx, contact_id, version=version, now=now)
    # Both the contact that it hung on and the person that it was read as.
    pairs = [(contact_id, link.parent), (contact_id, former.id)]
    await forest.refuse(tx, tenant_id, pairs, now)
    await contacts.save(tx, tenant_id, [contact])
    return Parted(contact, former.id, version)
