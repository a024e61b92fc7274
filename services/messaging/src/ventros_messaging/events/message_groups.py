"""What messaging says of message groups."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from platform_bus import Outgoing, emit
from platform_postgres import Tx
from proto_events.message_groups import (
    MessageGroupCompleted,
    MessageGroupCreated,
    MessageGroupExpired,
    MessageGroupMessageAdded,
    MessageGroupProcessing,
)
from ventros_messaging.domain.message_group import (
    Change,
    Closed,
    Completed,
    Created,
    Expired,
    Joined,
)


async def say(tx: Tx, tenant_id: UUID, changes: Sequence[Change]) -> None:
    """Every step, in its order."""
    await emit(tx, [_told(tenant_id, change) for change in changes])


def _told(tenant_id: UUID, change: Change) -> Outgoing:
    group = change.group
    return Outgoing(
        event=_event(change),
        tenant_id=tenant_id,
        project_id=group.project_id,
        subject=group.id,
        sequence=group.version,
        partition_key=str(group.conversation.contact_id),
    )


def _event(change: Change) -> msgspec.Struct:
    group = change.group
    match change.step:
        case Created():
            return MessageGroupCreated(
                group_id=group.id,
                contact_id=group.conversation.contact_id,
                channel_id=group.conversation.channel_id,
            )
        case Joined(message_id=message_id):
            return MessageGroupMessageAdded(group_id=group.id, message_id=message_id)
        case Closed():
            return MessageGroupProcessing(group_id=group.id, message_count=len(group.message_ids))
        case Completed():
            return MessageGroupCompleted(group_id=group.id, message_count=len(group.message_ids))
        case Expired():
            return MessageGroupExpired(group_id=group.id)
