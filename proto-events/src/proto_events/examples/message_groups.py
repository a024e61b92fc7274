"""Examples of `proto_events.message_groups`: Ana's question comes in three short messages."""

from typing import Final

from proto_events.examples.world import ANA, CHANNEL, LATE_MESSAGE_GROUP, MESSAGE, MESSAGE_GROUP
from proto_events.message_groups import (
    MessageGroupCompleted,
    MessageGroupCreated,
    MessageGroupExpired,
    MessageGroupMessageAdded,
    MessageGroupProcessing,
)

EXAMPLES: Final = (
    MessageGroupCreated(group_id=MESSAGE_GROUP, contact_id=ANA, channel_id=CHANNEL),
    MessageGroupMessageAdded(group_id=MESSAGE_GROUP, message_id=MESSAGE),
    MessageGroupProcessing(group_id=MESSAGE_GROUP, message_count=3),
    MessageGroupCompleted(group_id=MESSAGE_GROUP, message_count=3),
    MessageGroupExpired(group_id=LATE_MESSAGE_GROUP),
)
