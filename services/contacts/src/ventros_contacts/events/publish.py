"""What became of contacts, as events of the contract."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal
from uuid import UUID

import msgspec

from platform_aliases import Link
from platform_bus import Outgoing, Received
from platform_core.ids import id_at
from proto_events.channels import ChannelMessageReceived
from proto_events.contacts import (
    AliasLink,
    ContactCreated,
    ContactDeleted,
    ContactInteractionRecorded,
    ContactMerged,
    ContactNameChanged,
    ContactRestored,
    ContactUnmerged,
    ContactUpdated,
)
from proto_events.conversation import PartyIdentity
from proto_events.envelope import Envelope
from proto_events.provider_facts import ChannelIdentityChanged
from ventros_contacts.commands.create_contact import CreatedContact
from ventros_contacts.commands.learn_identities import Learnt
from ventros_contacts.commands.record_messages import Recorded
from ventros_contacts.commands.unmerge_contact import Parted
from ventros_contacts.commands.update_contact import UpdatedContact
from ventros_contacts.domain import facts
from ventros_contacts.domain.contact import Contact
from ventros_contacts.domain.tracking import Tracking
from ventros_contacts.events.trackings import told


def recorded(
    tenant_id: UUID,
    messages: Sequence[Received[ChannelMessageReceived]],
    outcome: Recorded,
    tracked: Mapping[UUID, Tracking],
) -> Iterator[Outgoing]:
    """The events of a bundle: what each message led to, then the message with its contact, then
    what brought them (`tracked`, by message)."""
    cause: list[facts.Fact] = []
    for fact in outcome.facts:
        if not isinstance(fact, facts.Met):
            cause.append(fact)
            continue
        message = messages[fact.place]
        for each in cause:
            yield _told(tenant_id, each, message.envelope)
        cause.clear()
        yield _interaction(tenant_id, message, fact, outcome.trails[fact.place])
        tracking = tracked.get(message.data.message.id)
        if tracking is not None:
            yield from told(tenant_id, tracking, message)


def learnt(
    tenant_id: UUID,
    proofs: Sequence[Received[ChannelIdentityChanged]],
    outcome: Sequence[Learnt],
) -> list[Outgoing]:
    """What was learnt of people without a message."""
    return [_told(tenant_id, one.fact, proofs[one.place].envelope) for one in outcome]


def created(tenant_id: UUID, result: CreatedContact) -> list[Outgoing]:
    """A contact that a user created, or brought back by creating it again."""
    contact = result.contact
    if not result.restored:
        return [_about(tenant_id, contact, _created(contact))]
    restored = ContactRestored(contact_id=contact.id, restored_at=contact.updated_at)
    fields = ["name", "phone", "email"]
    return [
        _about(tenant_id, contact, restored),
        _about(tenant_id, contact, _updated(contact, fields)),
    ]


def updated(tenant_id: UUID, result: UpdatedContact, changed_by: UUID) -> list[Outgoing]:
    """Fields that a user changed; nothing when nothing changed."""
    before, after = result.before, result.after
    if not result.fields:
        return []
    events = [_about(tenant_id, after, _updated(after, result.fields))]
    if before.name != after.name:
        renamed = ContactNameChanged(
            contact_id=after.id,
            old_name=before.name,
            new_name=after.name,
            changed_by=str(changed_by),
        )
        events.append(_about(tenant_id, after, renamed))
    return events


def deleted(tenant_id: UUID, contact: Contact) -> Outgoing:
    """A contact that a user deleted."""
    event = ContactDeleted(contact_id=contact.id, deleted_at=contact.updated_at)
    return _about(tenant_id, contact, event)


def merged(
    tenant_id: UUID,
    join: facts.Joined,
    strategy: Literal["proof", "manual"],
    cause: Envelope | None = None,
) -> Outgoing:
    """A node that was joined to a root; `sequence` is the version of its edge."""
    event = ContactMerged(
        primary_contact_id=join.root,
        merged_contact_ids=[join.node],
        merge_strategy=strategy,
        merged_at=join.contact.updated_at,
    )
    return _about(tenant_id, join.contact, event, cause, sequence=join.version, partition=join.root)


def unmerged(tenant_id: UUID, parted: Parted) -> Outgoing:
    """A node that stands for itself again; `sequence` is the version of its edge."""
    event = ContactUnmerged(
        contact_id=parted.contact.id,
        former_primary_contact_id=parted.former_root,
        unmerged_at=parted.contact.updated_at,
    )
    return _about(tenant_id, parted.contact, event, sequence=parted.version)


def _told(tenant_id: UUID, fact: facts.Fact, cause: Envelope) -> Outgoing:
    contact = fact.node if isinstance(fact, facts.Met) else fact.contact
    event: msgspec.Struct
    match fact:
        case facts.Created():
            addresses = [PartyIdentity(kind=key.kind, value=key.value) for key in fact.keys]
            event = msgspec.structs.replace(
                _created(contact), addresses=addresses, import_id=fact.import_id
            )
        case facts.Restored():
            event = ContactRestored(contact_id=contact.id, restored_at=contact.updated_at)
        case facts.Renamed():
            event = ContactNameChanged(
                contact_id=contact.id, old_name=fact.old_name, new_name=contact.name
            )
        case facts.PhoneLearnt():
            event = _updated(contact, ["phone"])
        case facts.Joined():
            return merged(tenant_id, fact, "proof", cause)
        case facts.Met():
            raise TypeError("a meeting is told with its message")
    return _about(tenant_id, contact, event, cause)


def _interaction(
    tenant_id: UUID,
    message: Received[ChannelMessageReceived],
    met: facts.Met,
    trail: Sequence[Link],
) -> Outgoing:
    """The message with its contact. Its id follows from the message's: telling it again changes
    nothing.
    """
    said = message.data.message
    event = ContactInteractionRecorded(
        contact_id=met.node.id,
        root_id=met.root,
        aliases=[
            AliasLink(node_id=link.node, root_id=link.parent or link.node, version=link.version)
            for link in trail
        ],
        interaction_type="message",
        is_first_interaction=met.first,
        interacted_at=said.occurred_at,
        message=said,
    )
    return Outgoing(
        event=event,
        tenant_id=tenant_id,
        project_id=met.node.project_id,
        subject=met.node.id,
        sequence=met.node.version,
        partition_key=str(met.root),
        cause=message.envelope,
        id=id_at(said.occurred_at, "contact.interaction_recorded", said.id.bytes),
    )


def _about(
    tenant_id: UUID,
    contact: Contact,
    event: msgspec.Struct,
    cause: Envelope | None = None,
    *,
    sequence: int | None = None,
    partition: UUID | None = None,
) -> Outgoing:
    return Outgoing(
        event=event,
        tenant_id=tenant_id,
        project_id=contact.project_id,
        subject=contact.id,
        sequence=contact.version if sequence is None else sequence,
        partition_key=str(partition or contact.id),
        cause=cause,
    )


def _created(contact: Contact) -> ContactCreated:
    return ContactCreated(
        contact_id=contact.id,
        name=contact.name,
        phone=contact.phone,
        email=contact.email,
        source_channel=contact.source_channel,
        created_at=contact.created_at,
    )


def _updated(contact: Contact, fields: list[str]) -> ContactUpdated:
    return ContactUpdated(
        contact_id=contact.id,
        changed=fields,
        name=contact.name,
        phone=contact.phone,
        email=contact.email,
        updated_at=contact.updated_at,
    )
