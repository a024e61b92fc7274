"""Facts of contacts.

A contact is a node; nodes that turn out to be one person have one `root_id`. No row is rewritten
by a merge: readers expand a root to its nodes.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from proto_events.conversation import ChatMessage
from proto_events.registry import PIPELINE_EXCHANGE, event


@event("contact.created", aggregate="contact", producer="contacts", data_class="personal")
class ContactCreated(msgspec.Struct, frozen=True, kw_only=True):
    """A contact was made, by a person or by its first message."""

    contact_id: UUID
    name: str | None
    phone: str | None = None
    email: str | None = None
    source_channel: UUID | None = None
    created_at: datetime


@event("contact.updated", aggregate="contact", producer="contacts", data_class="personal")
class ContactUpdated(msgspec.Struct, frozen=True, kw_only=True):
    """Fields of a contact were changed; `changed` names them."""

    contact_id: UUID
    changed: list[str]
    name: str | None
    phone: str | None = None
    email: str | None = None
    updated_at: datetime


@event("contact.deleted", aggregate="contact", producer="contacts", data_class="none")
class ContactDeleted(msgspec.Struct, frozen=True, kw_only=True):
    """A contact was deleted; it is restored when the person writes again."""

    contact_id: UUID
    deleted_at: datetime


@event("contact.restored", aggregate="contact", producer="contacts", data_class="none")
class ContactRestored(msgspec.Struct, frozen=True, kw_only=True):
    """A deleted contact wrote again."""

    contact_id: UUID
    restored_at: datetime


@event("contact.name_changed", aggregate="contact", producer="contacts", data_class="personal")
class ContactNameChanged(msgspec.Struct, frozen=True, kw_only=True):
    """A contact's name was changed. `changed_by` is a user's id, or None for the push name."""

    contact_id: UUID
    old_name: str | None
    new_name: str | None
    changed_by: str | None = None


@event("contact.merged", aggregate="contact", producer="contacts", data_class="none")
class ContactMerged(msgspec.Struct, frozen=True, kw_only=True):
    """Contacts turned out to be one person: each of `merged_contact_ids` now has this root.

    One event per node that is joined: `subject` is the node and `sequence` its alias version, so
    that a copy applies only a newer join or parting of that node.
    """

    primary_contact_id: UUID
    merged_contact_ids: list[UUID]
    merge_strategy: Literal["proof", "manual"]
    merged_at: datetime


@event("contact.unmerged", aggregate="contact", producer="contacts", data_class="none")
class ContactUnmerged(msgspec.Struct, frozen=True, kw_only=True):
    """A merge was undone: the contact stands on its own again (`sequence`: its alias version)."""

    contact_id: UUID
    former_primary_contact_id: UUID
    unmerged_at: datetime


class AliasLink(msgspec.Struct, frozen=True, kw_only=True):
    """One edge of the alias forest on the path from a node to its root, with its version."""

    node_id: UUID
    root_id: UUID
    version: int


@event(
    "contact.interaction_recorded",
    aggregate="contact",
    producer="contacts",
    data_class="sensitive",
    exchange=PIPELINE_EXCHANGE,
)
class ContactInteractionRecorded(msgspec.Struct, frozen=True, kw_only=True):
    """A message, now with its contact.

    `contact_id` is the node that the address belongs to, `root_id` the person, `aliases` the
    edges between them (empty when they are the same). Partition key: the root.
    """

    contact_id: UUID
    root_id: UUID
    aliases: list[AliasLink] = []
    interaction_type: Literal["message"]
    is_first_interaction: bool
    interacted_at: datetime
    message: ChatMessage
