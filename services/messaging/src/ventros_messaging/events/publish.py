"""What messaging says: from its domain to the contract."""

from uuid import UUID

import msgspec

from platform_bus import Outgoing
from proto_events import conversation
from proto_events.envelope import Envelope
from proto_events.messaging import MessageCreated
from ventros_messaging.domain.content import type_of
from ventros_messaging.domain.message import Message, direction


def message_created(tenant_id: UUID, message: Message, *, cause: Envelope) -> Outgoing:
    """A message is stored. The partition key goes on from the event that told of it, so that what
    is said of one conversation keeps its order on the way out."""
    return Outgoing(
        event=MessageCreated(
            message_id=message.id,
            contact_id=message.contact_id,
            session_id=message.session_id,
            channel_id=message.channel_id,
            from_me=message.from_me,
            direction=direction(from_me=message.from_me),
            content=_content(message),
            created_at=message.occurred_at,
            received_at=message.received_at,
        ),
        tenant_id=tenant_id,
        project_id=message.project_id,
        subject=message.id,
        sequence=1,
        partition_key=cause.partition_key,
        cause=cause,
    )


def _content(message: Message) -> conversation.Content:
    content = message.content
    members = {name: getattr(content, name) for name in content.__struct_fields__}
    return msgspec.convert(
        {"type": type_of(content), **members}, conversation.Content, from_attributes=True
    )
