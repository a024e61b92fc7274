"""All contacts once more, each with its root, for a service that fills its copy."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from platform_aliases import Link
from platform_bus import Outgoing
from platform_bus.snapshot import Source
from platform_postgres import Tx
from proto_events.contacts import AliasLink, ContactSnapshot
from ventros_contacts.domain.contact import Contact
from ventros_contacts.store import people
from ventros_contacts.store.forest import ALIASES


async def page(tx: Tx, tenant_id: UUID, after: UUID, limit: int) -> list[Outgoing]:
    """The next contacts of a tenant, with the edges from each to its root."""
    contacts = await people.all_after(tx, after, limit)
    trails = await ALIASES.paths(tx, [contact.id for contact in contacts])
    return [_snapshot(tenant_id, contact, trails[contact.id]) for contact in contacts]


SOURCES: Final = (Source(aggregate="contact", tenants="contact", page=page),)


def _snapshot(tenant_id: UUID, contact: Contact, trail: Sequence[Link]) -> Outgoing:
    ends = [link.parent for link in trail if link.parent is not None]
    root_id = ends[-1] if ends else contact.id
    event = ContactSnapshot(
        contact_id=contact.id,
        root_id=root_id,
        aliases=[
            AliasLink(node_id=link.node, root_id=link.parent or link.node, version=link.version)
            for link in trail
        ],
        name=contact.name,
        phone=contact.phone,
        email=contact.email,
        source_channel=contact.source_channel,
        created_at=contact.created_at,
        updated_at=contact.updated_at,
        deleted_at=contact.deleted_at,
    )
    return Outgoing(
        event=event,
        tenant_id=tenant_id,
        project_id=contact.project_id,
        subject=contact.id,
        sequence=contact.version,
        partition_key=str(root_id),
    )
