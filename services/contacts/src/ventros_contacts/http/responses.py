"""What clients get."""

from datetime import datetime
from uuid import UUID

import msgspec

from proto_events.conversation import IdentityKind
from ventros_contacts.domain.contact import Person
from ventros_contacts.domain.names import NameSource
from ventros_contacts.store.identities import Identity


class ContactResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A contact. `id` is the root's when contacts were merged, and `node_ids` has all of them.

    `name_source` is `push` for a name that the contact's own phone sent along: it gives way to
    one that a person sets. `phone` is in E.164, Brazilian mobile numbers with their ninth digit.
    """

    id: UUID
    version: int
    project_id: UUID
    name: str | None
    name_source: NameSource | None
    email: str | None
    phone: str | None
    external_id: str | None
    source_channel: UUID | None
    language: str | None
    timezone: str | None
    tags: list[str]
    first_interaction_at: datetime | None
    last_interaction_at: datetime | None
    created_at: datetime
    updated_at: datetime
    node_ids: list[UUID]


class IdentityResponse(msgspec.Struct, frozen=True, kw_only=True):
    """What a contact is recognised by; `verified` once a provider vouched for it.

    `contact_id` is the node that has it, one of the contact's `node_ids`.
    """

    kind: IdentityKind
    value: str
    contact_id: UUID
    verified: bool
    source: str
    created_at: datetime


def contact_response(person: Person) -> ContactResponse:
    """A person as clients see it."""
    contact = person.contact
    return ContactResponse(
        id=contact.id,
        version=contact.version,
        project_id=contact.project_id,
        name=contact.name,
        name_source=contact.name_source,
        email=contact.email,
        phone=contact.phone,
        external_id=contact.external_id,
        source_channel=contact.source_channel,
        language=contact.language,
        timezone=contact.timezone,
        tags=contact.tags,
        first_interaction_at=contact.first_interaction_at,
        last_interaction_at=contact.last_interaction_at,
        created_at=contact.created_at,
        updated_at=contact.updated_at,
        node_ids=person.node_ids,
    )


def identity_response(identity: Identity) -> IdentityResponse:
    """An identity as clients see it."""
    return IdentityResponse(
        kind=identity.kind,
        value=identity.value,
        contact_id=identity.contact_id,
        verified=identity.verified,
        source=identity.source,
        created_at=identity.created_at,
    )
