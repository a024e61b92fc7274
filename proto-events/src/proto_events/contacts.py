"""Facts of contacts.

A contact is a node; nodes that turn out to be one person have one `root_id`. No row is rewritten
by a merge: readers expand a root to its nodes.
"""

from typing import Literal
from uuid import UUID

import msgspec

from proto_events.conversation import ChatMessage, JsonValue, PartyIdentity
from proto_events.registry import ONE_QUEUE, PIPELINE_EXCHANGE, event
from proto_events.times import Moment


@event(
    "contact.created",
    aggregate="contact",
    producer="contacts",
    data_class="personal",
    person="contact_id",
)
class ContactCreated(msgspec.Struct, frozen=True, kw_only=True):
    """A contact was made, by a person or by its first message.

    `addresses` are those at the provider that the first message proved; none when a person made
    the contact. With `import_id` an import of history found them: nobody wrote just now.
    """

    contact_id: UUID
    name: str | None
    phone: str | None = None
    email: str | None = None
    source_channel: UUID | None = None
    addresses: list[PartyIdentity] = []
    created_at: Moment
    import_id: UUID | None = None


@event(
    "contact.updated",
    aggregate="contact",
    producer="contacts",
    data_class="personal",
    person="contact_id",
)
class ContactUpdated(msgspec.Struct, frozen=True, kw_only=True):
    """Fields of a contact were changed; `changed` names them."""

    contact_id: UUID
    changed: list[str]
    name: str | None
    phone: str | None = None
    email: str | None = None
    updated_at: Moment


@event(
    "contact.deleted",
    aggregate="contact",
    producer="contacts",
    data_class="none",
    person="contact_id",
)
class ContactDeleted(msgspec.Struct, frozen=True, kw_only=True):
    """A contact was deleted; it is restored when the person writes again."""

    contact_id: UUID
    deleted_at: Moment


@event(
    "contact.restored",
    aggregate="contact",
    producer="contacts",
    data_class="none",
    person="contact_id",
)
class ContactRestored(msgspec.Struct, frozen=True, kw_only=True):
    """A deleted contact wrote again."""

    contact_id: UUID
    restored_at: Moment


@event(
    "contact.name_changed",
    aggregate="contact",
    producer="contacts",
    data_class="personal",
    person="contact_id",
)
class ContactNameChanged(msgspec.Struct, frozen=True, kw_only=True):
    """A contact's name was changed. `changed_by` is a user's id, or None for the push name."""

    contact_id: UUID
    old_name: str | None
    new_name: str | None
    changed_by: str | None = None


@event(
    "contact.email_set",
    aggregate="contact",
    producer="contacts",
    data_class="personal",
    person="contact_id",
)
class ContactEmailSet(msgspec.Struct, frozen=True, kw_only=True):
    """A contact's e-mail address was given or replaced.

    `verified`: the person showed that the address is theirs.
    """

    contact_id: UUID
    email: str
    verified: bool


@event(
    "contact.phone_set",
    aggregate="contact",
    producer="contacts",
    data_class="personal",
    person="contact_id",
)
class ContactPhoneSet(msgspec.Struct, frozen=True, kw_only=True):
    """A contact's phone number, in E.164 with plus, was given or replaced.

    `verified`: the provider or the person showed that the number is theirs.
    """

    contact_id: UUID
    phone: str
    verified: bool


@event(
    "contact.external_id_set",
    aggregate="contact",
    producer="contacts",
    data_class="personal",
    person="contact_id",
)
class ContactExternalIdSet(msgspec.Struct, frozen=True, kw_only=True):
    """A contact has an id in another system, for example an ERP; `source` names that system."""

    contact_id: UUID
    external_id: str
    source: str


@event(
    "contact.source_channel_set",
    aggregate="contact",
    producer="contacts",
    data_class="none",
    person="contact_id",
)
class ContactSourceChannelSet(msgspec.Struct, frozen=True, kw_only=True):
    """The channel that a contact first came from is now known."""

    contact_id: UUID
    source_channel: UUID


@event(
    "contact.language_changed",
    aggregate="contact",
    producer="contacts",
    data_class="personal",
    person="contact_id",
)
class ContactLanguageChanged(msgspec.Struct, frozen=True, kw_only=True):
    """A contact is now spoken to in another language (BCP 47, for example pt-BR).

    A missing `old_language`: none was known.
    """

    contact_id: UUID
    old_language: str | None = None
    new_language: str


