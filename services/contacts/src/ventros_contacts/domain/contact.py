"""The contact: a node of the identity graph, and the person that several nodes make together."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import msgspec

from ventros_contacts.domain.names import NameSource

T = TypeVar("T")


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """One node as it is stored.

    `version` rises with every change but not with the times of interactions. A person who is
    deleted has `deleted_at` on the root.
    """

    id: UUID
    project_id: UUID
    version: int = 1
    name: str | None = None
    name_source: NameSource | None = None
    email: str | None = None
    phone: str | None = None
    external_id: str | None = None
    source_channel: UUID | None = None
    language: str | None = None
    timezone: str | None = None
    tags: list[str] = []
    first_interaction_at: datetime | None = None
    last_interaction_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None

    @property
    def age(self) -> tuple[datetime, UUID]:
        """Sorts contacts from the oldest; the oldest of those that join is the root."""
        return self.created_at, self.id


def changed(contact: Contact, now: datetime, **fields: object) -> Contact:
    """The contact with these fields, one version further."""
    return msgspec.structs.replace(contact, version=contact.version + 1, updated_at=now, **fields)


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Contacts that turned out to be one, read as one."""

    contact: Contact
    node_ids: list[UUID]


def person_of(root: Contact, others: Sequence[Contact]) -> Person:
    """The root with what the other nodes know and it does not.

    The root's own values come first, then those of the older node; a name that a person gave
    comes before any push name. Tags are those of all.
    """
    nodes = [root, *sorted(others, key=lambda node: node.age)]
    if len(nodes) == 1:
        return Person(contact=root, node_ids=[root.id])
    named = next((node for node in nodes if node.name_source == "person"), None) or next(
        (node for node in nodes if node.name is not None), root
    )
    firsts = [node.first_interaction_at for node in nodes if node.first_interaction_at]
    lasts = [node.last_interaction_at for node in nodes if node.last_interaction_at]
    merged = msgspec.structs.replace(
        root,
        name=named.name,
        name_source=named.name_source,
        email=_first(node.email for node in nodes),
        phone=_first(node.phone for node in nodes),
        external_id=_first(node.external_id for node in nodes),
        source_channel=_first(node.source_channel for node in nodes),
        language=_first(node.language for node in nodes),
        timezone=_first(node.timezone for node in nodes),
        tags=list(dict.fromkeys(tag for node in nodes for tag in node.tags)),
        first_interaction_at=min(firsts, default=None),
        last_interaction_at=max(lasts, default=None),
    )
    return Person(contact=merged, node_ids=[node.id for node in nodes])


def _first(values: Iterable[T | None]) -> T | None:
    return next((value for value in values if value is not None), None)
