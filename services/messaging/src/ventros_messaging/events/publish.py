"""What messaging says: from its domain to the contract."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from platform_bus import Outgoing
from proto_events import conversation
from proto_events.envelope import Envelope
from proto_events.messaging import (
    MessageCreated,
    MessageDelivered,
    MessageEdited,
    MessageFailed,
    MessagePlayed,
    MessagePollVoted,
    MessagePosted,
    MessageReactionChanged,
    MessageRead,
    MessageRevoked,
    MessageSent,
)
from proto_events.provider_facts import Somebody
from ventros_messaging.domain.additions import Address, Person
from ventros_messaging.domain.content import Content, type_of
from ventros_messaging.domain.fate import (
    Change,
    Fate,
    Reacted,
    Revoked,
    Reworded,
    Rose,
    Voted,
)
from ventros_messaging.domain.message import Message, direction


def message_created(
    tenant_id: UUID, message: Message, *, cause: Envelope, import_id: UUID | None = None
) -> Outgoing:
    """A message of a contact is stored. The partition key goes on from the event that told of it,
    so that what is said of one conversation keeps its order on the way out."""
    if message.contact_id is None or message.session_id is None:
        raise ValueError("a message of a group has no contact")
    return Outgoing(
        event=MessageCreated(
            message_id=message.id,
            contact_id=message.contact_id,
            session_id=message.session_id,
            channel_id=message.channel_id,
            from_me=message.from_me,
            direction=direction(from_me=message.from_me),
            content=content_of(message.content),
            created_at=message.occurred_at,
            received_at=message.received_at,
            mentions=_identities(message.mentions),
            import_id=import_id,
        ),
        tenant_id=tenant_id,
        project_id=message.project_id,
        subject=message.id,
        sequence=message.version,
        partition_key=cause.partition_key,
        cause=cause,
    )


def message_posted(
    tenant_id: UUID, message: Message, *, cause: Envelope, import_id: UUID | None = None
) -> Outgoing:
    """A message of a group is stored."""
    if message.chat_id is None or message.author is None:
        raise ValueError("a message of a contact has no author")
    return Outgoing(
        event=MessagePosted(
            message_id=message.id,
            chat_id=message.chat_id,
            channel_id=message.channel_id,
            author=_somebody(message.author),
            direction=direction(from_me=message.from_me),
            content=content_of(message.content),
            created_at=message.occurred_at,
            received_at=message.received_at,
            mentions=_identities(message.mentions),
            import_id=import_id,
        ),
        tenant_id=tenant_id,
        project_id=message.project_id,
        subject=message.id,
        sequence=message.version,
        partition_key=str(message.chat_id),
        cause=cause,
    )


def message_changed(tenant_id: UUID, fate: Fate, change: Change, *, cause: Envelope) -> Outgoing:
    """Something became of a message; `fate` is the message after it."""
    return Outgoing(
        event=_changed(fate, change),
        tenant_id=tenant_id,
        project_id=fate.project_id,
        subject=fate.id,
        sequence=fate.version,
        # Of its conversation, as when it was created; of a group, of the message.
        partition_key=str(fate.contact_id or fate.id),
        cause=cause,
    )


def cause_of(envelope: Envelope) -> Envelope:
    """The event that others follow from, with what is passed on to them.

    That is read of every fact, also of one that changes nothing: what we promise to read of an
    event (`proto-events/contracts/`) does not depend on what was told before.
    """
    return msgspec.structs.replace(
        envelope, correlation_id=envelope.correlation_id, traceparent=envelope.traceparent
    )


def _changed(fate: Fate, change: Change) -> msgspec.Struct:
    match change:
        case Rose():
            return _rose(fate.id, change)
        case Reworded():
            wording = change.wording
            return MessageEdited(
                message_id=fate.id,
                contact_id=fate.contact_id,
                from_me=fate.from_me,
                content=content_of(wording.content),
                number=change.number,
                edited_at=wording.written_at,
            )
        case Revoked():
            return MessageRevoked(
                message_id=fate.id,
                contact_id=fate.contact_id,
                by=_somebody(change.revocation.by),
                revoked_at=change.revocation.at,
            )
        case Reacted():
            return MessageReactionChanged(
                message_id=fate.id,
                contact_id=fate.contact_id,
                by=_somebody(change.reaction.by),
                emoji=change.reaction.emoji,
                reacted_at=change.reaction.at,
            )
        case Voted():
            return MessagePollVoted(
                message_id=fate.id,
                contact_id=fate.contact_id,
                by=_somebody(change.vote.by),
                options=list(change.vote.options),
                readable=change.vote.readable,
                voted_at=change.vote.at,
            )


def _rose(message_id: UUID, rose: Rose) -> msgspec.Struct:
    match rose.step:
        case "sent":
            return MessageSent(message_id=message_id, sent_at=rose.at)
        case "delivered":
            return MessageDelivered(message_id=message_id, delivered_at=rose.at)
        case "read":
            return MessageRead(message_id=message_id, read_at=rose.at)
        case "played":
            return MessagePlayed(message_id=message_id, played_at=rose.at)
        case "failed":
            return MessageFailed(
                message_id=message_id,
                failure_reason=rose.reason,
                failure=rose.kind,
                code=rose.code,
                failed_at=rose.at,
            )


def _identities(addresses: Sequence[Address]) -> list[conversation.PartyIdentity]:
    return [
        msgspec.convert(one, conversation.PartyIdentity, from_attributes=True) for one in addresses
    ]


def _somebody(person: Person) -> Somebody:
    return Somebody(
        from_me=person.from_me,
        party=[
            msgspec.convert(each, conversation.PartyIdentity, from_attributes=True)
            for each in person.addresses
        ],
        push_name=person.name,
    )


def content_of(content: Content) -> conversation.Content:
    """A content as the contract says it."""
    members = {name: getattr(content, name) for name in content.__struct_fields__}
    return msgspec.convert(
        {"type": type_of(content), **members}, conversation.Content, from_attributes=True
    )