@event(
    "contact.timezone_set",
    aggregate="contact",
    producer="contacts",
    data_class="personal",
    person="contact_id",
)
class ContactTimezoneSet(msgspec.Struct, frozen=True, kw_only=True):
    """A contact's time zone is known or corrected (IANA name, for example America/Sao_Paulo)."""

    contact_id: UUID
    timezone: str


@event(
    "contact.profile_picture_updated",
    aggregate="contact",
    producer="contacts",
    data_class="personal",
    person="contact_id",
)
class ContactProfilePictureUpdated(msgspec.Struct, frozen=True, kw_only=True):
    """A contact shows another profile picture. The address is the provider's and may expire.

    `fetched_at` is when it was read from the provider.
    """

    contact_id: UUID
    profile_picture_url: str
    fetched_at: Moment


@event(
    "contact.enriched",
    aggregate="contact",
    producer="contacts",
    data_class="personal",
    person="contact_id",
)
class ContactEnriched(msgspec.Struct, frozen=True, kw_only=True):
    """Another source told more of a contact: `enriched_data` is what it told, by its own names."""

    contact_id: UUID
    enrichment_source: str
    enriched_data: dict[str, JsonValue]
    enriched_at: Moment


@event(
    "contact.tag_added",
    aggregate="contact",
    producer="contacts",
    data_class="personal",
    person="contact_id",
)
class ContactTagAdded(msgspec.Struct, frozen=True, kw_only=True):
    """A tag was put on a contact that did not have it."""

    contact_id: UUID
    tag: str


@event(
    "contact.tag_removed",
    aggregate="contact",
    producer="contacts",
    data_class="personal",
    person="contact_id",
)
class ContactTagRemoved(msgspec.Struct, frozen=True, kw_only=True):
    """A tag was taken from a contact; clearing all at once is `contact.tags_cleared`."""

    contact_id: UUID
    tag: str


@event(
    "contact.tags_cleared",
    aggregate="contact",
    producer="contacts",
    data_class="personal",
    person="contact_id",
)
class ContactTagsCleared(msgspec.Struct, frozen=True, kw_only=True):
    """All tags of a contact were taken away at once; `cleared_tags` are those that it had."""

    contact_id: UUID
    cleared_tags: list[str]


@event(
    "contact.merged",
    aggregate="contact",
    producer="contacts",
    data_class="none",
    person="primary_contact_id",
)
class ContactMerged(msgspec.Struct, frozen=True, kw_only=True):
    """Contacts turned out to be one person: each of `merged_contact_ids` now has this root.

    One event per node that is joined: `subject` is the node and `sequence` its alias version, so
    that a copy applies only a newer join or parting of that node.
    """

    primary_contact_id: UUID
    merged_contact_ids: list[UUID]
    merge_strategy: Literal["proof", "manual"]
    merged_at: Moment


@event(
    "contact.unmerged",
    aggregate="contact",
    producer="contacts",
    data_class="none",
    person="contact_id",
)
class ContactUnmerged(msgspec.Struct, frozen=True, kw_only=True):
    """A merge was undone: the contact stands on its own again (`sequence`: its alias version)."""

    contact_id: UUID
    former_primary_contact_id: UUID
    unmerged_at: Moment


class AliasLink(msgspec.Struct, frozen=True, kw_only=True):
    """One edge of the alias forest on the path from a node to its root, with its version.

    A link whose `root_id` equals its `node_id` means that the node stands alone since that version.
    """

    node_id: UUID
    root_id: UUID
    version: int


@event(
    "contact.snapshot",
    aggregate="contact",
    producer="contacts",
    data_class="personal",
    person="contact_id",
    exchange=ONE_QUEUE,
)
class ContactSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A contact as it is when somebody fills a copy of contacts; one that is deleted, too.

    `root_id` is the person, `aliases` the edges from the node to it (empty for one that was never
    joined). It comes on command and to the queue that was named alone. `sequence` is the contact's
    version: a copy that knows a higher one keeps what it has. A copy of the edges goes by the
    version of each edge.
    """

    contact_id: UUID
    root_id: UUID
    aliases: list[AliasLink] = []
    name: str | None
    phone: str | None = None
    email: str | None = None
    source_channel: UUID | None = None
    created_at: Moment
    updated_at: Moment
    deleted_at: Moment | None = None


@event(
    "contact.interaction_recorded",
    aggregate="contact",
    producer="contacts",
    data_class="sensitive",
    person="contact_id",
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
    interacted_at: Moment
    message: ChatMessage
