"""Create a contact, as a user does."""

from datetime import datetime
from uuid import UUID

import msgspec

from platform_core.ids import new_id
from platform_postgres import Tx
from ventros_contacts.domain.contact import Contact, changed
from ventros_contacts.domain.errors import ContactEmpty, IdentityTaken
from ventros_contacts.domain.identity import IdentityKey, typed_identities
from ventros_contacts.store import contacts, forest, identities


class CreateContact(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of the new contact; `phone` in E.164."""

    tenant_id: UUID
    project_id: UUID
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    external_id: str | None = None
    language: str | None = None
    timezone: str | None = None
    tags: list[str] = []


class CreatedContact(msgspec.Struct, frozen=True):
    """The contact; `restored` when it was there before, deleted."""

    contact: Contact
    restored: bool


async def create_contact(tx: Tx, command: CreateContact, now: datetime) -> CreatedContact:
    """Create a contact, or bring back the deleted one that has the same identities.

    Raises:
        ContactEmpty: it has neither a name nor an identity.
        IdentityTaken: another contact of the project has one of the identities.
    """
    keys = typed_identities(command.project_id, command.phone, command.email, command.external_id)
    if not keys and command.name is None:
        raise ContactEmpty
    await identities.lock(tx, command.tenant_id, keys)
    owners = await identities.owners(tx, keys)
    people = await forest.lock_people(tx, {owner.contact_id for owner in owners.values()})
    roots = {key: people.root(owner.contact_id) for key, owner in owners.items()}
    for key, root in roots.items():
        if people.contacts[root].deleted_at is None or len(set(roots.values())) > 1:
            raise IdentityTaken(key.kind, root)
    free = [key for key in keys if key not in owners]
    before = people.contacts[next(iter(roots.values()))] if roots else None
    contact = _new(command, now) if before is None else _restored(before, command, now)
    if before is None:
        await contacts.insert(tx, command.tenant_id, [contact])
    else:
        await contacts.save(tx, command.tenant_id, [contact], findable=[contact])
    given = dict.fromkeys(free, contact.id)
    await identities.add(tx, command.tenant_id, given, source="api", now=now)
    return CreatedContact(contact, restored=before is not None)


def _new(command: CreateContact, now: datetime) -> Contact:
    return Contact(
        id=new_id(),
        project_id=command.project_id,
        name=command.name,
        name_source=None if command.name is None else "person",
        email=command.email,
        phone=_phone(command),
        external_id=command.external_id,
        language=command.language,
        timezone=command.timezone,
        tags=list(dict.fromkeys(command.tags)),
        created_at=now,
        updated_at=now,
    )


def _restored(before: Contact, command: CreateContact, now: datetime) -> Contact:
    """What is given replaces, what is not given stays."""
    named = command.name is not None
    return changed(
        before,
        now,
        deleted_at=None,
        name=command.name if named else before.name,
        name_source="person" if named else before.name_source,
        email=command.email or before.email,
        phone=_phone(command) or before.phone,
        external_id=command.external_id or before.external_id,
        language=command.language or before.language,
        timezone=command.timezone or before.timezone,
        tags=list(dict.fromkeys([*before.tags, *command.tags])),
    )


def _phone(command: CreateContact) -> str | None:
    """The form that is shown, with the ninth digit."""
    keys: list[IdentityKey] = typed_identities(command.project_id, command.phone, None, None)
    return keys[0].value if keys else None
