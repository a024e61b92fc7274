"""Change fields of a contact, as a user does."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from platform_postgres import Tx
from ventros_contacts.domain.contact import Contact, changed
from ventros_contacts.domain.errors import IdentityTaken
from ventros_contacts.domain.identity import IdentityKey, typed_identities
from ventros_contacts.store import contacts, forest, identities


class UpdateContact(msgspec.Struct, frozen=True, kw_only=True):
    """What is UNSET stays, None clears."""

    tenant_id: UUID
    project_id: UUID
    contact_id: UUID
    name: str | UnsetType | None = UNSET
    email: str | UnsetType | None = UNSET
    phone: str | UnsetType | None = UNSET
    external_id: str | UnsetType | None = UNSET
    language: str | UnsetType | None = UNSET
    timezone: str | UnsetType | None = UNSET
    tags: list[str] | UnsetType = UNSET


class UpdatedContact(msgspec.Struct, frozen=True):
    """The contact before and after; `fields` names what changed, and is empty when nothing did."""

    before: Contact
    after: Contact
    fields: list[str]


async def update_contact(tx: Tx, command: UpdateContact, now: datetime) -> UpdatedContact:
    """Change a contact; of merged ones the root. A name that is given here beats any push name.

    Raises:
        ContactNotFound: there is none with this id.
        IdentityTaken: another contact of the project has one of the identities.
        StaleRoots: contacts were joined meanwhile.
    """
    wanted = typed_identities(
        command.project_id,
        command.phone or None,
        command.email or None,
        command.external_id or None,
    )
    await identities.lock(tx, command.tenant_id, wanted)
    owners = await identities.owners(tx, wanted)
    nodes = {command.contact_id, *(owner.contact_id for owner in owners.values())}
    people = await forest.lock_people(tx, nodes)
    before = people.person(command.project_id, command.contact_id)
    for key, owner in owners.items():
        if (other := people.root(owner.contact_id)) != before.id:
            raise IdentityTaken(key.kind, other)
    fields = _fields(command, before, wanted)
    if not fields:
        return UpdatedContact(before, before, [])
    after = changed(before, now, **fields)
    findable = [after] if fields.keys() & {"name", "tags"} else []
    await contacts.save(tx, command.tenant_id, [after], findable=findable)
    await identities.withdraw(tx, before.id, _given_up(before, after))
    free = {key: before.id for key in wanted if key not in owners}
    await identities.add(tx, command.tenant_id, free, source="api", now=now)
    names = {"name" if name == "name_source" else name for name in fields}
    return UpdatedContact(before, after, sorted(names))


def _fields(
    command: UpdateContact, before: Contact, wanted: Sequence[IdentityKey]
) -> dict[str, object]:
    """The fields whose value becomes another one."""
    asked: dict[str, object] = {
        name: getattr(command, name)
        for name in ("name", "email", "phone", "external_id", "language", "timezone", "tags")
        if getattr(command, name) is not UNSET
    }
    if command.phone:
        asked["phone"] = next(key.value for key in wanted if key.kind == "phone")
    if "tags" in asked:
        asked["tags"] = list(dict.fromkeys(command.tags or []))
    if "name" in asked:
        # Also when it is the same: a name that a person wrote is theirs from now on.
        asked["name_source"] = None if command.name is None else "person"
    return {name: value for name, value in asked.items() if getattr(before, name) != value}


def _given_up(before: Contact, after: Contact) -> list[IdentityKey]:
    old, new = (
        typed_identities(each.project_id, each.phone, each.email, each.external_id)
        for each in (before, after)
    )
    return [key for key in old if key not in new]
